//! A transition matrix with its exits, and its square.

use super::matrix::{ScaledMatrix, dot, largest};
use super::steps::{ShortTime, StepMatrix};
use super::travel::ChainPlace;
use crate::scaled::ScaledNumber;

/// Where a chain is after some time, for each position that it may begin in.
#[derive(Debug)]
pub(super) struct Level<M> {
    /// Row p: where the chain is that was at p.
    pub(super) matrix: M,
    /// Probability of having left.
    pub(super) exit: Vec<ScaledNumber>,
    /// Expected number of steps begun in each position; none if nobody asked.
    visits: Option<M>,
    /// Bound on the probability of each row that underflow has taken away, or put elsewhere.
    lost: Vec<ScaledNumber>,
    /// The same of each exit.
    lost_exit: Vec<ScaledNumber>,
    /// The largest probability of being left over.
    slowest: ScaledNumber,
}

impl<M: ScaledMatrix> Level<M> {
    /// Returns the first level: `sum of exactly_k S^k`, S being the matrix of one step.
    pub(super) fn first(steps: &StepMatrix<'_>, short: &ShortTime, with_visits: bool) -> Level<M> {
        let n = steps.len();
        let (mut matrix, mut power) = (M::zero(n), M::identity(n));
        let mut exit = vec![ScaledNumber::ZERO; n];
        let mut visits = with_visits.then(|| M::zero(n));
        for (k, (&exactly, &more)) in short.exactly.iter().zip(&short.more).enumerate() {
            if k > 0 {
                power = power.stepped(steps);
            }
            matrix.add(exactly, &power, n);
            exit.iter_mut().zip(power.dots(&steps.exit)).for_each(|(sum, leaving)| *sum += more * leaving);
            if let Some(visits) = &mut visits {
                visits.add(more, &power, n);
            }
        }
        // Each step may lose what a product does, and as much in the probabilities of the step.
        let operations = ScaledNumber::from(3.0 * short.exactly.len() as f64);
        let lost: Vec<ScaledNumber> = (0..n).map(|row| operations * matrix.missing(row)).collect();
        let fastest = largest(&steps.exit);
        let lost_exit = lost.iter().map(|&lost| lost * fastest).collect();
        let mut level = Level { matrix, exit, visits, lost_exit, lost, slowest: ScaledNumber::ONE };
        level.balance();
        level
    }

    fn len(&self) -> usize {
        self.exit.len()
    }

    /// Returns the level of twice the time.
    pub(super) fn squared(&self) -> Level<M> {
        let n = self.len();
        let matrix = self.matrix.times(&self.matrix);
        let visits = self.visits.as_ref().map(|earlier| {
            let mut later = self.matrix.times(earlier);
            later.add(ScaledNumber::ONE, earlier, n);
            later
        });
        let sum = |earlier: &[ScaledNumber], later: Vec<ScaledNumber>| -> Vec<ScaledNumber> {
            earlier.iter().zip(later).map(|(&earlier, later)| earlier + later).collect()
        };
        let exit = sum(&self.exit, self.matrix.dots(&self.exit));
        let mut lost = self.matrix.dots(&self.lost);
        let mut lost_exit = sum(&self.lost_exit, self.matrix.dots(&self.lost_exit));
        let fastest = largest(&self.exit);
        for row in 0..n {
            lost_exit[row] += (self.lost[row] + self.matrix.missing(row)) * fastest;
            lost[row] += self.lost[row] * self.slowest + matrix.missing(row);
        }
        let mut level = Level { matrix, exit, visits, lost, lost_exit, slowest: ScaledNumber::ONE };
        level.balance();
        level
    }

    /// Brings each row and its exit to a total of one. Where staying is likely it is what is left over: the
    /// rest keeps its digits, however small it is.
    fn balance(&mut self) {
        self.slowest = ScaledNumber::ZERO;
        for row in 0..self.len() {
            let moves = self.matrix.others(row) + self.exit[row];
            if moves <= ScaledNumber::new(1.0, -1) {
                self.matrix.set_diagonal(row, ScaledNumber::ONE - moves);
            } else {
                let total = moves + self.matrix.diagonal(row);
                self.matrix.divide_row(row, total);
                self.exit[row] = self.exit[row] / total;
            }
            let left = self.matrix.others(row) + self.matrix.diagonal(row);
            self.slowest = if left > self.slowest { left } else { self.slowest };
        }
    }

    /// Returns whether another level has the same probabilities.
    pub(super) fn is_as(&self, other: &Level<M>) -> bool {
        (&self.matrix, &self.exit, &self.visits) == (&other.matrix, &other.exit, &other.visits)
    }

    /// Lets a chain go on for the time of the level, or for two to the power of `more` times as long where that makes no
    /// difference but in what underflow takes.
    pub(super) fn apply(&self, place: &mut ChainPlace, more: usize) {
        let often = ScaledNumber::new(1.0, more as i64);
        if let Some(visits) = &self.visits {
            let (more, _) = visits.left(&place.states);
            place.visits.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        place.absorbed += dot(&place.states, &self.exit);
        place.lost_absorbed += dot(&place.states, &self.lost_exit) * often + place.lost * largest(&self.exit);
        let (states, missing) = self.matrix.left(&place.states);
        place.lost = place.lost * self.slowest + dot(&place.states, &self.lost) * often + missing;
        place.states = states;
    }
}
