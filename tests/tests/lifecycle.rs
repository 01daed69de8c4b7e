//! How daemons begin and end, with clients around them.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use sojourn_engine::formats::phasic::{Layout, write_json};
use sojourn_engine::models;
use sojourn_proto::hello::{ClientHello, Verdict};
use sojourn_proto::{BatchOptions, FailureKind, Outcome, Reply, WorkerState};
use sojourn_tests::{Home, OPTIONS, Session, graph, greet, kill, process_exists, state_of, unit, wait_for};

const PATIENCE: Duration = Duration::from_secs(20);

fn faulty() -> Home {
    Home::new().with("SOJOURN_TEST_FAULTS", "1")
}

fn pid(pong: &str) -> u64 {
    serde_json::from_str::<Value>(pong).expect(pong)["pid"].as_u64().expect("a process id")
}

/// Waits until a job runs.
fn wait_for_work(home: &Home) {
    wait_for("work under way", PATIENCE, || {
        let busy = home.session().status().workers.into_iter().any(|w| w.state == WorkerState::Busy);
        busy.then_some(())
    });
}

#[test]
fn a_command_on_a_fresh_machine_starts_the_daemon_it_needs() {
    let home = Home::new();
    let lines = home.json(&["trace", "model:coalescent,n=5", "--strategy", "vmap", "--json"]);
    assert_eq!(lines[0]["cached"], false);
    let started = home.pid_if_any().expect("a daemon");
    assert_eq!(pid(&home.ok(&["ping", "--json"])), u64::from(started), "the next command finds it");
}

#[test]
fn of_twenty_clients_that_start_at_once_all_are_served_by_one_daemon() {
    let home = Home::new();
    let start = || {
        let mut command = home.command(&["ping", "-n", "1", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    };
    let clients: Vec<_> = (0..20).map(|_| start()).collect();
    let mut daemons = BTreeSet::new();
    for client in clients {
        let ended = client.wait_with_output().expect("it ends");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        daemons.insert(pid(&String::from_utf8_lossy(&ended.stdout)));
    }
    assert_eq!(daemons.len(), 1, "{daemons:?}");
}

#[test]
fn a_socket_left_by_a_killed_daemon_does_not_keep_the_next_from_starting() {
    let home = Home::new();
    let mut daemon = home.daemon(&[]);
    daemon.signal(Signal::KILL);
    daemon.wait(PATIENCE);
    assert!(home.socket().exists());
    let refused = home.run(&["status"]);
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
    assert_ne!(pid(&home.ok(&["ping", "--json"])), u64::from(daemon.pid()));
}

#[test]
fn where_no_daemon_answers_and_none_may_be_started_the_exit_code_is_3_and_the_place_named() {
    let home = Home::new();
    let plain = home.file("plain", "no socket");
    let socket = home.socket().to_string_lossy().into_owned();
    for (arguments, place) in [
        (vec!["status"], &socket),
        (vec!["worker", "list"], &socket),
        (vec!["cache", "gc"], &socket),
        (vec!["shutdown"], &socket),
        (vec!["ping", "--no-start"], &socket),
        (vec!["trace", "model:coalescent,n=9", "--strategy", "vmap", "--no-start"], &socket),
        (vec!["ping", "--no-start", "--socket", &plain], &plain),
    ] {
        let refused = home.run(&arguments);
        assert_eq!(refused.code, Some(3), "{arguments:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(place.as_str()), "{arguments:?}: {}", refused.stderr);
        assert_eq!(refused.stdout, "", "{arguments:?}");
    }
    assert_eq!(home.pid_if_any(), None);
}

#[test]
fn a_daemon_that_can_not_start_says_why_to_the_client_that_started_it() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("config/sojourn")).expect("a folder");
    let file = home.file("config/sojourn/sojourn.toml", "workers = 'none'\n");
    let refused = home.run(&["ping"]);
    assert_ne!(refused.code, Some(0));
    assert!(refused.stderr.contains("workers"), "{}", refused.stderr);
    std::fs::remove_file(file).expect("removed");
    home.ok(&["ping"]);
}

#[test]
fn term_and_int_let_a_batch_finish_and_end_with_exit_code_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::new();
        let mut daemon = home.daemon(&["--workers", "2"]);
        let mut session = home.session();
        let units = (0..100).map(|n| unit(n, &graph(&format!("random,n=30,degree=4,seed={n}")))).collect();
        session.submit(1, OPTIONS, units);
        wait_for_work(&home);
        daemon.signal(signal);
        let (outcomes, summary) = session.collect(1);
        assert_eq!((summary.answered, summary.failed), (100, 0), "{signal:?}: {outcomes:?}");
        assert_eq!(daemon.wait(PATIENCE), Some(0), "{signal:?}");
        assert!(!home.socket().exists(), "{signal:?}");
    }
}

#[test]
fn a_second_term_drops_what_waits_and_a_third_what_runs() {
    let home = faulty();
    let mut daemon = home.daemon(&["--workers", "1"]);
    let mut session = home.session();
    session.submit(1, OPTIONS, vec![unit(0, b"fault:sleep:60000")]);
    wait_for_work(&home);
    // Another session's, as the worker is this one's.
    let mut other = home.session();
    other.submit(2, OPTIONS, (3..6).map(|n| unit(n, &graph(&format!("coalescent,n={n}")))).collect());
    wait_for("the second batch to wait", PATIENCE, || {
        (home.session().status().queue.waiting == 3).then_some(())
    });
    daemon.signal(Signal::TERM);
    wait_for("new sessions to be refused", PATIENCE, || {
        let told = greet(&home.socket(), &ClientHello::ours());
        told.map_or(Some(()), |(_, hello)| (hello.verdict == Verdict::ShuttingDown).then_some(()))
    });
    daemon.signal(Signal::TERM);
    let (waiting, _) = other.collect(2);
    let cancelled = |o: &Outcome| matches!(o, Outcome::Failed(f) if f.kind == FailureKind::Cancelled);
    assert!(waiting.values().all(cancelled), "{waiting:?}");
    assert!(process_exists(daemon.pid()), "what runs is not dropped yet");
    daemon.signal(Signal::TERM);
    let (running, _) = session.collect(1);
    assert!(running.values().all(cancelled), "{running:?}");
    assert_eq!(daemon.wait(PATIENCE), Some(0));
}

#[test]
fn a_second_term_drops_also_what_waits_behind_a_running_job_in_its_worker() {
    let home = faulty();
    let mut daemon = home.daemon(&["--workers", "1"]);
    let mut session = home.session();
    let behind = [graph("coalescent,n=4"), graph("coalescent,n=5")];
    let units = vec![unit(0, b"fault:sleep:60000"), unit(1, &behind[0]), unit(2, &behind[1])];
    // Until it is known how long jobs take, a worker has one besides the one it is at.
    session.submit(1, BatchOptions { no_store: true, ..OPTIONS }, units);
    wait_for("two to be in the worker", PATIENCE, || {
        (home.session().status().queue.running == 2).then_some(())
    });
    daemon.signal(Signal::TERM);
    wait_for("new sessions to be refused", PATIENCE, || {
        let told = greet(&home.socket(), &ClientHello::ours());
        told.map_or(Some(()), |(_, hello)| (hello.verdict == Verdict::ShuttingDown).then_some(()))
    });
    daemon.signal(Signal::TERM);
    let mut told = Vec::new();
    while told.len() < 2 {
        let Some(Reply::Results { answers, .. }) = session.receive() else {
            panic!("they were not answered")
        };
        for answer in answers {
            let Outcome::Failed(failure) = answer.outcome else { panic!("it was done") };
            assert_eq!(failure.kind, FailureKind::Cancelled);
            told.push(answer.idx);
        }
    }
    told.sort_unstable();
    assert_eq!(told, [1, 2], "the first runs on");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(PATIENCE), Some(0));
}

#[test]
fn a_shutdown_finishes_what_runs_and_one_that_is_to_be_now_does_not() {
    for now in [false, true] {
        let home = faulty();
        let mut daemon = home.daemon(&["--workers", "1"]);
        let mut session = home.session();
        let payload = if now { "fault:sleep:60000" } else { "fault:sleep:200" };
        session.submit(1, OPTIONS, vec![unit(0, payload.as_bytes())]);
        wait_for_work(&home);
        let mut arguments = vec!["shutdown"];
        arguments.extend(now.then_some("--now"));
        let asking = std::thread::scope(|scope| {
            let asking = scope.spawn(|| home.run(&arguments));
            let (outcomes, _) = session.collect(1);
            assert_eq!(matches!(outcomes[&0], Outcome::Done { .. }), !now, "{outcomes:?}");
            assert!(matches!(session.receive(), Some(Reply::Goodbye { .. })));
            asking.join().expect("no panic")
        });
        assert_eq!(asking.code, Some(0), "{}", asking.stderr);
        assert_eq!(daemon.wait(PATIENCE), Some(0));
    }
}

#[test]
fn a_daemon_that_a_client_started_leaves_when_it_is_idle_and_never_with_a_client() {
    let home = faulty().with("SOJOURN_IDLE_EXIT", "400ms");
    home.ok(&["ping"]);
    let mut session = Session::open(&home.socket()).expect("it waits a while");
    let pid = session.status().pid;
    // Longer than the idle time.
    session.submit(1, OPTIONS, vec![unit(0, b"fault:sleep:900")]);
    let (outcomes, _) = session.collect(1);
    assert!(matches!(outcomes[&0], Outcome::Done { .. }), "{outcomes:?}");
    drop(session);
    wait_for("its end", PATIENCE, || (!process_exists(pid)).then_some(()));
    assert!(!home.socket().exists());
}

#[test]
fn the_work_of_a_killed_client_is_cancelled_and_the_daemon_stays_healthy() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let line = |n: u32| {
        let graph = models::build(&format!("random,n=90,degree=4,seed={n}")).expect("a model");
        let graph = write_json(&graph, Layout::Old).expect("a graph");
        format!("{{\"idx\": {n}, \"graph\": {graph}}}\n")
    };
    let jobs = home.file("jobs.jsonl", &(0..300).map(line).collect::<String>());
    let mut command = home.command(&["trace", "--jobs", &jobs, "--strategy", "vmap", "--json"]);
    let mut client = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut first = String::new();
    BufReader::new(client.stdout.take().expect("a pipe")).read_line(&mut first).expect("a result");
    kill(client.id(), Signal::KILL);
    client.wait().expect("our child");
    let mut session = home.session();
    wait_for("its work to go", PATIENCE, || {
        let status = session.status();
        (status.queue.waiting + status.queue.running == 0 && status.sessions.len() == 1).then_some(())
    });
    let status = session.status();
    assert!(status.cache.entries < 300, "all was done for nobody");
    assert_eq!(status.health, "ready");
    session.trace(&graph("coalescent,n=5"));
}

#[test]
fn a_socket_that_was_removed_is_bound_again() {
    let home = Home::new();
    let daemon = home.daemon(&["--set", "socket_check=50ms"]);
    std::fs::remove_file(home.socket()).expect("removed");
    let found = wait_for("it to answer at its path", PATIENCE, || home.pid_if_any());
    assert_eq!(found, daemon.pid());
}

#[test]
fn workers_are_listed_and_a_restart_replaces_every_one_of_them() {
    let home = Home::new();
    let _daemon = home.daemon(&["--workers", "2"]);
    let listed = || -> BTreeSet<u64> {
        let lines = home.json(&["worker", "list", "--json"]);
        let ready = lines.iter().filter(|worker| worker["state"] != "starting");
        ready.map(|worker| worker["pid"].as_u64().expect("a process id")).collect()
    };
    let some = || wait_for("a worker", PATIENCE, || Some(listed()).filter(|pids| !pids.is_empty()));
    let before = some();
    let line = home.json(&["worker", "list", "--json"]).remove(0);
    let keys: BTreeSet<&str> = line.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(json!(keys), json!(["jobs", "pid", "rss_bytes", "session", "state"]));
    home.ok(&["worker", "restart"]);
    let after = some();
    assert!(before.is_disjoint(&after), "{before:?} and {after:?}");
    assert!(before.iter().all(|&pid| state_of(pid as u32).is_none()), "the old ones are gone");
}
