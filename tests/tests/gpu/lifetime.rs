//! How long a context lives, and that it never meets another.

use std::time::Duration;

use rustix::process::Signal;
use sojourn_proto::DeviceState;
use sojourn_tests::{children_of, kill, process_exists, wait_for};

use crate::{FIRST, PATIENCE, clear, devices, home};

const EVAL: [&str; 6] = ["eval", "model:coalescent,n=6", "--theta", "1", "--device", "cuda:0"];

#[test]
fn a_context_is_made_once_for_many_commands_and_let_go_some_time_after_the_last() {
    let home = home(&[FIRST]);
    home.ok(&EVAL);
    let pid = devices(&home)[0].pid.expect("a process");
    (0..3).for_each(|_| drop(home.ok(&EVAL)));
    let device = &devices(&home)[0];
    assert_eq!((device.pid, device.runs, device.resident.len()), (Some(pid), 4, 1));
    home.ok(&["config", "set", "device_keep_alive=50ms"]);
    wait_for("its end", PATIENCE, || (!process_exists(pid)).then_some(()));
    let cold = || devices(&home).into_iter().find(|device| device.state == DeviceState::Cold);
    let device = wait_for("the device to be cold", PATIENCE, cold);
    assert_eq!((device.pid, device.free_bytes, device.ours_bytes), (None, None, 0));
    home.ok(&["config", "set", "device_keep_alive=60s"]);
    home.ok(&EVAL);
    assert_ne!(devices(&home)[0].pid, Some(pid));
}

#[test]
fn memory_is_shown_as_the_driver_has_it_and_clear_gives_it_back() {
    let home = home(&[FIRST]);
    home.ok(&EVAL);
    let shown = home.json(&["memory", "show", "--json"]);
    let device = &shown[0]["devices"][0];
    assert_eq!((&device["uuid"], &device["state"]), (&FIRST.into(), &"idle".into()));
    let number = |name: &str| device[name].as_u64().expect(name);
    assert!(number("ours_bytes") > 0 && number("free_bytes") + number("ours_bytes") <= number("total_bytes"));
    assert_eq!((number("runs"), device["resident"].as_array().map(Vec::len)), (1, Some(1)));
    assert!(device["operations_per_second"].as_f64().is_some_and(|rate| rate > 0.0));
    let pid = devices(&home)[0].pid.expect("a process");
    let cleared = home.json(&["memory", "clear", "--json"]);
    assert_eq!((&cleared[0]["devices"][0]["ours_bytes"], process_exists(pid)), (&0.into(), false));
    let table = home.ok(&["memory", "show"]);
    assert!(table.contains(FIRST) && table.contains("cold"), "{table}");
    for looks in [&["status"][..], &["top", "--count", "1"]] {
        assert!(home.ok(looks).contains(FIRST), "{looks:?}");
    }
    let live = home.json(&["top", "--count", "1", "--json"]);
    assert_eq!(
        (&live[0]["devices"][0]["uuid"], &live[0]["devices"][0]["state"]),
        (&FIRST.into(), &"cold".into())
    );
    home.ok(&EVAL);
}

#[test]
fn traces_beyond_the_budget_leave_the_device_those_used_longest_ago_first() {
    let home = home(&[FIRST]).with("SOJOURN_DEVICE_MEMORY", "1");
    for n in ["5", "6", "7"] {
        home.ok(&["eval", &format!("model:coalescent,n={n}"), "--theta", "1", "--device", "cuda:0"]);
    }
    // What was evicted after the last job is seen with the next.
    home.ok(&["eval", "model:coalescent,n=7", "--theta", "2", "--device", "cuda:0"]);
    assert_eq!(devices(&home)[0].resident.len(), 1);
}

/// What a program met that forked workers with an initialised driver: "Cannot re-initialize CUDA in forked subprocess".
/// Here a process whose context lives has no children at all, and each context is made by a fresh process.
#[test]
fn fresh_processes_make_contexts_while_others_live_and_none_is_forked_from_another() {
    let home = home(&[FIRST, crate::SECOND]);
    home.ok(&EVAL);
    let parent = devices(&home)[0].pid.expect("a process");
    for _ in 0..2 {
        let second = ["eval", "model:coalescent,n=6", "--theta", "1", "--device", "cuda:1"];
        home.ok(&second);
        let found = devices(&home);
        assert_eq!(found[0].pid, Some(parent), "the first context lives on");
        let other = found[1].pid.expect("a process");
        kill(other, Signal::KILL);
        wait_for("its end", PATIENCE, || (devices(&home)[1].pid != Some(other)).then_some(()));
    }
    assert_eq!(children_of(parent), [] as [u32; 0]);
    home.ok(&EVAL);
    clear(&home);
    let daemon = home.pid_if_any().expect("a daemon");
    home.ok(&["shutdown"]);
    wait_for("the daemon's end", Duration::from_secs(20), || (!process_exists(daemon)).then_some(()));
}

#[test]
fn a_device_process_ends_with_its_daemon() {
    let home = home(&[FIRST]);
    let daemon = home.daemon(&[]);
    home.ok(&EVAL);
    let pid = devices(&home)[0].pid.expect("a process");
    daemon.signal(Signal::KILL);
    wait_for("its end", PATIENCE, || (!process_exists(pid)).then_some(()));
}
