//! Isolation with migration: two populations and the origin of each lineage's descendants.

use super::arguments::{Arguments, ModelKey};
use super::coalescent::pairs;
use super::explore::{Moves, explore};
use super::{ModelDescription, ModelError};
use crate::Graph;

/// Most samples of both populations: 8 and 8 make 480 663 vertices.
const MAX_SAMPLES: i32 = 16;

pub(super) const MODEL: ModelDescription = ModelDescription {
    name: "im",
    summary: "isolation with migration: two populations, each lineage known by how many samples of either descend \
              from it",
    keys: &[
        ModelKey::count("n1", "samples of the first population", 0, 16),
        ModelKey::count("n2", "samples of the second population; n1 + n2 is from 2 to 16", 0, 16),
    ],
    parameters: "theta0: coalescence, for each pair in one population; theta1: migration, for each lineage",
    parameter_names: &["coalescence", "migration"],
    states: "[lineages of each type]; type (i, j, p), i and j descendants among the first's and second's samples, \
             now in population p, is entry p (n1+1)(n2+1) + i (n2+1) + j; absorbed when one lineage is left",
    example: "im,n1=4,n2=4",
    build,
};

fn build(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let (n1, n2) = (arguments.count("n1")?, arguments.count("n2")?);
    if !(2..=MAX_SAMPLES).contains(&(n1 + n2)) {
        let message = format!("{n1} + {n2} samples, together there are from 2 to {MAX_SAMPLES}");
        return Err(arguments.too_large(message));
    }
    let width = n2 as usize + 1;
    let types = (n1 as usize + 1) * width;
    let mut first = vec![0; 2 * types];
    first[width.min(types - 1)] += n1;
    first[types + usize::from(n2 > 0)] += n2;
    let mut present = Vec::new();
    explore(arguments, 2, &first, |state, moves| {
        if state.iter().sum::<i32>() == 1 {
            return;
        }
        for population in 0..2 {
            let own = population * types;
            present.clear();
            present.extend((0..types).filter(|k| state[own + k] > 0));
            migrate(state, &present, own, types - own, moves);
            coalesce(state, &present, own, moves);
        }
    })
}

fn migrate(state: &[i32], present: &[usize], own: usize, other: usize, moves: &mut Moves) {
    for &k in present {
        let count = state[own + k];
        moves.by(&[(own + k, -1), (other + k, 1)], 1, f64::from(count));
    }
}

fn coalesce(state: &[i32], present: &[usize], own: usize, moves: &mut Moves) {
    for (at, &a) in present.iter().enumerate() {
        for &b in &present[at..] {
            let (x, y) = (state[own + a], state[own + b]);
            let count = if a == b { pairs(x) } else { f64::from(x) * f64::from(y) };
            if count > 0.0 {
                // Descendants add up in each coordinate, and so do the entries of types.
                moves.by(&[(own + a, -1), (own + b, -1), (own + a + b, 1)], 0, count);
            }
        }
    }
}
