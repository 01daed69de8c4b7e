//! One computation for all who want it.

use sojourn_proto::Source;

use super::world::{NO_STORE, PLAIN, World, key, units};
use crate::queue::{Effect, Event, Policy, Said};

#[test]
fn equal_jobs_of_two_sessions_are_computed_once() {
    let mut world = World::small();
    for session in [1, 2] {
        world.open(session);
        world.submit(session, 1, PLAIN, units(0, [5]));
    }
    world.settle();
    assert_eq!(world.busy().len(), 1);
    world.finish();
    assert_eq!(world.source(1, 1, 5), Some(Source::Computed));
    assert_eq!(world.source(2, 1, 5), Some(Source::Shared));
}

#[test]
fn equal_jobs_of_one_batch_are_computed_once() {
    let mut world = World::small();
    world.open(1);
    let mut jobs = units(0, 0..3);
    for job in &mut jobs {
        job.key = key(7);
    }
    world.submit(1, 1, NO_STORE, jobs);
    assert_eq!(world.payloads.len(), 1, "one payload is kept");
    world.finish();
    let sources: Vec<_> = (0..3).map(|idx| world.source(1, 1, idx)).collect();
    assert_eq!(sources, [Some(Source::Computed), Some(Source::Shared), Some(Source::Shared)]);
}

#[test]
fn a_result_is_stored_before_it_is_answered_and_found_the_next_time() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, PLAIN, units(0, [0]));
    world.settle();
    let worker = world.busy()[0];
    let job = world.begin(worker);
    world.workers.get_mut(&worker).expect("it lives").clear();
    let name = Some(key(77));
    world.said(worker, Said::Answered { job, micros: 5, name, result: Ok(10) });
    let stored = world.last.iter().position(
        |effect| matches!(effect, Effect::Store { name: Some(n), uids, .. } if *n == key(77) && uids == &[1000]),
    );
    let answered = world.last.iter().position(|effect| matches!(effect, Effect::Answer { .. }));
    assert!(stored.is_some() && stored < answered, "{:?}", world.last);

    world.submit(1, 2, PLAIN, units(0, [0]));
    world.settle();
    assert_eq!(world.source(1, 2, 0), Some(Source::Stored));
}

#[test]
fn a_batch_without_the_store_neither_asks_it_nor_fills_it_nor_joins_who_asks() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, PLAIN, units(0, [0]));
    world.submit(1, 2, NO_STORE, units(0, [0]));
    assert_eq!(world.look_ups.len(), 1);
    world.settle();
    world.finish();
    assert_eq!(world.source(1, 2, 0), Some(Source::Computed));
    let mut world = World::small();
    world.open(1);
    world.submit(1, 2, NO_STORE, units(0, [0]));
    world.finish();
    assert!(world.stored.is_empty());
}

#[test]
fn followers_are_served_when_the_leader_leaves_before_and_during_the_work() {
    for begun in [false, true] {
        let mut world = World::small();
        world.open(1);
        world.open(2);
        world.submit(1, 1, PLAIN, units(0, [0]));
        world.submit(2, 1, PLAIN, units(0, [0]));
        if begun {
            world.settle();
            let worker = world.busy()[0];
            world.begin(worker);
            world.step(Event::Closed { session: 1 });
            assert!(!world.ending.contains(&worker), "others wait for what it does");
        } else {
            world.step(Event::Closed { session: 1 });
        }
        world.finish();
        assert_eq!(world.source(2, 1, 0), Some(Source::Computed), "begun: {begun}");
        assert!(world.payloads.is_empty());
    }
}

#[test]
fn a_follower_does_not_wait_for_the_turn_of_the_leader() {
    let mut world = World::new(Policy { workers: 2, spares: 1, result_bytes: 5, ..Policy::default() });
    world.open(1);
    world.open(2);
    // The leader's client does not read, so nothing more is done for it ...
    world.submit(1, 1, NO_STORE, units(50, [0]));
    world.finish();
    world.submit(1, 2, NO_STORE, units(0, [0]));
    assert!(world.busy().is_empty());
    // ... but for the follower it is.
    world.submit(2, 1, NO_STORE, units(0, [0]));
    world.finish();
    assert!(world.verdict(2, 1, 0).is_some());
}
