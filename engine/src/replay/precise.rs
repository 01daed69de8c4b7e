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
mod covariance;
mod equations;
mod factors;
mod rates;

use super::roundings::{Count, Roundings};
use super::{Equation, EvaluateError, Rates};
use crate::chain::ABSORBED;
use crate::trace::Trace;
use crate::wide::WideFloat;
use factors::WideFactors;
use rates::WideRates;

/// A derivative is computed with more digits until it has this relative error, or counts as zero.
const WANTED: f64 = 1e-15;

/// A number counts as zero, if it cannot be told from it, below this part of what it is measured by: the expectation over
/// the parameter, or the product of two.
const NEGLIGIBLE: f64 = 1e-25;

/// Most operations on limbs that are spent on one parameter vector: some ten seconds. Twice as many bits are not tried
/// beyond.
const MOST_OPERATIONS: f64 = 5e9;

/// Derivatives of the expectation of each equation's solution, by equation and parameter; or covariances of solutions, row
/// by row up to the diagonal.
#[derive(Debug, Default)]
pub(crate) struct Derivatives {
    pub(crate) values: Vec<f64>,
    /// Bounds on their absolute errors.
    pub(crate) bounds: Vec<f64>,
}

/// Differences as they were found with so many digits.
#[derive(Default)]
struct Found {
    differences: Derivatives,
    /// What each is measured by.
    units: Vec<f64>,
}

/// What is to be found.
#[derive(Clone, Copy)]
enum Wanted {
    Derivatives,
    Covariances,
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
}

impl Derived<'_> {
    /// Computes all derivatives.
    ///
    /// # Errors
    /// [`EvaluateError::LostGradient`] with the parameter of a derivative that cannot be told from zero, though it may
    /// matter. [`EvaluateError::NoGradient`] where one is beyond the range of doubles.
    pub(crate) fn derivatives(&self, roundings: &Roundings) -> Result<Derivatives, EvaluateError> {
        let found = self.find(roundings, Wanted::Derivatives);
        match found.values.iter().zip(&found.bounds).position(|(value, bound)| is_noise(*value, *bound)) {
            _ if !found.values.iter().all(|value| value.is_finite()) => Err(EvaluateError::NoGradient),
            Some(at) => Err(EvaluateError::LostGradient { parameter: at % self.theta.len() }),
            None => Ok(found),
        }
    }

    /// Computes covariances of what the solutions are expectations of: each equation has one term, a reward.
    pub(crate) fn covariances(&self, roundings: &Roundings) -> Derivatives {
        self.find(roundings, Wanted::Covariances)
    }

    /// Takes more and more digits, until they suffice or are too many.
    fn find(&self, roundings: &Roundings, wanted: Wanted) -> Derivatives {
        let operations = roundings.operations() * self.equations.len() as f64;
        let affordable = |limbs: f64| operations * limbs * limbs <= MOST_OPERATIONS;
        let mut found = self.in_limbs::<2>(roundings, wanted);
        if !found.is_settled() && affordable(4.0) {
            found = self.in_limbs::<4>(roundings, wanted);
        }
        if !found.is_settled() && affordable(8.0) {
            found = self.in_limbs::<8>(roundings, wanted);
        }
        if !found.is_settled() && affordable(16.0) {
            found = self.in_limbs::<16>(roundings, wanted);
        }
        found.without_negligible()
    }

    fn in_limbs<const N: usize>(&self, roundings: &Roundings, wanted: Wanted) -> Found {
        let rates = WideRates::<N>::new(self.trace, self.theta, self.rates);
        let factors = WideFactors::new(self.trace, &rates.values);
        let start = self.start(&rates.values);
        let solutions = self.solve(&factors);
        let mean = |q: usize| start.mean(&solutions[q]);
        // To first order, and a hundredth for the rest.
        let error = |count: Count| 1.01 * (count.roundings + count.rates * rates.error);
        let mut found = Found::default();
        match wanted {
            Wanted::Derivatives => {
                let targets = 0..self.equations.len();
                let sums: Vec<Vec<Sum<N>>> = targets
                    .map(|target| self.sums(&factors, &solutions, (&start, &rates.over_totals), target))
                    .collect();
                for (target, &majorant) in self.majorants.iter().enumerate() {
                    let (error, mean) = (error(roundings.of(target)), mean(majorant).to_f64());
                    let both = sums[target].iter().zip(&sums[majorant]).zip(self.theta);
                    for ((sum, Sum { magnitude, .. }), theta) in both {
                        let unit = if *theta == 0.0 { mean } else { mean / theta.abs() };
                        found.push(Sum { magnitude: *magnitude, ..*sum }, error, unit);
                    }
                }
            }
            Wanted::Covariances => {
                let error = error(roundings.of_covariance(self.trace.len()));
                for (i, j, sum) in self.covariance_sums(&factors, &solutions, &start) {
                    let unit = mean(self.majorants[i]) * mean(self.majorants[j]);
                    found.push(sum, error, unit.to_f64());
                }
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
}

/// Whether a number cannot be told from zero, and is not said to be zero.
fn is_noise(value: f64, bound: f64) -> bool {
    value != 0.0 && (bound.is_nan() || bound >= value.abs())
}

impl Found {
    /// Adds a sum of which the error is so many roundings of its magnitude.
    fn push<const N: usize>(&mut self, sum: Sum<N>, error: f64, unit: f64) {
        let value = sum.value.to_f64();
        let bound = sum.magnitude * WideFloat::of(error.min(f64::MAX));
        let bound = bound.scaled(WideFloat::<N>::ROUNDING_EXPONENT).to_f64();
        // The last rounding is to a double: to a subnormal one with an absolute error.
        let last = 0.5 * f64::EPSILON * value.abs() + 1e-323;
        self.differences.values.push(value);
        self.differences.bounds.push(if sum.magnitude.is_zero() { 0.0 } else { 1.01 * (bound + last) });
        self.units.push(unit);
    }

    /// Each number, its bound, and what it is measured by.
    fn each(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let Derivatives { values, bounds } = &self.differences;
        values.iter().zip(bounds).zip(&self.units).map(|((value, bound), unit)| (*value, *bound, *unit))
    }

    /// Whether nothing better is wanted of any.
    fn is_settled(&self) -> bool {
        self.each().all(|(value, bound, unit)| {
            // Of digits that are all noise a number may seem infinite.
            let good = bound.is_finite() && bound <= WANTED * value.abs();
            good || is_negligible(value, bound, unit)
        })
    }

    /// Zeros in the place of what does not matter.
    fn without_negligible(self) -> Derivatives {
        let of = |(value, bound, unit): (f64, f64, f64)| match is_negligible(value, bound, unit) {
            true => (0.0, bound + value.abs()),
            false => (value, bound),
        };
        let (values, bounds) = self.each().map(of).unzip();
        Derivatives { values, bounds }
    }
}

/// Whether a number cannot be told from zero, and does not matter beside what it is measured by.
fn is_negligible(value: f64, bound: f64, unit: f64) -> bool {
    value.abs() <= bound && bound <= NEGLIGIBLE * unit
}

/// Where a chain starts.
struct Start<const N: usize> {
    /// Where each edge leads, its weight, and its probability.
    edges: Vec<(u32, u32, WideFloat<N>)>,
    /// One divided by the sum of the weights.
    over_sum: WideFloat<N>,
}

impl<const N: usize> Start<N> {
    /// The expectation of what is expected from each position.
    fn mean(&self, x: &[WideFloat<N>]) -> WideFloat<N> {
        let mut mean = WideFloat::ZERO;
        for &(to, _, probability) in self.edges.iter().filter(|edge| edge.0 != ABSORBED) {
            mean += probability * x[to as usize];
        }
        mean
    }
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
