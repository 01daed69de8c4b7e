//! Two stations in a row.

use super::arguments::{Arguments, ModelKey};
use super::explore::explore;
use super::{ModelDescription, ModelError};
use crate::Graph;

pub(super) const MODEL: ModelDescription = ModelDescription {
    name: "tandem",
    summary: "two stations in a row with room for k customers each, until the first overflows",
    keys: &[ModelKey::count("k", "room of each station", 1, 2000)],
    parameters: "theta0: arrival; theta1, theta2: service at the first and second station; the first stops while the \
                 second is full",
    parameter_names: &["arrival", "service1", "service2"],
    states: "[customers at the first station, at the second, 1]; from [0, 0, 1]; absorbed in [0, 0, 2]",
    example: "tandem,k=10",
    build,
};

fn build(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let k = arguments.count("k")?;
    explore(arguments, 3, &[0, 0, 1], |state, moves| {
        let (a, b) = (state[0], state[1]);
        if state[2] == 2 {
            return;
        }
        if a < k {
            moves.to(&[a + 1, b, 1], 0, 1.0);
        } else {
            moves.to(&[0, 0, 2], 0, 1.0);
        }
        if a > 0 && b < k {
            moves.to(&[a - 1, b + 1, 1], 1, 1.0);
        }
        if b > 0 {
            moves.to(&[a, b - 1, 1], 2, 1.0);
        }
    })
}
