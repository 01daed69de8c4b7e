//! Replay on one thread, one vector and several at a time, beside KLU's refactorisation and solution of one.

use std::hint::black_box;

use anyhow::Result;
use sojourn_bench::assembly::Assembly;
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

pub(super) const HEADINGS: &str = "| graph | operations | KLU, us | from theta, us | one, us | ratio | 8, us | ratio a vector | 16, us | ratio a vector | 16 beside axpy | with gradient | KLU's mean |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|";

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
    let mut peer = Peer::new(entry, &system);
    let klu = std::cell::RefCell::new(&mut peer);
    let mut alone = || klu.borrow_mut().solve();
    let mut from_theta = || {
        black_box(klu.borrow_mut().mean(black_box(&entry.theta)));
    };
    let s = race(&mut [
        &mut from_theta,
        &mut one,
        &mut eight,
        &mut sixteen,
        &mut gradient,
        &mut peak,
        &mut alone,
    ]);
    let share = operations as f64 * LANES as f64 / s[3] / (flops / s[5]);
    let with_gradient = s[4] / s[3];
    let peers = peer.verdict(&entry.theta, found).map_or_else(
        || ["-", "-", "-", "-", "-", "none: singular to KLU"].map(str::to_owned),
        |verdict| {
            let ratio =
                |vectors: f64, seconds: f64, digits: usize| format!("{:.digits$}", s[0] * vectors / seconds);
            let ratios = [ratio(1.0, s[1], 2), ratio(8.0, s[2], 1), ratio(16.0, s[3], 1)];
            let [one, eight, sixteen] = ratios;
            [micro(s[6]), micro(s[0]), one, eight, sixteen, verdict]
        },
    );
    let [alone, from_theta, one, eight, sixteen, verdict] = peers;
    println!(
        "| {} | {operations} | {alone} | {from_theta} | {} | {one} | {} | {eight} | {} | {sixteen} | {share:.2} | {with_gradient:.2} | {verdict} |",
        entry.name,
        micro(s[1]),
        micro(s[2]),
        micro(s[3])
    );
    Ok(())
}

/// KLU's way from theta to the mean.
struct Peer<'a> {
    system: &'a System,
    assembly: Assembly,
    /// None where the matrix is singular to it.
    klu: Option<Klu<'a>>,
    values: Vec<f64>,
    x: Vec<f64>,
}

impl<'a> Peer<'a> {
    fn new(entry: &Entry, system: &'a System) -> Peer<'a> {
        let assembly = Assembly::new(&entry.graph, system);
        let (values, x) = (system.values.clone(), vec![0.0; system.len()]);
        Peer { system, assembly, klu: Klu::new(system), values, x }
    }

    /// Factors the matrix that is there, and solves.
    fn solve(&mut self) {
        if let Some(klu) = &mut self.klu {
            klu.refactor_with(&self.values);
            self.x.fill(1.0);
            klu.solve(&mut self.x);
        }
    }

    /// The mean at theta.
    fn mean(&mut self, theta: &[f64]) -> f64 {
        self.assembly.write(theta, &mut self.values);
        self.solve();
        self.system.mean(&self.x)
    }

    /// How its mean compares with what was found.
    fn verdict(&mut self, theta: &[f64], found: f64) -> Option<String> {
        self.klu.as_ref()?;
        let error = (self.mean(theta) - found).abs() / found;
        Some(if error <= SAME { "same".to_owned() } else { format!("**off by {error:.1e}**") })
    }
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
