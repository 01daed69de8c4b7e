//! Expected times in each vertex until absorption, alpha M^-1: one transposed solve, sources first, whence
//! the expectation of every reward at once.

use super::super::{Initial, Rates};
use super::factor::{Workspace, product};
use crate::chain::ABSORBED;
use crate::symbolic::Factors;
use crate::trace::{Block, Trace};

/// Expected time (number of steps, in a discrete chain) in each position. Infinite where the chain may stay
/// for ever.
pub(crate) fn occupancy(trace: &Trace, rates: &Rates, initial: &Initial) -> Vec<f64> {
    let mut arriving = vec![0.0; trace.len()];
    initial.alpha.iter().for_each(|&(p, a)| arriving[p as usize] = a);
    spread(trace, rates, arriving)
}

/// b M^-1 by position: what is spent in each position where `b` arrives.
pub(super) fn spread(trace: &Trace, rates: &Rates, b: Vec<f64>) -> Vec<f64> {
    let mut time = b;
    let mut workspace = Workspace::default();
    for &block in &trace.blocks {
        let (first, size) = trace.extent(block);
        match block {
            Block::Acyclic { .. } => {
                for position in first..first + size {
                    let leaving = trace.boundary.of(position).map(|(_, w)| rates.of(w)).sum();
                    time[position] = spent(time[position], leaving);
                    flow_on(trace, rates, position, &mut time);
                }
            }
            Block::Cyclic { plan, first_edge, .. } => {
                let (factors, plan) = (trace.factors(plan), &trace.plans[plan as usize]);
                let inner = &trace.inner_weights[first_edge as usize..][..plan.edge_count()];
                workspace.eliminate(trace, rates, factors, first, inner);
                solve_transposed(&workspace, factors, &mut time[first..first + size]);
                (first..first + size).for_each(|position| flow_on(trace, rates, position, &mut time));
            }
        }
    }
    time
}

/// Time spent where this much arrives and this much leaves.
fn spent(arriving: f64, leaving: f64) -> f64 {
    match (leaving == 0.0, arriving > 0.0) {
        (false, _) => arriving / leaving,
        (true, true) => f64::INFINITY,
        (true, false) => 0.0,
    }
}

/// Passes what leaves a position on to later components.
fn flow_on(trace: &Trace, rates: &Rates, position: usize, time: &mut [f64]) {
    for (to, weight) in trace.boundary.of(position) {
        if to != ABSORBED {
            time[to as usize] += product(rates.of(weight), time[position]);
        }
    }
}

/// Solves x M = b within a component: `x` holds b, and the solution after.
fn solve_transposed(workspace: &Workspace, factors: &Factors, x: &mut [f64]) {
    for k in 0..x.len() {
        x[k] = spent(x[k], workspace.diagonal[k]);
        for e in factors.upper.range(k) {
            x[factors.upper.columns[e] as usize] += product(workspace.upper[e], x[k]);
        }
    }
    for k in (0..x.len()).rev() {
        for e in factors.lower.range(k) {
            let i = factors.lower.columns[e] as usize;
            if workspace.diagonal[i] == 0.0 {
                // Row k leads into a vertex that cannot be left; L holds the rate itself there.
                if workspace.lower[e] > 0.0 && x[k] > 0.0 {
                    x[i] = f64::INFINITY;
                }
            } else {
                x[i] += product(workspace.lower[e], x[k]);
            }
        }
    }
}
