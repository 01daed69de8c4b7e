//! What is not taken, and why.

use sojourn_proto::{FailureKind, WorkKind};

use super::world::{NO_STORE, PLAIN, World, key, units};
use crate::queue::{Blob, Claim, Effect, Event, Policy, Verdict};

#[test]
fn padding_is_answered_as_padding_and_never_computed() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, PLAIN, units(0, [-1, -1, 3]));
    let padding = |effect: &&Effect| matches!(effect, Effect::Answer { verdict: Verdict::Padding, .. });
    assert_eq!(world.last.iter().filter(padding).count(), 2);
    world.finish();
    assert_eq!(world.finished[&(1, 1)].answered, 3);
    assert_eq!(world.answers.len(), 1);
}

#[test]
fn a_batch_of_nothing_is_finished_at_once() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, PLAIN, Vec::new());
    assert_eq!(world.finished[&(1, 1)].answered, 0);
}

#[test]
fn a_message_with_an_index_taken_before_is_refused_whole() {
    let mut world = World::small();
    world.open(1);
    for indices in [vec![1, 2, 1], vec![4, 3]] {
        world.step(Event::Submit { session: 1, batch: 1, options: PLAIN, units: units(0, [3]), more: true });
        world.step(Event::Submit {
            session: 1,
            batch: 1,
            options: PLAIN,
            units: units(0, indices),
            more: true,
        });
        assert_eq!(world.refused(), Some((FailureKind::InvalidInput, None)));
        assert_eq!(world.payloads.len(), 1, "none of it was taken");
    }
}

#[test]
fn a_full_queue_is_busy_at_its_bound_and_not_below() {
    for policy in [
        Policy { units_per_session: 10, ..Policy::default() },
        Policy { units_in_all: 10, ..Policy::default() },
        Policy { bytes_per_session: 1000, ..Policy::default() },
        Policy { bytes_in_all: 1000, ..Policy::default() },
    ] {
        let mut world = World::new(policy);
        world.open(1);
        world.submit(1, 1, PLAIN, units(0, 0..9));
        world.submit(1, 2, PLAIN, units(100, 0..1));
        assert_eq!(world.refused(), None);
        world.submit(1, 3, PLAIN, units(200, 0..1));
        let (kind, retry) = world.refused().expect("it is full");
        assert_eq!(kind, FailureKind::Busy);
        assert!(retry >= Some(policy.retry_first) && retry <= Some(policy.retry_cap));
        world.finish();
        world.submit(1, 3, PLAIN, units(200, 0..1));
        assert_eq!(world.refused(), None, "there is room again");
    }
}

#[test]
fn what_can_never_fit_is_refused_for_good() {
    let mut world = World::new(Policy { units_per_session: 10, ..Policy::default() });
    world.open(1);
    world.submit(1, 1, PLAIN, units(0, 0..11));
    assert_eq!(world.refused(), Some((FailureKind::LimitExceeded, None)));
    assert!(world.finished.is_empty() && world.payloads.is_empty());
}

#[test]
fn batches_under_way_are_bounded() {
    let mut world = World::new(Policy { batches_per_session: 1, ..Policy::default() });
    world.open(1);
    world.step(Event::Submit { session: 1, batch: 1, options: PLAIN, units: Vec::new(), more: true });
    world.submit(1, 2, PLAIN, Vec::new());
    assert_eq!(world.refused().map(|(kind, _)| kind), Some(FailureKind::Busy));
    world.submit(1, 1, PLAIN, Vec::new());
    assert!(world.finished.contains_key(&(1, 1)), "more of the first is taken");
}

#[test]
fn messages_of_and_to_who_is_gone_are_ignored() {
    let mut world = World::small();
    world.submit(9, 1, PLAIN, units(0, 0..3));
    world.cancel(9, 1);
    world.step(Event::Closed { session: 9 });
    world.step(Event::Written { session: 9, bytes: 5 });
    world.step(Event::LookedUp { kind: WorkKind::Graph, key: key(1), found: Some(3) });
    assert!(world.answers.is_empty() && world.payloads.is_empty());
}

#[test]
fn patterns_and_graphs_of_one_key_are_two_jobs() {
    let mut world = World::small();
    world.open(1);
    let of = |idx, kind| Claim { idx, kind, key: key(1), bytes: 1, blob: Blob::None };
    world.submit(1, 1, NO_STORE, vec![of(0, WorkKind::Graph), of(1, WorkKind::Pattern)]);
    assert_eq!(world.payloads.len(), 2);
    world.finish();
}
