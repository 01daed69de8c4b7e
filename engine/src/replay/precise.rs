//! Gradients in as many digits as they take: the adjoint method of [`super::careful`], operation for operation, in
//! [`WideFloat`]s.
//!
//! A derivative is a sum of lambda_i (x_j - x_i) along edges. Solutions have their relative accuracy, differences do
//! not: in a chain whose mean is 10^95 times its shortest time they take 95 digits more than they have. So the whole
//! computation is done once more, from the doubles b, c and theta on, in 128 bits, and where these do not suffice in
//! twice as many, and so on up to 1024. Beside each sum goes that of its terms' magnitudes, lambda_i (x_j + x_i), from
//! which the bound on its error follows ([`super::Roundings`]).
//!
//! Equations whose solutions are differences themselves (rewards may be negative, and N x has self-loops, which are
//! differences) name another whose solution majorises every term of theirs: errors are relative to the magnitudes of
//! that one.
//!
//! Cost: that of the elimination and of one transposed solve an equation and target, at 10 ns an operation of 128 bits
//! and four times as much with every doubling.

mod adjoint;
mod equations;
mod factors;
mod rates;

use super::roundings::Roundings;
use super::{Equation, EvaluateError, Rates};
use crate::trace::Trace;
use crate::wide::WideFloat;
use factors::WideFactors;
use rates::WideRates;

/// A derivative is computed with more digits until it has this relative error, or counts as zero.
const WANTED: f64 = 1e-15;

/// Part of the expectation over the parameter below which a derivative counts as zero, if it cannot be told from it.
const NEGLIGIBLE: f64 = 1e-25;

/// Most operations on limbs that are spent on one parameter vector: some ten seconds. Twice as many bits are not tried
/// beyond.
const MOST_OPERATIONS: f64 = 5e9;

/// Derivatives of the expectation of each equation's solution, by equation and parameter.
#[derive(Debug, Default)]
pub(crate) struct Derivatives {
    pub(crate) values: Vec<f64>,
    /// Bounds on their absolute errors.
    pub(crate) bounds: Vec<f64>,
}

/// A trace at a parameter vector, and equations over it.
#[derive(Clone, Copy)]
pub(crate) struct Derived<'a> {
    pub(crate) trace: &'a Trace,
    pub(crate) theta: &'a [f64],
    /// Rates in doubles: those that are zero there are zero here.
    pub(crate) rates: &'a Rates,
    /// By position.
    pub(crate) rewards: &'a [Vec<f64>],
    pub(crate) equations: &'a [Equation],
    /// Of each equation the one that majorises it, which may be itself.
    pub(crate) majorants: &'a [usize],
    /// Expectation of each equation's solution.
    pub(crate) expected: &'a [f64],
}

impl Derived<'_> {
    /// Computes all derivatives.
    ///
    /// # Errors
    /// [`EvaluateError::LostGradient`] with the parameter of a derivative that cannot be told from zero, though it may
    /// matter. [`EvaluateError::NoGradient`] where one is beyond the range of doubles.
    pub(crate) fn derivatives(&self, roundings: &Roundings) -> Result<Derivatives, EvaluateError> {
        let operations = roundings.operations() * self.equations.len() as f64;
        let affordable = |limbs: f64| operations * limbs * limbs <= MOST_OPERATIONS;
        let mut found = self.in_limbs::<2>(roundings);
        if !self.is_settled(&found) && affordable(4.0) {
            found = self.in_limbs::<4>(roundings);
        }
        if !self.is_settled(&found) && affordable(8.0) {
            found = self.in_limbs::<8>(roundings);
        }
        if !self.is_settled(&found) && affordable(16.0) {
            found = self.in_limbs::<16>(roundings);
        }
        self.finish(found)
    }

    fn in_limbs<const N: usize>(&self, roundings: &Roundings) -> Derivatives {
        let rates = WideRates::<N>::new(self.trace, self.theta, self.rates);
        let factors = WideFactors::new(self.trace, &rates.values);
        let start = self.start(&rates.values);
        let solutions = self.solve(&factors);
        let targets = 0..self.equations.len();
        let sums: Vec<Vec<Sum<N>>> =
            targets.map(|target| self.sums(&factors, &solutions, &start, target)).collect();
        let mut found = Derivatives::default();
        for (target, &majorant) in self.majorants.iter().enumerate() {
            let count = roundings.of(target);
            // To first order, and a hundredth for the rest.
            let error = 1.01 * (count.roundings + count.rates * rates.error);
            for (sum, Sum { magnitude, .. }) in sums[target].iter().zip(&sums[majorant]) {
                let value = sum.value.to_f64();
                let bound = *magnitude * WideFloat::of(error.min(f64::MAX));
                let bound = bound.scaled(WideFloat::<N>::ROUNDING_EXPONENT).to_f64();
                // The last rounding is to a double: to a subnormal one with an absolute error.
                let last = 0.5 * f64::EPSILON * value.abs() + 1e-323;
                found.values.push(value);
                found.bounds.push(if magnitude.is_zero() { 0.0 } else { 1.01 * (bound + last) });
            }
        }
        found
    }

    /// Start edges that lead to a position, or to absorption, with their weights and probabilities.
    fn start<const N: usize>(&self, rates: &[WideFloat<N>]) -> Start<N> {
        let mut sum = WideFloat::ZERO;
        self.trace.start.iter().for_each(|&(_, weight)| sum += rates[weight as usize]);
        let over_sum = sum.reciprocal();
        let edge = |&(to, weight): &(u32, u32)| (to, weight, rates[weight as usize] * over_sum);
        Start { edges: self.trace.start.iter().map(edge).collect(), over_sum }
    }

    /// Whether nothing better is wanted of any.
    fn is_settled(&self, found: &Derivatives) -> bool {
        let each = found.values.iter().zip(&found.bounds).enumerate();
        each.into_iter().all(|(at, (value, bound))| {
            // Of digits that are all noise a number may seem infinite.
            let good = bound.is_finite() && *bound <= WANTED * value.abs();
            good || self.is_negligible(at, *value, *bound)
        })
    }

    /// Whether a derivative cannot be told from zero, and does not matter beside the expectation over the parameter.
    fn is_negligible(&self, at: usize, value: f64, bound: f64) -> bool {
        let parameters = self.theta.len();
        let (equation, parameter) = (at / parameters, at % parameters);
        let unit = match self.theta[parameter].abs() {
            0.0 => 1.0,
            size => size,
        };
        value.abs() <= bound && bound <= NEGLIGIBLE * self.expected[equation].abs() / unit
    }

    fn finish(&self, mut found: Derivatives) -> Result<Derivatives, EvaluateError> {
        if !found.values.iter().all(|value| value.is_finite()) {
            return Err(EvaluateError::NoGradient);
        }
        for at in 0..found.values.len() {
            let (value, bound) = (found.values[at], found.bounds[at]);
            if self.is_negligible(at, value, bound) {
                (found.values[at], found.bounds[at]) = (0.0, bound + value.abs());
            } else if !(bound < value.abs() || bound == 0.0) {
                return Err(EvaluateError::LostGradient { parameter: at % self.theta.len() });
            }
        }
        Ok(found)
    }
}

/// Where a chain starts.
struct Start<const N: usize> {
    /// Where each edge leads, its weight, and its probability.
    edges: Vec<(u32, u32, WideFloat<N>)>,
    /// One divided by the sum of the weights.
    over_sum: WideFloat<N>,
}

/// A sum, and the sum of its terms' magnitudes.
#[derive(Clone, Copy)]
struct Sum<const N: usize> {
    value: WideFloat<N>,
    magnitude: WideFloat<N>,
}

impl<const N: usize> Sum<N> {
    const ZERO: Sum<N> = Sum { value: WideFloat::ZERO, magnitude: WideFloat::ZERO };

    fn add(&mut self, value: WideFloat<N>, magnitude: WideFloat<N>) {
        self.value += value;
        self.magnitude += magnitude;
    }
}
