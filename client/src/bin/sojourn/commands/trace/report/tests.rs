use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sojourn_client::{Item, JobError, load};
use sojourn_engine::Trace;

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
    let trace = Trace::record(&Item::new(idx, "", &graph).chain.unwrap()).unwrap();
    let bytes = trace.encode().into();
    let (label, work) = ("kingman".to_owned(), Duration::ZERO);
    Event::Traced(Box::new(Traced { idx, label, trace, bytes, computed: 0, reused: 0, cached: false, work }))
}

fn failed(idx: i64) -> Event {
    Event::Failed { idx, label: "x".into(), error: JobError::new("timed_out", "300 s") }
}

/// What is written of events, and whether some job failed.
fn written(json: bool, order: Option<Vec<i64>>, events: Vec<Event>) -> (String, bool) {
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
        progress: Progress::new(false, events.len(), "traces"),
        order,
        waiting: BTreeMap::new(),
        rows: BTreeMap::new(),
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
    assert_eq!(one.lines().count(), COLUMNS, "{one}");
    let (several, _) = written(false, None, vec![traced(1), traced(0)]);
    assert_eq!(several.lines().count(), 3, "{several}");
}
