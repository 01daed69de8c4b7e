//! What needs no daemon. The rest is tested end to end.

use super::*;
use crate::{Interrupt, Start};
use sojourn_engine::Trace;
use sojourn_proto::Key;
use sojourn_proto::paths::{Overrides, Places};

fn lonely() -> Client {
    let flags = Overrides { socket: Some("/nowhere/s".into()), ..Overrides::default() };
    let places = Places::discover(&flags, &Overrides::default(), &|_| Some("/nowhere".into())).unwrap();
    Client::new(places, Start::Never, Interrupt::new())
}

fn item(idx: i64, model: &str) -> Item {
    Item::new(idx, model, &crate::load::load_graph(model, false).unwrap())
}

fn chain(item: &Item) -> &sojourn_engine::Chain {
    match &item.graph {
        Source::Chain(chain) => chain,
        other => panic!("{other:?}"),
    }
}

fn sequential() -> Options {
    Options { strategy: Some(Strategy::Sequential), ..Options::default() }
}

#[test]
fn sequential_results_are_those_of_recording_in_process_and_padding_is_left_out() {
    let items = vec![item(7, "model:mm1k,k=5"), Item::padding(-1), item(2, "model:coalescent,n=5")];
    let expected: Vec<Vec<u8>> =
        [&items[2], &items[0]].map(|item| Trace::record(chain(item)).unwrap().encode()).to_vec();
    let traces = compute_missing_traces(&lonely(), items, &sequential()).unwrap();
    assert_eq!(traces.keys().copied().collect::<Vec<_>>(), [2, 7]);
    assert!(traces.values().zip(&expected).all(|(traced, bytes)| traced.trace.bytes()[..] == bytes[..]));
    assert_eq!((traces[&7].computed, traces[&7].cached), (1, false));
}

#[test]
fn a_false_claim_fails_its_job_and_names_both_hashes() {
    let mut wrong = item(0, "model:coalescent,n=5");
    wrong.claim = Some(Key([1; 32]));
    let mut events = Vec::new();
    trace_batch(&lonely(), vec![wrong, item(1, "model:coalescent,n=5")], &sequential(), &mut |event| {
        events.push(event);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(events.iter().any(|event| matches!(event, Event::Failed { idx: 0, error, .. }
        if error.kind == "hash_mismatch" && error.message.contains(&"01".repeat(32)))));
    assert!(events.iter().any(|event| matches!(event, Event::Traced(traced) if traced.idx == 1)));
}

#[test]
fn a_true_claim_is_accepted() {
    let mut right = item(0, "model:coalescent,n=5");
    right.claim = Some(Key(Trace::record(chain(&right)).unwrap().hash()));
    assert_eq!(compute_missing_traces(&lonely(), vec![right], &sequential()).unwrap().len(), 1);
}

#[test]
fn an_index_given_twice_is_refused_before_anything_is_done() {
    let items = vec![item(1, "model:coalescent,n=5"), item(1, "model:coalescent,n=6")];
    let mut told = 0;
    let result = trace_batch(&lonely(), items, &sequential(), &mut |_| {
        told += 1;
        ControlFlow::Continue(())
    });
    assert!(matches!(result, Err(Error::DuplicateIndex(1))));
    assert_eq!(told, 0);
}

#[test]
fn auto_needs_no_daemon_for_little_work_and_vmap_always_does() {
    let little = vec![item(0, "model:coalescent,n=5")];
    assert!(compute_missing_traces(&lonely(), little.clone(), &Options::default()).is_ok());
    let vmap = Options { strategy: Some(Strategy::Vmap), ..Options::default() };
    assert!(matches!(compute_missing_traces(&lonely(), little, &vmap), Err(Error::NoDaemon { .. })));
    let much = vec![item(0, "model:coalescent,n=10000")];
    assert!(matches!(
        compute_missing_traces(&lonely(), much, &Options::default()),
        Err(Error::NoDaemon { .. })
    ));
}

#[test]
fn progress_counts_failures_and_ends_at_the_total() {
    let mut broken = item(0, "model:coalescent,n=5");
    broken.graph = Source::Missing(JobError::invalid("edge 1 -> 9: there are only 3 vertices"));
    let mut last = None;
    trace_batch(
        &lonely(),
        vec![broken, item(1, "model:coalescent,n=5"), Item::padding(-3)],
        &sequential(),
        &mut |event| {
            if let Event::Progress { graphs, .. } = event {
                last = Some((graphs.done, graphs.total));
            }
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert_eq!(last, Some((2, 2)));
}

/// Components that are alike, and others.
const CHAIN: &str = "model:chain,components=6,size=8,distinct=true";

#[test]
fn one_large_graph_shows_progress_component_by_component() {
    let mut tallies = Vec::new();
    trace_batch(&lonely(), vec![item(0, CHAIN)], &sequential(), &mut |event| {
        if let Event::Progress { graphs, components } = event {
            tallies.push((graphs.done, components.done, components.total));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(tallies, [(0, 1, 6), (0, 2, 6), (0, 3, 6), (0, 4, 6), (0, 5, 6), (0, 6, 6), (1, 6, 6)]);
}

#[test]
fn a_pattern_is_recorded_once_for_a_batch_and_shared_with_the_graphs_after() {
    let alike = "model:chain,components=6,size=8";
    let items = vec![item(0, alike), item(1, alike), item(2, CHAIN)];
    let chain = chain(&items[1]).clone();
    let traces = compute_missing_traces(&lonely(), items, &sequential()).unwrap();
    let patterns = |idx: i64| match &traces[&idx].provenance {
        Provenance::Patterns(patterns) => patterns.clone(),
        other => panic!("{other:?}"),
    };
    assert!(patterns(0).iter().all(|p| matches!(p.fate, Fate::RecordedHere(_))));
    assert!(patterns(1).iter().all(|p| p.fate == Fate::Shared));
    assert_eq!(patterns(0).iter().map(|p| p.components).sum::<usize>(), 6);
    assert_eq!(patterns(2).len(), 6);
    assert_eq!((traces[&1].computed, traces[&1].reused, traces[&1].cached), (0, patterns(1).len(), true));
    assert_eq!(
        traces[&1].trace.bytes()[..],
        Trace::record(&chain).unwrap().encode()[..],
        "shared plans change no byte"
    );
}

#[test]
fn whoever_asks_to_stop_waits_for_one_component_at_most() {
    let client = lonely();
    let mut components = 0;
    let outcome = trace_batch(&client, vec![item(0, CHAIN)], &sequential(), &mut |event| {
        if matches!(event, Event::Progress { .. }) {
            components += 1;
            client.interrupt().set();
        }
        ControlFlow::Continue(())
    });
    assert!(matches!(outcome, Err(Error::Interrupted)), "{outcome:?}");
    assert_eq!(components, 1);
}

#[test]
fn a_graph_that_comes_twice_is_recorded_once_and_told_twice_each_with_its_own_claim() {
    let mut lying = item(2, "model:islands,n=6");
    lying.claim = Some(Key([1; 32]));
    let items = vec![item(0, "model:islands,n=6"), item(1, "model:islands,n=6"), lying];
    let (mut told, mut failed) = (BTreeMap::new(), Vec::new());
    trace_batch(&lonely(), items, &sequential(), &mut |event| {
        match event {
            Event::Traced(traced) => drop(told.insert(traced.idx, traced)),
            Event::Failed { idx, .. } => failed.push(idx),
            Event::Padding { .. } | Event::Progress { .. } | Event::Stage(_) => {}
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((told.keys().copied().collect::<Vec<_>>(), failed), (vec![0, 1], vec![2]));
    assert!(told[&0].computed > 0 && !told[&0].cached);
    assert_eq!((told[&1].computed, told[&1].reused, told[&1].cached), (0, told[&0].computed, true));
    assert_eq!(told[&1].trace.bytes(), told[&0].trace.bytes());
}
