//! Gradients with bounds on their errors: in doubles where these hold, else in as many digits as it takes.
//!
//! In doubles a derivative of an expectation has an absolute error of at most C B, with B the sum of its terms' magnitudes
//! |c| lambda_i (x_j + x_i) and C = (K + R e) u: K roundings and R errors e of rates, counted for the trace
//! ([`Roundings`]). Where that is more than a part of 1e-10 of the derivative, terms have cancelled, and it is found
//! again in wider numbers ([`Derived`]). Of large chains K u alone may be that much, being a count of roundings as if all
//! went the same way; there a thousand times as much is taken for cancellation.

use super::system::System;
use super::{EvaluateError, Gradient, Query};
use crate::replay::{Count, Derivatives, Derived, Outcome, Rates};
use crate::trace::Trace;

/// A bound of this part of the derivative is good enough.
const WANTED: f64 = 1e-10;

/// One that is larger than this part never is.
const WORST: f64 = 1e-4;

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
    pub(super) fn derivatives_of_lane(&self, outcome: &Outcome, lane: usize) -> Option<Derivatives> {
        let (mut found, roundings) = (Derivatives::default(), self.roundings.as_ref()?);
        for equation in 0..self.asked {
            let count = roundings.of(equation);
            let error = Self::rounding(count, outcome.rate_error(lane))?;
            let wanted = (1e3 * 0.5 * f64::EPSILON * count.roundings).clamp(WANTED, WORST);
            for k in 0..self.parameters {
                let value = outcome.derivative(equation, self.parameters, k, lane);
                let bound = error * outcome.magnitude(self.majorants[equation], self.parameters, k, lane);
                // Also where it is no number.
                if !(bound <= wanted * value.abs()) {
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
        expected: impl Fn(usize) -> f64,
    ) -> Result<Derivatives, EvaluateError> {
        let Some(roundings) = &self.roundings else { return Ok(Derivatives::default()) };
        let (rates, expected) =
            (&Rates::new(trace, theta)?, (0..self.asked).map(expected).collect::<Vec<f64>>());
        let (rewards, equations, majorants) =
            (&self.rewards[..], &self.equations[..], &self.majorants[..self.asked]);
        Derived { trace, theta, rates, rewards, equations, majorants, expected: &expected }
            .derivatives(roundings)
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
