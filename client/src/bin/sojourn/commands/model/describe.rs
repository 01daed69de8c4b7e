//! What a model is: its keys, states and parameters.

use serde::Serialize;
use sojourn_client::load::{self, MODEL_PREFIX};
use sojourn_engine::models::{self, KeyKind, ModelDescription, ModelKey};

use crate::context::Context;
use crate::error::CommandError;

/// Describes a model; where keys are given too, the size of its graph.
pub(super) fn model(spec: &str, context: &mut Context) -> Result<(), CommandError> {
    let (name, keys) = match spec.find(['?', ',']) {
        Some(at) => (&spec[..at], &spec[at + 1..]),
        None => (spec, ""),
    };
    let Some(model) = models::list().iter().find(|model| model.name == name) else {
        // The library says which names are near.
        load::load(format!("{MODEL_PREFIX}{name}"), false)?;
        return Ok(());
    };
    if context.json() {
        return json(model, context);
    }
    text(model, context)?;
    if keys.is_empty() {
        return Ok(());
    }
    let graph = load::load_graph(format!("{MODEL_PREFIX}{spec}"), false)?;
    let (vertices, edges, parameters) = (graph.vertices(), graph.edge_count(), graph.parameters());
    context.out.line(format_args!(
        "\n{MODEL_PREFIX}{spec} has {vertices} vertices, {edges} edges and {parameters} parameters"
    ))
}

fn text(model: &ModelDescription, context: &mut Context) -> Result<(), CommandError> {
    let ModelDescription { name, summary, keys, parameters, states, example, .. } = model;
    context.out.line(format_args!("{name}: {summary}"))?;
    context.out.line(format_args!("  states      {states}"))?;
    context.out.line(format_args!("  parameters  {parameters}"))?;
    if !model.parameter_names.is_empty() {
        context.out.line(format_args!("  names       {}", model.parameter_names.join(", ")))?;
    }
    for (place, key) in keys.iter().enumerate() {
        let heading = if place == 0 { "keys" } else { "" };
        let default = key.default.map_or_else(String::new, |value| format!(" (default {value})"));
        let (name, meaning, values) = (key.name, key.meaning, values(key));
        context.out.line(format_args!("  {heading:<11} {name}: {meaning}; {values}{default}"))?;
    }
    context.out.line(format_args!("  example     sojourn eval {MODEL_PREFIX}{example}"))
}

fn values(key: &ModelKey) -> String {
    match key.kind {
        KeyKind::Count { min, max } => format!("{min} to {max}"),
        KeyKind::Switch => "true or false".to_owned(),
        KeyKind::Probabilities => "probabilities such as 0.5/0.5".to_owned(),
    }
}

/// Describes a model to a program.
pub(super) fn json(model: &ModelDescription, context: &mut Context) -> Result<(), CommandError> {
    #[derive(Serialize)]
    struct Model<'a> {
        name: &'a str,
        summary: &'a str,
        states: &'a str,
        parameters: &'a str,
        parameter_names: &'a [&'a str],
        keys: Vec<Key<'a>>,
        example: &'a str,
    }
    #[derive(Serialize)]
    struct Key<'a> {
        name: &'a str,
        meaning: &'a str,
        values: String,
        default: Option<&'a str>,
    }
    let keys = model.keys.iter();
    context.out.json(&Model {
        name: model.name,
        summary: model.summary,
        states: model.states,
        parameters: model.parameters,
        parameter_names: model.parameter_names,
        keys: keys
            .map(|key| Key {
                name: key.name,
                meaning: key.meaning,
                values: values(key),
                default: key.default,
            })
            .collect(),
        example: model.example,
    })
}
