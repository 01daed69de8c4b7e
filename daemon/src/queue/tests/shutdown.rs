//! Restarts, shutdowns, idleness.

use sojourn_proto::{FailureKind, ShutdownMode};

use super::world::{NO_STORE, PLAIN, World, ms, units};
use crate::queue::{Effect, Event, Policy};

fn restarted(world: &World) -> bool {
    world.last.iter().any(|effect| matches!(effect, Effect::Restarted { ticket: 7 }))
}

#[test]
fn a_restart_lets_running_jobs_finish_and_is_done_when_the_old_are_gone() {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..2));
    world.settle();
    let old: Vec<_> = world.workers.keys().copied().collect();
    let busy = world.busy();
    for &worker in &busy {
        world.begin(worker);
    }
    world.step(Event::Restart { ticket: 7 });
    world.settle();
    assert!(busy.iter().all(|worker| world.workers.contains_key(worker)), "they are at work");
    for worker in busy {
        while !world.workers[&worker].is_empty() {
            world.answer_with(worker, Ok(1));
        }
    }
    assert!(!restarted(&world), "the old ones have not left yet");
    while let Some(worker) = world.leaving.pop_first() {
        world.exit(worker, crate::exchange::Exit::Code(0));
    }
    assert!(restarted(&world));
    assert!(old.iter().all(|worker| !world.workers.contains_key(worker)));
    assert_eq!(world.finished[&(1, 1)].failed, 0);
    world.submit(1, 2, NO_STORE, units(10, 0..2));
    world.finish();
    assert_eq!(world.finished[&(1, 2)].failed, 0);
}

#[test]
fn a_worker_that_does_not_leave_is_ended() {
    let mut world = World::small();
    world.settle();
    world.step(Event::Restart { ticket: 7 });
    let worker = *world.leaving.first().expect("the spare leaves");
    world.pass(Policy::default().leave_grace);
    assert!(world.ending.contains(&worker));
}

fn working(mode: ShutdownMode) -> World {
    let mut world = World::small();
    world.open(1);
    world.submit(1, 1, NO_STORE, units(0, 0..40));
    world.settle();
    for worker in world.busy() {
        world.begin(worker);
    }
    world.step(Event::Shutdown(mode));
    world
}

#[test]
fn draining_does_all_that_was_taken_and_takes_no_more() {
    let mut world = working(ShutdownMode::Drain);
    world.submit(1, 2, PLAIN, units(100, 0..1));
    assert_eq!(world.refused(), Some((FailureKind::Cancelled, None)));
    assert_eq!((world.quiet, world.queue.view().health.as_str()), (0, "draining"));
    world.finish();
    let summary = world.finished[&(1, 1)];
    assert_eq!((summary.answered, summary.failed, summary.cancelled), (40, 0, false));
    assert_eq!((world.quiet, world.workers.len()), (1, 0));
}

#[test]
fn a_fast_shutdown_finishes_what_runs_and_cancels_what_waits() {
    let mut world = working(ShutdownMode::Fast);
    let busy = world.busy();
    assert!(world.workers[&busy[0]].len() > 1, "jobs wait behind the running one");
    assert_eq!(world.answers.len(), 40 - busy.len(), "those are answered as well, at once");
    for worker in busy {
        world.answer_with(worker, Ok(1));
        assert!(world.ending.contains(&worker), "it would be at a job that nobody waits for");
    }
    world.settle();
    let summary = world.finished[&(1, 1)];
    assert_eq!((summary.answered, summary.failed), (40, 38));
    assert!(summary.cancelled && world.quiet == 1);
}

#[test]
fn a_fast_shutdown_stops_no_job_that_runs_for_the_sake_of_one_behind_it() {
    let mut world = working(ShutdownMode::Fast);
    world.step(Event::Tick);
    assert_eq!((world.busy().len(), world.ending.len(), world.quiet), (2, 0, 0));
}

#[test]
fn what_would_be_tried_again_is_not_after_a_fast_shutdown() {
    let mut world = working(ShutdownMode::Fast);
    let worker = world.busy()[0];
    world.kill(worker, 9);
    world.finish();
    assert_eq!((world.answers.len(), world.quiet), (40, 1));
}

#[test]
fn now_means_now_and_overrules_what_was_weaker() {
    let mut world = working(ShutdownMode::Drain);
    world.step(Event::Shutdown(ShutdownMode::Now));
    assert_eq!(world.answers.len(), 40);
    assert_eq!(world.ending.len(), world.workers.len());
    world.step(Event::Shutdown(ShutdownMode::Drain));
    assert_eq!(world.quiet, 0, "the workers are not gone yet");
    world.settle();
    assert_eq!(world.quiet, 1);
}

#[test]
fn quiet_is_said_once_and_after_goodbye_to_everybody() {
    let mut world = World::small();
    world.open(1);
    world.open(2);
    world.settle();
    world.step(Event::Shutdown(ShutdownMode::Drain));
    world.settle();
    let goodbyes = world.last.iter().filter(|effect| matches!(effect, Effect::Goodbye { .. })).count();
    assert_eq!((goodbyes, world.last.last()), (2, Some(&Effect::Quiet)));
    world.step(Event::Tick);
    world.step(Event::Closed { session: 1 });
    assert_eq!(world.quiet, 1);
}

#[test]
fn an_open_batch_does_not_hold_up_the_end() {
    let mut world = World::small();
    world.open(1);
    world.step(Event::Submit { session: 1, batch: 1, options: PLAIN, units: units(0, [0]), more: true });
    world.step(Event::Shutdown(ShutdownMode::Drain));
    world.finish();
    assert!(world.finished[&(1, 1)].cancelled && world.source(1, 1, 0).is_some());
    assert_eq!(world.quiet, 1);
}

#[test]
fn idleness_is_told_once_and_only_after_the_last_session() {
    let idle = |world: &World| world.last.contains(&Effect::Idle);
    let mut world = World::new(Policy { idle: Some(ms(500)), ..Policy::default() });
    world.open(1);
    world.settle();
    world.pass(ms(10_000));
    assert!(!idle(&world));
    world.step(Event::Closed { session: 1 });
    assert_eq!(world.queue.idle_since(), Some(world.now));
    assert_eq!(world.queue.next_deadline(), Some(world.now + ms(500)));
    world.pass(ms(499));
    assert!(!idle(&world));
    world.pass(ms(1));
    assert!(idle(&world));
    world.pass(ms(1000));
    assert!(!idle(&world), "said once");
}
