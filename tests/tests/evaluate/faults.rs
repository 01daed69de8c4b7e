//! Workers that are killed, traces that are removed, users who have enough.

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
