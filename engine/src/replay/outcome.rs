//! What comes of a tile, lane by lane.

use super::pack::Lanes;

/// Results of a tile: each a run of numbers, one a lane.
#[derive(Debug)]
pub(crate) struct Outcome {
    lanes: usize,
    /// Not finite where the lane's results are worth nothing.
    pub(super) fault: Vec<f64>,
    pub(super) mass_at_zero: Vec<f64>,
    /// By equation.
    pub(super) expected: Vec<f64>,
    /// Bound on the relative error of the rates, in units of half a last place, where gradients are asked for; not a
    /// number where nothing is known.
    pub(super) rate_error: Vec<f64>,
    /// By equation and parameter, where asked for.
    pub(super) gradients: Vec<f64>,
    /// Magnitudes of the terms of the same.
    pub(super) magnitudes: Vec<f64>,
    /// Row by row up to the diagonal, where asked for.
    pub(super) covariances: Vec<f64>,
}

impl Outcome {
    pub(super) fn new(lanes: usize) -> Outcome {
        let none = Vec::new;
        Outcome {
            lanes,
            fault: none(),
            mass_at_zero: none(),
            expected: none(),
            rate_error: none(),
            gradients: none(),
            magnitudes: none(),
            covariances: none(),
        }
    }

    /// What a device computed: the fault, the mass at zero, the error of the rates, expectations, so many gradients and
    /// the magnitudes of their terms, and covariances, each a run of numbers, one a lane.
    pub(crate) fn of_device(lanes: usize, results: &[f64], equations: usize, gradients: usize) -> Outcome {
        let (fault, rest) = results.split_at(lanes);
        let (mass_at_zero, rest) = rest.split_at(lanes);
        let (rate_error, rest) = rest.split_at(lanes);
        let (expected, rest) = rest.split_at(equations * lanes);
        let (gradients, rest) = rest.split_at(gradients * lanes);
        let (magnitudes, covariances) = rest.split_at(gradients.len());
        Outcome {
            lanes,
            fault: fault.to_vec(),
            mass_at_zero: mass_at_zero.to_vec(),
            expected: expected.to_vec(),
            rate_error: rate_error.to_vec(),
            magnitudes: magnitudes.to_vec(),
            gradients: gradients.to_vec(),
            covariances: covariances.to_vec(),
        }
    }

    pub(super) fn clear(&mut self) {
        let Outcome {
            lanes: _,
            fault,
            mass_at_zero,
            expected,
            rate_error,
            gradients,
            magnitudes,
            covariances,
        } = self;
        let all = [fault, mass_at_zero, expected, rate_error, gradients, magnitudes, covariances];
        all.into_iter().for_each(Vec::clear);
    }

    /// Whether a lane's results are worth anything.
    pub(crate) fn is_sound(&self, lane: usize) -> bool {
        self.fault[lane].is_finite()
    }

    /// Probability that absorption comes at time zero.
    pub(crate) fn mass_at_zero(&self, lane: usize) -> f64 {
        self.mass_at_zero[lane]
    }

    /// Expectation of an equation's solution, over where the chain starts.
    pub(crate) fn expected(&self, equation: usize, lane: usize) -> f64 {
        self.expected[equation * self.lanes + lane]
    }

    /// Its derivative with respect to a parameter, of so many.
    pub(crate) fn derivative(
        &self,
        equation: usize,
        parameters: usize,
        parameter: usize,
        lane: usize,
    ) -> f64 {
        self.gradients[(equation * parameters + parameter) * self.lanes + lane]
    }

    /// Sum of the magnitudes of the terms of the same.
    pub(crate) fn magnitude(&self, equation: usize, parameters: usize, parameter: usize, lane: usize) -> f64 {
        self.magnitudes[(equation * parameters + parameter) * self.lanes + lane]
    }

    /// Bound on the relative error of the rates, in units of half a last place; not a number where nothing is known.
    pub(crate) fn rate_error(&self, lane: usize) -> f64 {
        self.rate_error[lane]
    }

    /// Covariance of two rewards.
    pub(crate) fn covariance(&self, one: usize, other: usize, lane: usize) -> f64 {
        let (row, column) = (one.max(other), one.min(other));
        self.covariances[(row * (row + 1) / 2 + column) * self.lanes + lane]
    }
}

/// Appends the numbers of a pack.
#[inline(always)]
pub(super) fn spread<P: Lanes>(numbers: &mut Vec<f64>, pack: P) {
    numbers.extend_from_slice(pack.numbers());
}
