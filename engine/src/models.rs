//! Built-in models: graphs of textbook processes, so that nobody needs another tool to begin.
//!
//! A model is named by a text: `coalescent,n=10` or `coalescent?n=10`; several keys are joined by `,` or `&`.
//! [`list`] documents each. In all of them row 0 is the start, time zero, with a state of zeros.

mod absorption;
mod arg;
mod arguments;
mod birth_death;
mod chain;
mod coalescent;
mod coxian;
mod error;
mod explore;
mod generator;
mod im;
mod rabbits;
mod random;
mod repair;
mod sfs;
mod tandem;

use crate::Graph;
use arguments::Arguments;

pub use arguments::{KeyKind, ModelKey};
pub use error::ModelError;

/// What a built-in model is, and how it is built.
#[derive(Debug)]
pub struct ModelDescription {
    /// Name, as in `model:NAME`.
    pub name: &'static str,
    /// What it models, in one sentence.
    pub summary: &'static str,
    /// The keys it takes.
    pub keys: &'static [ModelKey],
    /// What each entry of theta means.
    pub parameters: &'static str,
    /// Name of each entry of theta, in their order, by which files of parameter vectors may know them; none in models
    /// whose parameters are as many as their keys say. A graph with fewer parameters has the first of them.
    pub parameter_names: &'static [&'static str],
    /// What each entry of a state means, where it starts and when it is absorbed.
    pub states: &'static str,
    /// A specification that can be typed as it stands.
    pub example: &'static str,
    build: fn(&Arguments<'_>) -> Result<Graph, ModelError>,
}

static MODELS: [ModelDescription; 15] = [
    arg::MODEL,
    birth_death::BIRTH_DEATH,
    chain::MODEL,
    coalescent::COALESCENT,
    coxian::COXIAN,
    absorption::ERLANG,
    absorption::HYPEREXPONENTIAL,
    im::MODEL,
    coalescent::ISLANDS,
    birth_death::MM1K,
    rabbits::MODEL,
    random::MODEL,
    repair::MODEL,
    sfs::MODEL,
    tandem::MODEL,
];

/// All built-in models, by name.
pub fn list() -> &'static [ModelDescription] {
    &MODELS
}

/// Returns the model that a text such as `im,n1=4,n2=4` names.
pub fn find(spec: &str) -> Option<&'static ModelDescription> {
    let name = spec.find(['?', ',']).map_or(spec, |end| &spec[..end]);
    MODELS.iter().find(|model| model.name == name)
}

/// Builds the graph of a model from its text, such as `im,n1=4,n2=4`.
///
/// # Errors
/// Names what is wrong: an unknown model (with the nearest names), an unknown, missing or repeated key, a
/// value out of its range, a graph that would be too large.
pub fn build(spec: &str) -> Result<Graph, ModelError> {
    let (name, keys) = match spec.find(['?', ',']) {
        Some(at) => (&spec[..at], &spec[at + 1..]),
        None => (spec, ""),
    };
    let model = MODELS.iter().find(|model| model.name == name);
    let model = model.ok_or_else(|| error::unknown_model(name, MODELS.iter().map(|model| model.name)))?;
    (model.build)(&Arguments::parse(model, keys)?)
}
