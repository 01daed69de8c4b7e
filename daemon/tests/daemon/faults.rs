//! Workers that misbehave: what their jobs are answered, and that the next job is done.

use bytes::Bytes;
use sojourn_proto::{
    BatchOptions, Failure, FailureKind, Outcome, Payload, Reply, Request, Unit, WorkKind, WorkerState,
};

use crate::common::{Client, Daemon, Place, exists, wait_for};

/// Starts a daemon whose workers do what payloads command.
fn start(place: &Place, flags: &[&str]) -> Daemon {
    let mut command = place.command();
    command.env("SOJOURN_TEST_FAULTS", "1").args(["--set", "kill_grace=200ms"]).args(flags);
    let daemon = Daemon { child: command.spawn().unwrap(), socket: place.socket() };
    wait_for("the daemon serves", || Client::try_connect(&daemon.socket));
    daemon
}

fn submit(client: &mut Client, id: u64, payload: &'static str) {
    let kind = WorkKind::Pattern;
    let payload = Bytes::from_static(payload.as_bytes());
    let unit = Unit { idx: 0, kind, key: kind.key(&payload), payload: Payload::Inline(payload) };
    let options = BatchOptions { workers: 1, no_store: true, force: false };
    client.send(&Request::Submit { id, options, units: vec![unit], more: false });
}

/// The failure of a batch of one unit.
fn failure(client: &mut Client) -> Failure {
    let Some(Reply::Results { answers, .. }) = client.receive() else { panic!("no results") };
    let Some(Reply::Finished { .. }) = client.receive() else { panic!("not finished") };
    match answers.into_iter().next().map(|answer| answer.outcome) {
        Some(Outcome::Failed(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

fn fails(daemon: &Daemon, payload: &'static str) -> Failure {
    let mut client = daemon.client();
    submit(&mut client, 1, payload);
    failure(&mut client)
}

/// Ordinary garbage is refused by the engine, so a worker has run.
fn assert_works(daemon: &Daemon) {
    assert_eq!(fails(daemon, "no pattern").kind, FailureKind::InvalidInput);
}

#[test]
fn a_panic_is_answered_with_its_text_and_place() {
    let place = Place::new();
    let daemon = start(&place, &[]);
    let failure = fails(&daemon, "fault:panic");
    assert_eq!(failure.kind, FailureKind::WorkerPanicked);
    assert!(failure.message.contains("fault injected") && failure.message.contains("faults.rs"), "{failure}");
    assert_works(&daemon);
}

#[test]
fn garbage_half_a_result_and_a_silent_exit_are_violations_and_never_success() {
    let place = Place::new();
    let daemon = start(&place, &[]);
    for fault in ["fault:garbage", "fault:half", "fault:exit0"] {
        let failure = fails(&daemon, fault);
        assert_eq!(failure.kind, FailureKind::ProtocolViolation, "{fault}: {failure}");
        assert_works(&daemon);
    }
}

#[test]
fn a_crash_is_not_tried_again_and_its_key_is_poisonous() {
    let place = Place::new();
    let daemon = start(&place, &[]);
    assert_eq!(fails(&daemon, "fault:segv").kind, FailureKind::Poisonous);
    assert_eq!(fails(&daemon, "fault:segv").kind, FailureKind::Poisonous);
    assert_works(&daemon);
}

#[test]
fn a_job_that_hangs_is_ended_by_silence() {
    let place = Place::new();
    let daemon = start(&place, &["--set", "job_silence=300ms"]);
    assert_eq!(fails(&daemon, "fault:hang").kind, FailureKind::TimedOut);
    assert_works(&daemon);
}

#[test]
fn a_stopped_worker_is_shown_as_stopped_and_can_be_cancelled() {
    let place = Place::new();
    let daemon = start(&place, &[]);
    let mut client = daemon.client();
    submit(&mut client, 1, "fault:stop");
    let mut watcher = daemon.client();
    let pid = wait_for("a stopped worker", || {
        let workers = watcher.status().workers;
        workers.iter().find(|worker| worker.state == WorkerState::Stopped).map(|worker| worker.pid)
    });
    client.send(&Request::Cancel { id: 2, batch: 1 });
    let replies: Vec<Reply> = (0..2).filter_map(|_| client.receive()).collect();
    let cancelled = |reply: &Reply| matches!(reply, Reply::Finished { summary, .. } if summary.cancelled);
    assert!(replies.iter().any(cancelled) || client.receive().as_ref().is_some_and(cancelled), "{replies:?}");
    wait_for("the worker is gone", || (!exists(pid)).then_some(()));
    assert_works(&daemon);
}

#[test]
fn a_job_over_its_memory_is_told_so() {
    let place = Place::new();
    let daemon = start(&place, &["--set", "job_memory=512MiB"]);
    let failure = fails(&daemon, "fault:oom");
    assert_eq!(failure.kind, FailureKind::OutOfMemory, "{failure}");
    assert_works(&daemon);
}
