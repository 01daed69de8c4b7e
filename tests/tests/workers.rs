//! Workers that are killed, that crash, hang, lie or fall silent: what becomes of their jobs, and of the rest.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use sojourn_proto::{BatchOptions, FailureKind, Outcome, Request, Source, WorkerReport, WorkerState};
use sojourn_tests::{
    Home, OPTIONS, Running, Session, children_of, executables, graph, kill, state_of, unit, wait_for,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A home whose workers do what a payload `fault:..` commands.
fn home() -> Home {
    Home::new().with("SOJOURN_TEST_FAULTS", "1")
}

fn start(home: &Home, settings: &[&str]) -> Running {
    let settings = ["workers=2", "kill_grace=200ms"].iter().chain(settings);
    let arguments: Vec<&str> = settings.flat_map(|setting| ["--set", setting]).collect();
    home.daemon(&arguments)
}

/// A worker in this state.
fn worker(session: &mut Session, state: WorkerState) -> WorkerReport {
    wait_for(&format!("a worker that is {state:?}"), PATIENCE, || {
        session.status().workers.into_iter().find(|worker| worker.state == state)
    })
}

fn assert_works(home: &Home) {
    let (_, source) = home.session().trace(&graph("coalescent,n=4"));
    assert!(matches!(source, Source::Computed | Source::Stored));
}

#[test]
fn an_idle_worker_that_is_killed_is_reaped_and_replaced_and_no_job_fails() {
    let home = home();
    let daemon = start(&home, &[]);
    let mut session = home.session();
    let victim = worker(&mut session, WorkerState::Spare).pid;
    kill(victim, Signal::KILL);
    wait_for("its end, and no zombie", Duration::from_secs(5), || state_of(victim).is_none().then_some(()));
    let next = wait_for("its replacement", Duration::from_secs(5), || {
        session.status().workers.into_iter().find(|w| w.state == WorkerState::Spare && w.pid != victim)
    });
    assert_eq!(session.trace(&graph("coalescent,n=5")).1, Source::Computed);
    assert!(children_of(daemon.pid()).contains(&next.pid));
}

#[test]
fn a_worker_of_a_session_killed_between_its_jobs_costs_no_job() {
    let home = home();
    let _daemon = start(&home, &[]);
    let mut session = home.session();
    session.trace(&graph("coalescent,n=5"));
    kill(worker(&mut session, WorkerState::Idle).pid, Signal::KILL);
    assert_eq!(session.trace(&graph("coalescent,n=6")).1, Source::Computed);
}

#[test]
fn every_job_of_a_batch_is_answered_though_its_workers_are_killed_again_and_again() {
    let home = home();
    let _daemon = start(&home, &[]);
    let mut session = home.session();
    let units = (0..200).map(|n| unit(n, &graph(&format!("random,n=40,degree=4,seed={n}")))).collect();
    session.submit(1, OPTIONS, units);
    let mut watcher = home.session();
    let mut last = 0;
    for _ in 0..3 {
        let victim = wait_for("a worker at work, or the end", PATIENCE, || {
            let status = watcher.status();
            let busy = status.workers.iter().find(|w| w.state == WorkerState::Busy && w.pid != last);
            busy.map(|w| Some(w.pid)).or((status.queue.waiting + status.queue.running == 0).then_some(None))
        });
        let Some(victim) = victim else { break };
        last = victim;
        let pid = rustix::process::Pid::from_raw(victim.cast_signed()).expect("a process id");
        // It may have been retired since it was seen.
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
    let (outcomes, summary) = session.collect(1);
    assert_eq!((outcomes.len(), summary.answered, summary.cancelled), (200, 200, false));
    let lost: Vec<_> = outcomes.values().filter(|outcome| !matches!(outcome, Outcome::Done { .. })).collect();
    // Three ends may meet one job twice, which is all the attempts that it has, and no more than one.
    let twice = |outcome: &Outcome| format!("{outcome:?}").contains("attempt 2 of 2");
    assert!(lost.len() <= 1 && lost.iter().all(|outcome| twice(outcome)), "{lost:?}");
}

#[test]
fn a_job_whose_worker_is_killed_twice_is_lost_and_the_signal_named() {
    let home = home();
    let _daemon = start(&home, &[]);
    let mut session = home.session();
    session.submit(1, OPTIONS, vec![unit(0, b"fault:sleep:60000")]);
    let mut watcher = home.session();
    let first = worker(&mut watcher, WorkerState::Busy).pid;
    kill(first, Signal::KILL);
    let second = wait_for("the second attempt", PATIENCE, || {
        watcher.status().workers.into_iter().find(|w| w.state == WorkerState::Busy && w.pid != first)
    });
    kill(second.pid, Signal::KILL);
    let (outcomes, _) = session.collect(1);
    let Outcome::Failed(failure) = &outcomes[&0] else { panic!("{outcomes:?}") };
    assert_eq!(failure.kind, FailureKind::WorkerLost);
    assert!(failure.message.contains("SIGKILL"), "{failure}");
    assert_works(&home);
}

#[test]
fn a_computation_that_crashes_is_poisonous_and_tried_again_by_force_alone() {
    let home = home();
    let _daemon = start(&home, &["spares=0"]);
    for (fault, signal) in [("fault:segv", "SIGSEGV"), ("fault:abort", "SIGABRT")] {
        let first = home.session().failure(fault.as_bytes());
        assert_eq!(first.kind, FailureKind::Poisonous, "{fault}: {first}");
        assert!(first.message.contains(signal), "{first}");
        // Without spares a try would start a worker for this session.
        let mut session = home.session();
        let again = session.failure(fault.as_bytes());
        assert_eq!(again, first, "{fault}");
        let own = session.status().workers.into_iter().filter(|w| w.session.is_some()).count();
        assert_eq!(own, 0, "no worker was started to find out what is known");
        let force = BatchOptions { force: true, ..OPTIONS };
        session.submit(2, force, vec![unit(0, fault.as_bytes())]);
        let (forced, _) = session.collect(2);
        assert!(matches!(&forced[&0], Outcome::Failed(f) if f.kind == FailureKind::Poisonous), "{forced:?}");
    }
    assert_works(&home);
}

#[test]
fn a_worker_that_leaves_without_a_result_or_talks_nonsense_delivers_nothing() {
    let home = home();
    let _daemon = start(&home, &[]);
    for fault in ["fault:exit0", "fault:garbage", "fault:half"] {
        let failure = home.session().failure(fault.as_bytes());
        assert_eq!(failure.kind, FailureKind::ProtocolViolation, "{fault}: {failure}");
    }
    let cache = home.session().status().cache;
    assert_eq!(cache.entries, 0, "nothing of it was stored");
    assert_works(&home);
}

#[test]
fn the_text_of_a_panic_and_the_code_of_an_exit_are_in_the_error() {
    let home = home();
    let _daemon = start(&home, &[]);
    let panicked = home.session().failure(b"fault:panic");
    assert_eq!(panicked.kind, FailureKind::WorkerPanicked);
    assert!(panicked.message.contains("fault injected"), "{panicked}");
    assert!(panicked.message.contains("faults.rs:"), "where it happened: {panicked}");
    let left = home.session().failure(b"fault:exit3");
    assert_eq!(left.kind, FailureKind::WorkerPanicked);
    assert!(left.message.contains("code 3"), "{left}");
    assert_works(&home);
}

#[test]
fn the_jobs_bundled_with_one_that_crashes_are_done() {
    let home = home();
    let _daemon = start(&home, &["workers=1"]);
    let mut session = home.session();
    let mut units: Vec<_> = (0..20).map(|n| unit(n, &graph(&format!("erlang,k={}", n + 2)))).collect();
    units.insert(10, unit(100, b"fault:segv"));
    session.submit(1, OPTIONS, units);
    let (outcomes, summary) = session.collect(1);
    assert_eq!((summary.answered, summary.failed), (21, 1), "{outcomes:?}");
    assert!(matches!(&outcomes[&100], Outcome::Failed(f) if f.kind == FailureKind::Poisonous));
}

#[test]
fn a_job_that_hangs_is_ended_by_the_time_limit_and_the_next_one_is_done() {
    let home = home();
    let _daemon = start(&home, &["workers=1", "job_silence=300ms"]);
    let failure = home.session().failure(b"fault:hang");
    assert_eq!(failure.kind, FailureKind::TimedOut, "{failure}");
    assert_works(&home);
}

#[test]
fn a_stopped_worker_is_shown_as_stopped_and_its_job_can_be_cancelled() {
    let home = home();
    let _daemon = start(&home, &[]);
    let mut session = home.session();
    session.submit(1, OPTIONS, vec![unit(0, b"fault:sleep:60000")]);
    let mut watcher = home.session();
    let victim = worker(&mut watcher, WorkerState::Busy).pid;
    kill(victim, Signal::STOP);
    assert_eq!(worker(&mut watcher, WorkerState::Stopped).pid, victim, "not taken for dead");
    session.send(&Request::Cancel { id: 2, batch: 1 });
    let (outcomes, summary) = session.collect(1);
    assert!(summary.cancelled, "{outcomes:?}");
    wait_for("its end", PATIENCE, || state_of(victim).is_none().then_some(()));
    assert_works(&home);
}

#[test]
fn a_daemon_killed_hard_leaves_no_worker() {
    let home = home();
    let mut daemon = start(&home, &[]);
    let mut session = home.session();
    session.submit(1, OPTIONS, vec![unit(0, b"fault:hang")]);
    worker(&mut home.session(), WorkerState::Busy);
    let workers = children_of(daemon.pid());
    daemon.signal(Signal::KILL);
    assert_eq!(daemon.wait(PATIENCE), None);
    // Orphans of this daemon are init's to reap, so that here they may linger as zombies.
    let alive = |pid: &u32| state_of(*pid).is_some_and(|state| state != 'Z');
    wait_for("all workers to end", Duration::from_secs(2), || (!workers.iter().any(alive)).then_some(()));
}

#[test]
fn a_daemon_whose_executable_is_deleted_still_starts_workers_of_its_own_build() {
    let home = home();
    let copy = home.path("copy");
    std::fs::copy(&executables().sojournd, &copy).expect("a copy");
    let child = home.program(Path::new(&copy)).args(["--workers", "2"]).spawn().expect("it starts");
    let daemon = Running { child };
    let session = || Session::open(&home.socket());
    let mut session = wait_for("the daemon", PATIENCE, session);
    std::fs::remove_file(&copy).expect("removed");
    std::fs::write(&copy, "another program altogether").expect("replaced");
    let old = worker(&mut session, WorkerState::Spare).pid;
    kill(old, Signal::KILL);
    let new = wait_for("a worker started since", PATIENCE, || {
        session.status().workers.into_iter().find(|w| w.state == WorkerState::Spare && w.pid != old)
    });
    let link = |pid: u32| {
        std::fs::metadata(format!("/proc/{pid}/exe")).map(|m| std::os::unix::fs::MetadataExt::ino(&m))
    };
    assert_eq!(link(new.pid).expect("its file"), link(daemon.pid()).expect("its file"));
    assert_eq!(session.trace(&graph("coalescent,n=4")).1, Source::Computed);
}
