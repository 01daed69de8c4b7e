//! Gradients and covariances with bounds on their errors: in doubles where these hold, else in as many digits as it takes.
//!
//! In doubles a derivative of an expectation has an absolute error of at most C B, with B the sum of its terms' magnitudes
//! |c| lambda_i (x_j + x_i) and C = (K + R e) u: K roundings and R errors e of rates, counted for the trace
//! ([`Roundings`]). Where that is more than a part of 1e-10 of the derivative, it is found again in wider numbers
//! ([`Derived`]). These take a hundred times as long, so of chains that take many operations more is let stand, up to 1e-4:
//! there K counts all roundings as if they went the same way, and the error is far below its bound. Covariances are
//! differences too, and are treated alike.

use super::system::System;
use super::{EvaluateError, Gradient, Query};
use crate::replay::{Count, Derivatives, Derived, Equation, Operand, Outcome, Rates, Roundings, Term};
use crate::trace::Trace;

/// A bound of this part of the number is always good enough.
const BEST: f64 = 1e-10;

/// One that is larger than this part never is.
const WORST: f64 = 1e-4;

/// Returns the part of a number that is good enough as a bound: 1e-8 in chains that take 10^4 operations, where more digits
/// take some milliseconds, and 1e-4 where they take seconds.
fn wanted(roundings: &Roundings) -> f64 {
    (1e-16 * roundings.operations().powi(2)).clamp(BEST, WORST)
}

/// From this part on what was left out of first-order bounds may matter: nothing is known.
const UNKNOWN: f64 = 1e-3;

impl System {
    /// Returns the largest error of a derivative of an expectation, in units of the magnitudes of its terms, where it is
    /// computed in doubles from rates with this relative error, in units of half a last place.
    fn rounding(count: Count, rate_error: f64) -> Option<f64> {
        // To first order, and a hundredth for the rest, that of the magnitudes included.
        let error = 1.02 * 0.5 * f64::EPSILON * (count.roundings + count.rates * rate_error);
        (error < UNKNOWN).then_some(error)
    }

    /// Returns derivatives as a lane has them; none if one is not good enough.
    pub(super) fn derivatives_of_lane(
        &self,
        outcome: &Outcome,
        lane: usize,
        theta: &[f64],
    ) -> Option<Derivatives> {
        let (mut found, roundings) = (Derivatives::default(), self.roundings.as_ref()?);
        let wanted = wanted(roundings);
        for equation in 0..self.asked {
            let count = roundings.of(equation);
            let error = Self::rounding(count, outcome.rate_error(lane))?;
            let value_of = |k: usize| outcome.derivative(equation, self.parameters, k, lane);
            // In chains of many operations a derivative may have as large an error as the largest of all, each relative to
            // its parameter.
            let relative = |k: usize| (value_of(k) * theta[k]).abs();
            let largest = match wanted > BEST {
                true => (0..self.parameters).map(relative).fold(0.0, f64::max),
                false => 0.0,
            };
            for (k, theta) in theta.iter().enumerate() {
                let value = value_of(k);
                let bound = error * outcome.magnitude(self.majorants[equation], self.parameters, k, lane);
                let is_small = *theta != 0.0 && bound * theta.abs() <= wanted * largest;
                if bound.is_nan() || !(is_small || bound <= wanted * value.abs()) {
                    return None;
                }
                found.values.push(value);
                found.bounds.push(bound);
            }
        }
        Some(found)
    }

    /// Finds derivatives in wider numbers.
    pub(super) fn derivatives_in_wide(
        &self,
        trace: &Trace,
        theta: &[f64],
    ) -> Result<Derivatives, EvaluateError> {
        let Some(roundings) = &self.roundings else { return Ok(Derivatives::default()) };
        let (rates, rewards, equations) =
            (&Rates::new(trace, theta)?, &self.rewards[..], &self.equations[..]);
        let majorants = &self.majorants[..self.asked];
        Derived { trace, theta, rates, rewards, equations, majorants }.derivatives(roundings)
    }

    /// Returns bounds on the errors of covariances as a lane has them, row by row up to the diagonal; none if one is not
    /// good enough.
    pub(super) fn covariance_bounds_of_lane(
        &self,
        trace: &Trace,
        outcome: &Outcome,
        lane: usize,
    ) -> Option<Vec<f64>> {
        let rewards = &self.rewards[..self.rewarded.len()];
        if rewards.iter().flatten().any(|&reward| reward < 0.0) {
            return None;
        }
        let roundings = self.roundings.as_ref()?;
        let count = roundings.of_covariance(trace.len());
        let error = Self::rounding(count, outcome.rate_error(lane))?;
        let wanted = wanted(roundings);
        let mean = |reward: usize| outcome.expected(self.rewarded[reward].first, lane);
        let pairs = (0..rewards.len()).flat_map(|i| (0..=i).map(move |j| (i, j)));
        let bound = |(i, j): (usize, usize)| {
            let (covariance, product) = (outcome.covariance(i, j, lane), mean(i) * mean(j));
            // The sum that the product is taken off, and a step's own reward, which is at most half of both others.
            let magnitude = 3.0 * (covariance.abs() + product) + product;
            let bound = error * magnitude;
            (bound <= wanted * covariance.abs() || magnitude == 0.0).then_some(bound)
        };
        pairs.map(bound).collect()
    }

    /// Finds covariances in wider numbers.
    pub(super) fn covariances_in_wide(
        &self,
        trace: &Trace,
        theta: &[f64],
    ) -> Result<Derivatives, EvaluateError> {
        let count = self.rewarded.len();
        let sizes = self.rewards[..count].iter().map(|reward| reward.iter().map(|r| r.abs()).collect());
        let rewards: Vec<Vec<f64>> = self.rewards[..count].iter().cloned().chain(sizes).collect();
        let of =
            |reward| Equation(vec![Term { factor: 1.0, reward: Some((reward, 1)), operand: Operand::One }]);
        let equations: Vec<Equation> = (0..2 * count).map(of).collect();
        let (rates, majorants) = (&Rates::new(trace, theta)?, &(count..2 * count).collect::<Vec<usize>>());
        let of = Derived { trace, theta, rates, rewards: &rewards, equations: &equations, majorants };
        Ok(of.covariances(&Roundings::new(trace, &equations)))
    }

    /// Writes gradients of what the query asks for and bounds on their errors.
    pub(super) fn write_derivatives(
        &self,
        query: &Query,
        found: &Derivatives,
        gradient: &mut Gradient,
        bounds: &mut Gradient,
    ) {
        let value = |q: usize, k: usize| found.values[q * self.parameters + k];
        let bound = |q: usize, k: usize| found.bounds[q * self.parameters + k];
        self.write_gradient(query, gradient, |of, k| of.moments(move |q| value(q, k)));
        self.write_gradient(query, bounds, |of, k| of.bounds(move |q| value(q, k), move |q| bound(q, k)));
    }

    /// Returns the relative error of derivatives of moments of an order in a chain whose only parameter scales time:
    /// infinite where nothing is known.
    pub(super) fn scaling_error(&self, order: usize, rate_error: f64) -> f64 {
        let count = self.roundings.as_ref().map(|roundings| roundings.of_depth(order));
        count.and_then(|count| Self::rounding(count, rate_error)).unwrap_or(f64::INFINITY)
    }
}
