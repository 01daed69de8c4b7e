//! What goes into a batch of graphs, and what comes out.

use sojourn_engine::{Chain, Graph};
use sojourn_proto::{Failure, FailureKind, Key};

use crate::load::Document;

/// One graph of a batch.
#[derive(Debug, Clone)]
pub struct Item {
    /// Place in the batch, unique; below zero it is padding.
    pub idx: i64,
    /// Name for people: a file, a model, a foreign hash.
    pub label: String,
    /// Canonical hash that the graph is said to have.
    pub claim: Option<Key>,
    /// The graph; of padding nobody looks at it.
    pub graph: Source,
}

/// A graph of a batch, or what leads to it.
#[derive(Debug, Clone)]
pub enum Source {
    /// The graph, normalised.
    Chain(Box<Chain>),
    /// Not read yet, and not to be read where its trace is stored.
    Document(Document),
    /// There is none, and why: this job fails by itself.
    Missing(JobError),
}

impl Item {
    /// A graph without a claim as to its hash.
    pub fn new(idx: i64, label: impl Into<String>, graph: &Graph) -> Item {
        Item { idx, label: label.into(), claim: None, graph: Source::Chain(Box::new(Chain::new(graph))) }
    }

    /// A graph that is read only where its trace is not stored.
    pub fn unread(idx: i64, label: impl Into<String>, document: Document) -> Item {
        Item { idx, label: label.into(), claim: None, graph: Source::Document(document) }
    }

    /// Padding: answered as padding, never computed.
    pub fn padding(idx: i64) -> Item {
        Item { idx, label: String::new(), claim: None, graph: Source::Missing(JobError::invalid("padding")) }
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
        // A unit variant is written as its name, one with fields under it.
        let name = match serde_json::to_value(kind) {
            Ok(serde_json::Value::String(name)) => Some(name),
            Ok(serde_json::Value::Object(fields)) => fields.into_iter().next().map(|(name, _)| name),
            _ => None,
        };
        JobError::new(name.unwrap_or_default(), message)
    }
}

impl From<Failure> for JobError {
    fn from(failure: Failure) -> JobError {
        JobError::of_kind(failure.kind, failure.message)
    }
}
