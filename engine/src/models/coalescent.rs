//! Kingman's coalescent, in one population and on two islands.

use super::arguments::{Arguments, ModelKey};
use super::explore::explore;
use super::{ModelDescription, ModelError};
use crate::Graph;

pub(super) const COALESCENT: ModelDescription = ModelDescription {
    name: "coalescent",
    summary: "Kingman's coalescent: the time until n samples have their most recent common ancestor",
    keys: &[ModelKey::count("n", "samples", 2, 1_000_000)],
    parameters: "theta0: coalescence, for each pair of lineages",
    parameter_names: &["coalescence"],
    states: "[lineages]; from n to 1",
    example: "coalescent,n=10",
    build: coalescent,
};

pub(super) const ISLANDS: ModelDescription = ModelDescription {
    name: "islands",
    summary: "the coalescent on two islands between which lineages migrate",
    keys: &[ModelKey::count("n", "samples, half of them on each island, the odd one on the first", 2, 2000)],
    parameters: "theta0, theta1: coalescence on the first and second island, for each pair; theta2: migration, for \
                 each lineage",
    parameter_names: &["coalescence1", "coalescence2", "migration"],
    states: "[lineages on the first island, on the second]; absorbed when one is left",
    example: "islands,n=10",
    build: islands,
};

/// Number of pairs among k.
pub(super) fn pairs(k: i32) -> f64 {
    let k = f64::from(k);
    k * (k - 1.0) / 2.0
}

fn coalescent(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    explore(arguments, 1, &[arguments.count("n")?], |state, moves| {
        if state[0] > 1 {
            moves.to(&[state[0] - 1], 0, pairs(state[0]));
        }
    })
}

fn islands(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let n = arguments.count("n")?;
    explore(arguments, 3, &[n - n / 2, n / 2], |state, moves| {
        let (a, b) = (state[0], state[1]);
        if a + b == 1 {
            return;
        }
        if a > 1 {
            moves.to(&[a - 1, b], 0, pairs(a));
        }
        if b > 1 {
            moves.to(&[a, b - 1], 1, pairs(b));
        }
        if a > 0 {
            moves.to(&[a - 1, b + 1], 2, f64::from(a));
        }
        if b > 0 {
            moves.to(&[a + 1, b - 1], 2, f64::from(b));
        }
    })
}
