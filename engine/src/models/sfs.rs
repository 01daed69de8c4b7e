//! The coalescent with the number of descendants of each lineage.

use super::arguments::{Arguments, ModelKey};
use super::coalescent::pairs;
use super::explore::{Moves, explore};
use super::{ModelDescription, ModelError};
use crate::Graph;

pub(super) const MODEL: ModelDescription = ModelDescription {
    name: "sfs",
    summary: "the coalescent by descendants: rewards that count a kind of lineage give the site frequency spectrum",
    keys: &[
        ModelKey::count("n", "samples", 2, 60),
        ModelKey::count("islands", "1, or 2 between which lineages migrate", 1, 2).or("1"),
    ],
    parameters: "theta0: coalescence, for each pair on one island; with two islands theta1: migration, for each \
                 lineage",
    parameter_names: &["coalescence", "migration"],
    states: "[lineages with 1, 2, .., n descendants], with two islands those of the first and then of the second; \
             absorbed when one is left; samples begin half on each island, the odd one on the first",
    example: "sfs,n=10",
    build,
};

fn build(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let n = arguments.count("n")?;
    let size = n as usize;
    let islands = arguments.count("islands")?;
    let mut first = vec![0; size * islands as usize];
    first[0] = n;
    if islands == 2 {
        first[0] = n - n / 2;
        first[size] = n / 2;
    }
    explore(arguments, islands as usize, &first, |state, moves| {
        if state.iter().sum::<i32>() == 1 {
            return;
        }
        for island in 0..islands as usize {
            coalesce(state, island * size..(island + 1) * size, moves);
            if islands == 2 {
                migrate(state, island * size, (1 - island) * size, size, moves);
            }
        }
    })
}

fn coalesce(state: &[i32], island: std::ops::Range<usize>, moves: &mut Moves) {
    for a in island.clone() {
        for b in a..island.end {
            let (x, y) = (state[a], state[b]);
            let count = if a == b { pairs(x) } else { f64::from(x) * f64::from(y) };
            if count > 0.0 {
                // Entry k of an island has k + 1 descendants.
                let merged = a + b + 1 - island.start;
                moves.by(&[(a, -1), (b, -1), (merged, 1)], 0, count);
            }
        }
    }
}

fn migrate(state: &[i32], from: usize, to: usize, size: usize, moves: &mut Moves) {
    for k in 0..size {
        let count = state[from + k];
        if count > 0 {
            moves.by(&[(from + k, -1), (to + k, 1)], 1, f64::from(count));
        }
    }
}
