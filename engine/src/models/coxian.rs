//! Phases in a row, each of which may be the last.

use super::arguments::{Arguments, ModelKey};
use super::explore::explore;
use super::{ModelDescription, ModelError};
use crate::Graph;

pub(super) const COXIAN: ModelDescription = ModelDescription {
    name: "coxian",
    summary: "phases in a row, each of which either leads on or ends",
    keys: &[ModelKey::count("n", "phases", 1, 1000)],
    parameters: "theta0, .., theta(n-2): from each phase to the next; theta(n-1), .., theta(2n-2): from each phase to \
                 the end",
    parameter_names: &[],
    states: "[phase] from 1 to n; absorbed in [n + 1]",
    example: "coxian,n=3",
    build,
};

fn build(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let n = arguments.count("n")?;
    let phases = n as usize;
    explore(arguments, 2 * phases - 1, &[1], |state, moves| {
        let phase = state[0];
        if phase < n {
            moves.to(&[phase + 1], phase as usize - 1, 1.0);
        }
        if phase <= n {
            moves.to(&[n + 1], phases + phase as usize - 2, 1.0);
        }
    })
}
