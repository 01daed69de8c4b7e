//! Workers that are killed, traces that are removed, users who have enough.

use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::Signal;
use sojourn_proto::WorkerState;
use sojourn_tests::{Home, kill, wait_for};

use crate::{Evaluation, PATIENCE, vectors};

/// A question that takes long enough for something to happen.
const SLOW: [&str; 5] = ["eval", "model:coalescent,n=12", "--pdf", "0:8:40", "--json"];

fn vmap() -> Vec<&'static str> {
    [&SLOW[..], &["--strategy", "vmap"]].concat()
}

fn expected(home: &Home, vectors: &str) -> String {
    let file = home.file("expected.csv", vectors);
    home.run(&[&SLOW[..], &["--workers", "1", "--thetas", &file]].concat()).stdout
}

#[test]
fn a_worker_killed_in_the_middle_of_a_batch_costs_no_answer() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let mut run = Evaluation::start(&home, &vmap(), vectors(0, 2000));
    let first = run.line();
    let mut session = home.session();
    for _ in 0..2 {
        let busy = wait_for("a worker at work", PATIENCE, || {
            session.status().workers.into_iter().find(|worker| worker.state == WorkerState::Busy)
        });
        kill(busy.pid, Signal::KILL);
        wait_for("its end", PATIENCE, || {
            session.status().workers.iter().all(|worker| worker.pid != busy.pid).then_some(())
        });
    }
    let (rest, code) = run.rest();
    assert_eq!(code, Some(1));
    assert!(first + &rest == expected(&home, &vectors(0, 2000)));
}

/// Samples of a lineage on each of two islands: at ten times as many migrations each walk takes ten times as long.
const WALKS: [&str; 6] = ["eval", "model:islands,n=2", "--sample", "5000", "--json", "--thetas"];

/// A vector whose samples take longer than anybody waits.
const ENDLESS: &str = "1,1,1000000";

#[test]
fn a_vector_whose_worker_is_killed_each_time_fails_alone() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let innocent = |k: usize| format!("1,1,{}\n", 1 + k);
    let others: String = (0..39).map(innocent).collect();
    let all: String =
        (0..20).map(innocent).chain([format!("{ENDLESS}\n")]).chain((20..39).map(innocent)).collect();
    let (others, all) = (home.file("others.csv", &others), home.file("all.csv", &all));
    let expected = home.ok(&[&WALKS[..], &[&others, "--strategy", "sequential"]].concat());
    let mut command = home.command(&[&WALKS[..], &[&all, "--strategy", "vmap"]].concat());
    let mut child = command.stdout(Stdio::piped()).spawn().expect("sojourn starts");
    let mut output = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).expect("text");
        text
    });
    let mut session = home.session();
    let code = wait_for("its end", 2 * PATIENCE, || {
        let status = session.status();
        let mut busy = status.workers.iter().filter(|worker| worker.state == WorkerState::Busy);
        // Whoever is alone at work, and has been silent for longer than any other vector takes, is at the endless one.
        if let (Some(worker), None) = (busy.next(), busy.next())
            && worker.silent_s.is_some_and(|silent| silent > 2.0)
        {
            kill(worker.pid, Signal::KILL);
        }
        child.try_wait().expect("our child")
    });
    let found = reader.join().expect("no panic");
    let (failed, done): (Vec<&str>, Vec<&str>) = found.lines().partition(|line| line.contains("\"error\""));
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].contains("1000000.0") && failed[0].contains("worker_lost"), "{}", failed[0]);
    assert!(found.lines().nth(20) == Some(failed[0]), "in its place");
    assert!(done == expected.lines().collect::<Vec<_>>());
    assert_eq!(code.code(), Some(1));
}

#[test]
fn at_the_prompt_a_vector_that_takes_for_ever_is_given_up_at_once() {
    let home = Home::new();
    let mut child = home
        .command(&[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sojourn starts");
    let mut input = child.stdin.take().expect("a pipe");
    writeln!(input, "eval model:islands,n=2 --sample 5000 --theta {ENDLESS} --strategy sequential")
        .expect("read");
    let computing = || {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id())).ok()?;
        let name = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm")).ok();
        tasks.flatten().filter_map(name).any(|name| name.trim() == "sojourn-eval").then_some(())
    };
    wait_for("a computation", PATIENCE, computing);
    kill(child.id(), Signal::INT);
    writeln!(input, "eval model:coalescent,n=2 --theta 1 --json --strategy sequential").expect("read");
    drop(input);
    let mut output = child.stdout.take().expect("a pipe");
    let (told, answer) = channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).expect("text");
        told.send(text)
    });
    // The computation given up would take minutes more.
    let answer = answer.recv_timeout(PATIENCE).expect("an end");
    assert!(answer.contains("\"moments\":[1.0]"), "{answer}");
    assert_eq!(child.wait().expect("our child").code(), Some(1));
}

#[test]
fn a_trace_removed_from_store_and_memory_in_the_middle_is_sent_again() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let parts = vec![vectors(0, 1500), vectors(1500, 2000)];
    let (mut run, go) = Evaluation::in_parts(&home, &vmap(), parts);
    let first = run.line();
    home.ok(&["cache", "clear"]);
    home.ok(&["memory", "clear"]);
    go.send(()).expect("it waits");
    let (rest, code) = run.rest();
    assert_eq!(code, Some(1));
    assert!(first + &rest == expected(&home, &vectors(0, 2000)));
}

#[test]
fn a_trace_that_the_store_never_had_is_sent() {
    let home = Home::new();
    let folder = home.path("traces");
    let folder = folder.to_str().expect("text");
    home.ok(&["trace", "model:coalescent,n=7", "-o", folder, "--strategy", "sequential"]);
    let trace =
        std::fs::read_dir(folder).expect("a folder").next().expect("a file").expect("readable").path();
    let trace = trace.to_str().expect("text");
    let _daemon = home.daemon(&["--workers", "2"]);
    let asked = ["eval", trace, "--thetas", "[[1],[2],[-1]]", "--json"];
    let sent = home.run(&[&asked[..], &["--strategy", "vmap"]].concat());
    assert_eq!(sent.code, Some(1), "{}", sent.stderr);
    assert_eq!(sent.stdout, home.run(&[&asked[..], &["--workers", "1"]].concat()).stdout);
    assert_eq!(home.status()["cache"]["entries"], 0);
}

#[test]
fn an_interrupted_batch_ends_with_130_and_leaves_the_daemon_without_work() {
    let home = Home::new();
    let daemon = home.daemon(&["--workers", "2"]);
    let mut run = Evaluation::start(&home, &vmap(), vectors(0, 200_000));
    run.line();
    kill(run.child.id(), Signal::INT);
    let code = wait_for("its end", Duration::from_secs(20), || run.child.try_wait().expect("our child"));
    assert_eq!(code.code(), Some(130));
    let mut session = home.session();
    wait_for("an empty queue", PATIENCE, || {
        let queue = session.status().queue;
        (queue.waiting + queue.running == 0).then_some(())
    });
    assert_eq!(session.status().pid, daemon.pid());
    home.ok(&["eval", "model:coalescent,n=6", "--theta", "1", "--strategy", "vmap"]);
}
