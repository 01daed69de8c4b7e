//! Density, cdf and survival at given times where another process or device takes the steps: which times are for it, how
//! much room it needs, and what its numbers are worth.

use super::bounds::PointBounds;
use super::budget::{MOST_WORK, before_contours, most_steps, sweeps_many};
use super::query::{DistributionQuery, Method, Point};
use super::tails::PLAIN;
use super::{EvaluateError, Values};
use crate::chain::ABSORBED;
use crate::graph::Kind;
use crate::trace::{Block, Trace};

/// Times at which the distribution is wanted, whatever the parameters.
#[derive(Debug)]
pub(crate) struct Grid<'t> {
    trace: &'t Trace,
    /// As they were asked for.
    asked: Vec<f64>,
    /// As they count: those of discrete chains are whole.
    times: Vec<f64>,
    tolerance: f64,
    before_contours: f64,
    /// Multiplications of one step.
    work: f64,
    /// Most terms that a step adds up in one position.
    terms: f64,
}

impl<'t> Grid<'t> {
    pub(crate) fn new(trace: &'t Trace, times: &[f64], tolerance: f64) -> Result<Grid<'t>, EvaluateError> {
        let query = DistributionQuery { times: times.to_vec(), tolerance, ..DistributionQuery::default() };
        query.check()?;
        let whole = |t: &f64| if trace.kind() == Kind::Discrete { t.floor() } else { *t };
        let mut grid = Grid {
            trace,
            asked: times.to_vec(),
            times: times.iter().map(whole).collect(),
            tolerance,
            before_contours: before_contours(trace, &query),
            work: 0.0,
            terms: 1.0,
        };
        let mut entering = vec![1u32; trace.len()];
        let mut edges = 0;
        for (_, to, _) in grid.edges().filter(|edge| edge.1 != ABSORBED) {
            entering[to as usize] += 1;
            edges += 1;
        }
        grid.work = (edges + 2 * trace.len() + 1) as f64;
        grid.terms = entering.into_iter().max().map_or(1.0, f64::from);
        Ok(grid)
    }

    /// Whether the chain, where all its rates are above zero, can be where it never leaves.
    pub(crate) fn has_traps(trace: &Trace) -> bool {
        let leaves =
            |p: usize| trace.boundary.of(p).any(|(_, w)| !trace.weights.get(w).is_identically_zero());
        trace.blocks.iter().any(|&block| {
            let (first, size) = trace.extent(block);
            match block {
                Block::Acyclic { .. } => !(first..first + size).all(leaves),
                Block::Cyclic { .. } => !(first..first + size).any(leaves),
            }
        })
    }

    /// Times as they count.
    pub(crate) fn times(&self) -> &[f64] {
        &self.times
    }

    /// (position left, position entered or absorbed, weight) of all edges, in the order in which a step takes them.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (u32, u32, u32)> {
        let trace = self.trace;
        trace.blocks.iter().flat_map(move |&block| {
            let (first, size) = trace.extent(block);
            (first..first + size)
                .flat_map(move |p| trace.edges_of(block, p).map(move |(to, weight)| (p as u32, to, weight)))
        })
    }

    /// Steps that are expected until a time.
    fn steps(&self, time: f64, rate: f64) -> f64 {
        if self.trace.kind() == Kind::Discrete { time } else { time * rate }
    }

    /// Whether every time is one to which steps are taken at this rate, rather than another method used.
    pub(crate) fn is_swept(&self, rate: f64) -> bool {
        let most = if self.trace.kind() == Kind::Discrete { MOST_WORK } else { self.before_contours };
        let is_swept = |&time: &f64| sweeps_many(self.trace.len(), self.work, self.steps(time, rate), most);
        self.times.iter().all(is_swept)
    }

    /// How many steps may have to be taken at this rate, the one before the first included; and how many probabilities
    /// there may be to either side of the mode.
    pub(crate) fn room(&self, rate: f64) -> (usize, usize) {
        let highest = self.times.iter().copied().fold(0.0, f64::max);
        let steps = self.steps(highest, rate);
        match self.trace.kind() {
            Kind::Discrete => (steps as usize + 2, 0),
            Kind::Continuous => (most_steps(steps) as usize + 2, (most_steps(steps) - steps) as usize + 2),
        }
    }

    /// What is answered for a time: density, cdf and survival, and the last step that was looked at. None where a number is
    /// so small that steps in doubles may have dropped some of it; at time zero no step is taken.
    pub(crate) fn point(&self, time: usize, values: [f64; 3], last: f64, rate: f64) -> Option<Point> {
        let [density, cdf, survival] = values;
        let unit = if self.trace.kind() == Kind::Discrete { 1.0 } else { rate };
        let is_plain = [density / unit, density, cdf, survival].iter().all(|&number| number >= PLAIN);
        if !is_plain && self.times[time] > 0.0 {
            return None;
        }
        let steps = self.steps(self.times[time], rate);
        let (method, bound) = match self.trace.kind() {
            Kind::Discrete => (Method::Powers, rounding(self.terms, steps)),
            Kind::Continuous => {
                (Method::Uniformisation, self.tolerance + rounding(self.terms, last.max(1.0) + steps))
            }
        };
        let values = Values::plain(density, cdf, survival);
        let bounds = PointBounds::relative(bound);
        Some(Point::new(self.trace.kind(), self.asked[time], values, method, bounds))
    }
}

/// Relative error that rounding may make in so many steps, each of which adds up so many terms.
pub(super) fn rounding(terms: f64, steps: f64) -> f64 {
    (terms + 4.0) * (steps + 1.0) * f64::EPSILON
}
