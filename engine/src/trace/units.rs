//! What a change of the unit of time does to a trace.

use super::Trace;
use crate::chain::ABSORBED;
use crate::graph::{Kind, Weight};
use crate::replay::all_edges;

impl Trace {
    /// Returns whether `c theta` and T/c have the same law as `theta` and T for every c > 0: time is continuous, every
    /// rate is a linear form of theta without a constant, and initial probabilities keep their ratios.
    pub fn has_homogeneous_rates(&self) -> bool {
        let linear = |weight: u32| match self.weights.get(weight) {
            Weight::Constant(value) => value == 0.0,
            Weight::Linear { base, .. } => base == 0.0,
        };
        let constant = |weight: u32| matches!(self.weights.get(weight), Weight::Constant(_));
        let starts = || self.start.iter().map(|&(_, weight)| weight);
        self.kind == Kind::Continuous
            && all_edges(self).all(|(_, _, weight)| linear(weight))
            && (starts().all(constant) || starts().all(linear))
    }

    /// Returns whether a start edge leads to absorption, so that T has a mass at zero in place of a density.
    pub fn has_mass_at_zero(&self) -> bool {
        self.start.iter().any(|&(to, _)| to == ABSORBED)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Chain, GraphBuilder, Trace, Weight, models};

    fn exponential(rate: Weight<'_>) -> Trace {
        let mut builder = GraphBuilder::new(crate::Kind::Continuous, 1, 0).unwrap();
        (0..3).for_each(|_| {
            builder.vertex(&[]).unwrap();
        });
        builder.start_edge(1, Weight::Constant(1.0)).unwrap();
        builder.edge(1, 2, rate).unwrap();
        Trace::record(&Chain::new(&builder.finish().unwrap())).unwrap()
    }

    #[test]
    fn a_constant_part_of_a_rate_fixes_the_unit_of_time() {
        assert!(exponential(Weight::Linear { base: 0.0, coefficients: &[2.0] }).has_homogeneous_rates());
        assert!(!exponential(Weight::Linear { base: 1.0, coefficients: &[2.0] }).has_homogeneous_rates());
        assert!(!exponential(Weight::Constant(3.0)).has_homogeneous_rates());
        let islands = Trace::record(&Chain::new(&models::build("islands,n=3").unwrap())).unwrap();
        assert!(islands.has_homogeneous_rates() && !islands.has_mass_at_zero());
    }
}
