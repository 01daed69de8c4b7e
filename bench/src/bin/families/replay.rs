//! Replay on one thread, one vector and several at a time, beside KLU's refactorisation and solution of one.

use std::hint::black_box;

use anyhow::Result;
use sojourn_bench::axpy::Axpy;
use sojourn_bench::catalogue::Entry;
use sojourn_bench::clock::race;
use sojourn_bench::klu::Klu;
use sojourn_bench::matrix::System;
use sojourn_engine::Query;

use super::{micro, trace};

/// How far KLU's mean may be from ours to count as the same.
const SAME: f64 = 1e-8;

/// Vectors worked on together, at most.
const LANES: usize = 16;

pub(super) const HEADINGS: &str = "| graph | operations | KLU, us | one, us | ratio | 8, us | ratio a vector | 16, us | ratio a vector | 16 beside axpy | with gradient | KLU's mean |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|";

/// Measures replay, and prints its row.
pub(super) fn row(entry: &Entry) -> Result<()> {
    let trace = trace(entry)?;
    let system = System::new(&entry.graph, &entry.theta);
    let mean = Query { moments: 1, ..Query::default() };
    let differentiated = Query { gradient: true, ..mean.clone() };
    let thetas: Vec<Vec<f64>> = (0..LANES).map(|lane| near(&entry.theta, lane)).collect();
    let [mut one, mut eight, mut sixteen] =
        [trace.replay(&mean)?, trace.replay(&mean)?, trace.replay(&mean)?];
    let mut gradient = trace.replay(&differentiated)?;
    let found = one.at(&entry.theta)?.moments[0];

    let mut axpy = Axpy::new(largest_upper(&trace) * LANES);
    let mut one = || drop(black_box(one.at(black_box(&entry.theta))));
    let mut eight = || eight.each(black_box(&thetas[..8]), |_, numbers| drop(black_box(numbers)));
    let mut sixteen = || sixteen.each(black_box(&thetas), |_, numbers| drop(black_box(numbers)));
    let mut gradient = || gradient.each(black_box(&thetas), |_, numbers| drop(black_box(numbers)));
    let operations = trace.operation_count();
    let flops = axpy.operations() as f64;
    let mut peak = || axpy.run();
    let mut klu = Klu::new(&system);
    let mut x = vec![0.0; system.len()];
    let mut peer = || {
        if let Some(klu) = &mut klu {
            klu.refactor();
            x.fill(1.0);
            klu.solve(black_box(&mut x));
        }
    };
    let s = race(&mut [&mut peer, &mut one, &mut eight, &mut sixteen, &mut gradient, &mut peak]);
    let share = operations as f64 * LANES as f64 / s[3] / (flops / s[5]);
    let with_gradient = s[4] / s[3];
    let ours = [micro(s[1]), micro(s[2]), micro(s[3])];
    let (klu_time, ratios, verdict) = match klu {
        None => (
            "-".to_owned(),
            ["-".to_owned(), "-".to_owned(), "-".to_owned()],
            "none: singular to KLU".to_owned(),
        ),
        Some(_) => {
            let error = (system.mean(&x) - found).abs() / found;
            let verdict = if error <= SAME { "same".to_owned() } else { format!("**off by {error:.1e}**") };
            let ratio =
                |vectors: f64, seconds: f64, digits: usize| format!("{:.digits$}", s[0] * vectors / seconds);
            (micro(s[0]), [ratio(1.0, s[1], 2), ratio(8.0, s[2], 1), ratio(16.0, s[3], 1)], verdict)
        }
    };
    println!(
        "| {} | {operations} | {klu_time} | {} | {} | {} | {} | {} | {} | {share:.2} | {with_gradient:.2} | {verdict} |",
        entry.name, ours[0], ratios[0], ours[1], ratios[1], ours[2], ratios[2]
    );
    Ok(())
}

/// Entries of U of the largest component, which stay in the cache while it is eliminated; at least some, for graphs
/// without.
fn largest_upper(trace: &sojourn_engine::Trace) -> usize {
    trace.component_summaries().map(|c| c.entries / 2).max().unwrap_or(0).max(16)
}

/// A vector of its own for each lane.
pub(super) fn near(theta: &[f64], lane: usize) -> Vec<f64> {
    theta.iter().map(|t| t * (1.0 + 1e-3 * lane as f64)).collect()
}
