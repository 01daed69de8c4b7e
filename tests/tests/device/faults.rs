//! Devices that have too little memory, that fail, and that are used for long.

use sojourn_engine::Question;
use sojourn_worker::device::{DeviceError, Resident};

use crate::process::apart;
use crate::traces::{agree, agree_within_bounds, around, asked, curve, everything, gpu, of_model};

#[test]
fn traces_used_longest_ago_make_room_for_others() {
    apart!(residents, &[("SOJOURN_SIMULATED_MEMORY", "2200000")]);
}

#[test]
fn what_does_not_fit_at_all_is_refused_with_what_it_needs_and_the_device_serves_on() {
    apart!(out_of_memory, &[("SOJOURN_SIMULATED_MEMORY", "1500000")]);
}

#[test]
fn memory_that_others_take_in_the_meantime_is_looked_for_once_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    let state = state.to_str().expect("a name");
    let variables = [("SOJOURN_SIMULATED_STATE", state), ("SOJOURN_SIMULATED_MEMORY", "6000000")];
    apart!(shared, &variables);
}

#[test]
fn an_illegal_address_poisons_the_device_for_all_later_questions() {
    apart!(poisoned, &[("SOJOURN_SIMULATED_FAIL", "2")]);
}

#[test]
fn a_thousand_answers_leave_no_memory_behind() {
    apart!(thousand);
}

fn residents() {
    let mut gpu = gpu();
    let trace = of_model("islands,n=20");
    let (question, thetas) = (asked(everything(&trace, 1)), around(&vec![1.0; trace.parameters()], 3));
    for number in 0..100 {
        agree(&format!("{number}"), &mut gpu, &trace, &question, &thetas);
        // One that is asked again and again stays.
        agree("0", &mut gpu, &trace, &question, &thetas);
    }
    let digest = |name: &str| *blake3::hash(name.as_bytes()).as_bytes();
    let digests = |all: &[Resident]| all.iter().map(|resident| resident.digest).collect::<Vec<_>>();
    let all = digests(&gpu.resident());
    assert!(all.len() < 100, "all {} traces fit", all.len());
    assert_eq!(all[all.len() - 2..], [digest("99"), digest("0")]);
    gpu.evict(digest("99"));
    assert!(!digests(&gpu.resident()).contains(&digest("99")));
    gpu.set_budget(gpu.resident().iter().map(|resident| resident.bytes).sum::<u64>() / 2 + 500_000);
    agree("100", &mut gpu, &trace, &question, &thetas);
    assert!(gpu.resident().len() < all.len() - 1, "the budget is not kept");
    gpu.clear();
    assert_eq!((gpu.resident().len(), gpu.memory().expect("memory").ours), (0, 0));
}

fn out_of_memory() {
    let mut gpu = gpu();
    let small = of_model("coalescent,n=3");
    let large = of_model("birth-death,n=2000,start=5");
    let (question, thetas) = (asked(everything(&large, 1)), around(&vec![1.0; large.parameters()], 3));
    for _ in 0..3 {
        let error = gpu.answer([1; 32], &large, &question, &thetas).expect_err("no room");
        let DeviceError::OutOfMemory { needed, free } = error else { panic!("{error}") };
        assert!(needed > free && free < 1_500_000, "{needed} of {free}");
        agree("small", &mut gpu, &small, &asked(everything(&small, 1)), &around(&[1.0], 3));
    }
}

fn shared() {
    let mut gpu = gpu();
    let trace = of_model("coalescent,n=20");
    let (question, thetas) = (asked(everything(&trace, 1)), around(&[1.0], 200));
    agree("one", &mut gpu, &trace, &question, &thetas);
    // A process of ours, by another handle: it takes what is free.
    let other = crate::traces::gpu();
    let free = other.memory().expect("memory").free;
    let _taken = other.hold(free as usize).expect("all that is free");
    assert_eq!(gpu.memory().expect("memory").free, 0);
    agree("one", &mut gpu, &trace, &question, &thetas);
    let error = gpu.answer([7; 32], &trace, &question, &around(&[1.0], 1000));
    assert!(error.is_ok() || matches!(error, Err(DeviceError::OutOfMemory { .. })), "{error:?}");
}

fn poisoned() {
    let mut gpu = gpu();
    let trace = of_model("coalescent,n=5");
    let (question, thetas) = (asked(everything(&trace, 1)), around(&[1.0], 5));
    agree("first", &mut gpu, &trace, &question, &thetas);
    for _ in 0..2 {
        let error = gpu.answer([1; 32], &trace, &question, &thetas).expect_err("an error");
        let DeviceError::Poisoned { code: 700, name } = error else { panic!("{error}") };
        assert_eq!(name, "CUDA_ERROR_ILLEGAL_ADDRESS");
    }
    assert!(matches!(gpu.memory(), Err(DeviceError::Poisoned { .. })));
}

fn thousand() {
    let mut gpu = gpu();
    let trace = of_model("coalescent,n=6");
    let questions = Question { distribution: curve(1.0).distribution, ..asked(everything(&trace, 1)) };
    let mut after_some = None;
    for number in 0..1000 {
        let thetas = around(&[1.0], 1 + number % 70);
        agree_within_bounds("the same", &mut gpu, &trace, &questions, &thetas);
        if number == 150 {
            after_some = Some(gpu.memory().expect("memory"));
        }
    }
    assert_eq!(Some(gpu.memory().expect("memory")), after_some);
}
