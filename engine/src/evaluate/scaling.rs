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
        write(&numbers.moments, theta, &mut self.moments);
        self.expected_reward.resize_with(numbers.expected_reward.len(), || vec![0.0]);
        for (gradient, mean) in self.expected_reward.iter_mut().zip(&numbers.expected_reward) {
            gradient[0] = -mean / theta;
        }
        self.reward_moments.resize_with(numbers.reward_moments.len(), Vec::new);
        for (gradients, moments) in self.reward_moments.iter_mut().zip(&numbers.reward_moments) {
            write(moments, theta, gradients);
        }
    }
}

/// Derivatives of moments, from the first on.
fn write(moments: &[f64], theta: f64, gradients: &mut Vec<Vec<f64>>) {
    gradients.resize_with(moments.len(), || vec![0.0]);
    for ((gradient, moment), k) in gradients.iter_mut().zip(moments).zip(1..) {
        gradient[0] = -f64::from(k) * moment / theta;
    }
}
