//! Results through real workers: computed, kept, damaged and computed anew.

use std::collections::BTreeMap;

use crate::common::{Client, Daemon, Place, signal, wait_for};
use bytes::Bytes;
use sojourn_engine::{Chain, Trace, models};
use sojourn_proto::chunk::Assembler;
use sojourn_proto::{
    BatchOptions, FailureKind, Outcome, Payload, Reply, Request, Source, Unit, WorkKind, WorkerState, limits,
};

fn payload(spec: &str) -> Vec<u8> {
    Chain::new(&models::build(spec).unwrap()).encode()
}

fn trace_here(spec: &str) -> Vec<u8> {
    Trace::record(&Chain::new(&models::build(spec).unwrap())).unwrap().encode()
}

fn unit(idx: i64, bytes: Vec<u8>) -> Unit {
    let kind = WorkKind::Graph;
    Unit { idx, kind, key: kind.key(&bytes), payload: Payload::Inline(Bytes::from(bytes)) }
}

fn submit(client: &mut Client, units: Vec<Unit>) {
    let options = BatchOptions { workers: 0, no_store: false, force: false };
    client.send(&Request::Submit { id: 1, options, units, more: false });
}

/// The outcomes of a batch by index, each answered once; payloads inline.
fn collect(client: &mut Client) -> BTreeMap<i64, Outcome> {
    let mut outcomes = BTreeMap::new();
    let mut assembler = Assembler::new(limits::PAYLOAD_BYTES);
    loop {
        match client.receive().expect("the batch goes on") {
            // What does not fit beside the other answers of its message comes ahead of it.
            Reply::Chunk(chunk) => assembler.push(chunk).expect("a chunk in order"),
            Reply::Results { answers, .. } => {
                for mut answer in answers {
                    if let Outcome::Done { payload, .. } = &mut answer.outcome {
                        *payload = Payload::Inline(assembler.take(payload.clone()).expect("all its chunks"));
                    }
                    assert!(outcomes.insert(answer.idx, answer.outcome).is_none(), "answered twice");
                }
            }
            Reply::Finished { .. } => return outcomes,
            other => panic!("{other:?}"),
        }
    }
}

/// Bytes and source of the trace of one graph.
fn trace(daemon: &Daemon, spec: &str) -> (Bytes, Source) {
    let mut client = daemon.client();
    submit(&mut client, vec![unit(0, payload(spec))]);
    match collect(&mut client).remove(&0) {
        Some(Outcome::Done { payload: Payload::Inline(bytes), source, .. }) => (bytes, source),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_trace_is_the_same_bytes_here_computed_and_stored_and_after_a_restart() {
    let place = Place::new();
    let spec = "coalescent,n=10";
    let daemon = place.start();
    assert_eq!(trace(&daemon, spec), (trace_here(spec).into(), Source::Computed));
    assert_eq!(trace(&daemon, spec), (trace_here(spec).into(), Source::Stored));
    let mut daemon = daemon;
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0));
    let daemon = place.start();
    assert_eq!(trace(&daemon, spec), (trace_here(spec).into(), Source::Stored));
}

#[test]
fn a_stored_trace_that_was_flipped_is_set_aside_and_computed_anew() {
    let place = Place::new();
    let spec = "coalescent,n=6";
    {
        let mut daemon = place.start();
        trace(&daemon, spec);
        daemon.signal("TERM");
        daemon.wait();
    }
    let mut flipped = 0;
    for shard in std::fs::read_dir(place.store().join("v1/blobs")).unwrap().flatten() {
        for file in std::fs::read_dir(shard.path()).unwrap().flatten() {
            let mut bytes = std::fs::read(file.path()).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            std::fs::write(file.path(), bytes).unwrap();
            flipped += 1;
        }
    }
    assert_eq!(flipped, 1);
    let daemon = place.start();
    assert_eq!(trace(&daemon, spec), (trace_here(spec).into(), Source::Computed));
    assert_eq!(daemon.client().status().cache.quarantined, 1);
    assert_eq!(std::fs::read_dir(place.store().join("v1/quarantine")).unwrap().count(), 1);
    assert_eq!(trace(&daemon, spec).1, Source::Stored);
}

#[test]
fn every_job_is_answered_though_a_worker_is_killed_in_the_middle() {
    let place = Place::new();
    let daemon = place.start();
    let mut client = daemon.client();
    let units: Vec<Unit> =
        (0..300).map(|n| unit(n, payload(&format!("random,n=60,degree=4,seed={n}")))).collect();
    submit(&mut client, units);
    let mut watcher = daemon.client();
    let victim = wait_for("a worker at work", || {
        let workers = watcher.status().workers;
        workers.iter().find(|worker| worker.state == WorkerState::Busy).map(|worker| worker.pid)
    });
    signal(victim, "KILL");
    let outcomes = collect(&mut client);
    assert_eq!(outcomes.len(), 300);
    assert!(outcomes.values().all(|outcome| matches!(outcome, Outcome::Done { .. })), "{outcomes:?}");
}

#[test]
fn term_during_a_batch_lets_it_finish() {
    let place = Place::new();
    let mut daemon = place.start();
    let mut client = daemon.client();
    let units = (0..200).map(|n| unit(n, payload(&format!("random,n=50,degree=4,seed={n}")))).collect();
    submit(&mut client, units);
    wait_for("work", || (daemon.client().status().queue.running > 0).then_some(()));
    daemon.signal("TERM");
    let outcomes = collect(&mut client);
    assert_eq!(outcomes.values().filter(|outcome| matches!(outcome, Outcome::Done { .. })).count(), 200);
    assert_eq!(daemon.wait().code(), Some(0));
}

#[test]
fn a_full_disk_or_a_broken_store_does_not_cost_a_result() {
    let place = Place::new();
    let daemon = place.start();
    std::fs::write(place.store().join("v1/blobs"), "in the way").unwrap();
    assert_eq!(trace(&daemon, "coalescent,n=5").1, Source::Computed);
    wait_for("the failure is counted", || (daemon.client().status().cache.write_failures > 0).then_some(()));
}

#[test]
fn garbage_among_good_units_fails_alone() {
    let place = Place::new();
    let daemon = place.start();
    let mut client = daemon.client();
    submit(&mut client, vec![unit(0, payload("coalescent,n=4")), unit(5, b"garbage".to_vec())]);
    let outcomes = collect(&mut client);
    assert!(matches!(outcomes[&0], Outcome::Done { .. }));
    let Outcome::Failed(failure) = &outcomes[&5] else { panic!("{outcomes:?}") };
    assert_eq!(failure.kind, FailureKind::InvalidInput);
}

#[test]
fn a_client_that_does_not_read_holds_up_nobody_and_gets_all_its_results() {
    let place = Place::new();
    let daemon = place.start_with(&["--set", "unread_bytes=256KiB"]);
    let mut slow = daemon.client();
    let units = (0..200).map(|n| unit(n, payload(&format!("random,n=60,degree=4,seed={n}")))).collect();
    submit(&mut slow, units);
    wait_for("its work has begun", || (daemon.client().status().queue.running > 0).then_some(()));
    assert_eq!(trace(&daemon, "coalescent,n=7").1, Source::Computed);
    wait_for("no more is computed for it", || {
        let queue = daemon.client().status().queue;
        (queue.running == 0 && queue.waiting > 0).then_some(())
    });
    assert_eq!(collect(&mut slow).len(), 200);
}
