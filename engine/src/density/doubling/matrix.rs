//! What squaring asks of a matrix whose numbers may be far below, and far apart beyond, the range of doubles.

use super::steps::StepMatrix;
use crate::scaled::ScaledNumber;

/// Powers of two below this are taken for zero: the relative error of a survival function so deep down is above any that
/// is worth a number.
pub(super) const DEEPEST: i64 = -(1 << 40);

/// A square matrix.
pub(super) trait ScaledMatrix: Sized + std::fmt::Debug + PartialEq {
    /// Returns the identity.
    fn identity(n: usize) -> Self;

    /// Returns a matrix of zeros.
    fn zero(n: usize) -> Self;

    /// Returns this times the matrix of one step.
    fn stepped(&self, steps: &StepMatrix) -> Self;

    /// Returns this times another.
    fn times(&self, other: &Self) -> Self;

    /// Adds a multiple of a row of another matrix to the same row of this one.
    fn add_row(&mut self, row: usize, factor: ScaledNumber, other: &Self);

    /// Returns the sum of a row without its diagonal.
    fn others(&self, row: usize) -> ScaledNumber;

    /// Returns the diagonal of a row.
    fn diagonal(&self, row: usize) -> ScaledNumber;

    /// Sets the diagonal of a row.
    fn set_diagonal(&mut self, row: usize, value: ScaledNumber);

    /// Divides a row.
    fn divide_row(&mut self, row: usize, divisor: ScaledNumber);

    /// Returns the scalar product of each row and a column.
    fn dots(&self, column: &[ScaledNumber]) -> Vec<ScaledNumber>;

    /// Returns a row times this, and a bound on what underflow has taken of all its numbers together, where none is
    /// negative.
    fn left(&self, row: &[ScaledNumber]) -> (Vec<ScaledNumber>, ScaledNumber);

    /// Returns a bound on what underflow has taken of all numbers of a row together in one operation of nonnegative
    /// numbers.
    fn missing(&self, row: usize) -> ScaledNumber;

    /// Adds a multiple of another matrix.
    fn add(&mut self, factor: ScaledNumber, other: &Self, n: usize) {
        (0..n).for_each(|row| self.add_row(row, factor, other));
    }
}

/// Returns the scalar product of two vectors.
pub(super) fn dot(a: &[ScaledNumber], b: &[ScaledNumber]) -> ScaledNumber {
    a.iter().zip(b).filter(|(a, b)| !a.is_zero() && !b.is_zero()).map(|(a, b)| *a * *b).sum()
}

/// Returns the largest magnitude.
pub(super) fn largest(numbers: &[ScaledNumber]) -> ScaledNumber {
    let larger = |a: ScaledNumber, b: &ScaledNumber| if b.abs() > a { b.abs() } else { a };
    numbers.iter().fold(ScaledNumber::ZERO, larger)
}
