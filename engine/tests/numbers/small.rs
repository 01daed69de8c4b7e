//! Small graphs written down in place.

use sojourn_engine::{Chain, EvaluateError, Graph, GraphBuilder, Kind, Numbers, Query, Trace, Weight};

/// (row left, row entered, base, coefficients).
pub(crate) type Edge<'a> = (u32, u32, f64, &'a [f64]);

/// A graph of `rows` rows, the first of which is the start; edges from row 0 are start edges.
pub(crate) fn graph(kind: Kind, rows: u32, parameters: usize, edges: &[Edge<'_>]) -> Graph {
    let mut builder = GraphBuilder::new(kind, parameters, 1).unwrap();
    for row in 0..rows {
        builder.vertex(&[row as i32]).unwrap();
    }
    for &(from, to, base, coefficients) in edges {
        let weight = match coefficients {
            [] => Weight::Constant(base),
            _ => Weight::Linear { base, coefficients },
        };
        match from {
            0 => builder.start_edge(to, weight).unwrap(),
            _ => builder.edge(from, to, weight).unwrap(),
        }
    }
    builder.finish().unwrap()
}

/// The trace of a continuous graph.
pub(crate) fn trace(rows: u32, parameters: usize, edges: &[Edge<'_>]) -> Trace {
    recorded(&graph(Kind::Continuous, rows, parameters, edges))
}

/// A graph's trace.
pub(crate) fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}

/// Moments up to the second.
pub(crate) fn moments(trace: &Trace, theta: &[f64]) -> Result<Vec<f64>, EvaluateError> {
    trace.evaluate(theta, &Query { moments: 2, ..Query::default() }).map(|n| n.moments)
}

/// Expectation of each reward, with their covariance.
pub(crate) fn rewarded(trace: &Trace, theta: &[f64], rewards: &[&[f64]]) -> Result<Numbers, EvaluateError> {
    let rewards = rewards.iter().map(|r| r.to_vec()).collect();
    trace.evaluate(theta, &Query { rewards, covariance: true, ..Query::default() })
}

/// Equal to twelve digits.
pub(crate) fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} instead of {expected}");
}
