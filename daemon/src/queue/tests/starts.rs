//! Workers that will not start.

use sojourn_proto::FailureKind;

use super::world::{NO_STORE, World, ms, units};
use crate::exchange::Exit;
use crate::queue::{Policy, Said};

fn not_started() -> Exit {
    Exit::NotStarted { reason: "no such file".to_owned() }
}

/// Fails every start for so long, and returns how many there were.
fn storm(world: &mut World, time: u64) -> usize {
    let before = world.spawned;
    for _ in 0..time {
        while let Some(&worker) = world.workers.keys().next() {
            world.exit(worker, not_started());
        }
        world.pass(ms(1));
    }
    world.spawned - before
}

#[test]
fn failed_starts_are_repeated_ever_more_slowly() {
    let mut world = World::small();
    let spawned = storm(&mut world, 60_000);
    // 50 ms doubled up to 5 s: seven starts in the first 6.35 s, then one each 5 s.
    assert!((10..=20).contains(&spawned), "{spawned} starts in a minute");
}

#[test]
fn the_queue_says_when_the_next_start_is_due() {
    let mut world = World::small();
    while let Some(&worker) = world.workers.keys().next() {
        world.exit(worker, not_started());
    }
    let due = world.queue.next_deadline().expect("a start is due");
    assert!(due > world.now);
    world.now = due;
    let before = world.spawned;
    world.pass(ms(0));
    assert_eq!(world.spawned, before + 1, "one at a time");
}

#[test]
fn jobs_fail_fast_with_the_reason_once_starts_have_failed_often_enough() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..3));
    storm(&mut world, 1000);
    let failure = world.failure(1, 1, 0).expect("it has failed");
    assert_eq!(failure.kind, FailureKind::NoWorker);
    assert!(failure.message.contains("no such file"), "{}", failure.message);
    assert!(world.queue.view().health.starts_with("degraded"), "{}", world.queue.view().health);
    world.submit(1, 2, NO_STORE, units(10, [0]));
    assert_eq!(world.failed_as(1, 2, 0), Some(FailureKind::NoWorker), "at once");
}

#[test]
fn a_slot_held_by_an_idle_session_is_freed_even_where_the_last_start_failed() {
    let mut world = World::new(Policy { workers: 1, spares: 1, ..Policy::default() });
    world.open(1);
    world.open(2);
    world.settle();
    world.submit(1, 1, NO_STORE, units(0, [0]));
    let worker = world.busy()[0];
    world.work(worker);
    let spare = *world.workers.keys().find(|&&other| other != worker).expect("the next spare");
    world.exit(spare, not_started());
    world.submit(2, 1, NO_STORE, units(10, [0]));
    assert!(world.leaving.contains(&worker));
    // No spares are kept from here on: the next start is for the job alone.
    world.step(crate::queue::Event::Shutdown(sojourn_proto::ShutdownMode::Drain));
    world.settle();
    world.pass(ms(50));
    world.finish();
    assert_eq!(world.finished[&(2, 1)].failed, 0);
}

#[test]
fn one_good_start_mends_everything() {
    let mut world = World::small();
    world.open(1);
    storm(&mut world, 10_000);
    world.pass(Policy::default().backoff_cap);
    world.settle();
    world.submit(1, 1, NO_STORE, units(0, 0..10));
    world.finish();
    assert_eq!(world.finished[&(1, 1)].failed, 0);
    assert_eq!(world.queue.view().health, "ready");
}

#[test]
fn a_worker_not_ready_in_time_is_a_failed_start() {
    let mut world = World::small();
    let worker = *world.workers.keys().next().expect("a spare starts");
    world.pass(Policy::default().start_deadline);
    assert!(world.ending.contains(&worker));
    assert!(world.queue.view().health.contains("not ready"), "{}", world.queue.view().health);
}

#[test]
fn workers_that_die_as_soon_as_they_are_ready_are_no_storm_either() {
    let mut world = World::small();
    for _ in 0..10_000 {
        if let Some(&worker) = world.workers.keys().next() {
            world.said(worker, Said::Ready);
            world.kill(worker, 31);
        }
        world.pass(ms(1));
    }
    assert!(world.spawned < 20, "{} starts in ten seconds", world.spawned);
}

#[test]
fn a_process_the_kernel_does_not_let_go_of_holds_its_slot() {
    let mut world = World::new(Policy { workers: 1, spares: 0, ..Policy::default() });
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, [0]));
    world.settle();
    let worker = world.busy()[0];
    world.begin(worker);
    world.cancel(1, 1);
    world.said(worker, Said::Unreapable);
    world.ending.clear();
    world.submit(1, 2, NO_STORE, units(10, [0]));
    assert_eq!(world.failed_as(1, 2, 0), Some(FailureKind::NoWorker), "no twin is started");
    world.kill(worker, 9);
    world.submit(1, 3, NO_STORE, units(20, [0]));
    world.finish();
    assert!(world.source(1, 3, 0).is_some());
}
