//! What clients say to a running daemon, and what they hear.

use std::io::{Read, Write};

use crate::common::{Client, Place, greet, wait_for};
use bytes::Bytes;
use sojourn_proto::hello::{ClientHello, PROTOCOL_VERSION, Verdict};
use sojourn_proto::{
    BatchOptions, FailureKind, Key, Outcome, Payload, Reply, Request, Table, Unit, Wanted, WorkKind,
    WorkerState, limits,
};

const OPTIONS: BatchOptions = BatchOptions { workers: 0, no_store: false, force: false };

fn unit(idx: i64, bytes: &'static [u8]) -> Unit {
    let kind = WorkKind::Graph;
    Unit { idx, kind, key: kind.key(bytes), payload: Payload::Inline(Bytes::from_static(bytes)) }
}

fn submit(units: Vec<Unit>) -> Request {
    Request::Submit { id: 7, options: OPTIONS, units, more: false }
}

#[test]
fn ping_is_answered_and_status_shows_spare_workers() {
    let place = Place::new();
    let daemon = place.start();
    let mut client = daemon.client();
    assert_eq!(client.ask(&Request::Ping { id: 1 }), Reply::Done { id: 1 });
    let report = wait_for("a spare worker", || {
        let report = client.status();
        report.workers.iter().any(|worker| worker.state == WorkerState::Spare).then_some(report)
    });
    assert_eq!(report.pid, daemon.child.id());
    assert_eq!(report.sessions.len(), 1);
    assert_eq!(report.health, "ready");
}

#[test]
fn a_graph_that_is_garbage_fails_by_kind_and_padding_is_answered_as_padding() {
    let place = Place::new();
    let daemon = place.start();
    let mut client = daemon.client();
    client.send(&submit(vec![unit(3, b"garbage"), unit(-1, b"")]));
    let mut answers = Vec::new();
    let mut expected = 0;
    let summary = loop {
        match client.receive().unwrap() {
            Reply::Results { id: 7, seq, answers: some } => {
                assert_eq!(seq, expected);
                expected += 1;
                answers.extend(some);
            }
            Reply::Finished { id: 7, seq, summary } => {
                assert_eq!(seq, expected);
                break summary;
            }
            other => panic!("{other:?}"),
        }
    };
    answers.sort_by_key(|answer| answer.idx);
    assert_eq!(answers[0].outcome, Outcome::Padding);
    let Outcome::Failed(failure) = &answers[1].outcome else { panic!("{answers:?}") };
    assert_eq!((answers[1].idx, failure.kind), (3, FailureKind::InvalidInput));
    assert_eq!((summary.answered, summary.failed, summary.cancelled), (2, 1, false));
}

#[test]
fn a_key_that_is_not_that_of_the_bytes_is_refused() {
    let place = Place::new();
    let daemon = place.start();
    let mut client = daemon.client();
    let lie = Unit { key: Key([7; 32]), ..unit(0, b"bytes") };
    let Reply::Refused { id: 7, failure, .. } = client.ask(&submit(vec![lie])) else { panic!() };
    assert_eq!(failure.kind, FailureKind::HashMismatch);
}

#[test]
fn a_foreign_version_is_told_both_versions() {
    let place = Place::new();
    let daemon = place.start();
    let hello = ClientHello { protocol: 77, ..ClientHello::ours() };
    let (mut stream, answer) = greet(&daemon.socket, &hello).unwrap();
    assert_eq!(answer.verdict, Verdict::VersionMismatch);
    assert!(
        answer.text.contains("77") && answer.text.contains(&PROTOCOL_VERSION.to_string()),
        "{}",
        answer.text
    );
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the connection ends");
}

/// The goodbye that ends a connection after these bytes.
fn goodbye_after(client: &mut Client, bytes: &[u8], cut: bool) -> FailureKind {
    client.stream.write_all(bytes).unwrap();
    if cut {
        client.stream.shutdown(std::net::Shutdown::Write).unwrap();
    }
    let Some(Reply::Goodbye { failure }) = client.receive() else { panic!("no goodbye") };
    assert!(client.receive().is_none(), "the connection ends");
    failure.kind
}

#[test]
fn a_broken_frame_ends_its_connection_with_a_typed_goodbye_and_no_other() {
    let place = Place::new();
    let daemon = place.start();
    let mut bystander = daemon.client();
    let over = u32::try_from(limits::FRAME_BYTES + 1).unwrap().to_le_bytes();
    assert_eq!(goodbye_after(&mut daemon.client(), &over, false), FailureKind::LimitExceeded);
    assert_eq!(
        goodbye_after(&mut daemon.client(), b"\x03\0\0\0\xff\xff\xff", false),
        FailureKind::InvalidInput
    );
    assert_eq!(goodbye_after(&mut daemon.client(), b"\x09\0\0\0abc", true), FailureKind::InvalidInput);
    assert_eq!(bystander.ask(&Request::Ping { id: 1 }), Reply::Done { id: 1 });
}

#[test]
fn clients_write_to_their_own_tables_alone_and_find_what_they_wrote_also_under_further_keys() {
    let place = Place::new();
    let daemon = place.start();
    let mut client = daemon.client();
    let put = |table, bytes: Bytes| Request::Put {
        id: 1,
        entries: vec![(table, Key([5; 32]))],
        payload: Payload::Inline(bytes),
    };
    let blob = Bytes::from_static(b"a trace");
    let Reply::Refused { failure, .. } = client.ask(&put(Table::Plans, blob.clone())) else { panic!() };
    assert_eq!(failure.kind, FailureKind::Unsupported);
    assert_eq!(client.ask(&put(Table::Manifest, blob.clone())), Reply::Done { id: 1 });
    let wanted = |key, tables: &[Table]| Wanted { key: Key([key; 32]), tables: tables.to_vec() };
    let found = |wanted| Request::Lookup { id: 2, wanted };
    let places =
        vec![wanted(5, &[Table::Files, Table::Manifest]), wanted(5, &[Table::Names]), wanted(5, &[])];
    let Reply::Found { payloads, .. } = client.ask(&found(places)) else { panic!() };
    assert_eq!(payloads, [Some(Payload::Inline(blob.clone())), None, None]);

    let link = |key, table| Request::Link {
        id: 3,
        wanted: wanted(key, &[Table::Traces, Table::Manifest]),
        entries: vec![(table, Key([6; 32]))],
    };
    let Reply::Refused { failure, .. } = client.ask(&link(5, Table::Traces)) else { panic!() };
    assert_eq!(failure.kind, FailureKind::Unsupported);
    let Reply::Refused { failure, .. } = client.ask(&link(7, Table::Files)) else { panic!() };
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert_eq!(client.ask(&link(5, Table::Files)), Reply::Done { id: 3 });
    let Reply::Found { payloads, .. } = client.ask(&found(vec![wanted(6, &[Table::Files])])) else {
        panic!()
    };
    assert_eq!(payloads, [Some(Payload::Inline(blob))]);
}

#[test]
fn settings_are_shown_and_changed_and_bad_ones_refused() {
    let place = Place::new();
    let daemon = place.start();
    let mut client = daemon.client();
    let set = |name: &str, value: &str| Request::ConfigSet { id: 1, name: name.into(), value: value.into() };
    let Reply::Config { settings, .. } = client.ask(&set("workers", "3")) else { panic!() };
    let workers = settings.iter().find(|setting| setting.name == "workers").unwrap();
    assert_eq!((workers.value.as_str(), workers.origin.as_str()), ("3", "set"));
    for (name, value) in [("workers", "0"), ("socket", "/x"), ("wrokers", "1")] {
        let Reply::Refused { failure, .. } = client.ask(&set(name, value)) else { panic!("{name}") };
        assert_eq!(failure.kind, FailureKind::InvalidInput);
    }
}

#[test]
fn the_session_over_the_limit_is_told_so() {
    let place = Place::new();
    let daemon = place.start_with(&["--set", "sessions=2"]);
    let both = wait_for("two sessions", || {
        Some((Client::try_connect(&daemon.socket)?, Client::try_connect(&daemon.socket)?))
    });
    let (_, answer) = greet(&daemon.socket, &ClientHello::ours()).unwrap();
    assert_eq!(answer.verdict, Verdict::TooManySessions);
    drop(both);
    wait_for("room again", || Client::try_connect(&daemon.socket));
}
