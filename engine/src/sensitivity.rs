//! From how a number depends on rates to how it depends on theta.
//!
//! An adjoint method finds the derivative of a number with respect to the rate of every edge and to every initial
//! probability. Both are functions of the distinct weights, of which there are few, and each of these is linear in
//! theta, or a quotient of linear forms: derivatives are collected by weight, and the chain rule is applied once at the
//! end.
//!
//! A rate that rounding alone keeps from zero is replayed as zero (see [`Rates`]). Its derivative is that of the
//! linear form all the same: what is snapped is noise, and the form's slope is exact. So a weight that vanishes
//! at this theta, such as `theta0 - theta1` at equal parameters, still contributes to the gradient, which on the
//! side where the weight is negative is that of the analytic continuation.

use crate::chain::ABSORBED;
use crate::replay::Rates;
use crate::trace::Trace;

/// The derivative of one number with respect to the value of each distinct weight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sensitivity {
    by_weight: Vec<f64>,
}

impl Sensitivity {
    /// That of a number which depends on nothing.
    pub(crate) fn new(trace: &Trace) -> Sensitivity {
        Sensitivity { by_weight: vec![0.0; trace.weights.len()] }
    }

    /// Adds what one edge of this weight contributes: the derivative with respect to its rate.
    pub(crate) fn add(&mut self, weight: u32, derivative: f64) {
        self.by_weight[weight as usize] += derivative;
    }

    /// Adds what the initial probabilities contribute: `by_position` holds the derivative with respect to the
    /// initial probability of each position, `at_zero` that with respect to the mass at zero. (For an expectation
    /// alpha . x these are x and 0.)
    ///
    /// With alpha_j = w_j / W, W = sum of w: the derivative with respect to w_j is (x_j - alpha . x) / W, whence by
    /// the chain rule x . d alpha with d alpha_j = (c_j - alpha_j sum of c) / W. Start edges that lead to
    /// absorption count, and so do those of weight zero at this theta.
    pub(crate) fn add_initial(&mut self, trace: &Trace, rates: &Rates, by_position: &[f64], at_zero: f64) {
        let of = |to: u32| if to == ABSORBED { at_zero } else { by_position[to as usize] };
        let sum: f64 = trace.start.iter().map(|&(_, w)| rates.of(w)).sum();
        // A vertex that the chain never enters may have an infinite x.
        let weighted = |&(to, w): &(u32, u32)| match rates.of(w) / sum {
            0.0 => 0.0,
            alpha => alpha * of(to),
        };
        let mean: f64 = trace.start.iter().map(weighted).sum();
        for &(to, weight) in &trace.start {
            self.add(weight, (of(to) - mean) / sum);
        }
    }

    /// Adds the magnitudes of the terms that [`Sensitivity::add_initial`] adds up, of derivatives that are nonnegative.
    pub(crate) fn add_initial_magnitudes(
        &mut self,
        trace: &Trace,
        rates: &Rates,
        by_position: &[f64],
        at_zero: f64,
    ) {
        let of = |to: u32| if to == ABSORBED { at_zero } else { by_position[to as usize] };
        let sum: f64 = trace.start.iter().map(|&(_, w)| rates.of(w)).sum();
        let mean: f64 = trace.start.iter().map(|&(to, w)| rates.of(w) / sum * of(to)).sum();
        trace.start.iter().for_each(|&(to, weight)| self.add(weight, (of(to) + mean) / sum));
    }

    /// Bounds the derivative with respect to each parameter, of magnitudes: the sum of each times that of the coefficient.
    pub(crate) fn magnitudes_by_theta(mut self, trace: &Trace, rates: &Rates) -> Vec<f64> {
        rates.pull_back_magnitudes(trace, &mut self.by_weight);
        let mut bounds = vec![0.0; trace.parameters()];
        for (weight, magnitude) in self.by_weight[..trace.weights.forms()].iter().enumerate() {
            for (sum, &c) in bounds.iter_mut().zip(trace.weights.coefficients(weight as u32)) {
                if c != 0.0 {
                    *sum += c.abs() * magnitude;
                }
            }
        }
        bounds
    }

    /// The derivative with respect to each parameter. Weights that do not depend on a parameter do not count,
    /// whatever their derivative.
    pub(crate) fn by_theta(mut self, trace: &Trace, rates: &Rates) -> Vec<f64> {
        rates.pull_back(trace, &mut self.by_weight);
        let mut gradient = vec![0.0; trace.parameters()];
        for (weight, derivative) in self.by_weight[..trace.weights.forms()].iter().enumerate() {
            for (sum, &c) in gradient.iter_mut().zip(trace.weights.coefficients(weight as u32)) {
                if c != 0.0 {
                    *sum += c * derivative;
                }
            }
        }
        gradient
    }
}

#[cfg(test)]
mod tests;
