//! Graphs whose rows are divided by their sums at every theta (phasic's `was_dph`): against the same graph with its
//! rows divided by hand, and against dense matrices with derivatives carried along (dual numbers).

mod bounds;
mod bytes;
mod cases;
mod dense;
mod files;
mod gradients;
mod numbers;

#[path = "../support/precise/number.rs"]
mod number;

use sojourn_engine::{Chain, Graph, Trace};

fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    let error = if found == expected { 0.0 } else { (found - expected).abs() / expected.abs() };
    assert!(error <= tolerance, "{found:e}, not {expected:e}: relative error {error:e}");
}

/// Whether a derivative is right, measured by the size of its terms.
#[track_caller]
fn near(found: f64, expected: f64, scale: f64) {
    assert!((found - expected).abs() <= scale, "{found:e}, not {expected:e} within {scale:e}");
}
