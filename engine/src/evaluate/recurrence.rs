//! Moments as lists of linear equations.

use crate::replay::{Equation, Operand, Term};

/// The equations of one variable's moments within a list.
#[derive(Debug)]
pub(crate) struct Recurrence {
    /// Number of its first equation.
    pub(super) first: usize,
    pub(super) order: usize,
    /// Of so many moments, from the first on, the equations' factors are exact: of the others no bound on errors is known.
    exact: usize,
    /// What solutions stand for.
    moments: Moments,
}

#[derive(Debug)]
enum Moments {
    /// Raw moments.
    Raw,
    /// Factorial moments. Raw ones are their sums, weighted by Stirling numbers of the second kind: a row a moment.
    Factorial(Vec<Vec<f64>>),
}

impl Recurrence {
    /// Moments of the time to absorption. Continuous: M m_k = k m_{k-1}. Discrete, factorial moments:
    /// M f_1 = 1, M f_k = k N f_{k-1}.
    pub(super) fn of_time(discrete: bool, order: usize, equations: &mut Vec<Equation>) -> Recurrence {
        let first = equations.len();
        for k in 1..=order {
            let previous = first + k - 1;
            let operand = match (k, discrete) {
                (1, _) => Operand::One,
                (_, false) => Operand::Solution(previous - 1),
                (_, true) => Operand::Step(previous - 1),
            };
            equations.push(Equation(vec![Term { factor: k as f64, reward: None, operand }]));
        }
        let moments = if discrete { Moments::Factorial(stirling2(order)) } else { Moments::Raw };
        Recurrence { first, order, exact: order, moments }
    }

    /// Moments of an accumulated reward. Continuous: M m_k = k r m_{k-1}. Discrete, from
    /// R = r + R' with R' what accumulates from the next step on:
    /// M m_k = r^k + sum over 0 < l < k of binomial(k, l) r^l N m_{k-l}.
    pub(super) fn of_reward(
        discrete: bool,
        reward: usize,
        order: usize,
        equations: &mut Vec<Equation>,
    ) -> Recurrence {
        let first = equations.len();
        for k in 1..=order {
            let power =
                |l: usize, factor: f64, operand| Term { factor, reward: Some((reward, l as i32)), operand };
            let mut terms = Vec::new();
            if discrete {
                terms.extend((1..k).map(|l| power(l, binomial(k, l), Operand::Step(first + k - l - 1))));
                terms.push(power(k, 1.0, Operand::One));
            } else {
                let operand = if k == 1 { Operand::One } else { Operand::Solution(first + k - 2) };
                terms.push(power(1, k as f64, operand));
            }
            equations.push(Equation(terms));
        }
        let exact = if discrete { order.min(EXACT_BINOMIALS) } else { order };
        Recurrence { first, order, exact, moments: Moments::Raw }
    }

    /// Raw moments, from the first on, by the expectation of each equation's solution.
    #[inline]
    pub(super) fn moments(&self, expected: impl Fn(usize) -> f64) -> impl Iterator<Item = f64> {
        (0..self.order).map(move |k| match &self.moments {
            Moments::Raw => expected(self.first + k),
            Moments::Factorial(rows) => {
                rows[k].iter().enumerate().map(|(j, s)| s * expected(self.first + j)).sum()
            }
        })
    }

    /// The same, in the place of what stands there.
    #[inline]
    pub(super) fn write_moments(&self, moments: &mut Vec<f64>, expected: impl Fn(usize) -> f64) {
        moments.clear();
        for moment in self.moments(expected) {
            moments.push(moment);
        }
    }
}

impl Recurrence {
    /// Bounds on the errors of what [`Recurrence::moments`] gives, by the value of each equation and a bound on its error.
    /// Stirling numbers above 2^53 and their products are rounded, two roundings a step of their recurrence.
    pub(super) fn bounds(
        &self,
        value: impl Fn(usize) -> f64,
        bound: impl Fn(usize) -> f64,
    ) -> impl Iterator<Item = f64> {
        (0..self.order).map(move |k| match &self.moments {
            _ if k >= self.exact => f64::INFINITY,
            Moments::Raw => bound(self.first + k),
            Moments::Factorial(rows) if k > 0 => {
                let roundings = f64::EPSILON * (2 * k + 2) as f64;
                let terms = rows[k].iter().enumerate().map(|(j, s)| (s, self.first + j));
                1.01 * terms.map(|(s, q)| s * (bound(q) + roundings * value(q).abs())).sum::<f64>()
            }
            Moments::Factorial(_) => bound(self.first),
        })
    }
}

/// Highest n of which all binomial coefficients are below 2^53.
const EXACT_BINOMIALS: usize = 56;

/// Binomial coefficient: exact up to 2^53, and rounded beyond.
fn binomial(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |b, i| b * (n - i) as f64 / (i + 1) as f64)
}

/// Stirling numbers of the second kind by their recurrence: row k has those of k + 1 things in 1 to k + 1 sets.
fn stirling2(rows: usize) -> Vec<Vec<f64>> {
    let mut all: Vec<Vec<f64>> = Vec::with_capacity(rows);
    for k in 0..rows {
        let of = |row: Option<&Vec<f64>>, j: usize| row.and_then(|row| row.get(j)).copied().unwrap_or(0.0);
        let before = all.last();
        let more = |j: usize| match j {
            0 => 1.0,
            _ => (j + 1) as f64 * of(before, j) + of(before, j - 1),
        };
        all.push((0..=k).map(more).collect());
    }
    all
}
