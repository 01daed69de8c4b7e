//! What a worker says, in which order, and how it ends.

use std::os::unix::process::ExitStatusExt;

use bytes::Bytes;
use sojourn_engine::question::{Tile, encode_answers};
use sojourn_engine::{Chain, Decomposition, Plan, Query, Question, Trace, formats, models};
use sojourn_proto::{Chunk, FailureKind, Key, Order, Payload, Report, Target, WorkKind, limits};
use sojourn_worker::{EXIT_BROKEN, EXIT_PANICKED};

use crate::harness::{Process, tests, wait_for};

tests![
    it_is_ready_and_leaves_silently_when_the_socket_closes,
    it_leaves_when_told,
    each_job_of_a_bundle_is_begun_before_it_is_answered_in_order,
    an_invalid_payload_is_answered_and_the_next_job_is_done,
    a_graph_and_a_pattern_come_back_as_the_bytes_the_engine_records_here,
    a_tile_is_answered_as_the_engine_answers_here_once_its_trace_has_come,
    a_job_whose_trace_is_lacking_is_named_and_the_others_are_done,
    what_is_no_trace_or_no_tile_is_told_in_the_job_that_needs_it,
    a_large_payload_comes_and_goes_in_chunks,
    a_crash_is_preceded_by_the_beginning_of_its_job_and_the_answer_of_the_one_before,
    a_panic_is_answered_with_its_message_and_place_and_ends_the_process,
    an_exit_in_a_job_leaves_no_answer,
    half_a_frame_is_what_comes_of_a_worker_that_dies_while_writing,
    garbage_is_what_comes_of_a_worker_that_writes_garbage,
    bytes_that_are_no_order_end_it_as_broken,
    a_frame_past_the_limit_ends_it_as_broken,
    a_job_whose_chunks_did_not_come_ends_it_as_broken,
    a_stopped_worker_goes_on_when_it_is_continued,
    memory_past_the_limit_ends_it_and_no_more,
];

fn it_is_ready_and_leaves_silently_when_the_socket_closes() {
    let (status, log) = Process::ready().close();
    assert_eq!(status.code(), Some(0));
    assert_eq!(log, "", "on a kernel that can confine it there is nothing to log");
}

fn it_leaves_when_told() {
    let mut worker = Process::ready();
    worker.order(&Order::Leave);
    assert!(worker.report().is_none());
    assert_eq!(worker.end().0.code(), Some(0));
}

fn each_job_of_a_bundle_is_begun_before_it_is_answered_in_order() {
    let mut worker = Process::ready();
    worker.run(&[(7, b"fault:sleep:0"), (3, b"fault:sleep:1"), (9, b"fault:sleep:2")]);
    for (job, bytes) in [(7, b"fault:sleep:0"), (3, b"fault:sleep:1"), (9, b"fault:sleep:2")] {
        assert_eq!(worker.begun(), job);
        let answer = worker.answer();
        assert_eq!(answer.job, job);
        assert_eq!(answer.result.as_deref(), Ok(&bytes[..]));
    }
}

fn an_invalid_payload_is_answered_and_the_next_job_is_done() {
    let mut worker = Process::ready();
    worker.run(&[(1, b"no graph at all"), (2, b"fault:sleep:0")]);
    assert_eq!(worker.begun(), 1);
    let answer = worker.answer();
    let failure = answer.result.expect_err("not a graph");
    assert_eq!(failure.kind, FailureKind::InvalidInput, "{failure}");
    assert_eq!(answer.name, None);
    assert_eq!(worker.begun(), 2);
    worker.answer().result.expect("done");
}

fn a_graph_and_a_pattern_come_back_as_the_bytes_the_engine_records_here() {
    let json = br#"{"alpha": [1, 0, 0], "S": [[-3, 2, 0], [1, -2, 0.5], [0, 1, -4]]}"#;
    let chain = Chain::new(&formats::read_json(json, false).expect("a graph"));
    let trace = Trace::record(&chain).expect("small");
    let decomposition = Decomposition::new(&chain);
    let pattern = &decomposition.patterns()[0];
    let plan = Plan::record(pattern).expect("small");

    let mut worker = Process::ready();
    worker.order(&Order::Run(vec![
        (1, WorkKind::Graph, Payload::Inline(chain.encode().into())),
        (2, WorkKind::Pattern, Payload::Inline(pattern.encode().into())),
        (3, WorkKind::Pattern, Payload::Inline(chain.encode().into())),
    ]));
    assert_eq!(worker.begun(), 1);
    let answer = worker.answer();
    assert_eq!(answer.result.expect("a trace"), trace.encode());
    assert_eq!(answer.name, Some(Key(trace.hash())));
    assert_eq!(worker.begun(), 2);
    let answer = worker.answer();
    assert_eq!(answer.result.expect("a plan"), plan.encode());
    assert_eq!(answer.name, None);
    assert_eq!(worker.begun(), 3);
    let failure = worker.answer().result.expect_err("a graph is no pattern");
    assert_eq!(failure.kind, FailureKind::InvalidInput);
}

fn recorded(model: &str) -> Trace {
    Trace::record(&Chain::new(&models::build(model).expect("a model"))).expect("small")
}

fn question() -> Question {
    Question { moments: Some(Query { moments: 2, ..Query::default() }), ..Question::default() }
}

/// Keeps these bytes under their digest, and the kind of a job that needs them.
fn keep(worker: &mut Process, bytes: Vec<u8>) -> WorkKind {
    let digest = Key::of_blob(&bytes);
    worker.order(&Order::Keep { digest, payload: Payload::Inline(bytes.into()) });
    WorkKind::Evaluation { trace: digest, target: Target::Cpu }
}

fn a_tile_is_answered_as_the_engine_answers_here_once_its_trace_has_come() {
    let trace = recorded("coalescent,n=6");
    let thetas = [[1.0], [-1.0], [0.5]];
    let tile = Tile::encode(&question(), &thetas);
    let kind = WorkKind::Evaluation { trace: Key::of_blob(&trace.encode()), target: Target::Cpu };
    let job = |job| Order::Run(vec![(job, kind, Payload::Inline(tile.clone().into()))]);
    let mut worker = Process::ready();
    worker.order(&job(1));
    assert_eq!(worker.report(), Some(Report::Lacks { job: 1 }));
    assert_eq!(keep(&mut worker, trace.encode()), kind);
    for again in 1..4 {
        worker.order(&job(again));
        assert_eq!(worker.begun(), again);
        let answer = worker.answer();
        assert_eq!((answer.job, answer.name), (again, None));
        assert!(
            answer.result.expect("answers") == encode_answers(trace.answer_many(&thetas, &question(), 1))
        );
    }
}

fn a_job_whose_trace_is_lacking_is_named_and_the_others_are_done() {
    let mut worker = Process::ready();
    let tile = Bytes::from(Tile::encode(&question(), &[[1.0]]));
    let known = keep(&mut worker, recorded("coalescent,n=6").encode());
    let unknown = WorkKind::Evaluation { trace: Key::of_blob(b"another"), target: Target::Cpu };
    let payload = || Payload::Inline(tile.clone());
    worker.order(&Order::Run(vec![(1, known, payload()), (2, unknown, payload()), (3, known, payload())]));
    assert_eq!(worker.begun(), 1);
    worker.answer().result.expect("answers");
    assert_eq!(worker.report(), Some(Report::Lacks { job: 2 }));
    assert_eq!(worker.begun(), 3);
    worker.answer().result.expect("answers");
}

fn what_is_no_trace_or_no_tile_is_told_in_the_job_that_needs_it() {
    let mut worker = Process::ready();
    let garbage = keep(&mut worker, b"no trace at all".to_vec());
    let trace = keep(&mut worker, recorded("coalescent,n=6").encode());
    let tile = Bytes::from(Tile::encode(&question(), &[[1.0]]));
    worker.order(&Order::Run(vec![
        (1, garbage, Payload::Inline(tile.clone())),
        (2, trace, Payload::Inline(Bytes::from_static(b"no tile"))),
        (3, trace, Payload::Inline(tile)),
    ]));
    for (job, fine) in [(1, false), (2, false), (3, true)] {
        assert_eq!(worker.begun(), job);
        match worker.answer().result {
            Ok(_) => assert!(fine, "job {job}"),
            Err(failure) => assert!(!fine && failure.kind == FailureKind::InvalidInput, "{failure}"),
        }
    }
}

fn a_large_payload_comes_and_goes_in_chunks() {
    let mut worker = Process::ready();
    // Milliseconds may have leading zeros, so this is a payload of any length that is answered with itself.
    let mut bytes = b"fault:sleep:".to_vec();
    bytes.resize(3 * limits::CHUNK_BYTES, b'0');
    for job in 0..3 {
        worker.run(&[(job, &bytes)]);
        assert_eq!(worker.begun(), job);
        assert!(worker.answer().result.expect("done") == bytes);
    }
    assert_eq!(worker.close().0.code(), Some(0));
}

fn a_crash_is_preceded_by_the_beginning_of_its_job_and_the_answer_of_the_one_before() {
    for (fault, signal) in [(&b"fault:segv"[..], libc::SIGSEGV), (b"fault:abort", libc::SIGABRT)] {
        let mut worker = Process::ready();
        worker.run(&[(1, b"fault:sleep:0"), (2, fault), (3, b"fault:sleep:0")]);
        assert_eq!(worker.begun(), 1);
        assert_eq!(worker.answer().job, 1);
        assert_eq!(worker.begun(), 2);
        assert!(worker.report().is_none());
        assert_eq!(worker.end().0.signal(), Some(signal));
    }
}

fn a_panic_is_answered_with_its_message_and_place_and_ends_the_process() {
    let mut worker = Process::ready();
    worker.run(&[(1, b"fault:panic"), (2, b"fault:sleep:0")]);
    assert_eq!(worker.begun(), 1);
    let failure = worker.answer().result.expect_err("a panic");
    assert_eq!(failure.kind, FailureKind::WorkerPanicked);
    assert!(failure.message.contains("fault injected"), "{failure}");
    assert!(failure.message.contains("faults.rs:"), "{failure}");
    assert!(worker.report().is_none(), "a half-broken worker took another job");
    let (status, log) = worker.end();
    assert_eq!(status.code(), Some(i32::from(EXIT_PANICKED)));
    assert_eq!(log, "");
}

fn an_exit_in_a_job_leaves_no_answer() {
    for (fault, code) in [(&b"fault:exit0"[..], 0), (b"fault:exit3", 3)] {
        let mut worker = Process::ready();
        worker.run(&[(1, fault)]);
        assert_eq!(worker.begun(), 1);
        assert!(worker.report().is_none());
        assert_eq!(worker.end().0.code(), Some(code));
    }
}

fn half_a_frame_is_what_comes_of_a_worker_that_dies_while_writing() {
    let mut worker = Process::ready();
    worker.run(&[(1, b"fault:half")]);
    assert_eq!(worker.begun(), 1);
    let rest = worker.rest();
    assert_eq!(rest[..4], 1000_u32.to_le_bytes());
    assert!(rest.len() < 1004);
}

fn garbage_is_what_comes_of_a_worker_that_writes_garbage() {
    let mut worker = Process::ready();
    worker.run(&[(1, b"fault:garbage")]);
    assert_eq!(worker.begun(), 1);
    let child = worker.child.id();
    worker.stream.shutdown(std::net::Shutdown::Write).expect("open");
    assert!(worker.rest().starts_with(&[0xff; 64]), "of worker {child}");
}

fn bytes_that_are_no_order_end_it_as_broken() {
    let mut worker = Process::ready();
    worker.write(&[3, 0, 0, 0, 0xee, 0xee, 0xee]);
    assert!(worker.report().is_none());
    let (status, log) = worker.end();
    assert_eq!(status.code(), Some(i32::from(EXIT_BROKEN)));
    assert!(log.contains("not a message of this protocol"), "{log}");
}

fn a_frame_past_the_limit_ends_it_as_broken() {
    let mut worker = Process::ready();
    worker.write(&[0xff; 4]);
    assert!(worker.report().is_none());
    let (status, log) = worker.end();
    assert_eq!(status.code(), Some(i32::from(EXIT_BROKEN)));
    assert!(log.contains(&limits::FRAME_BYTES.to_string()), "the limit is not named: {log}");
}

fn a_job_whose_chunks_did_not_come_ends_it_as_broken() {
    let mut worker = Process::ready();
    worker.order(&Order::Chunk(Chunk { blob: 4, length: 9, bytes: b"part"[..].into() }));
    worker.order(&Order::Run(vec![(1, WorkKind::Graph, Payload::Chunked { blob: 4, length: 9 })]));
    assert!(worker.report().is_none());
    let (status, log) = worker.end();
    assert_eq!(status.code(), Some(i32::from(EXIT_BROKEN)));
    assert!(log.contains("4 of 9 bytes"), "{log}");
}

fn a_stopped_worker_goes_on_when_it_is_continued() {
    let mut worker = Process::ready();
    worker.run(&[(1, b"fault:stop")]);
    assert_eq!(worker.begun(), 1);
    let stat = format!("/proc/{}/stat", worker.child.id());
    wait_for("the worker to be stopped", || {
        let stat = std::fs::read_to_string(&stat).ok()?;
        stat.rsplit(')').next()?.trim_start().starts_with('T').then_some(())
    });
    let pid = rustix::process::Pid::from_child(&worker.child);
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).expect("a child of ours");
    worker.answer().result.expect("done");
}

fn memory_past_the_limit_ends_it_and_no_more() {
    let mut worker = Process::ready_with(&[(sojourn_worker::MEMORY_VARIABLE, "400000000")]);
    worker.run(&[(1, b"fault:oom")]);
    assert_eq!(worker.begun(), 1);
    assert!(worker.report().is_none());
    let (status, log) = worker.end();
    assert_eq!(status.signal(), Some(libc::SIGABRT));
    assert!(log.contains("memory allocation"), "{log}");
}
