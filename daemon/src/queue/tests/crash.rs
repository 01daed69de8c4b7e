//! Workers that die, and whose fault it is.

use sojourn_proto::FailureKind;

use super::world::{FORCE, NO_STORE, PLAIN, World, key, ms, units};
use crate::exchange::Exit;
use crate::queue::{Policy, Said};

/// One worker with a bundle of four jobs, the first of them begun.
fn at_work() -> (World, u64) {
    let policy = Policy { workers: 1, spares: 1, bundle_jobs: 4, ..Policy::default() };
    let mut world = World::new(policy);
    world.open(1);
    world.settle();
    // So that it is known how long jobs take.
    world.submit(1, 9, NO_STORE, units(90, 0..1));
    world.finish();
    world.submit(1, 1, NO_STORE, units(0, 0..4));
    let worker = world.busy()[0];
    world.settle();
    world.begin(worker);
    (world, worker)
}

#[test]
fn a_killed_worker_costs_only_the_begun_job_an_attempt_and_it_goes_to_the_back() {
    let (mut world, worker) = at_work();
    let jobs: Vec<_> = world.workers[&worker].iter().copied().collect();
    world.kill(worker, 9);
    world.settle();
    let next = world.busy()[0];
    let again: Vec<_> = world.workers[&next].iter().copied().collect();
    assert_eq!(again, [jobs[1], jobs[2], jobs[3], jobs[0]]);
    world.finish();
    assert_eq!(world.finished[&(1, 1)].failed, 0);
}

#[test]
fn a_job_whose_worker_is_killed_twice_is_lost_and_the_text_names_the_signal() {
    let (mut world, worker) = at_work();
    world.kill(worker, 9);
    world.settle();
    let worker = world.busy()[0];
    for _ in 0..3 {
        world.work(worker);
    }
    world.begin(worker);
    world.kill(worker, 9);
    world.finish();
    let failure = world.failure(1, 1, 0).expect("it has failed");
    assert_eq!(failure.kind, FailureKind::WorkerLost);
    assert!(failure.message.contains("SIGKILL"), "{}", failure.message);
    assert_eq!(world.finished[&(1, 1)].failed, 1, "the others are done");
}

#[test]
fn a_crash_poisons_the_key_until_somebody_forces_it() {
    let (mut world, worker) = at_work();
    world.kill(worker, 11);
    world.finish();
    assert_eq!(world.failed_as(1, 1, 0), Some(FailureKind::Poisonous));
    assert_eq!(world.finished[&(1, 1)].failed, 1);

    world.open(2);
    world.submit(2, 1, NO_STORE, units(0, [0]));
    assert_eq!(world.failed_as(2, 1, 0), Some(FailureKind::Poisonous), "without a try");
    world.submit(2, 2, FORCE, units(0, [0]));
    world.finish();
    assert!(world.source(2, 2, 0).is_some());
    world.submit(2, 3, NO_STORE, units(0, [0]));
    world.finish();
    assert!(world.source(2, 3, 0).is_some(), "it has been done, so it is no poison");
}

#[test]
fn a_crash_under_one_job_does_not_take_another_of_the_same_key_from_its_worker() {
    let mut world = World::small();
    world.open(1);
    // With and without the store are two jobs of one key.
    world.submit(1, 1, NO_STORE, units(0, [0]));
    world.submit(1, 2, PLAIN, units(0, [0]));
    world.settle();
    let [first, second] = world.busy()[..] else { panic!("both are at work") };
    world.begin(first);
    world.begin(second);
    world.kill(first, 11);
    world.submit(1, 3, PLAIN, units(0, [0]));
    assert_eq!(world.failed_as(1, 3, 0), Some(FailureKind::Poisonous));
    world.finish();
    assert!(world.source(1, 2, 0).is_some());
}

#[test]
fn poison_marks_are_bounded_and_the_oldest_is_forgotten() {
    let mut world = World::new(Policy { workers: 1, poison_marks: 2, ..Policy::default() });
    world.open(1);
    for n in 0..3 {
        world.submit(1, n, NO_STORE, units(n, [0]));
        world.settle();
        let worker = world.busy()[0];
        world.begin(worker);
        world.kill(worker, 6);
        world.settle();
    }
    world.submit(1, 10, NO_STORE, units(0, 0..3));
    assert_eq!(world.failed_as(1, 10, 2), Some(FailureKind::Poisonous));
    assert_eq!(world.failed_as(1, 10, 0), None);
}

#[test]
fn each_way_to_end_under_a_job_has_its_failure() {
    let oom = Exit::Signal { signal: 9, out_of_memory: true };
    let foreign = Exit::ProtocolViolation { what: "garbage".to_owned() };
    for (exit, kind, text) in [
        (Exit::Code(0), FailureKind::ProtocolViolation, "exit code 0"),
        (Exit::Code(3), FailureKind::WorkerPanicked, "exit code 3"),
        (oom, FailureKind::OutOfMemory, "out of memory"),
        (foreign, FailureKind::ProtocolViolation, "garbage"),
    ] {
        let (mut world, worker) = at_work();
        world.exit(worker, exit);
        world.finish();
        let failure = world.failure(1, 1, 0).expect("it has failed");
        assert_eq!(failure.kind, kind);
        assert!(failure.message.contains(text), "{}", failure.message);
        assert_eq!(world.finished[&(1, 1)].failed, 1, "the others of the bundle are done");
    }
}

#[test]
fn a_worker_that_dies_before_it_begins_is_tried_again_but_not_for_ever() {
    let mut world = World::new(Policy { workers: 1, spares: 1, ..Policy::default() });
    world.open(1);
    world.settle();
    world.pass(Policy::default().proof);
    world.submit(1, 1, NO_STORE, units(0, [0]));
    for _ in 0..2 {
        world.settle();
        let worker = world.busy()[0];
        world.kill(worker, 11);
        world.pass(ms(100));
    }
    assert_eq!(world.failed_as(1, 1, 0), Some(FailureKind::WorkerLost));
}

#[test]
fn an_idle_worker_that_is_killed_is_replaced_and_no_job_fails() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..2));
    world.finish();
    let (before, worker) = (world.workers.len(), *world.workers.keys().next().expect("a worker"));
    world.kill(worker, 9);
    world.submit(1, 2, NO_STORE, units(10, 0..4));
    world.finish();
    assert_eq!(world.finished[&(1, 2)].failed, 0);
    assert_eq!(world.workers.len(), before);
}

#[test]
fn a_worker_that_answers_what_it_was_not_given_is_ended() {
    let (mut world, worker) = at_work();
    world.said(worker, Said::Answered { job: 4711, micros: 1, name: Some(key(1)), result: Ok(1) });
    assert!(world.ending.contains(&worker));
    world.finish();
    assert_eq!(world.failed_as(1, 1, 0), Some(FailureKind::ProtocolViolation));
    assert_eq!(world.finished[&(1, 1)].failed, 1);
}

#[test]
fn what_an_ended_worker_still_says_is_void() {
    let (mut world, worker) = at_work();
    let job = world.workers[&worker][0];
    world.cancel(1, 1);
    assert!(world.ending.contains(&worker));
    world.said(worker, Said::Answered { job, micros: 1, name: None, result: Ok(1) });
    world.said(worker, Said::Begun { job });
    world.said(worker, Said::Ready);
    world.finish();
    assert_eq!(world.answers.len(), 1 + 4, "the one before, and each of these once");
}

#[test]
fn silence_ends_the_worker_and_the_job_and_being_stopped_is_no_progress() {
    for stopped in [false, true] {
        let (mut world, worker) = at_work();
        let limit = Policy::default().silence;
        world.pass(limit - ms(1));
        world.said(worker, Said::Progress);
        world.pass(limit - ms(1));
        world.said(worker, Said::Sampled { rss_bytes: 1, stopped });
        assert!(world.ending.is_empty(), "it has shown progress within the limit");
        world.pass(ms(1));
        assert!(world.ending.contains(&worker));
        assert_eq!(world.failed_as(1, 1, 0), Some(FailureKind::TimedOut));
        world.finish();
        assert_eq!(world.finished[&(1, 1)].failed, 1, "the next jobs run");
    }
}
