//! Birth and death: a population, and a queue.

use super::arguments::{Arguments, ModelKey};
use super::explore::explore;
use super::{ModelDescription, ModelError};
use crate::Graph;

pub(super) const BIRTH_DEATH: ModelDescription = ModelDescription {
    name: "birth-death",
    summary: "a population until it dies out; at its largest size nobody is born",
    keys: &[
        ModelKey::count("n", "largest size", 1, 1_000_000),
        ModelKey::count("start", "size at first, at most n", 1, 1_000_000).or("1"),
    ],
    parameters: "theta0, theta1: birth and death, for each individual",
    parameter_names: &["birth", "death"],
    states: "[individuals + 1]; absorbed in [1]",
    example: "birth-death,n=20,start=5",
    build: birth_death,
};

pub(super) const MM1K: ModelDescription = ModelDescription {
    name: "mm1k",
    summary: "the busy period of a queue with one server and room for k customers",
    keys: &[ModelKey::count("k", "most customers, the one in service included", 1, 1_000_000)],
    parameters: "theta0: arrival; theta1: service",
    parameter_names: &["arrival", "service"],
    states: "[customers + 1]; from [2], one customer; absorbed in [1]",
    example: "mm1k,k=10",
    build: mm1k,
};

fn birth_death(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let (n, start) = (arguments.count("n")?, arguments.count("start")?);
    if start > n {
        return Err(arguments.wrong("start", format!("at most n={n}")));
    }
    line(arguments, n, start, f64::from)
}

fn mm1k(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    line(arguments, arguments.count("k")?, 1, |_| 1.0)
}

/// Down at theta1 and, below n, up at theta0, each as often as `events` says.
fn line(arguments: &Arguments<'_>, n: i32, start: i32, events: fn(i32) -> f64) -> Result<Graph, ModelError> {
    explore(arguments, 2, &[start + 1], |state, moves| {
        let size = state[0] - 1;
        if size > 0 {
            moves.to(&[size], 1, events(size));
            if size < n {
                moves.to(&[size + 2], 0, events(size));
            }
        }
    })
}
