//! What goes into a batch of graphs, and what comes out.

use sojourn_engine::{Chain, Graph};
use sojourn_proto::{Failure, FailureKind, Key};

/// One graph of a batch.
#[derive(Debug, Clone)]
pub struct Item {
    /// Place in the batch, unique; below zero it is padding.
    pub idx: i64,
    /// Name for people: a file, a model, a foreign hash.
    pub label: String,
    /// Canonical hash that the graph is said to have.
    pub claim: Option<Key>,
    /// The graph, normalised; or why there is none. Padding has an error that nobody looks at.
    pub chain: Result<Chain, JobError>,
}

impl Item {
    /// A graph without a claim as to its hash.
    pub fn new(idx: i64, label: impl Into<String>, graph: &Graph) -> Item {
        Item { idx, label: label.into(), claim: None, chain: Ok(Chain::new(graph)) }
    }

    /// Padding: answered as padding, never computed.
    pub fn padding(idx: i64) -> Item {
        Item { idx, label: String::new(), claim: None, chain: Err(JobError::invalid("padding")) }
    }
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobError {
    /// For programs, in snake case.
    pub kind: String,
    /// For people.
    pub message: String,
}

impl JobError {
    /// An error of a kind.
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> JobError {
        JobError { kind: kind.into(), message: message.into() }
    }

    /// Input that is wrong.
    pub fn invalid(message: impl Into<String>) -> JobError {
        JobError::of_kind(FailureKind::InvalidInput, message)
    }

    pub(super) fn of_kind(kind: FailureKind, message: impl Into<String>) -> JobError {
        // A unit variant is written as its name.
        let name = serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(str::to_owned));
        JobError::new(name.unwrap_or_default(), message)
    }
}

impl From<Failure> for JobError {
    fn from(failure: Failure) -> JobError {
        JobError::of_kind(failure.kind, failure.message)
    }
}
