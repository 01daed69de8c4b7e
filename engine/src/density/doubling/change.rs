//! How squared matrices change with one parameter.

use super::level::Level;
use super::{Doubling, product};
use crate::density::change::{self, Change, Slope};
use crate::density::flow::Flow;
use crate::density::poisson::Weights;
use crate::density::spread::Spread;
use crate::graph::Kind;

/// Where a chain is, how that changes with one parameter, and how much longer it goes on.
#[derive(Debug, Clone)]
pub(in crate::density) struct Journey {
    pub(in crate::density) spread: Spread,
    pub(in crate::density) change: Change,
    pub(in crate::density) time: f64,
}

/// Derivatives of a [`Level`].
struct LevelChange {
    matrix: Vec<f64>,
    exit: Vec<f64>,
}

impl LevelChange {
    /// Gives each row the diagonal that the sum of all derivatives, that of having left included, lacks to zero.
    fn balance(&mut self, n: usize) {
        for (p, (row, exit)) in self.matrix.chunks_mut(n.max(1)).zip(&self.exit).enumerate() {
            row[p] = 0.0;
            row[p] = -(row.iter().sum::<f64>() + exit);
        }
    }

    fn squared(&self, n: usize, level: &Level) -> LevelChange {
        let mut matrix = product(n, &self.matrix, &level.matrix);
        let second = product(n, &level.matrix, &self.matrix);
        matrix.iter_mut().zip(second).for_each(|(sum, x)| *sum += x);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let exit = (0..n)
            .map(|p| {
                let (change, row) = (&self.matrix[p * n..(p + 1) * n], &level.matrix[p * n..(p + 1) * n]);
                self.exit[p] + dot(change, &level.exit) + dot(row, &self.exit)
            })
            .collect();
        let mut squared = LevelChange { matrix, exit };
        squared.balance(n);
        squared
    }

    fn apply(&self, level: &Level, journey: &mut Journey) {
        let n = journey.spread.states.len();
        let mut states = vec![0.0; n];
        for p in 0..n {
            let (mass, change) = (journey.spread.states[p], journey.change.states[p]);
            journey.change.absorbed += change * level.exit[p] + mass * self.exit[p];
            let rows = level.matrix[p * n..(p + 1) * n].iter().zip(&self.matrix[p * n..(p + 1) * n]);
            states.iter_mut().zip(rows).for_each(|(sum, (q, dq))| *sum += change * q + mass * dq);
        }
        journey.change.states = states;
        level.apply(&mut journey.spread);
    }
}

impl Doubling {
    /// Takes each journey to its end. The matrices are differentiated level by level, and only one level's
    /// derivatives are kept: three products of matrices a level.
    pub(in crate::density) fn travel(&mut self, flow: &Flow, slope: &Slope, journeys: &mut [Journey]) {
        let mut remaining: Vec<f64> = journeys.iter_mut().map(|j| self.begin(flow, slope, j)).collect();
        let mut change = self.base(flow, slope);
        for level in 0.. {
            if remaining.iter().all(|r| *r < 1.0) {
                break;
            }
            if level == self.levels.len() && !self.settled {
                self.square();
            }
            let matrices = &self.levels[level.min(self.levels.len() - 1)];
            for (remaining, journey) in remaining.iter_mut().zip(journeys.iter_mut()) {
                let half = *remaining / 2.0;
                if half.fract() != 0.0 {
                    change.apply(matrices, journey);
                }
                *remaining = half.floor();
            }
            if remaining.iter().any(|r| *r >= 1.0) {
                change = change.squared(self.n, matrices);
            }
        }
    }

    /// Goes on for what is not a whole number of units; the number of units left.
    fn begin(&self, flow: &Flow, slope: &Slope, journey: &mut Journey) -> f64 {
        // Both are exact: the unit is a power of two.
        let whole = (journey.time / self.unit).floor();
        let rest = journey.time - whole * self.unit;
        if flow.kind == Kind::Continuous && rest > 0.0 {
            let weights = Weights::poisson(rest * flow.rate);
            let (spread, changes) = change::spread(
                flow,
                std::slice::from_ref(slope),
                &journey.spread.states,
                std::slice::from_ref(&journey.change.states),
                &weights,
            );
            journey.spread.states = spread.states;
            journey.spread.absorbed += spread.absorbed;
            for change in changes {
                journey.change.states = change.states;
                journey.change.absorbed += change.absorbed;
            }
        }
        whole
    }

    /// Derivatives of the first level.
    fn base(&self, flow: &Flow, slope: &Slope) -> LevelChange {
        let steps = self.first_steps(flow);
        let (mut matrix, mut exit) = (Vec::with_capacity(self.n * self.n), Vec::with_capacity(self.n));
        for p in 0..self.n {
            let mut start = vec![0.0; self.n];
            start[p] = 1.0;
            let still = vec![0.0; self.n];
            let slopes = std::slice::from_ref(slope);
            for change in change::spread(flow, slopes, &start, &[still], &steps).1 {
                matrix.extend(change.states);
                exit.push(change.absorbed);
            }
        }
        let mut change = LevelChange { matrix, exit };
        change.balance(self.n);
        change
    }
}
