//! How much work a sweep may be.

use super::flow::Flow;
use super::query::DistributionQuery;
use super::{contour, doubling};
use crate::trace::{Block, Trace};

/// Multiplications that are done before anything else is thought of: less than a second.
const QUICK: f64 = 1e8;
/// Most multiplications where nothing else answers: some tens of seconds.
pub(super) const MOST_WORK: f64 = 2e10;

/// Chains of so many vertices are squared rather than transformed back along contours, and swept only where that is less
/// work than squaring.
pub(super) const SMALL: usize = 256;
/// Most multiplications of squaring before contours are tried, which are less exact: a few seconds.
const QUICK_SQUARES: f64 = 4e10;
/// Most multiplications of squaring: some tens of seconds.
const MOST_SQUARES: f64 = 6e11;
/// Most vertices of a chain that is squared: four matrices of so many take half a gibibyte.
const MOST_VERTICES: usize = 4096;

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
        n if n <= SMALL => ((n as f64).powi(3) * most.log2()).max(NOTHING),
        _ => most_work,
    };
    most <= MOST_STEPS && most * work <= limit
}

/// What squaring a chain costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct SquaringWork {
    /// Multiplications of one product.
    product: f64,
    vertices: usize,
    /// Products a level, of which visits take one.
    products: f64,
    /// How often it is done where levels are too large to be kept.
    times: f64,
}

impl SquaringWork {
    pub(super) fn new(trace: &Trace, query: &DistributionQuery) -> SquaringWork {
        SquaringWork {
            product: product_work(trace),
            vertices: trace.len(),
            products: if query.occupancies { 2.0 } else { 1.0 },
            times: (query.times.len() + 10 * query.quantiles.len()).max(1) as f64,
        }
    }

    /// The multiplications until a time.
    fn until(&self, flow: &Flow, time: f64) -> f64 {
        let levels = doubling::levels(flow, time);
        let is_kept = doubling::are_kept(self.vertices, levels, self.products > 1.0);
        levels * self.product * self.products * if is_kept { 1.0 } else { self.times }
    }

    /// Whether squaring until a time is done before anything but sweeps is thought of.
    pub(super) fn is_quick(&self, flow: &Flow, time: f64) -> bool {
        self.vertices <= SMALL || self.is_quick_work(self.until(flow, time))
    }

    fn is_quick_work(&self, work: f64) -> bool {
        self.vertices <= MOST_VERTICES && work <= QUICK_SQUARES
    }

    /// Whether squaring until a time can be had, and the derivatives with respect to so many parameters.
    pub(super) fn is_possible(&self, flow: &Flow, time: f64, parameters: usize) -> bool {
        let products = self.products + 2.0 * parameters as f64;
        let work = self.until(flow, time) / self.products * products;
        self.vertices <= SMALL || self.vertices <= MOST_VERTICES && work <= MOST_SQUARES
    }

    /// How many vertices a chain could have at most to be squared until a time, whatever its edges.
    pub(super) fn most_vertices(&self, flow: &Flow, time: f64) -> usize {
        let vertices = (MOST_SQUARES / doubling::levels(flow, time)).cbrt() as usize;
        vertices.clamp(SMALL, MOST_VERTICES)
    }
}

/// Multiplications of a product of two transition matrices: from a position only those of its component and of later ones
/// are reached, so that position k is on the way from those up to the end of its component to those from its beginning on.
fn product_work(trace: &Trace) -> f64 {
    let n = trace.len();
    let through = |&block: &Block| {
        let (first, size) = trace.extent(block);
        match block {
            Block::Acyclic { .. } => (first..first + size).map(|k| ((k + 1) * (n - k)) as f64).sum::<f64>(),
            Block::Cyclic { .. } => (size as f64) * ((first + size) as f64) * ((n - first) as f64),
        }
    };
    trace.blocks.iter().map(through).sum()
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
