//! GPUs: found when they are asked for, started for work, kept for a while, and replaced when they are lost.

mod ends;

use std::time::Duration;

use sojourn_proto::{
    Description, DeviceId, DeviceMemory, DeviceReport, DeviceState, Failure, FailureKind, Rate, Target,
    WorkKind,
};

use super::world::{PLAIN, World, key, ms};
use crate::exchange::WorkerId;
use crate::queue::{Blob, Claim, Effect, Event, Policy, Said, Verdict};

pub(super) fn device(n: u8) -> DeviceId {
    DeviceId { mig: false, uuid: [n; 16] }
}

fn describe(n: u8) -> Description {
    let driver = "12.1".to_owned();
    Description {
        id: device(n),
        name: "GPU".into(),
        compute_capability: (9, 0),
        total_bytes: 1 << 30,
        driver,
    }
}

/// A tile for a device; its trace has the number of hundreds of its index.
fn tile(idx: i64, target: Target) -> Claim {
    let trace = idx.unsigned_abs() / 100;
    let kind = WorkKind::Evaluation { trace: key(trace), target };
    Claim { idx, kind, key: key(10_000 + idx.unsigned_abs()), bytes: 10, blob: Blob::Here { bytes: 5 } }
}

fn tiles(target: Target, indices: impl IntoIterator<Item = i64>) -> Vec<Claim> {
    indices.into_iter().map(|idx| tile(idx, target)).collect()
}

/// No worker processes beside, sessions 1 and 2, and these devices found when somebody looks.
fn world(devices: &[u8]) -> World {
    let mut world = World::new(Policy { workers: 2, spares: 0, ..Policy::default() });
    (1..=2).for_each(|session| world.open(session));
    world.step(Event::AskDevices { ticket: 99 });
    world.step(Event::Discovered(Ok(devices.iter().copied().map(describe).collect())));
    world
}

/// The process of a device.
fn process(world: &World, n: u8) -> Option<WorkerId> {
    let mut processes = world.on_device.iter().filter(|(id, _)| world.workers.contains_key(id));
    processes.find(|(_, (id, _))| *id == device(n)).map(|(&process, _)| process)
}

fn report(world: &World, n: u8) -> DeviceReport {
    let devices = world.queue.view().devices;
    devices.into_iter().find(|found| found.uuid == device(n).to_string()).expect("a known device")
}

fn tell_memory(world: &mut World, n: u8, ours: u64, resident: &[(u64, u64)]) {
    let resident = resident.iter().map(|&(trace, bytes)| (key(trace), bytes)).collect();
    let memory = DeviceMemory { free: (1 << 30) - ours, ours, resident };
    let rate = Rate { launch_nanos: 10_000, operations_per_second: 1_000_000_000 };
    let worker = process(world, n).expect("a process");
    world.said(worker, Said::Memory { memory, rate });
}

#[test]
fn nobody_looks_for_devices_before_they_are_asked_for_and_then_once() {
    let mut world = World::small();
    world.open(1);
    world.finish();
    assert_eq!(world.looks, 0);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..2));
    world.step(Event::AskDevices { ticket: 5 });
    world.submit(1, 2, PLAIN, tiles(Target::Device(device(1)), 2..3));
    assert_eq!((world.looks, world.told.len(), world.on_device.len()), (1, 0, 0));
    world.step(Event::Discovered(Ok(vec![describe(1)])));
    assert_eq!((&world.told[..], world.on_device.len()), (&[5][..], 1));
    world.finish();
    assert_eq!((world.finished[&(1, 1)].failed, world.finished[&(1, 2)].failed), (0, 0));
    world.step(Event::AskDevices { ticket: 6 });
    assert_eq!((world.looks, &world.told[..]), (1, &[5, 6][..]), "they are known");
    let Some(Verdict::Result { device: by, .. }) = world.verdict(1, 1, 0) else {
        panic!("{:?}", world.answers)
    };
    assert_eq!(*by, Some(device(1)), "whoever asked is told which computed it");
}

#[test]
fn where_there_is_none_jobs_fail_with_the_reason_and_others_are_not_touched() {
    let mut world = World::small();
    world.open(1);
    let mut units = tiles(Target::Device(device(1)), [0]);
    units.extend(tiles(Target::AnyDevice, [1]));
    units.extend(tiles(Target::Cpu, [2]));
    world.submit(1, 1, PLAIN, units);
    let reason = "there is no NVIDIA driver";
    world.step(Event::Discovered(Err(Failure::new(FailureKind::NoDevice, reason))));
    world.finish();
    for idx in [0, 1] {
        let failure = world.failure(1, 1, idx).expect("a failure");
        assert_eq!((failure.kind, &failure.message[..]), (FailureKind::NoDevice, reason));
    }
    assert!(world.failure(1, 1, 2).is_none());
    assert_eq!(world.queue.view().no_devices.as_deref(), Some(reason));
    // For a while that is believed, then somebody looks again; whoever asks has it looked for at once.
    world.submit(1, 2, PLAIN, tiles(Target::AnyDevice, [0]));
    assert_eq!((world.failed_as(1, 2, 0), world.looks), (Some(FailureKind::NoDevice), 1));
    world.pass(Duration::from_secs(6));
    world.submit(1, 3, PLAIN, tiles(Target::AnyDevice, [0]));
    assert_eq!((world.failed_as(1, 3, 0), world.looks), (None, 2));
}

#[test]
fn a_device_that_is_not_there_fails_its_jobs_and_names_those_that_are() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::Device(device(2)), [0]));
    let failure = world.failure(1, 1, 0).expect("a failure");
    assert_eq!(failure.kind, FailureKind::NoDevice);
    assert!(failure.message.contains(&device(1).to_string()), "{}", failure.message);
    assert!(world.on_device.is_empty());
}

#[test]
fn a_batch_is_shared_by_as_many_devices_as_it_has_tiles() {
    let mut world = world(&[1, 2, 3]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..2));
    assert_eq!(world.on_device.len(), 2, "one for each that waits");
    world.settle();
    assert!(process(&world, 1).is_some() && process(&world, 2).is_some());
    assert_eq!(world.busy().len(), 2);
    world.submit(1, 2, PLAIN, tiles(Target::AnyDevice, 2..20));
    assert_eq!(world.on_device.len(), 3);
    world.finish();
    assert!((1..=3).all(|n| report(&world, n).runs >= 5), "{:?}", world.queue.view().devices);
    assert_eq!(world.finished[&(1, 2)].answered, 18);
}

#[test]
fn a_tile_for_one_device_is_never_given_to_another_and_takes_no_slot_of_a_worker() {
    let mut world = world(&[1, 2]);
    world.submit(1, 1, PLAIN, tiles(Target::Device(device(2)), 0..8));
    world.finish();
    assert_eq!((report(&world, 1).runs, report(&world, 2).runs), (0, 8));
    assert!(world.queue.view().workers.is_empty());
}

#[test]
fn of_two_idle_devices_the_one_that_has_the_trace_is_taken() {
    let mut world = world(&[1, 2]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..4));
    world.finish();
    tell_memory(&mut world, 1, 10, &[(7, 10)]);
    tell_memory(&mut world, 2, 100, &[(8, 10), (9, 90)]);
    world.submit(1, 2, PLAIN, tiles(Target::AnyDevice, [900]));
    assert_eq!(world.busy(), [process(&world, 2).unwrap()]);
    world.submit(1, 3, PLAIN, tiles(Target::AnyDevice, [901]));
    assert_eq!(world.busy().len(), 2, "work to do counts more");
    world.finish();
    world.submit(1, 4, PLAIN, tiles(Target::AnyDevice, [300]));
    assert_eq!(world.busy(), [process(&world, 1).unwrap()], "else the one with most memory free");
}

#[test]
fn sessions_take_turns_on_a_device() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..50));
    world.settle();
    world.submit(2, 1, PLAIN, tiles(Target::AnyDevice, 100..103));
    let worker = process(&world, 1).unwrap();
    (0..10).for_each(|_| world.work(worker));
    assert!(world.finished.contains_key(&(2, 1)), "three of ten are the second's");
    assert!(!world.finished.contains_key(&(1, 1)));
}

#[test]
fn traces_used_longest_ago_leave_a_device_beyond_its_budget_but_none_that_waits() {
    let mut world = world(&[1]);
    let policy = Policy { device_memory: 100, spares: 0, ..*world.queue.policy() };
    world.step(Event::Configure(Box::new(policy)));
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, [100, 200, 300, 101]));
    world.finish();
    tell_memory(&mut world, 1, 100, &[(1, 40), (2, 40), (3, 20)]);
    assert!(world.evicted.is_empty());
    world.submit(1, 2, PLAIN, tiles(Target::AnyDevice, [201]));
    tell_memory(&mut world, 1, 130, &[(1, 40), (2, 40), (3, 50)]);
    assert_eq!(world.evicted, [key(3)], "1 was used after it, and 2 is wanted");
    let report = report(&world, 1);
    assert_eq!(
        (report.ours_bytes, report.free_bytes, report.resident.len()),
        (130, Some((1 << 30) - 130), 3)
    );
    assert_eq!((report.launch_seconds, report.operations_per_second), (Some(1e-5), Some(1e9)));
}

#[test]
fn memory_that_grows_with_one_job_is_told() {
    let mut world = world(&[1]);
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, [0]));
    world.finish();
    tell_memory(&mut world, 1, 10 << 20, &[]);
    tell_memory(&mut world, 1, 400 << 20, &[]);
    assert!(!world.last.iter().any(|effect| matches!(effect, Effect::Grown { .. })));
    tell_memory(&mut world, 1, 950 << 20, &[]);
    assert!(world.last.contains(&Effect::Grown { device: device(1), bytes: 550 << 20 }));
    assert_eq!(report(&world, 1).grown_bytes, 550 << 20);
}

#[test]
fn a_reader_who_is_too_slow_gets_no_more_computed_on_a_device() {
    let mut world = world(&[1]);
    world.result_bytes = 40 << 20;
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, 0..10));
    world.settle();
    let worker = process(&world, 1).unwrap();
    world.work(worker);
    world.work(worker);
    assert!(world.busy().is_empty(), "a result and one that was under way");
    world.step(Event::Written { session: 1, bytes: 80 << 20 });
    assert_eq!(world.busy(), [worker]);
}

#[test]
fn a_device_is_cold_until_there_is_work_and_shown_as_it_is() {
    let mut world = world(&[1]);
    assert_eq!(report(&world, 1).state, DeviceState::Cold);
    assert_eq!((report(&world, 1).free_bytes, report(&world, 1).pid), (None, None));
    world.submit(1, 1, PLAIN, tiles(Target::AnyDevice, [0]));
    assert_eq!(report(&world, 1).state, DeviceState::Starting);
    world.settle();
    assert_eq!((report(&world, 1).state, report(&world, 1).pid), (DeviceState::Busy, Some(100)));
    world.finish();
    assert_eq!(report(&world, 1).state, DeviceState::Idle);
    world.pass(ms(60_000));
    assert_eq!(report(&world, 1).state, DeviceState::Draining);
    world.settle();
    assert_eq!(report(&world, 1).state, DeviceState::Cold);
    assert_eq!(world.queue.next_deadline(), None, "nothing is due any more");
}
