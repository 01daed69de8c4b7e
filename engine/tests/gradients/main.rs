//! Gradients of densities, cdfs and log-likelihoods: certified values, and methods against each other.
//!
//! The fixtures in `fixtures/gradients` are derivatives computed in 900-bit ball arithmetic (Arb), from the matrix
//! exponential of [[S, dS], [0, S]], whose upper right block is the derivative of that of S; powers likewise.

mod agreement;
mod certified;
mod likelihoods;

use sojourn_engine::{Chain, Graph, GraphBuilder, Kind, Trace, Weight, models};

fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}

fn model(spec: &str) -> Trace {
    recorded(&models::build(spec).unwrap())
}

/// Continuous, with one parameter, which multiplies every rate: rows are numbered from the start, row 0.
fn scaled(rows: u32, start: &[(u32, f64)], edges: &[(u32, u32, f64)]) -> Trace {
    chain(Kind::Continuous, rows, start, edges)
}

/// Steps until the first success, of which the parameter is the probability.
fn geometric() -> Trace {
    chain(Kind::Discrete, 3, &[(1, 1.0)], &[(1, 2, 1.0)])
}

fn chain(kind: Kind, rows: u32, start: &[(u32, f64)], edges: &[(u32, u32, f64)]) -> Trace {
    let mut builder = GraphBuilder::new(kind, 1, 0).unwrap();
    (0..rows).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    start.iter().for_each(|&(to, w)| builder.start_edge(to, Weight::Constant(w)).unwrap());
    edges.iter().for_each(|&(a, b, w)| {
        builder.edge(a, b, Weight::Linear { base: 0.0, coefficients: &[w] }).unwrap();
    });
    recorded(&builder.finish().unwrap())
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    let error = if found == expected { 0.0 } else { (found - expected).abs() / expected.abs() };
    assert!(error <= tolerance, "{found:e}, not {expected:e}: relative error {error:e}");
}
