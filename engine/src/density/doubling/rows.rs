//! Matrices of doubles, each row with an exponent of its own: as many products of numbers as doubles, and survival
//! functions of any depth.
//!
//! Numbers below 2^-1022 of the largest of their row are taken for zero, which [`ScaledMatrix::missing`] accounts for. In
//! a product row i of the left factor is first scaled by the exponents of the rows of the right one,
//! `A_ij = L_ij 2^(k_j - m_i)`, m_i being the largest exponent of a term; what of it is below 2^-1022 is dropped as well.

use super::matrix::{DEEPEST, ScaledMatrix};
use super::product::product;
use super::steps::StepMatrix;
use crate::scaled::ScaledNumber;

/// The exponent of a row of zeros.
const EMPTY: i64 = i64::MIN / 4;

/// A matrix `diag(2^exponents) numbers`. The largest magnitude of a row lies in [1/2, 1), but for a diagonal that has
/// been set.
#[derive(Debug, PartialEq)]
pub(super) struct ScaledRows {
    n: usize,
    numbers: Vec<f64>,
    exponents: Vec<i64>,
}

/// Returns the exponent of a normal number, whose magnitude lies in [1/2, 1) times two to that power.
fn exponent(x: f64) -> i64 {
    ((x.to_bits() >> 52) & 0x7ff) as i64 - 1022
}

/// Returns a number of magnitude at most one, or which is made smaller, times a power of two; zero where the result is not
/// normal.
fn shifted(x: f64, by: i64) -> f64 {
    match by {
        0 => x,
        -1022..=1023 => kept(x * f64::from_bits(((by + 1023) as u64) << 52)),
        _ => 0.0,
    }
}

fn kept(x: f64) -> f64 {
    if x.abs() < f64::MIN_POSITIVE { 0.0 } else { x }
}

/// Returns the sum of numbers, in sixteen sums side by side.
fn sum(numbers: &[f64]) -> f64 {
    let (chunks, rest) = numbers.as_chunks::<16>();
    let mut sums = [0.0; 16];
    chunks.iter().for_each(|chunk| sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x));
    sums.iter().chain(rest).fold(0.0, |sum, x| sum + x)
}

/// Returns the scalar product of two vectors, in sixteen sums side by side.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut sums = [0.0; 16];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest = rest_a.iter().zip(rest_b).map(|(a, b)| a * b);
    sums.into_iter().chain(rest).fold(0.0, |sum, x| sum + x)
}

impl ScaledRows {
    fn row(&self, row: usize) -> &[f64] {
        &self.numbers[row * self.n..(row + 1) * self.n]
    }

    fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.numbers[row * self.n..(row + 1) * self.n]
    }

    /// Brings the largest number of a row into [1/2, 1).
    fn normalise(&mut self, row: usize) {
        let largest = self.row(row).iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
        let up = if largest >= f64::MIN_POSITIVE { exponent(largest) } else { 0 };
        if largest < f64::MIN_POSITIVE || self.exponents[row] + up < DEEPEST {
            self.exponents[row] = EMPTY;
            self.row_mut(row).fill(0.0);
            return;
        }
        self.exponents[row] += up;
        self.row_mut(row).iter_mut().for_each(|x| *x = shifted(kept(*x), -up));
    }

    /// Gives a row a higher exponent.
    fn raise(&mut self, row: usize, to: i64) {
        if to > self.exponents[row] {
            let by = below(self.exponents[row], to);
            self.row_mut(row).iter_mut().for_each(|x| *x = shifted(*x, by));
            self.exponents[row] = to;
        }
    }

    /// Returns the matrix of one step.
    fn of(steps: &StepMatrix) -> ScaledRows {
        let identity = ScaledRows::identity(steps.len());
        identity.stepped_along(steps)
    }

    /// Returns this times the matrix of one step, edge by edge.
    fn stepped_along(&self, steps: &StepMatrix) -> ScaledRows {
        let double = |numbers: &[ScaledNumber]| numbers.iter().map(|x| kept(x.to_f64())).collect::<Vec<_>>();
        let (moves, stay) = (double(&steps.moves), double(&steps.stay));
        let mut next = ScaledRows::zero(self.n);
        next.exponents.clone_from(&self.exponents);
        for row in 0..self.n {
            let into = &mut next.numbers[row * self.n..(row + 1) * self.n];
            for (p, &x) in self.row(row).iter().enumerate().filter(|(_, x)| **x != 0.0) {
                into[p] += x * stay[p];
                for e in steps.first[p]..steps.first[p + 1] {
                    into[steps.to[e] as usize] += x * moves[e];
                }
            }
            next.normalise(row);
        }
        next
    }
}

/// Returns numbers as doubles, all times two to minus the exponent that comes with them.
fn common(numbers: &[ScaledNumber]) -> (Vec<f64>, i64) {
    let parts: Vec<(f64, i64)> = numbers.iter().map(|x| x.parts()).collect();
    let highest = parts.iter().filter(|x| x.0 != 0.0).map(|x| x.1).max().unwrap_or(0);
    (parts.into_iter().map(|(x, exponent)| shifted(x, below(exponent, highest))).collect(), highest)
}

/// Returns by how much an exponent is below another, or a number that is as good as any beyond the range of doubles.
fn below(exponent: i64, highest: i64) -> i64 {
    exponent.saturating_sub(highest).max(-3000)
}

impl ScaledMatrix for ScaledRows {
    fn identity(n: usize) -> ScaledRows {
        let mut identity = ScaledRows::zero(n);
        (0..n).for_each(|row| identity.set_diagonal(row, ScaledNumber::ONE));
        identity
    }

    fn zero(n: usize) -> ScaledRows {
        ScaledRows { n, numbers: vec![0.0; n * n], exponents: vec![EMPTY; n] }
    }

    fn stepped(&self, steps: &StepMatrix) -> ScaledRows {
        // Products of dense matrices take an eighth of the time of each number.
        match steps.to.len() > self.n * self.n / 8 && self.n > 32 {
            true => self.times(&ScaledRows::of(steps)),
            false => self.stepped_along(steps),
        }
    }

    fn times(&self, other: &ScaledRows) -> ScaledRows {
        let n = self.n;
        let (mut left, mut exponents) = (vec![0.0; n * n], vec![EMPTY; n]);
        for row in 0..n {
            let terms =
                self.row(row).iter().zip(&other.exponents).filter(|(x, k)| **x != 0.0 && **k != EMPTY);
            let Some(highest) = terms.map(|(x, k)| exponent(*x) + k).max() else { continue };
            exponents[row] = self.exponents[row] + highest;
            let into = &mut left[row * n..(row + 1) * n];
            for ((into, &x), &k) in into.iter_mut().zip(self.row(row)).zip(&other.exponents) {
                *into = shifted(x, below(k, highest));
            }
        }
        let mut result = ScaledRows { n, numbers: product(n, &left, &other.numbers), exponents };
        (0..n).for_each(|row| result.normalise(row));
        result
    }

    fn add_row(&mut self, row: usize, factor: ScaledNumber, other: &ScaledRows) {
        if factor.is_zero() || other.exponents[row] == EMPTY {
            return;
        }
        let (factor, exponent) = factor.parts();
        let theirs = other.exponents[row].saturating_add(exponent);
        self.raise(row, theirs);
        let by = below(theirs, self.exponents[row]);
        for (sum, &x) in self.row_mut(row).iter_mut().zip(other.row(row)) {
            *sum += shifted(x * factor, by);
        }
        self.normalise(row);
    }

    fn others(&self, row: usize) -> ScaledNumber {
        let numbers = self.row(row);
        ScaledNumber::new(sum(&numbers[..row]) + sum(&numbers[row + 1..]), self.exponents[row])
    }

    fn diagonal(&self, row: usize) -> ScaledNumber {
        ScaledNumber::new(self.row(row)[row], self.exponents[row])
    }

    fn set_diagonal(&mut self, row: usize, value: ScaledNumber) {
        if value.is_zero() {
            self.row_mut(row)[row] = 0.0;
            return;
        }
        let (mantissa, exponent) = value.parts();
        self.raise(row, exponent);
        let by = below(exponent, self.exponents[row]);
        self.row_mut(row)[row] = shifted(mantissa, by);
    }

    fn divide_row(&mut self, row: usize, divisor: ScaledNumber) {
        let (divisor, exponent) = divisor.parts();
        self.exponents[row] = self.exponents[row].saturating_sub(exponent);
        self.row_mut(row).iter_mut().for_each(|x| *x /= divisor);
        self.normalise(row);
    }

    fn dots(&self, column: &[ScaledNumber]) -> Vec<ScaledNumber> {
        let (column, highest) = common(column);
        (0..self.n)
            .map(|row| {
                ScaledNumber::new(dot(self.row(row), &column), self.exponents[row].saturating_add(highest))
            })
            .collect()
    }

    fn left(&self, row: &[ScaledNumber]) -> (Vec<ScaledNumber>, ScaledNumber) {
        let filled = |p: usize, x: &ScaledNumber| !x.is_zero() && self.exponents[p] != EMPTY;
        let scaled = |(p, x): (usize, &ScaledNumber)| {
            let (mantissa, exponent) = x.parts();
            (p, mantissa, exponent.saturating_add(self.exponents[p]))
        };
        let rows: Vec<(usize, f64, i64)> =
            row.iter().enumerate().filter(|(p, x)| filled(*p, x)).map(scaled).collect();
        let Some(highest) = rows.iter().map(|row| row.2).max() else {
            return (vec![ScaledNumber::ZERO; self.n], ScaledNumber::ZERO);
        };
        let mut sums = vec![0.0; self.n];
        for (p, mantissa, exponent) in rows {
            let factor = shifted(mantissa, below(exponent, highest));
            sums.iter_mut().zip(self.row(p)).for_each(|(sum, y)| *sum += factor * y);
        }
        let missing = ScaledNumber::new(4.0 * (self.n * self.n) as f64, highest - 1022);
        (sums.into_iter().map(|x| ScaledNumber::new(kept(x), highest)).collect(), missing)
    }

    /// At most n numbers of the scaled left factor, each times a row of at most n; at most n terms of each of n sums; and
    /// at most n numbers of the result: each below 2^-1022 of twice the row's largest.
    fn missing(&self, row: usize) -> ScaledNumber {
        let scale = self.exponents[row].max(DEEPEST + 1022);
        ScaledNumber::new(4.0 * (self.n * self.n) as f64, scale + 1 - 1022)
    }
}
