//! Chains of one parameter, of which every rate is a multiple: it sets the pace, and nothing else.
//!
//! There T at theta is T at one, divided by theta, and what rewards accumulate scales alike: k-th moments are multiples
//! of theta^-k, so that their derivatives are -k times the moments, divided by theta. No adjoint is needed, and no digit
//! is lost in a difference.

use super::{Gradient, Numbers};
use crate::graph::Kind;
use crate::trace::Trace;

impl Trace {
    /// Whether all rates are multiples of the only parameter, and the start does not depend on it.
    pub(super) fn scales_with_its_parameter(&self) -> bool {
        let multiple = |&w: &u32| self.weights.base(w) == 0.0 && self.weights.coefficients(w)[0] != 0.0;
        let constant = |&w: &u32| self.weights.coefficients(w)[0] == 0.0;
        let start: Vec<u32> = self.start.iter().map(|edge| edge.1).collect();
        self.kind() == Kind::Continuous
            && self.parameters() == 1
            && self.boundary.weight.iter().chain(&self.inner_weights).all(multiple)
            && (start.iter().all(multiple) || start.iter().all(constant))
    }
}

impl Gradient {
    /// Writes that of the numbers at theta of a chain that scales with it, in the place of what stands there.
    pub(super) fn write_scaling(&mut self, numbers: &Numbers, theta: f64) {
        self.write_alike(numbers, |k, moment| -f64::from(k) * moment / theta);
    }

    /// Whether all are within the range of doubles.
    pub(super) fn is_finite(&self) -> bool {
        let each =
            self.moments.iter().chain(&self.expected_reward).chain(self.reward_moments.iter().flatten());
        each.flatten().all(|derivative| derivative.is_finite())
    }

    /// Writes bounds on the errors of these, by the relative error of a moment: two more roundings.
    pub(super) fn write_scaling_bounds(&mut self, numbers: &Numbers, theta: f64, error: impl Fn(i32) -> f64) {
        let bound = |k, moment: f64| {
            let derivative = (f64::from(k) * moment / theta).abs();
            // A subnormal derivative has an absolute error.
            if derivative == 0.0 && moment == 0.0 {
                0.0
            } else {
                derivative * (error(k) + 2.0 * f64::EPSILON) + 1e-323
            }
        };
        self.write_alike(numbers, bound);
    }

    /// Writes a number for each moment k.
    fn write_alike(&mut self, numbers: &Numbers, of: impl Fn(i32, f64) -> f64) {
        let write = |moments: &[f64], gradients: &mut Vec<Vec<f64>>| {
            gradients.resize_with(moments.len(), || vec![0.0]);
            for ((gradient, &moment), k) in gradients.iter_mut().zip(moments).zip(1..) {
                gradient[0] = of(k, moment);
            }
        };
        write(&numbers.moments, &mut self.moments);
        self.expected_reward.resize_with(numbers.expected_reward.len(), || vec![0.0]);
        for (gradient, &mean) in self.expected_reward.iter_mut().zip(&numbers.expected_reward) {
            gradient[0] = of(1, mean);
        }
        self.reward_moments.resize_with(numbers.reward_moments.len(), Vec::new);
        for (gradients, moments) in self.reward_moments.iter_mut().zip(&numbers.reward_moments) {
            write(moments, gradients);
        }
    }
}
