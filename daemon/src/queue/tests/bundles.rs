//! How work is split into messages to workers.

use super::world::{NO_STORE, World, ms, units};
use crate::queue::{Policy, Said};
use sojourn_proto::BatchOptions;

/// A world whose session 1 has both workers, and knows that its jobs take 100 us.
fn warm(policy: Policy) -> World {
    let mut world = World::new(policy);
    world.open(1);
    world.settle();
    world.submit(1, 1, NO_STORE, units(0, 0..2));
    world.finish();
    world
}

#[test]
fn four_jobs_for_two_workers_are_two_bundles_of_two() {
    let mut world = warm(Policy { workers: 2, bundle_jobs: 32, ..Policy::default() });
    world.submit(1, 2, NO_STORE, units(10, 0..4));
    assert_eq!(world.bundles(), [2, 2]);
}

#[test]
fn jobs_are_given_singly_until_one_of_the_session_is_done() {
    let mut world = World::new(Policy { workers: 2, spares: 1, bundle_jobs: 8, ..Policy::default() });
    world.open(1);
    world.settle();
    world.submit(1, 1, NO_STORE, units(0, 0..20));
    world.settle();
    let loads: Vec<_> = world.busy().into_iter().map(|worker| world.workers[&worker].len()).collect();
    assert_eq!(loads, [2, 2], "one that it is at, and one ahead");
    assert!(world.bundles().iter().all(|&jobs| jobs == 1));
    let worker = world.busy()[0];
    world.work(worker);
    assert_eq!(world.bundles(), [8]);
}

#[test]
fn a_worker_has_one_bundle_under_way_and_one_ahead_and_no_more() {
    let mut world = warm(Policy { workers: 1, bundle_jobs: 3, ..Policy::default() });
    world.submit(1, 2, NO_STORE, units(10, 0..100));
    assert_eq!(world.bundles(), [3, 3]);
    let worker = world.busy()[0];
    world.work(worker);
    world.work(worker);
    assert!(world.bundles().is_empty(), "the first bundle is still under way");
    world.work(worker);
    assert_eq!(world.bundles(), [3]);
}

#[test]
fn bundles_hold_no_more_bytes_than_allowed_unless_one_job_has_more() {
    let policy = Policy { workers: 1, bundle_jobs: 10, bundle_bytes: 250, ..Policy::default() };
    let mut world = warm(policy);
    let mut jobs = units(10, 0..6);
    jobs[2].bytes = 1000;
    world.submit(1, 2, NO_STORE, jobs);
    assert_eq!(world.bundles(), [2, 1]);
}

#[test]
fn slow_jobs_are_given_out_one_by_one() {
    let mut world = warm(Policy { workers: 1, bundle_time: ms(20), ..Policy::default() });
    world.submit(1, 2, NO_STORE, units(10, 0..1));
    let worker = world.busy()[0];
    let job = world.begin(worker);
    world.workers.get_mut(&worker).expect("it lives").clear();
    let micros = 10_000_000;
    world.said(worker, Said::Answered { job, micros, name: None, result: Ok(1) });
    world.submit(1, 3, NO_STORE, units(50, 0..30));
    assert_eq!(world.bundles(), [1, 1]);
}

#[test]
fn a_batch_has_no_more_workers_than_its_user_allowed() {
    let mut world = World::new(Policy { workers: 4, spares: 1, bundle_jobs: 2, ..Policy::default() });
    world.open(1);
    let two = BatchOptions { workers: 2, ..NO_STORE };
    world.submit(1, 1, two, units(0, 0..40));
    world.settle();
    assert_eq!(world.busy().len(), 2);
    world.submit(1, 2, NO_STORE, units(100, 0..40));
    world.settle();
    assert_eq!(world.busy().len(), 4, "another batch of the session takes the other slots");
    world.finish();
    assert_eq!(world.answers.len(), 80);
}

#[test]
fn a_worker_is_replaced_after_its_jobs_and_none_is_lost() {
    let policy = Policy { workers: 2, jobs_per_worker: 10, bundle_jobs: 4, ..Policy::default() };
    let mut world = World::new(policy);
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..1000));
    world.finish();
    assert_eq!(world.answers.len(), 1000);
    assert!(world.spawned >= 100, "{} workers did 1000 jobs, 10 each at most", world.spawned);
}

#[test]
fn a_worker_too_old_or_too_big_leaves_between_jobs() {
    let mut world = warm(Policy { workers: 1, max_rss: 1000, ..Policy::default() });
    world.submit(1, 2, NO_STORE, units(10, 0..2));
    let worker = world.busy()[0];
    world.said(worker, Said::Sampled { rss_bytes: 1001, stopped: false });
    assert!(!world.leaving.contains(&worker), "it finishes what it has");
    world.work(worker);
    world.work(worker);
    assert!(world.leaving.contains(&worker));

    let mut world = warm(Policy { workers: 1, ..Policy::default() });
    let spares = world.workers.len();
    world.pass(Policy::default().max_age);
    assert_eq!((world.leaving.len(), spares), (1, 2), "the leased one leaves, the spare stays");
}
