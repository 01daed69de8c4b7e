//! The ancestral recombination graph of two loci (Simonsen and Churchill 1997).

use super::arguments::{Arguments, ModelKey};
use super::coalescent::pairs;
use super::explore::explore;
use super::{ModelDescription, ModelError};
use crate::Graph;

pub(super) const MODEL: ModelDescription = ModelDescription {
    name: "arg",
    summary: "the ancestral recombination graph of two loci, until both have found their common ancestor",
    keys: &[ModelKey::count("n", "samples", 2, 100)],
    parameters: "theta0: coalescence, for each pair; theta1: recombination (rho), half of it for each lineage that \
                 carries both loci",
    parameter_names: &["coalescence", "recombination"],
    states: "[lineages that carry both loci, the left one only, the right one only]; from [n, 0, 0]; absorbed in \
             [1, 0, 0] and [0, 1, 1]",
    example: "arg,n=2",
    build,
};

fn build(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    explore(arguments, 2, &[arguments.count("n")?, 0, 0], |state, moves| {
        let (both, left, right) = (state[0], state[1], state[2]);
        if both + left == 1 && both + right == 1 {
            return;
        }
        let product = |a: i32, b: i32| f64::from(a) * f64::from(b);
        let mut to = |state: [i32; 3], parameter, factor| {
            if factor > 0.0 {
                moves.to(&state, parameter, factor);
            }
        };
        to([both - 1, left, right], 0, pairs(both));
        to([both, left - 1, right], 0, product(both, left) + pairs(left));
        to([both, left, right - 1], 0, product(both, right) + pairs(right));
        to([both + 1, left - 1, right - 1], 0, product(left, right));
        to([both - 1, left + 1, right + 1], 1, f64::from(both) / 2.0);
    })
}
