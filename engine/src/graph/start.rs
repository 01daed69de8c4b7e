//! What the start's weights lack to one.

use super::{Graph, GraphError};

/// Rounding of a sum of weights, for each of them: as for the probabilities of a row.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Whether a sum of so many weights is one but for rounding.
pub(crate) fn is_one(sum: f64, terms: usize) -> bool {
    (sum - 1.0).abs() <= terms as f64 * ROUNDING
}

impl Graph {
    /// Whether the start's weights are probabilities as they stand, and not divided by their sum: what they lack to one
    /// is absorbed at time zero.
    pub fn keeps_start_mass(&self) -> bool {
        self.keeps_start_mass
    }

    /// The same graph where what the start's weights lack to one is absorbed at time zero, at every theta. Where they
    /// sum to more at a theta, evaluation refuses that.
    ///
    /// # Errors
    /// If the weights are constant and sum to more than one beyond rounding.
    pub fn with_start_mass_kept(mut self) -> Result<Graph, GraphError> {
        let lacking = self.lacking_start_mass();
        match lacking.is_some_and(|(base, coefficients)| base < 0.0 && coefficients.is_empty()) {
            true => {
                let sum = self.start_edges.iter().map(|edge| self.weights.base(edge.1)).sum();
                Err(GraphError::StartMass { start: self.start as usize, sum })
            }
            false => {
                self.keeps_start_mass = true;
                Ok(self)
            }
        }
    }

    /// What the start's weights lack to one, 1 - sum of w, as base and coefficients, without these where all are zero.
    /// None where that is nothing but rounding.
    pub(crate) fn lacking_start_mass(&self) -> Option<(f64, Vec<f64>)> {
        let (mut base, mut coefficients) = (0.0, vec![0.0; self.parameters()]);
        for &(_, weight) in &self.start_edges {
            base += self.weights.base(weight);
            let own = self.weights.coefficients(weight);
            coefficients.iter_mut().zip(own).for_each(|(sum, c)| *sum -= c);
        }
        if coefficients.iter().any(|&c| c != 0.0) {
            return Some((1.0 - base, coefficients));
        }
        (!is_one(base, self.start_edges.len())).then(|| (1.0 - base, Vec::new()))
    }
}
