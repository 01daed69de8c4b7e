//! How devices are let go, lost, and replaced.

use std::time::Duration;

use sojourn_proto::{DeviceState, Failure, FailureKind, ShutdownMode, Target};

use super::super::world::{PLAIN, ms};
use super::{describe, device, process, report, tell_memory, tiles, world};
use crate::exchange::Exit;
use crate::queue::{Effect, Event, Said};

fn poisoned() -> Failure {
    Failure::new(FailureKind::DevicePoisoned, "CUDA_ERROR_ILLEGAL_ADDRESS (700)")
}

#[test]
fn the_keep_alive_counts_from_the_last_job_and_work_that_comes_too_late_has_a_new_process() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, [0]));
    world.finish();
    world.pass(ms(59_000));
    world.submit(1, 2, PLAIN, tiles(Target::AnyDevice, [1]));
    world.finish();
    world.pass(ms(59_000));
    let old = process(&world, 1).expect("kept");
    assert!(!world.leaving.contains(&old));
    world.pass(ms(1_000));
    assert!(world.leaving.contains(&old));
    world.submit(1, 3, PLAIN, tiles(Target::AnyDevice, [2]));
    assert_eq!(process(&world, 1), Some(old), "none beside it");
    world.finish();
    assert!(process(&world, 1).is_some_and(|new| new != old));
    assert_eq!(world.finished[&(1, 3)].failed, 0);
}

#[test]
fn a_poisoned_device_is_replaced_its_job_tried_once_more_and_those_behind_it_lose_no_attempt() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..3));
    world.submit(2, 1, PLAIN, tiles(Target::Cpu, [50]));
    world.settle();
    let first = process(&world, 1).unwrap();
    tell_memory(&mut world, 1, 100, &[]);
    world.begin(first);
    world.answer_with(first, Err(poisoned()));
    assert!(world.ending.contains(&first) && world.answers.is_empty());
    assert_eq!(report(&world, 1).state, DeviceState::Poisoned);
    world.settle();
    let second = process(&world, 1).unwrap();
    assert_eq!(world.on_device[&second].1, Some(1 << 30), "it waits for the memory of the lost one");
    let failing = world.workers[&second].len();
    assert_eq!(failing, 2);
    world.finish();
    assert_eq!((world.finished[&(1, 1)].answered, world.finished[&(1, 1)].failed), (3, 0));
    assert_eq!(world.finished[&(2, 1)].failed, 0, "the processor's job goes on");
    assert_eq!(report(&world, 1).losses, 1);
}

#[test]
fn a_job_that_poisons_twice_has_failed_and_the_device_works_on() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, [0]));
    for attempt in 1..=2 {
        world.settle();
        let worker = process(&world, 1).unwrap();
        world.begin(worker);
        world.answer_with(worker, Err(poisoned()));
        assert_eq!(world.failed_as(1, 1, 0).is_some(), attempt == 2);
    }
    let failure = world.failure(1, 1, 0).unwrap();
    assert_eq!(failure.kind, FailureKind::DevicePoisoned);
    assert!(failure.message.contains("ILLEGAL_ADDRESS") && failure.message.contains("attempt 2 of 2"));
    world.submit(1, 2, PLAIN, tiles(Target::AnyDevice, [1]));
    world.finish();
    assert_eq!(world.finished[&(1, 2)].failed, 0);
}

#[test]
fn a_killed_process_costs_the_job_it_was_at_an_attempt_and_the_second_its_life() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..2));
    world.settle();
    for _ in 0..2 {
        let worker = process(&world, 1).unwrap();
        while world.workers[&worker].front().is_some_and(|&job| job != 1) {
            world.work(worker);
        }
        world.begin(worker);
        world.kill(worker, 9);
        world.settle();
    }
    world.finish();
    let failure = world.failure(1, 1, 0).expect("the first was at both deaths");
    assert_eq!(failure.kind, FailureKind::WorkerLost);
    assert!(failure.message.contains("SIGKILL") && failure.message.contains("attempt 2 of 2"), "{failure}");
    assert!(world.failure(1, 1, 1).is_none());
}

#[test]
fn a_device_that_says_why_it_can_not_be_used_fails_what_waits_for_it_at_once() {
    let mut world = world(&[1, 2]);
    world.submit(1, 1, PLAIN, tiles(Target::Device(device(1)), [0]));
    world.submit(1, 2, PLAIN, tiles(Target::AnyDevice, [1]));
    let worker = process(&world, 1).unwrap();
    world.started.insert(worker);
    let vram = FailureKind::Vram { needed: 7, free: 5 };
    world.said(worker, Said::Unusable(Failure::new(vram, "no memory for a context")));
    assert_eq!(world.failed_as(1, 1, 0), Some(vram));
    world.finish();
    assert!(world.failure(1, 2, 1).is_none(), "another device takes what any may");
    // After a pause it is tried again.
    world.pass(ms(100));
    world.submit(1, 3, PLAIN, tiles(Target::Device(device(1)), [2]));
    world.finish();
    assert_eq!(world.finished[&(1, 3)].failed, 0);
}

#[test]
fn a_process_that_dies_at_its_start_is_tried_again_but_not_for_ever() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, [0]));
    for _ in 0..3 {
        assert!(world.answers.is_empty());
        world.pass(ms(5_000));
        let worker = process(&world, 1).expect("another try");
        world.exit(worker, Exit::Code(1));
        // It had become doubtful whether there is any.
        world.step(Event::Discovered(Ok(vec![describe(1)])));
    }
    let failure = world.failure(1, 1, 0).expect("no fourth try");
    assert!(failure.kind == FailureKind::NoDevice && failure.message.contains("exit code 1"), "{failure}");
}

#[test]
fn one_that_is_not_ready_in_time_or_silent_is_ended_and_its_job_told() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, [0]));
    world.pass(Duration::from_secs(61));
    assert_eq!(world.failed_as(1, 1, 0), Some(FailureKind::NoDevice));
    world.settle();
    world.pass(ms(5_000));
    world.submit(1, 2, PLAIN, tiles(Target::AnyDevice, [1, 2]));
    world.step(Event::Discovered(Ok(vec![describe(1)])));
    world.settle();
    let worker = process(&world, 1).unwrap();
    world.begin(worker);
    world.pass(Duration::from_secs(300));
    assert_eq!(world.failed_as(1, 2, 1), Some(FailureKind::TimedOut));
    assert!(world.ending.contains(&worker));
    world.finish();
    assert!(world.failure(1, 2, 2).is_none());
}

#[test]
fn no_other_process_is_started_beside_one_that_the_kernel_does_not_let_go_of() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, [0]));
    world.settle();
    let worker = process(&world, 1).unwrap();
    world.said(worker, Said::Unreapable);
    assert_eq!(world.failed_as(1, 1, 0), Some(FailureKind::NoDevice));
    assert_eq!((report(&world, 1).state, world.on_device.len()), (DeviceState::Unreapable, 1));
    world.step(Event::Shutdown(ShutdownMode::Drain));
    world.settle();
    assert_eq!(world.quiet, 1, "a shutdown does not wait for it");
}

#[test]
fn memory_is_cleared_once_what_runs_is_done_and_what_waits_goes_to_a_new_process() {
    let mut world = world(&[1, 2]);
    world.submit(1, 1, PLAIN, tiles(Target::Device(device(1)), 0..4));
    world.settle();
    let old = process(&world, 1).unwrap();
    world.step(Event::ClearDevices { ticket: 7 });
    assert!(!world.told.contains(&7) && !world.leaving.contains(&old));
    world.work(old);
    world.work(old);
    assert!(world.leaving.contains(&old), "it takes no more");
    world.settle();
    assert!(world.told.contains(&7));
    world.finish();
    assert_eq!(world.finished[&(1, 1)].failed, 0);
    assert_ne!(process(&world, 1), Some(old));
    world.step(Event::ClearDevices { ticket: 8 });
    world.settle();
    world.step(Event::ClearDevices { ticket: 9 });
    assert!(world.told.ends_with(&[8, 9]), "with nothing to clear it is done");
}

#[test]
fn a_cancelled_tile_does_not_cost_the_context() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..3));
    world.settle();
    let worker = process(&world, 1).unwrap();
    world.begin(worker);
    world.cancel(1, 1);
    assert!(world.finished[&(1, 1)].cancelled && !world.ending.contains(&worker));
    world.finish();
    assert!(world.payloads.is_empty() && process(&world, 1) == Some(worker));
}

#[test]
fn a_shutdown_lets_devices_finish_or_not_and_waits_for_their_processes() {
    for (mode, failed) in [(ShutdownMode::Drain, 0), (ShutdownMode::Fast, 1), (ShutdownMode::Now, 2)] {
        let mut world = world(&[1]);
        world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..2));
        world.settle();
        let worker = process(&world, 1).unwrap();
        world.begin(worker);
        world.step(Event::Shutdown(mode));
        if mode != ShutdownMode::Now {
            world.answer_with(worker, Ok(1));
            assert_eq!(world.quiet, 0, "its process is there");
        }
        world.finish();
        assert_eq!((world.finished[&(1, 1)].failed, world.quiet), (failed, 1), "{mode:?}");
    }
}

#[test]
fn what_a_device_says_out_of_turn_is_a_violation_and_fails_the_job_it_was_at() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..2));
    world.settle();
    let worker = process(&world, 1).unwrap();
    world.begin(worker);
    world.said(worker, Said::Answered { job: 77, micros: 1, name: None, result: Ok(1) });
    assert_eq!(world.failed_as(1, 1, 0), Some(FailureKind::ProtocolViolation));
    assert!(world.last.contains(&Effect::End { worker }));
    world.finish();
    assert!(world.failure(1, 1, 1).is_none());
}
