//! GPUs that are lost in the middle of their work.

use std::io::Read;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use sojourn_proto::DeviceState;
use sojourn_tests::{Home, kill, wait_for};

use crate::{FIRST, MEASURING, PATIENCE, devices, home, home_apart, lines, same, vectors, with_fault};

const MODEL: [&str; 4] = ["eval", "model:coalescent,n=6", "--moments", "2"];

fn start(home: &Home, arguments: &[&str]) -> Child {
    let mut command = home.command(&[&MODEL[..], arguments].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sojourn starts")
}

/// Launches that all processes have begun: the first number in what they share.
fn launches(home: &Home) -> u64 {
    let shared = std::fs::read(home.path("gpus")).unwrap_or_default();
    shared.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes))
}

fn end(mut child: Child) -> (Option<i32>, String) {
    let (mut text, mut errors) = (String::new(), String::new());
    child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("text");
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("text");
    (wait_for("its end", PATIENCE, || child.try_wait().expect("our child")).code(), text + &errors)
}

#[test]
fn an_illegal_address_costs_a_process_and_no_answer() {
    let home = with_fault(home(&[FIRST]), "FAIL", 2);
    let file = vectors(&home, 6000);
    let asked = ["--thetas", &file, "--json"];
    let here = home.run(&[&MODEL[..], &asked, &["--device", "cpu"]].concat());
    let there = home.run(&[&MODEL[..], &asked, &["--device", "cuda:0"]].concat());
    let (here, there) = (lines(&here.stdout), lines(&there.stdout));
    assert_eq!(there.len(), 6000);
    assert!(here.iter().zip(&there).all(|(here, there)| same(here, there)));
    let device = &devices(&home)[0];
    assert_eq!((device.losses, device.state), (1, DeviceState::Idle), "{device:?}");
    home.ok(&["eval", "model:coalescent,n=5", "--theta", "1", "--strategy", "vmap", "--device", "cpu"]);
}

#[test]
fn a_job_under_which_the_context_is_lost_twice_fails_by_name() {
    // The same job meets the same fault in the next process.
    let home = with_fault(home_apart(&[FIRST]), "FAIL", 1);
    let failed = home.run(&[&MODEL[..], &["--theta", "1", "--json", "--device", "cuda:0"]].concat());
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    let error = &lines(&failed.stdout)[0]["error"];
    assert_eq!(error["kind"], "device_poisoned", "{error}");
    let text = error["message"].as_str().expect("text");
    assert!(text.contains("ILLEGAL_ADDRESS") && text.contains("attempt 2 of 2"), "{text}");
    assert_eq!(devices(&home)[0].losses, 2);
}

#[test]
fn a_device_process_killed_in_the_middle_of_a_job_is_replaced_once_its_memory_is_back() {
    let home = with_fault(home(&[FIRST]), "HANG", 2).with("SOJOURN_SIMULATED_RETURN_MS", "300");
    let file = vectors(&home, 4000);
    let asked = ["--thetas", &file, "--json"];
    let here = home.run(&[&MODEL[..], &asked, &["--device", "cpu"]].concat());
    let child = start(&home, &[&asked[..], &["--device", "cuda:0"]].concat());
    // Not before: the launch that hangs would be one by which the next process measures.
    wait_for("the launch that hangs", PATIENCE, || (launches(&home) > MEASURING + 1).then_some(()));
    let busy = devices(&home)[0].pid.expect("a process");
    kill(busy, Signal::KILL);
    let (code, text) = end(child);
    assert_eq!(code, Some(1), "some have no answer: {text}");
    let there = lines(&text);
    assert!(there.len() == 4000 && lines(&here.stdout).iter().zip(&there).all(|(a, b)| same(a, b)));
    let device = &devices(&home)[0];
    assert_eq!(device.losses, 1);
    assert!(device.pid.is_some_and(|pid| pid != busy));
    let (free, ours) = (device.free_bytes.expect("a context"), device.ours_bytes);
    assert!(free + ours > device.total_bytes / 100 * 99, "what the dead one held is back: {device:?}");
}

#[test]
fn a_kernel_that_never_ends_is_given_up_with_its_job_alone() {
    let home = with_fault(home(&[FIRST]), "HANG", 1);
    let daemon = home.daemon(&[]);
    home.ok(&["config", "set", "job_silence=1s"]);
    home.ok(&["config", "set", "kill_grace=100ms"]);
    let failed = home.run(&[&MODEL[..], &["--theta", "1", "--json", "--device", "cuda:0"]].concat());
    assert_eq!(lines(&failed.stdout)[0]["error"]["kind"], "timed_out", "{}", failed.stderr);
    home.ok(&["eval", "model:coalescent,n=5", "--theta", "1", "--device", "cuda:0"]);
    assert_eq!(home.pid_if_any(), Some(daemon.pid()));
    let free = || (devices(&home)[0].state == DeviceState::Idle).then_some(());
    wait_for("the next process", Duration::from_secs(20), free);
}
