//! Many sessions, few workers.

use super::world::{NO_STORE, World, ms, units};
use crate::queue::Policy;

#[test]
fn a_single_job_waits_for_no_more_than_two_bundles_of_a_large_batch() {
    let mut world = World::small();
    world.checked = false;
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..100_000));
    world.settle();
    world.open(2);
    world.submit(2, 1, NO_STORE, units(1_000_000, 0..1));
    let mut worked = 0;
    while world.verdict(2, 1, 0).is_none() {
        world.settle();
        for worker in world.busy() {
            world.work(worker);
            worked += 1;
        }
        // Two workers, a bundle of four under way and one ahead on each.
        assert!(worked <= 2 * 8 + 2, "{worked} jobs were done before the single one");
    }
}

#[test]
fn slots_are_shared_evenly_between_sessions_with_much_work() {
    let mut world = World::new(Policy { workers: 4, spares: 1, bundle_jobs: 2, ..Policy::default() });
    for session in [1, 2] {
        world.open(session);
        world.submit(session, 1, NO_STORE, units(session * 10_000, 0..400));
        world.settle();
    }
    for _ in 0..100 {
        world.settle();
        for worker in world.busy() {
            world.work(worker);
        }
    }
    let done = |session| world.answers.keys().filter(|unit| unit.0 == session).count();
    let (one, two) = (done(1), done(2));
    assert!(one < 400 && two < 400 && one.abs_diff(two) < 40, "{one} and {two} jobs done");
}

#[test]
fn sessions_take_turns_where_there_are_more_than_workers() {
    let mut world = World::new(Policy { workers: 1, spares: 1, bundle_jobs: 2, ..Policy::default() });
    for session in 1..=3 {
        world.open(session);
        world.submit(session, 1, NO_STORE, units(session * 10_000, 0..500));
    }
    for _ in 0..100 {
        world.settle();
        for worker in world.busy() {
            world.work(worker);
        }
        world.pass(ms(20));
    }
    for session in 1..=3 {
        assert!(world.answers.keys().any(|unit| unit.0 == session), "session {session} got nothing");
    }
}

#[test]
fn an_idle_lease_ends_when_another_session_waits_and_not_before() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..4));
    world.finish();
    world.open(2);
    world.pass(ms(10));
    assert!(world.leaving.is_empty(), "a warm worker was taken from its session for nothing");
    world.submit(2, 1, NO_STORE, units(100, 0..1));
    assert_eq!(world.leaving.len(), 1);
    world.finish();
    assert!(world.verdict(2, 1, 0).is_some());
}

#[test]
fn a_worker_serves_one_session_only_and_leaves_with_it() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..4));
    world.finish();
    let before: Vec<_> = world.workers.keys().copied().collect();
    let spare = world.workers.len() - 2;
    world.step(crate::queue::Event::Closed { session: 1 });
    assert_eq!(world.leaving.len(), 2, "of {before:?}, {spare} of them a spare");
    world.open(2);
    world.submit(2, 1, NO_STORE, units(0, 0..4));
    for worker in world.busy() {
        assert!(!world.leaving.contains(&worker));
    }
    world.finish();
    assert_eq!(world.finished[&(2, 1)].answered, 4);
}

#[test]
fn a_small_batch_does_not_wait_for_a_large_one_of_its_own_session() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..2_000));
    world.settle();
    world.submit(1, 2, NO_STORE, units(1_000_000, 0..1));
    let mut rounds = 0;
    while world.verdict(1, 2, 0).is_none() {
        for worker in world.busy() {
            world.work(worker);
        }
        rounds += 1;
        assert!(rounds < 20, "the single job waits behind the large batch");
    }
}

#[test]
fn a_hundred_thousand_tiny_jobs_are_all_done_while_workers_are_replaced() {
    let policy = Policy { workers: 2, spares: 1, jobs_per_worker: 100, ..Policy::default() };
    let mut world = World::new(policy);
    world.checked = false;
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..100_000));
    world.finish();
    let summary = world.finished[&(1, 1)];
    assert_eq!((summary.answered, summary.failed), (100_000, 0));
    assert!(world.spawned >= 1000 && world.payloads.is_empty());
    world.queue.check();
}
