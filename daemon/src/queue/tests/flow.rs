//! Clients that read slowly.

use sojourn_proto::Source;

use super::world::{NO_STORE, PLAIN, World, units};
use crate::queue::{Event, Policy};

fn tight() -> World {
    let mut world = World::new(Policy { workers: 1, bundle_jobs: 1, result_bytes: 30, ..Policy::default() });
    world.open(1);
    world
}

#[test]
fn nothing_more_is_computed_for_who_does_not_read() {
    let mut world = tight();
    world.submit(1, 1, NO_STORE, units(0, 0..20));
    world.finish();
    // 30 bytes of results of 10, and the bundle that was ahead.
    assert_eq!(world.answers.len(), 4);
    world.step(Event::Written { session: 1, bytes: 40 });
    world.finish();
    assert_eq!(world.answers.len(), 8);
    for _ in 0..5 {
        world.step(Event::Written { session: 1, bytes: 40 });
        world.finish();
    }
    assert_eq!(world.finished[&(1, 1)].answered, 20);
}

#[test]
fn nothing_more_is_looked_up_for_who_does_not_read() {
    let mut world = World::new(Policy { workers: 1, result_bytes: 30, look_ups: 2, ..Policy::default() });
    world.open(2);
    world.submit(2, 1, PLAIN, units(0, 0..20));
    while world.answers.len() < 20 {
        world.finish();
        world.step(Event::Written { session: 2, bytes: 1000 });
    }
    world.open(1);
    world.submit(1, 1, PLAIN, units(0, 0..20));
    world.settle();
    let served = world.answers.keys().filter(|unit| unit.0 == 1).count();
    assert!((3..=4).contains(&served), "{served} results for a client that may have 3, and one under way");
}

#[test]
fn others_are_not_slowed_down_by_a_slow_reader() {
    let mut world = tight();
    world.submit(1, 1, NO_STORE, units(0, 0..20));
    world.finish();
    world.open(2);
    world.submit(2, 1, NO_STORE, units(100, 0..2));
    world.finish();
    assert_eq!(world.finished[&(2, 1)].answered, 2);
}

#[test]
fn a_follower_that_does_not_read_gets_it_from_the_store_later() {
    let mut world = tight();
    world.open(2);
    world.submit(2, 1, NO_STORE, units(100, 0..4));
    world.finish();
    assert_eq!(world.answers.len(), 4, "session 2 has its fill");
    world.submit(1, 1, PLAIN, units(0, [0]));
    world.submit(2, 2, PLAIN, units(0, [0]));
    world.finish();
    assert_eq!(world.source(1, 1, 0), Some(Source::Computed));
    assert_eq!(world.verdict(2, 2, 0), None, "it would wait in our memory");
    world.step(Event::Written { session: 2, bytes: 40 });
    world.finish();
    assert_eq!(world.source(2, 2, 0), Some(Source::Stored));
}
