//! Evaluations: jobs that need a blob beside their payload, and whose results nobody keeps.

use sojourn_proto::{FailureKind, Source, Target, WorkKind};

use super::world::{PLAIN, World, key};
use crate::queue::{Blob, Claim, Effect, Policy};

/// A unit that asks the trace of this number, whose blob has as many bytes.
fn tile(idx: i64, trace: u64, blob: Blob) -> Claim {
    let kind = WorkKind::Evaluation { trace: key(trace), target: Target::Cpu };
    Claim { idx, kind, key: key(1000 * trace + idx.unsigned_abs()), bytes: 10, blob }
}

fn here(idx: i64, trace: u64) -> Claim {
    tile(idx, trace, Blob::Here { bytes: trace })
}

#[test]
fn they_are_neither_looked_up_nor_stored() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, PLAIN, (0..5).map(|idx| here(idx, 7)).collect());
    assert!(world.look_ups.is_empty());
    world.finish();
    assert_eq!(world.finished[&(1, 1)].answered, 5);
    assert!(world.stored.is_empty());
    assert_eq!(world.source(1, 1, 3), Some(Source::Computed));
}

#[test]
fn two_who_ask_the_same_share_and_of_another_trace_it_is_another_job() {
    let mut world = World::small();
    (1..=3).for_each(|session| world.open(session));
    world.submit(1, 1, PLAIN, vec![here(0, 7)]);
    world.submit(2, 1, PLAIN, vec![here(0, 7)]);
    let mut other = here(0, 8);
    other.key = key(7000);
    world.submit(3, 1, PLAIN, vec![other]);
    assert_eq!(world.payloads.len(), 2);
    world.finish();
    let sources: Vec<_> = (1..=3).map(|session| world.source(session, 1, 0).unwrap()).collect();
    assert_eq!(sources, [Source::Computed, Source::Shared, Source::Computed]);
}

#[test]
fn one_whose_blob_is_missing_is_answered_so_at_once_and_the_others_are_done() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, PLAIN, vec![here(0, 7), tile(1, 8, Blob::Missing), here(2, 7)]);
    assert_eq!(world.failed_as(1, 1, 1), Some(FailureKind::MissingBlob));
    world.finish();
    assert!(world.source(1, 1, 0).is_some() && world.source(1, 1, 2).is_some());
    assert_eq!(world.finished[&(1, 1)].failed, 1);
    // Who asks what is under way already waits for that, whatever he has not got.
    world.submit(1, 2, PLAIN, vec![here(0, 7)]);
    world.submit(1, 3, PLAIN, vec![tile(0, 7, Blob::Missing)]);
    world.finish();
    assert_eq!(world.source(1, 3, 0), Some(Source::Shared));
}

#[test]
fn blobs_count_once_however_many_jobs_need_them_and_no_longer_than_those() {
    let mut world = World::new(Policy { blob_bytes_in_all: 100, ..Policy::default() });
    world.open(1);
    world.submit(1, 1, PLAIN, (0..20).map(|idx| here(idx, 60)).collect());
    assert_eq!(world.refused(), None);
    world.submit(1, 2, PLAIN, vec![here(0, 30)]);
    assert_eq!(world.refused(), None);
    world.submit(1, 3, PLAIN, vec![here(0, 20)]);
    assert_eq!(world.refused().map(|refused| refused.0), Some(FailureKind::Busy));
    world.submit(1, 4, PLAIN, vec![here(0, 101)]);
    assert_eq!(world.refused(), Some((FailureKind::LimitExceeded, None)));
    world.finish();
    world.submit(1, 5, PLAIN, vec![here(0, 20), here(1, 70)]);
    assert_eq!(world.refused(), None);
    world.finish();
}

#[test]
fn a_tile_whose_worker_was_killed_goes_to_another_and_a_cancelled_one_to_none() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, PLAIN, (0..8).map(|idx| here(idx, 7)).collect());
    world.settle();
    let victim = world.busy()[0];
    world.begin(victim);
    world.kill(victim, 9);
    world.finish();
    assert_eq!((world.finished[&(1, 1)].answered, world.finished[&(1, 1)].failed), (8, 0));
    world.submit(1, 2, PLAIN, (0..8).map(|idx| here(idx, 9)).collect());
    world.settle();
    world.cancel(1, 2);
    assert!(world.last.iter().any(|effect| matches!(effect, Effect::Finish { .. })));
    world.settle();
    assert!(world.payloads.is_empty() && world.busy().is_empty());
}
