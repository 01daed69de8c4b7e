//! How squared matrices change with one parameter: `D' = D P + P D`, the rows of which sum to zero.
//!
//! What is left of the derivatives of a row of numbers that sum to one is where the digits are: of the diagonal where the
//! chain most likely stays, of a factor of the whole row where it most likely moves, of the exit where it most likely
//! leaves. So derivatives keep the digits of the probabilities that they belong to, however small these are.

use super::level::Level;
use super::matrix::{ScaledMatrix, dot};
use super::steps::{ShortTime, StepMatrix};
use super::travel::{Journey, add};
use crate::scaled::ScaledNumber;

/// Derivatives of a [`Level`].
pub(super) struct LevelChange<M> {
    matrix: M,
    exit: Vec<ScaledNumber>,
}

impl<M: ScaledMatrix> LevelChange<M> {
    /// Returns the derivatives of the first level.
    pub(super) fn first(
        steps: &StepMatrix<'_>,
        change: &StepMatrix<'_>,
        short: &ShortTime,
        level: &Level<M>,
    ) -> LevelChange<M> {
        let n = steps.len();
        let (mut power, mut slope) = (M::identity(n), M::zero(n));
        let mut first = LevelChange { matrix: M::zero(n), exit: vec![ScaledNumber::ZERO; n] };
        for (k, (&exactly, &more)) in short.exactly.iter().zip(&short.more).enumerate() {
            if k > 0 {
                slope = slope.stepped(steps);
                slope.add(ScaledNumber::ONE, &power.stepped(change), n);
                power = power.stepped(steps);
            }
            first.matrix.add(exactly, &slope, n);
            add(&mut first.exit, more, &slope.dots(&steps.exit));
            add(&mut first.exit, more, &power.dots(&change.exit));
        }
        first.balance(level);
        first
    }

    /// Returns the derivatives of the level of twice the time.
    pub(super) fn squared(&self, level: &Level<M>, next: &Level<M>) -> LevelChange<M> {
        let n = self.exit.len();
        let mut matrix = self.matrix.times(&level.matrix);
        matrix.add(ScaledNumber::ONE, &level.matrix.times(&self.matrix), n);
        let mut exit = self.exit.clone();
        add(&mut exit, ScaledNumber::ONE, &self.matrix.dots(&level.exit));
        add(&mut exit, ScaledNumber::ONE, &level.matrix.dots(&self.exit));
        let mut squared = LevelChange { matrix, exit };
        squared.balance(next);
        squared
    }

    /// Brings each row and its exit to a total of zero.
    fn balance(&mut self, level: &Level<M>) {
        let half = ScaledNumber::new(1.0, -1);
        for row in 0..self.exit.len() {
            let (others, exit) = (level.matrix.others(row), level.exit[row]);
            let change = self.matrix.others(row);
            if others + exit <= half {
                self.matrix.set_diagonal(row, -(change + self.exit[row]));
                continue;
            }
            let change = change + self.matrix.diagonal(row);
            if exit <= half {
                let left = others + level.matrix.diagonal(row);
                self.matrix.add_row(row, -(self.exit[row] + change) / left, &level.matrix);
            } else {
                self.exit[row] = -change;
            }
        }
    }

    /// Lets a chain go on for the time of the level: see [`Level::apply`].
    pub(super) fn apply(&self, level: &Level<M>, journey: &mut Journey, more: usize) {
        let (place, change) = (&journey.place, &mut journey.change);
        change.absorbed += dot(&change.states, &level.exit) + dot(&place.states, &self.exit);
        let (mut states, _) = level.matrix.left(&change.states);
        add(&mut states, ScaledNumber::ONE, &self.matrix.left(&place.states).0);
        change.states = states;
        level.apply(&mut journey.place, more);
        journey.balance();
    }
}
