//! The shapes, as scripts see them: names, their order, and how numbers are written.

use super::*;
use sojourn_engine::{Chain, Trace};
use sojourn_proto::CacheCounts;
use std::time::Duration;

fn names(text: &str) -> Vec<String> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap();
    object.keys().cloned().collect()
}

fn text(object: &impl Serialize) -> String {
    serde_json::to_string(object).unwrap()
}

fn traced(provenance: Provenance) -> Traced {
    let graph = sojourn_client::load::load_graph("model:coalescent,n=4", false).unwrap();
    let trace = Trace::record(&Chain::new(&graph)).unwrap();
    let (label, work) = ("a.json".to_owned(), Duration::from_micros(17));
    Traced { idx: 3, label, trace: trace.into(), computed: 1, reused: 2, cached: false, work, provenance }
}

#[test]
fn a_trace_is_written_with_the_promised_names_in_their_order() {
    let traced = traced(Provenance::Stored);
    let line = text(&TraceLine::of(&traced, false));
    let parts = [
        "{\"idx\":3,\"label\":\"a.json\",\"hash\":\"",
        ",\"vertices\":",
        ",\"edges\":",
        ",\"parameters\":1,\"components\":",
        ",\"largest_component\":1,\"operations\":",
        ",\"bytes\":",
        ",\"cached\":false,\"computed\":1,\"reused\":2,\"micros\":17}",
    ];
    let mut at = 0;
    for part in parts {
        let found = line[at..].find(part).unwrap_or_else(|| panic!("{part} in {line}"));
        at += found + part.len();
    }
    assert_eq!(names(&line).len(), 14, "{line}");
}

#[test]
fn the_patterns_of_a_trace_are_written_behind_its_line_where_they_are_asked_for() {
    let pattern =
        |byte: u8, fate| PatternFate { key: Key([byte; 32]), vertices: 60, edges: 180, components: 25, fate };
    let patterns =
        vec![pattern(1, Fate::RecordedInWorker(Duration::from_micros(9))), pattern(2, Fate::Shared)];
    let line = text(&TraceLine::of(&traced(Provenance::Patterns(patterns)), true));
    let ends = format!(
        "\"micros\":17,\"patterns\":[{{\"key\":\"{}\",\"vertices\":60,\"edges\":180,\"components\":25,\
         \"fate\":\"recorded_in_worker\",\"micros\":9}},{{\"key\":\"{}\",\"vertices\":60,\"edges\":180,\
         \"components\":25,\"fate\":\"shared\",\"micros\":0}}]}}",
        "01".repeat(32),
        "02".repeat(32)
    );
    assert!(line.ends_with(&ends), "{line}");
}

#[test]
fn a_trace_taken_whole_says_so_and_lists_no_patterns() {
    let stored = text(&TraceLine::of(&traced(Provenance::Stored), true));
    assert!(stored.ends_with(",\"whole\":\"found\",\"patterns\":[]}"), "{stored}");
    let job = Provenance::OneJob(Fate::RecordedHere(Duration::ZERO));
    let job = text(&TraceLine::of(&traced(job), true));
    assert!(job.ends_with(",\"whole\":\"recorded_here\",\"patterns\":[]}"), "{job}");
}

#[test]
fn padding_is_said_to_be_padding_and_a_failure_has_kind_and_message() {
    assert_eq!(text(&PaddingLine::of(-1)), r#"{"idx":-1,"padding":true}"#);
    let error = JobError::new("invalid_input", "edge 3");
    let line = text(&FailedLine::of(0, "a.json", &error));
    assert_eq!(line, r#"{"idx":0,"label":"a.json","error":{"kind":"invalid_input","message":"edge 3"}}"#);
}

#[test]
fn numbers_that_are_none_are_never_bare_words() {
    assert_eq!(text(&[f64::NAN, f64::INFINITY]), "[null,null]");
}

#[test]
fn a_status_has_the_promised_names_and_no_others() {
    let worker = WorkerReport {
        pid: 7,
        state: WorkerState::Busy,
        session: Some(1),
        jobs: 2,
        rss_bytes: 3,
        silent_s: Some(0.5),
    };
    let report = DaemonReport {
        pid: 1,
        version: "v".into(),
        protocol: 1,
        uptime_s: 2.5,
        health: "ready".into(),
        workers: vec![worker],
        queue: QueueReport { waiting: 4, running: 5 },
        cache: CacheCounts { entries: 6, bytes: 7, hits: 8, misses: 9, ..CacheCounts::default() },
        devices: Vec::new(),
        sessions: Vec::new(),
    };
    assert_eq!(
        text(&Status::of(&report)),
        "{\"pid\":1,\"version\":\"v\",\"protocol\":1,\"uptime_s\":2.5,\"workers\":[{\"pid\":7,\"state\":\"busy\",\
         \"session\":1,\"jobs\":2,\"rss_bytes\":3}],\"queue\":{\"waiting\":4,\"running\":5},\"cache\":{\"entries\":\
         6,\"bytes\":7,\"hits\":8,\"misses\":9},\"devices\":[],\"sessions\":[]}"
    );
}

#[test]
fn memory_without_a_gpu_has_an_empty_list() {
    let report = MemoryReport { store_memory_bytes: 5, ..MemoryReport::default() };
    assert_eq!(text(&Memory::of(&report)), r#"{"devices":[],"store_memory_bytes":5}"#);
}
