use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sojourn_client::hierarchy::{Fate, PatternFate};
use sojourn_client::{JobError, load};
use sojourn_engine::{Chain, Trace};

use super::*;

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn traced(idx: i64) -> Event {
    let graph = load::load_graph("model:coalescent,n=4", false).unwrap();
    let trace = Trace::record(&Chain::new(&graph)).unwrap().into();
    let (label, work) = ("kingman".to_owned(), Duration::ZERO);
    let provenance = Provenance::OneJob(Fate::RecordedHere(work));
    let (computed, reused, cached) = (0, 0, false);
    Event::Traced(Box::new(Traced { idx, label, trace, computed, reused, cached, work, provenance }))
}

fn failed(idx: i64) -> Event {
    Event::Failed { idx, label: "x".into(), error: JobError::new("timed_out", "300 s") }
}

/// What is written of events, and whether some job failed.
fn written(json: bool, order: Option<Vec<i64>>, events: Vec<Event>) -> (String, bool) {
    styled(json, order, Style::default(), events)
}

fn styled(json: bool, order: Option<Vec<i64>>, style: Style, events: Vec<Event>) -> (String, bool) {
    let shared = Shared::default();
    let mut out = Out::to(shared.clone());
    let order = order.map(|mut indices: Vec<i64>| {
        indices.sort_unstable();
        indices.into()
    });
    let mut report = Report {
        out: &mut out,
        json,
        terminal: false,
        style,
        progress: Progress::new(false),
        order,
        waiting: BTreeMap::new(),
        rows: BTreeMap::new(),
        fates: Fates::default(),
        some_failed: false,
    };
    events.into_iter().for_each(|event| report.take(event).unwrap());
    let some_failed = report.finish().unwrap();
    out.flush().unwrap();
    let text = String::from_utf8(shared.0.lock().unwrap().clone()).unwrap();
    (text, some_failed)
}

fn indices(text: &str) -> Vec<i64> {
    let index = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["idx"].as_i64().unwrap();
    text.lines().map(index).collect()
}

#[test]
fn json_lines_come_in_the_order_of_completion() {
    let (text, some_failed) = written(true, None, vec![traced(9), Event::Padding { idx: -1 }, traced(2)]);
    assert_eq!(indices(&text), [9, -1, 2]);
    assert!(!some_failed);
}

#[test]
fn ordered_json_lines_ascend_failures_and_padding_included() {
    let events =
        vec![traced(9), failed(4), Event::Padding { idx: -1 }, Event::Padding { idx: -1 }, traced(2)];
    let (text, some_failed) = written(true, Some(vec![9, 4, -1, -1, 2]), events);
    assert_eq!(indices(&text), [-1, -1, 2, 4, 9]);
    assert!(some_failed);
}

#[test]
fn what_waited_for_a_result_that_never_came_is_written_all_the_same() {
    let (text, _) = written(true, Some(vec![0, 1, 2]), vec![traced(2), traced(1)]);
    assert_eq!(indices(&text), [1, 2]);
}

#[test]
fn people_get_a_list_for_one_graph_and_a_table_for_several() {
    let (one, _) = written(false, None, vec![traced(0)]);
    assert_eq!(one.lines().count(), COLUMNS - 1, "{one}");
    let (several, _) = written(false, None, vec![traced(1), traced(0)]);
    let lines: Vec<&str> = several.lines().collect();
    assert_eq!((lines.len(), lines[3], lines[4]), (5, "", "in all: acyclic, 0 µs"), "{several}");
}

#[test]
fn the_index_stands_in_the_table_where_the_user_gave_it() {
    let style = Style { indices: true, ..Style::default() };
    let (text, _) = styled(false, None, style, vec![traced(12), traced(3)]);
    let firsts: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(firsts[..3], ["idx", "3", "12"], "{text}");
    let (without, _) = written(false, None, vec![traced(12), traced(3)]);
    assert!(without.starts_with("graph"), "{without}");
}

#[test]
fn every_distinct_pattern_is_listed_with_its_fate_where_that_is_asked_for() {
    let Event::Traced(mut traced) = traced(0) else { panic!("a trace") };
    let fates = [Fate::RecordedInWorker(Duration::from_millis(2)), Fate::Found, Fate::Shared];
    let pattern =
        |(i, &fate)| PatternFate { key: Key([i as u8; 32]), vertices: 7, edges: 9, components: 3, fate };
    traced.provenance = Provenance::Patterns(fates.iter().enumerate().map(pattern).collect());
    let style = Style { verbose: true, ..Style::default() };
    let (text, _) = styled(false, None, style, vec![Event::Traced(traced)]);
    for (i, fate) in ["recorded in a worker", "found in the store", "shared"].into_iter().enumerate() {
        let key = Key([i as u8; 32]).to_string();
        assert!(text.lines().any(|line| line.contains(&key) && line.contains(fate)), "{text}");
    }
    let recorded = text.lines().find(|line| line.starts_with("recorded")).unwrap();
    assert!(recorded.contains("1 pattern recorded (of 3 components"), "{recorded}");
    assert!(
        recorded.contains("1 pattern found (of 3") && recorded.contains("1 pattern shared (of 3"),
        "{recorded}"
    );
}
