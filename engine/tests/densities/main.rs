//! The distribution of T: certified values, closed forms, and what must hold of any distribution.

mod agreement;
mod bounds;
mod closed_forms;
mod lanes;
mod limits;
#[path = "../support/precise/mod.rs"]
mod precise;
mod quantiles;
#[path = "../support/random_chains.rs"]
mod random_chains;
mod references;
mod squaring;
mod stationary;
mod tails;

use sojourn_engine::{
    Chain, Distribution, DistributionQuery, Graph, GraphBuilder, Kind, Trace, Weight, models,
};

fn model(spec: &str) -> Trace {
    recorded(&models::build(spec).unwrap())
}

/// A trace of constant weights: rows are numbered from the start, row 0.
fn chain(kind: Kind, rows: u32, start: &[(u32, f64)], edges: &[(u32, u32, f64)]) -> Trace {
    let mut builder = GraphBuilder::new(kind, 0, 0).unwrap();
    (0..rows).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    start.iter().for_each(|&(to, w)| builder.start_edge(to, Weight::Constant(w)).unwrap());
    edges.iter().for_each(|&(a, b, w)| builder.edge(a, b, Weight::Constant(w)).unwrap());
    recorded(&builder.finish().unwrap())
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    let error = if found == expected { 0.0 } else { (found / expected - 1.0).abs() };
    assert!(error <= tolerance, "{found:e}, not {expected:e}: relative error {error:e}");
}

fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}

fn at_times(trace: &Trace, theta: &[f64], times: &[f64]) -> Distribution {
    let query = DistributionQuery { times: times.to_vec(), ..DistributionQuery::default() };
    trace.distribution(theta, &query).unwrap_or_else(|error| panic!("{theta:?}: {error}"))
}

/// Vertices of [`mixture`]: too many for squaring to be quick.
const MIXED: u32 = 2000;

/// A mixture of two thousand exponentials, with their rates from 1 to 1e15: large and stiff.
fn mixture() -> (Trace, Vec<f64>) {
    let rate = |v: u32| f64::powi(10.0, (v / 20 % 15) as i32) * (1.0 + f64::from(v % 20) / 20.0);
    let edges: Vec<(u32, u32, f64)> = (0..MIXED).map(|v| (v + 1, MIXED + 1, rate(v))).collect();
    let start: Vec<(u32, f64)> = (0..MIXED).map(|v| (v + 1, 1.0)).collect();
    (chain(Kind::Continuous, MIXED + 2, &start, &edges), (0..MIXED).map(rate).collect())
}
