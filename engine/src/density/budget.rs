//! How much work a sweep may be.

use super::flow::Flow;
use super::query::DistributionQuery;
use super::{contour, doubling};
use crate::trace::Trace;

/// Multiplications that are done before anything else is thought of: less than a second.
const QUICK: f64 = 1e8;
/// Most multiplications where nothing else answers: some tens of seconds.
pub(super) const MOST_WORK: f64 = 2e10;

/// Most steps: three numbers are kept of each.
pub(super) const MOST_STEPS: f64 = 4e6;
/// Multiplications that are nothing, so that small chains are swept to moderate times.
const NOTHING: f64 = 2e7;

/// Whether a sweep may go so far with this much work. A chain that is small enough to be squared is, unless
/// sweeping is less work, or nothing.
pub(super) fn sweeps(flow: &Flow, steps: f64, most_work: f64) -> bool {
    sweeps_many(flow.len(), flow.work(), steps, most_work)
}

/// The same for a chain of so many vertices, a step of which is so much work.
pub(super) fn sweeps_many(vertices: usize, work: f64, steps: f64, most_work: f64) -> bool {
    let most = most_steps(steps);
    let limit = match vertices {
        n if n <= doubling::LARGEST => ((n as f64).powi(3) * most.log2()).max(NOTHING),
        _ => most_work,
    };
    most <= MOST_STEPS && most * work <= limit
}

/// The most steps that count where so many are expected: weights reach some forty standard deviations beyond the mean
/// before they vanish.
pub(super) fn most_steps(expected: f64) -> f64 {
    expected + 40.0 * expected.sqrt() + 300.0
}

/// Multiplications of a sweep, which serves all times, that are done before contours are tried, each of which serves
/// one: what these would cost, between what is quick and what is too much.
pub(super) fn before_contours(trace: &Trace, query: &DistributionQuery) -> f64 {
    // Newton's method takes some ten steps.
    let times = query.times.len() + 10 * query.quantiles.len();
    (times as f64 * contour::work(trace)).clamp(QUICK, MOST_WORK)
}
