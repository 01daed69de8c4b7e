//! A context in one process beside those of others. A program met an error here whose workers were forked from a process
//! that had initialised CUDA: "Cannot re-initialize CUDA in forked subprocess".

use sojourn_tests::Home;
use sojourn_worker::device::Gpu;

use crate::process::apart;
use crate::traces::{agree, around, asked, everything, gpu, of_model};

#[test]
fn a_process_with_a_context_has_others_made_below_it_as_often_as_it_likes_and_keeps_its_own() {
    apart!(parent);
}

#[test]
fn memory_that_is_cleared_is_free_again_for_every_other_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    apart!(other, &[("SOJOURN_SIMULATED_STATE", state.to_str().expect("a name"))]);
}

/// A home whose processes find the driver that this one has found.
fn home() -> Home {
    let home = Home::new();
    ["LD_LIBRARY_PATH", "SOJOURN_SIMULATED_STATE"].into_iter().fold(home, |home, name| {
        match std::env::var(name) {
            Ok(value) => home.with(name, &value),
            Err(_) => home,
        }
    })
}

/// An evaluation on the first device, by a device process below this one.
fn evaluate(home: &Home, gpu: &Gpu) {
    let asked = ["eval", "model:coalescent,n=6", "--theta", "1", "--json", "--device", "cuda:0"];
    assert_eq!(home.json(&asked)[0]["device"], gpu.description().uuid.as_str());
}

fn parent() {
    let mut gpu = gpu();
    let trace = of_model("coalescent,n=6");
    let question = asked(everything(&trace, 2));
    let home = home();
    for _ in 0..2 {
        agree("its own", &mut gpu, &trace, &question, &around(&[1.0], 3));
        evaluate(&home, &gpu);
        home.ok(&["memory", "clear"]);
    }
    agree("its own", &mut gpu, &trace, &question, &around(&[1.0], 3));
}

fn other() {
    let gpu = gpu();
    let free = || gpu.memory().expect("its memory").free;
    let (home, before) = (home(), free());
    for _ in 0..2 {
        evaluate(&home, &gpu);
        let shown = home.json(&["memory", "show", "--json"]);
        let ours = shown[0]["devices"][0]["ours_bytes"].as_u64().expect("a number");
        assert!(ours > 0 && free() + ours <= before, "{} free, {before} before, {ours} held", free());
        home.ok(&["memory", "clear"]);
        assert_eq!(free(), before);
    }
}
