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

#[cfg(test)]
mod tests {
    use super::{ScaledEntries, StepMatrix};
    use crate::density::doubling::matrix::{ScaledMatrix, largest};
    use crate::density::doubling::rows::ScaledRows;
    use crate::scaled::ScaledNumber;
    use proptest::prelude::*;

    const N: usize = 5;

    /// A matrix with zeros, whose rows are far apart and whose numbers in a row are not.
    fn numbers() -> impl Strategy<Value = Vec<ScaledNumber>> {
        let row = (-5000i64..5000, prop::collection::vec((0..4, 0.5f64..1.0, -200i64..0), N));
        let scaled = |(exponent, row): (i64, Vec<(i32, f64, i64)>)| {
            let number = move |(kind, x, down): (i32, f64, i64)| match kind {
                0 => ScaledNumber::ZERO,
                _ => ScaledNumber::new(x, exponent + down),
            };
            row.into_iter().map(number).collect::<Vec<_>>()
        };
        prop::collection::vec(row, N).prop_map(move |rows| rows.into_iter().flat_map(scaled).collect())
    }

    /// Fills a matrix by what both kinds can do: number by number, each as a multiple of a move from its row to its column.
    fn filled<M: ScaledMatrix>(numbers: &[ScaledNumber]) -> M {
        let mut matrix = M::zero(N);
        for (at, &x) in numbers.iter().enumerate() {
            let (row, column) = (at / N, at % N);
            let first: Vec<usize> = (0..=N).map(|p| usize::from(p > row)).collect();
            let nothing = || vec![ScaledNumber::ZERO; N];
            let (moves, to) = (vec![ScaledNumber::ONE], [column as u32]);
            let steps = StepMatrix { first: &first, to: &to, moves, stay: nothing(), exit: nothing() };
            matrix.add_row(row, x, &M::identity(N).stepped(&steps));
        }
        matrix
    }

    fn near(a: &[ScaledNumber], b: &[ScaledNumber], largest: ScaledNumber) -> bool {
        // What is far below the largest of its row may be dropped.
        let is_near = |(a, b): (&ScaledNumber, &ScaledNumber)| (*a - *b).abs() <= largest * 1e-14;
        a.iter().zip(b).all(is_near)
    }

    proptest! {
        #[test]
        fn both_kinds_of_matrices_do_the_same(a in numbers(), b in numbers()) {
            let (rows, entries): (ScaledRows, ScaledEntries) = (filled(&a), filled(&a));
            let (other_rows, other_entries): (ScaledRows, ScaledEntries) = (filled(&b), filled(&b));
            let (by_rows, by_entries) = (rows.times(&other_rows), entries.times(&other_entries));
            let column: Vec<ScaledNumber> = b.iter().copied().take(N).collect();
            for row in 0..N {
                let mut start = vec![ScaledNumber::ZERO; N];
                start[row] = ScaledNumber::ONE;
                let (found, _) = by_rows.left(&start);
                let (expected, _) = by_entries.left(&start);
                let largest = largest(&expected);
                prop_assert!(near(&found, &expected, largest), "{found:?}, not {expected:?}");
                prop_assert!(near(&[by_rows.others(row)], &[by_entries.others(row)], largest));
                prop_assert!(near(&[by_rows.diagonal(row)], &[by_entries.diagonal(row)], largest));
                let (found, expected) = (rows.dots(&column)[row], entries.dots(&column)[row]);
                prop_assert!((found - expected).abs() <= expected * 1e-14, "{found:?}, not {expected:?}");
            }
        }
    }
}
