//! Machines that break and a crew that mends them.

use super::arguments::{Arguments, ModelKey};
use super::explore::explore;
use super::{ModelDescription, ModelError};
use crate::Graph;

pub(super) const MODEL: ModelDescription = ModelDescription {
    name: "repair",
    summary: "machines and a crew that mends them, until all are down",
    keys: &[
        ModelKey::count("n", "machines, all running at first", 1, 1_000_000),
        ModelKey::count("crew", "machines that are mended at a time", 0, 1_000_000).or("2"),
    ],
    parameters: "theta0: failure, for each running machine; theta1: repair, for each that is being mended",
    parameter_names: &["failure", "repair"],
    states: "[running machines + 1]; from [n + 1]; absorbed in [1]",
    example: "repair,n=10,crew=2",
    build,
};

fn build(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let (n, crew) = (arguments.count("n")?, arguments.count("crew")?);
    explore(arguments, 2, &[n + 1], |state, moves| {
        let running = state[0] - 1;
        if running == 0 {
            return;
        }
        moves.to(&[running], 0, f64::from(running));
        let mended = crew.min(n - running);
        if mended > 0 {
            moves.to(&[running + 2], 1, f64::from(mended));
        }
    })
}
