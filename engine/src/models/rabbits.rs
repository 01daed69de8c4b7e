//! Rabbits on two islands that flood.

use super::arguments::{Arguments, ModelKey};
use super::explore::explore;
use super::{ModelDescription, ModelError};
use crate::Graph;

pub(super) const MODEL: ModelDescription = ModelDescription {
    name: "rabbits",
    summary: "rabbits that jump between two islands until floods have taken them all",
    keys: &[ModelKey::count("n", "rabbits, all on the left island at first", 1, 1000)],
    parameters: "theta0: a jump, for each rabbit; theta1, theta2: a flood of the left and of the right island, where \
                 there are rabbits",
    parameter_names: &["jump", "flood_left", "flood_right"],
    states: "[rabbits on the left island + 1, on the right + 1]; absorbed in [1, 1]",
    example: "rabbits,n=2",
    build,
};

fn build(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    explore(arguments, 3, &[arguments.count("n")? + 1, 1], |state, moves| {
        let (left, right) = (state[0], state[1]);
        if left > 1 {
            moves.to(&[left - 1, right + 1], 0, f64::from(left - 1));
            moves.to(&[1, right], 1, 1.0);
        }
        if right > 1 {
            moves.to(&[left + 1, right - 1], 0, f64::from(right - 1));
            moves.to(&[left, 1], 2, 1.0);
        }
    })
}
