//! What a worker has, and what it has given up.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use sojourn_worker::EXIT_BROKEN;

use crate::harness::{Process, tests, wait_for};

tests![
    its_descriptors_are_the_three_it_was_given,
    its_environment_is_what_it_was_given,
    it_is_named_as_a_worker,
    it_has_no_new_privileges_a_filter_and_is_killed_first_for_memory,
    its_limits_are_set,
    it_dies_with_its_parent_even_in_the_middle_of_a_computation,
    a_worker_whose_parent_did_not_make_its_socket_ends_at_once,
    a_job_reaches_no_file_no_network_no_program_and_no_other_process,
    a_worker_without_a_socket_ends_at_once,
];

fn status_field(pid: u32, field: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process of ours");
    let line = status.lines().find(|line| line.starts_with(&format!("{field}:"))).expect("a field of status");
    line[field.len() + 1..].trim().to_owned()
}

fn its_descriptors_are_the_three_it_was_given() {
    // One more that it inherits, as our callers may have left us some.
    let (leaked, _other) = UnixStream::pair().expect("a socket pair");
    rustix::io::fcntl_setfd(&leaked, rustix::io::FdFlags::empty()).expect("an open descriptor");
    let worker = Process::ready();
    let fds = std::fs::read_dir(format!("/proc/{}/fd", worker.child.id())).expect("a process of ours");
    let mut names: Vec<_> = fds.map(|entry| entry.expect("an entry").file_name()).collect();
    names.sort();
    assert_eq!(names, ["0", "1", "2"]);
}

fn its_environment_is_what_it_was_given() {
    let worker = Process::ready();
    let environment = std::fs::read(format!("/proc/{}/environ", worker.child.id())).expect("readable");
    assert_eq!(environment, b"SOJOURN_TEST_FAULTS=1\0");
}

fn it_is_named_as_a_worker() {
    let worker = Process::ready();
    assert_eq!(status_field(worker.child.id(), "Name"), "sojournd-worker");
    let line = std::fs::read(format!("/proc/{}/cmdline", worker.child.id())).expect("readable");
    assert!(line.starts_with(b"sojournd-worker\0__worker"));
}

fn it_has_no_new_privileges_a_filter_and_is_killed_first_for_memory() {
    let worker = Process::ready();
    let pid = worker.child.id();
    assert_eq!(status_field(pid, "NoNewPrivs"), "1");
    assert_eq!(status_field(pid, "Seccomp"), "2", "2 is a filter");
    let score = std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).expect("readable");
    assert_eq!(score.trim(), "500");
}

fn its_limits_are_set() {
    let worker = Process::ready_with(&[(sojourn_worker::MEMORY_VARIABLE, "987654321")]);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", worker.child.id())).expect("readable");
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).expect("a limit");
        line[name.len()..].split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(limit("Max core file size"), ["0", "0"]);
    assert_eq!(limit("Max open files"), ["16", "16"]);
    assert_eq!(limit("Max address space"), ["987654321", "987654321"]);
}

/// A computation that hangs never sees the end of its socket, so only the signal can end it.
fn it_dies_with_its_parent_even_in_the_middle_of_a_computation() {
    let mut parent = Command::new("/proc/self/exe")
        .arg("__parent_of_a_hanging_worker")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut line = String::new();
    let stdout = parent.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("the worker's process id");
    let worker: u32 = line.trim().parse().expect("the worker's process id");
    assert!(!is_dead(worker));
    parent.kill().expect("a child of ours");
    parent.wait().expect("a child of ours");
    wait_for("the end of the orphan", || is_dead(worker).then_some(()));
}

/// The process between: has a worker hang, says so, and waits to be killed.
pub(crate) fn be_parent_of_a_hanging_worker() {
    let mut worker = Process::ready();
    worker.run(&[(1, b"fault:hang")]);
    assert_eq!(worker.begun(), 1);
    println!("{}", worker.child.id());
    // Ends with our own parent too, should that fail.
    let _ = std::io::stdin().read(&mut [0]);
    worker.child.kill().expect("a child of ours");
}

/// Gone, or waiting for a new parent that does not reap.
fn is_dead(pid: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => true,
    }
}

/// The daemon made the socket, so a worker whose parent is someone else has lost its daemon.
fn a_worker_whose_parent_did_not_make_its_socket_ends_at_once() {
    let exe = std::env::current_exe().expect("path of this executable");
    let (_ours, theirs) = UnixStream::pair().expect("a socket pair");
    let output = Command::new("/bin/sh")
        .args(["-c", "\"$0\" __worker; echo $?"])
        .arg(exe)
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
        .output()
        .expect("a shell");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), EXIT_BROKEN.to_string());
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains(&format!("process {}", std::process::id())), "{log}");
}

/// What each attempt of a job gives, in words.
fn attempt(what: &str) -> String {
    let mut worker = Process::ready();
    worker.run(&[(1, format!("fault:reach:{what}").as_bytes())]);
    assert_eq!(worker.begun(), 1);
    String::from_utf8(worker.answer().result.expect("an answer")).expect("text")
}

fn a_job_reaches_no_file_no_network_no_program_and_no_other_process() {
    for what in ["read", "write", "list", "tcp", "unix", "exec", "signal"] {
        let outcome = attempt(what);
        assert!(outcome.contains("PermissionDenied"), "{what}: {outcome}");
    }
}

fn a_worker_without_a_socket_ends_at_once() {
    let status = Command::new("/proc/self/exe")
        .arg0("sojournd-worker")
        .arg("__worker")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("a worker process");
    assert_eq!(status.code(), Some(i32::from(EXIT_BROKEN)));
}
