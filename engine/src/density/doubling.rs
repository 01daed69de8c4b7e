//! Small chains and long times: the transition matrix over a short time, squared again and again. What leaves
//! is carried along, and every row is kept at a total of one, so that a chain that leaves once in 1e26 steps
//! keeps the digits of that (as in elimination, the diagonal is what the rest of a row leaves over).

mod change;
mod level;

use super::flow::Flow;
use super::poisson::Weights;
use super::spread::{Spread, spread};
use crate::graph::Kind;
pub(super) use change::Journey;
use level::{Level, product};

/// Most positions: matrices are dense.
pub(super) const LARGEST: usize = 256;

/// Transition matrices over `unit`, `2 unit`, `4 unit`, ...
#[derive(Debug)]
pub(super) struct Doubling {
    n: usize,
    /// The shortest time, a power of two of at most one step.
    unit: f64,
    levels: Vec<Level>,
    /// Squaring the last level gives itself: everything has left, or is where it stays.
    settled: bool,
    with_visits: bool,
}

impl Doubling {
    pub(super) fn new(flow: &Flow, with_visits: bool) -> Doubling {
        let n = flow.len();
        // A power of two that is a finite number, whatever the rate.
        let unit = match flow.kind {
            Kind::Discrete => 1.0,
            Kind::Continuous => (-flow.rate.log2().ceil()).min(1000.0).exp2(),
        };
        let mut doubling = Doubling { n, unit, levels: Vec::new(), settled: false, with_visits };
        let steps = doubling.first_steps(flow);
        let mut level = Level { matrix: Vec::new(), exit: Vec::new(), visits: Vec::new() };
        for p in 0..n {
            let mut start = vec![0.0; n];
            start[p] = 1.0;
            for Spread { states, visits, absorbed } in spread(flow, &start, std::slice::from_ref(&steps), 0.0)
            {
                level.matrix.extend(states);
                level.exit.push(absorbed);
                if with_visits {
                    level.visits.extend(visits);
                }
            }
        }
        level.balance(n);
        doubling.levels.push(level);
        doubling
    }

    /// How many steps the shortest time holds.
    fn first_steps(&self, flow: &Flow) -> Weights {
        match flow.kind {
            Kind::Discrete => Weights::exactly(1),
            Kind::Continuous => Weights::poisson(flow.rate * self.unit),
        }
    }

    /// Where the chain is after a time, of which it begins in `start`.
    pub(super) fn after(&mut self, flow: &Flow, start: &[f64], time: f64) -> Spread {
        // Both are exact: the unit is a power of two.
        let whole = (time / self.unit).floor();
        let rest = Weights::poisson((time - whole * self.unit) * flow.rate);
        let mut result = match spread(flow, start, &[rest], 0.0).pop() {
            Some(spread) if flow.kind == Kind::Continuous => spread,
            _ => Spread { states: start.to_vec(), visits: vec![0.0; self.n], absorbed: 0.0 },
        };
        let mut remaining = whole;
        for level in 0.. {
            if remaining < 1.0 {
                break;
            }
            if level == self.levels.len() && !self.settled {
                self.square();
            }
            let half = remaining / 2.0;
            if half.fract() != 0.0 {
                self.levels[level.min(self.levels.len() - 1)].apply(&mut result);
            }
            remaining = half.floor();
        }
        result
    }

    fn square(&mut self) {
        if let Some(last) = self.levels.last() {
            let next = last.squared(self.n, self.with_visits);
            self.settled = next == *last;
            self.levels.push(next);
        }
    }

    /// Bound on the relative error of what [`Doubling::after`] gives, to first order: each level may disturb
    /// every entry by the rounding of a scalar product, and no probability of a chain of n states is disturbed by
    /// more than 2n times that (O'Cinneide, *Entrywise perturbation theory and error analysis for Markov
    /// chains*, 1993); where the chain has left with near certainty, by that for each time it has.
    pub(super) fn error(&self, survival: f64) -> f64 {
        let n = self.n as f64;
        let lives = 1.0 - survival.max(f64::MIN_POSITIVE).ln();
        lives * self.levels.len() as f64 * 2.0 * n * (n + 2.0) * f64::EPSILON
    }
}
