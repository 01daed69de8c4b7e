//! Matrices each of whose numbers has an exponent of its own: nothing underflows. A product takes some twenty times as
//! long as one of doubles, so they are for small chains, where the numbers of a row are too far apart for doubles.

use super::matrix::{DEEPEST, ScaledMatrix, dot};
use super::steps::StepMatrix;
use crate::scaled::ScaledNumber;

/// The exponent of zero: far below any other, and so that two of them can be added.
const NOTHING: i64 = i64::MIN / 4;
/// Terms below two to this power of the largest are not worth adding.
const NEGLIGIBLE: i64 = -200;

/// A matrix of numbers `mantissa * 2^exponent`, row by row.
#[derive(Debug, PartialEq)]
pub(super) struct ScaledEntries {
    n: usize,
    mantissas: Vec<f64>,
    exponents: Vec<i64>,
}

impl ScaledEntries {
    fn at(&self, row: usize, column: usize) -> ScaledNumber {
        let at = row * self.n + column;
        ScaledNumber::new(self.mantissas[at], self.exponents[at])
    }

    fn put(&mut self, row: usize, column: usize, value: ScaledNumber) {
        let at = row * self.n + column;
        let (mantissa, exponent) = value.parts();
        let is_nothing = mantissa == 0.0 || exponent < DEEPEST;
        self.mantissas[at] = if is_nothing { 0.0 } else { mantissa };
        self.exponents[at] = if is_nothing { NOTHING } else { exponent };
    }

    fn row(&self, row: usize) -> impl Iterator<Item = ScaledNumber> {
        (0..self.n).map(move |column| self.at(row, column))
    }
}

/// Returns two to a power of -200 to 0.
fn power(exponent: i64) -> f64 {
    f64::from_bits(((exponent.max(NEGLIGIBLE) + 1023) as u64) << 52)
}

impl ScaledMatrix for ScaledEntries {
    fn identity(n: usize) -> ScaledEntries {
        let mut identity = ScaledEntries::zero(n);
        (0..n).for_each(|p| identity.put(p, p, ScaledNumber::ONE));
        identity
    }

    fn zero(n: usize) -> ScaledEntries {
        ScaledEntries { n, mantissas: vec![0.0; n * n], exponents: vec![NOTHING; n * n] }
    }

    fn stepped(&self, steps: &StepMatrix) -> ScaledEntries {
        let mut next = ScaledEntries::zero(self.n);
        for row in 0..self.n {
            let here: Vec<ScaledNumber> = self.row(row).collect();
            for (column, value) in steps.left(&here).into_iter().enumerate() {
                next.put(row, column, value);
            }
        }
        next
    }

    fn times(&self, other: &ScaledEntries) -> ScaledEntries {
        let n = self.n;
        let mut result = ScaledEntries::zero(n);
        let (mut highest, mut sums) = (vec![0; n], vec![0.0; n]);
        for row in 0..n {
            highest.fill(NOTHING);
            sums.fill(0.0);
            let filled = || (0..n).filter(|k| self.mantissas[row * n + k] != 0.0);
            for k in filled() {
                let own = self.exponents[row * n + k];
                let theirs = &other.exponents[k * n..(k + 1) * n];
                highest.iter_mut().zip(theirs).for_each(|(highest, e)| *highest = (*highest).max(own + e));
            }
            for k in filled() {
                let (own, mantissa) = (self.exponents[row * n + k], self.mantissas[row * n + k]);
                let theirs =
                    other.mantissas[k * n..(k + 1) * n].iter().zip(&other.exponents[k * n..(k + 1) * n]);
                for ((sum, (m, e)), highest) in sums.iter_mut().zip(theirs).zip(&highest) {
                    *sum += mantissa * m * power(own + e - highest);
                }
            }
            for column in 0..n {
                result.put(row, column, ScaledNumber::new(sums[column], highest[column]));
            }
        }
        result
    }

    fn add_row(&mut self, row: usize, factor: ScaledNumber, other: &ScaledEntries) {
        for column in 0..self.n {
            self.put(row, column, self.at(row, column) + factor * other.at(row, column));
        }
    }

    fn others(&self, row: usize) -> ScaledNumber {
        self.row(row).enumerate().filter(|(column, _)| *column != row).map(|(_, x)| x).sum()
    }

    fn diagonal(&self, row: usize) -> ScaledNumber {
        self.at(row, row)
    }

    fn set_diagonal(&mut self, row: usize, value: ScaledNumber) {
        self.put(row, row, value);
    }

    fn divide_row(&mut self, row: usize, divisor: ScaledNumber) {
        (0..self.n).for_each(|column| self.put(row, column, self.at(row, column) / divisor));
    }

    fn dots(&self, column: &[ScaledNumber]) -> Vec<ScaledNumber> {
        (0..self.n).map(|row| dot(&self.row(row).collect::<Vec<_>>(), column)).collect()
    }

    fn left(&self, row: &[ScaledNumber]) -> (Vec<ScaledNumber>, ScaledNumber) {
        let mut sums = vec![ScaledNumber::ZERO; self.n];
        for (p, &x) in row.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
            sums.iter_mut().enumerate().for_each(|(column, sum)| *sum += x * self.at(p, column));
        }
        (sums, ScaledNumber::ZERO)
    }

    fn missing(&self, _: usize) -> ScaledNumber {
        ScaledNumber::new((self.n * self.n) as f64, DEEPEST)
    }
}
