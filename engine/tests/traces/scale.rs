//! A million vertices, in a thread with little stack: nothing recurses, and nothing is quadratic.

use std::time::{Duration, Instant};

use crate::{model, recorded};
use sojourn_engine::{Graph, GraphBuilder, Kind, Query, Trace, Weight};

const STACK: usize = 256 * 1024;
/// Generous for a loaded machine; what is quadratic takes hours.
const PATIENCE: Duration = Duration::from_secs(120);

fn in_little_stack(work: impl FnOnce() + Send + 'static) {
    let began = Instant::now();
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap();
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
}

/// Records, encodes, decodes, evaluates.
fn mean(graph: &Graph, theta: &[f64]) -> f64 {
    let began = Instant::now();
    let trace = recorded(graph);
    let at_recorded = began.elapsed();
    let trace = Trace::decode(&trace.encode()).unwrap();
    let at_decoded = began.elapsed();
    let found = trace.evaluate(theta, &Query { moments: 2, ..Query::default() }).unwrap();
    let total: f64 = trace.occupancies(theta).unwrap().iter().sum();
    assert!((total / found.moments[0] - 1.0).abs() < 1e-10);
    println!("recorded {at_recorded:?}, decoded {at_decoded:?}, evaluated {:?}", began.elapsed());
    found.moments[0]
}

#[test]
fn a_path_of_a_million_vertices_is_traced() {
    in_little_stack(|| {
        let found = mean(&model("erlang,k=1000000"), &[2.0]);
        assert!((found / 500_000.0 - 1.0).abs() < 1e-10, "{found}");
    });
}

#[test]
fn a_queue_with_room_for_a_million_is_traced_as_one_component() {
    in_little_stack(|| {
        let found = mean(&model("mm1k,k=1000000"), &[1.0, 2.0]);
        assert!((found - 1.0).abs() < 1e-10, "{found}");
    });
}

/// Rings one after the other, each left from its last vertex.
fn rings(count: u32, size: u32) -> Graph {
    let mut builder = GraphBuilder::new(Kind::Continuous, 1, 0).unwrap();
    (0..count * size + 2).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    for v in 1..=count * size {
        let last = v % size == 0;
        let next = if last { v + 1 - size } else { v + 1 };
        builder.edge(v, next, Weight::Linear { base: 0.0, coefficients: &[1.0] }).unwrap();
        if last {
            builder.edge(v, v + 1, Weight::Constant(1.0)).unwrap();
        }
    }
    builder.finish().unwrap()
}

#[test]
fn two_hundred_thousand_rings_are_traced_with_one_plan() {
    in_little_stack(|| {
        let graph = rings(200_000, 5);
        // At rate one a ring is gone round twice on average: nine times 1 and twice 1/2.
        let found = mean(&graph, &[1.0]);
        assert!((found / (200_000.0 * 9.0) - 1.0).abs() < 1e-10, "{found}");
        assert_eq!(recorded(&graph).summary().patterns, 1);
    });
}

#[test]
fn one_ring_of_a_million_is_traced() {
    in_little_stack(|| {
        let found = mean(&rings(1, 1_000_000), &[1.0]);
        assert!((found / (2.0 * 999_999.0 + 1.0) - 1.0).abs() < 1e-10, "{found}");
    });
}

#[test]
fn a_million_vertices_that_are_all_alike_are_told_apart() {
    in_little_stack(|| {
        let n = 1_000_000;
        let mut builder = GraphBuilder::new(Kind::Continuous, 0, 0).unwrap();
        (0..n + 2).for_each(|_| {
            builder.vertex(&[]).unwrap();
        });
        for v in 1..=n {
            builder.start_edge(v, Weight::Constant(1.0)).unwrap();
            builder.edge(v, n + 1, Weight::Constant(2.0)).unwrap();
        }
        assert!((mean(&builder.finish().unwrap(), &[]) - 0.5).abs() < 1e-10);
    });
}
