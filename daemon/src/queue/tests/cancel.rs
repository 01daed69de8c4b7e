//! Giving up, at every moment.

use sojourn_proto::FailureKind;

use super::world::{NO_STORE, PLAIN, World, units};
use crate::queue::{Effect, Event};

fn done(world: &World) -> bool {
    world.last.iter().any(|effect| matches!(effect, Effect::Done { id: 999, .. }))
}

#[test]
fn cancelling_before_dispatch_answers_every_unit_once() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, PLAIN, units(0, 0..100));
    world.cancel(1, 1);
    assert!(done(&world));
    assert_eq!(world.answers.len(), 100);
    assert_eq!(world.failed_as(1, 1, 99), Some(FailureKind::Cancelled));
    let summary = world.finished[&(1, 1)];
    assert!(summary.cancelled && summary.answered == 100 && summary.failed == 100);
    world.finish();
    assert!(world.payloads.is_empty());
}

#[test]
fn cancelling_while_running_ends_the_worker_and_others_go_on() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..2));
    world.settle();
    world.submit(1, 2, NO_STORE, units(10, 0..4));
    let workers = world.busy();
    for &worker in &workers {
        world.begin(worker);
    }
    world.cancel(1, 1);
    assert_eq!(world.ending.len(), workers.len());
    world.finish();
    assert_eq!(world.finished[&(1, 2)].failed, 0);
    assert_eq!(world.finished[&(1, 2)].answered, 4);
}

#[test]
fn what_others_wait_for_is_not_stopped() {
    let mut world = World::small();
    world.open(1);
    world.open(2);
    world.submit(1, 1, NO_STORE, units(0, [0]));
    world.submit(2, 1, NO_STORE, units(0, [0]));
    world.settle();
    let worker = world.busy()[0];
    world.begin(worker);
    world.cancel(1, 1);
    assert!(world.ending.is_empty());
    world.finish();
    assert!(world.source(2, 1, 0).is_some());
}

#[test]
fn cancelling_again_or_too_late_or_the_unknown_is_done_and_changes_nothing() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..3));
    world.finish();
    let answers = world.answers.len();
    world.cancel(1, 1);
    assert!(done(&world) && world.last.len() == 1);
    world.cancel(1, 77);
    assert!(done(&world) && world.last.len() == 1);
    world.submit(1, 2, NO_STORE, units(10, 0..3));
    world.cancel(1, 2);
    world.cancel(1, 2);
    assert!(done(&world) && world.last.len() == 1);
    assert_eq!(world.answers.len(), answers + 3);
}

#[test]
fn a_batch_still_open_ends_by_cancelling() {
    let mut world = World::small();
    world.open(1);
    world.step(Event::Submit { session: 1, batch: 1, options: PLAIN, units: units(0, 0..2), more: true });
    world.finish();
    assert!(world.finished.is_empty(), "more may follow");
    world.cancel(1, 1);
    assert!(world.finished[&(1, 1)].cancelled);
}

#[test]
fn a_client_that_goes_takes_its_work_along_without_a_word() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, PLAIN, units(0, 0..50));
    world.settle();
    for worker in world.busy() {
        world.begin(worker);
    }
    let answers = world.answers.len();
    world.step(Event::Closed { session: 1 });
    world.finish();
    assert_eq!(world.answers.len(), answers);
    assert!(world.payloads.is_empty());
    assert_eq!(world.queue.view().queue.running, 0);
}

#[test]
fn a_job_given_up_behind_a_wanted_one_is_stopped_when_its_turn_comes() {
    let mut world = World::new(crate::queue::Policy { workers: 1, bundle_jobs: 1, ..Default::default() });
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, [0]));
    world.settle();
    world.submit(1, 2, NO_STORE, units(10, [0]));
    let worker = world.busy()[0];
    assert_eq!(world.workers[&worker].len(), 2, "one under way, one ahead");
    world.begin(worker);
    world.cancel(1, 2);
    assert!(world.ending.is_empty(), "the wanted job goes on");
    world.answer_with(worker, Ok(1));
    assert!(world.ending.contains(&worker), "what comes now, nobody wants");
    assert!(world.source(1, 1, 0).is_some());
}
