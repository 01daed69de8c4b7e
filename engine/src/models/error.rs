//! What can be wrong with the text that names a model.

use crate::GraphError;

/// A model that cannot be built, and the key at fault.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// No model of that name.
    #[error("unknown model `{name}`; did you mean {nearest}? (`sojourn model` lists all)")]
    UnknownModel {
        /// What was asked for.
        name: String,
        /// The nearest names.
        nearest: String,
    },
    /// A part of the text that is not `key=value`.
    #[error("model {model}: `{part}` is not of the form key=value")]
    NotAPair {
        /// The model.
        model: &'static str,
        /// The part.
        part: String,
    },
    /// A key that the model does not have.
    #[error("model {model} has no key `{key}`; its keys are {known}")]
    UnknownKey {
        /// The model.
        model: &'static str,
        /// The key.
        key: String,
        /// The keys it has.
        known: String,
    },
    /// A key given twice.
    #[error("model {model}: the key `{key}` is given twice")]
    RepeatedKey {
        /// The model.
        model: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A key without a default that is not given.
    #[error("model {model}: the key `{key}` is missing ({meaning}), as in `{example}`")]
    MissingKey {
        /// The model.
        model: &'static str,
        /// The key.
        key: &'static str,
        /// What it means.
        meaning: &'static str,
        /// A text that works.
        example: &'static str,
    },
    /// A value that the key does not take.
    #[error("model {model}: {key}={value} is not {expected}")]
    Value {
        /// The model.
        model: &'static str,
        /// The key.
        key: &'static str,
        /// What was given.
        value: String,
        /// What is wanted.
        expected: String,
    },
    /// Values each in range that together ask for too much.
    #[error("model {model}: {message}")]
    TooLarge {
        /// The model.
        model: &'static str,
        /// The bound and what it bounds.
        message: String,
    },
    /// A graph that the checks refuse.
    #[error("model: {0}")]
    Graph(#[from] GraphError),
}

/// Names the models whose names are nearest by edits, best first.
pub(super) fn unknown_model(name: &str, known: impl Iterator<Item = &'static str>) -> ModelError {
    let name: String = name.chars().take(64).collect();
    let mut ranked: Vec<(usize, &str)> = known
        .map(|candidate| {
            let begins = !name.is_empty() && (candidate.starts_with(&name) || name.starts_with(candidate));
            (if begins { 0 } else { strsim::levenshtein(&name, candidate) }, candidate)
        })
        .collect();
    ranked.sort_unstable();
    let nearest: Vec<String> = ranked.iter().take(3).map(|(_, candidate)| format!("`{candidate}`")).collect();
    ModelError::UnknownModel { name, nearest: nearest.join(" or ") }
}
