//! Sums and mixtures of exponential times.

use super::arguments::{Arguments, KeyKind, ModelKey};
use super::explore::explore;
use super::{ModelDescription, ModelError};
use crate::{Graph, GraphBuilder, Kind, Weight};

pub(super) const ERLANG: ModelDescription = ModelDescription {
    name: "erlang",
    summary: "the sum of k exponential times of one rate",
    keys: &[ModelKey::count("k", "phases", 1, 1_000_000)],
    parameters: "theta0: the rate of each phase",
    parameter_names: &["rate"],
    states: "[phase] from 1 to k; absorbed in [k + 1]",
    example: "erlang,k=3",
    build: erlang,
};

pub(super) const HYPEREXPONENTIAL: ModelDescription = ModelDescription {
    name: "hyperexponential",
    summary: "one of n exponential times, drawn at first",
    keys: &[
        ModelKey::count("n", "phases", 1, 1000),
        ModelKey {
            name: "p",
            meaning: "probability of each phase; all alike where it is not given",
            default: Some(""),
            kind: KeyKind::Probabilities,
        },
    ],
    parameters: "theta0, .., theta(n-1): the rate of each phase",
    parameter_names: &[],
    states: "[phase] from 1 to n; absorbed in [n + 1]",
    example: "hyperexponential,n=3,p=0.5/0.3/0.2",
    build: hyperexponential,
};

fn erlang(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let k = arguments.count("k")?;
    explore(arguments, 1, &[1], |state, moves| {
        if state[0] <= k {
            moves.to(&[state[0] + 1], 0, 1.0);
        }
    })
}

fn hyperexponential(arguments: &Arguments<'_>) -> Result<Graph, ModelError> {
    let n = arguments.count("n")?;
    let phases = n as usize;
    let p = match arguments.given("p") {
        Some(_) => arguments.probabilities("p")?,
        None => vec![1.0 / f64::from(n); phases],
    };
    if p.len() != phases {
        return Err(arguments.wrong("p", format!("a list of n={n} probabilities")));
    }
    let mut builder = GraphBuilder::new(Kind::Continuous, phases, 1)?;
    for row in 0..n + 2 {
        builder.vertex(&[row])?;
    }
    let mut coefficients = vec![0.0; phases];
    for (phase, p) in p.into_iter().enumerate() {
        let row = phase as u32 + 1;
        builder.start_edge(row, Weight::Constant(p))?;
        coefficients[phase] = 1.0;
        builder.edge(row, n as u32 + 1, Weight::Linear { base: 0.0, coefficients: &coefficients })?;
        coefficients[phase] = 0.0;
    }
    Ok(builder.finish()?)
}
