//! Bounds against true values, and what is refused. Tests go to the contour itself: chains that are small enough to be
//! squared or swept never come here otherwise, and are the ones whose values are known.

mod families;
mod random;
#[path = "../../../tests/support/precise/mod.rs"]
mod precise;

use super::{ContourGradient, ContourRefusal, ContourSolver, ContourValues};
use crate::chain::Chain;
use crate::graph::{Graph, GraphBuilder, Kind, Weight};
use crate::models;
use crate::replay::Rates;
use crate::trace::Trace;

/// A trace of constant weights: rows are numbered from the start, row 0.
fn chain(rows: u32, start: &[(u32, f64)], edges: &[(u32, u32, f64)]) -> Trace {
    let mut builder = GraphBuilder::new(Kind::Continuous, 0, 0).unwrap();
    (0..rows).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    start.iter().for_each(|&(to, w)| builder.start_edge(to, Weight::Constant(w)).unwrap());
    edges.iter().for_each(|&(a, b, w)| builder.edge(a, b, Weight::Constant(w)).unwrap());
    recorded(&builder.finish().unwrap())
}

fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}

fn model(spec: &str) -> Trace {
    recorded(&models::build(spec).unwrap())
}

/// What the contour alone says of a time.
fn by_contour(trace: &Trace, theta: &[f64], time: f64) -> Result<ContourValues, ContourRefusal> {
    let rates = Rates::new(trace, theta).unwrap();
    ContourSolver::new(trace, &rates).values(time)
}

/// Its derivatives.
fn slopes_by_contour(trace: &Trace, theta: &[f64], time: f64) -> Result<ContourGradient, ContourRefusal> {
    let rates = Rates::new(trace, theta).unwrap();
    ContourSolver::new(trace, &rates).gradient(theta, time)
}

#[test]
fn a_slow_ring_behind_a_fast_vertex_is_answered_within_its_bound_or_refused() {
    // Computed with forty digits; two sums of fewer nodes agreed to 3e-12 on numbers off by a factor of five.
    let mut edges = vec![(1, 2, 1e7)];
    edges.extend((2..=300).map(|v| (v, v + 1, 1.0)));
    edges.extend([(301, 302, 0.5), (301, 2, 0.5)]);
    let trace = chain(303, &[(1, 1.0)], &edges);
    let known = [(2000.0, 6.10918338645669e-6, 0.0155192986491625), (3000.0, 7.11275220835313e-6, 0.00146247277030859)];
    for (time, density, survival) in known {
        let found = by_contour(&trace, &[], time).unwrap();
        println!("{found:?}");
        assert!((found.survival - survival).abs() <= found.survival_error + 1e-14 * survival, "{found:?}");
        assert!((found.density - density).abs() <= found.density_error + 1e-14 * density, "{found:?}");
        assert!(found.survival_error < 1e-10, "{found:?}");
    }
}
