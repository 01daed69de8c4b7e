//! What a user names where a graph is wanted: a file, standard input, a built-in model, or a trace.

mod bytes;
mod cells;
mod document;
mod error;
pub mod jobs;
pub mod observations;
pub mod rewards;
mod table;
pub mod thetas;

use std::path::Path;

use sojourn_engine::formats::{self, Format};
use sojourn_engine::{Graph, Trace};

pub use bytes::{MAX_FILE_BYTES, read};
pub use document::Document;
pub use error::{LoadError, Problem};

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Loaded {
    /// A graph.
    Graph(Box<Graph>),
    /// A trace, recorded before.
    Trace(Box<Trace>),
}

impl Loaded {
    /// The graph, where one is wanted and a trace will not do.
    ///
    /// # Errors
    /// [`Problem::TraceNotGraph`].
    pub fn into_graph(self) -> Result<Graph, LoadError> {
        match self {
            Loaded::Graph(graph) => Ok(*graph),
            Loaded::Trace(_) => Err(LoadError::new("trace", Problem::TraceNotGraph)),
        }
    }
}

/// Prefix of a model where a file may stand.
pub const MODEL_PREFIX: &str = "model:";

/// Loads what `name` says: `model:NAME,key=value,..`, `-` for standard input, else a file; compressed or not,
/// JSON, npz or a trace, told apart by their first bytes. `discrete` marks a file that does not say it itself
/// as counting steps; one that says it is continuous, as models do, is refused with it.
///
/// # Errors
/// Names the file, and the place in it.
pub fn load(name: &str, discrete: bool) -> Result<Loaded, LoadError> {
    Document::open(name, discrete)?.load()
}

/// Loads a graph; see [`load`].
///
/// # Errors
/// As [`load`], and where a trace is found instead.
pub fn load_graph(name: &str, discrete: bool) -> Result<Graph, LoadError> {
    load(name, discrete)?.into_graph().map_err(|error| LoadError::new(name, error.problem))
}

/// A graph or trace from the bytes of its file, decompressed.
///
/// # Errors
/// What is wrong, and where in the file.
pub fn parse(bytes: &[u8], discrete: bool) -> Result<Loaded, Problem> {
    if bytes.is_empty() {
        return Err(Problem::Empty);
    }
    if bytes.starts_with(bytes::ZIP_MAGIC) {
        return Ok(Loaded::Graph(Box::new(formats::read(bytes, Format::Npz, discrete)?)));
    }
    if bytes.first().is_some_and(|&byte| byte.is_ascii_whitespace() || byte == b'{' || byte == b'[') {
        return Ok(Loaded::Graph(Box::new(formats::read_json(bytes, discrete)?)));
    }
    match Trace::decode(bytes) {
        Ok(trace) => Ok(Loaded::Trace(Box::new(trace))),
        // Text that is no JSON is far likelier than a damaged trace.
        Err(_) if std::str::from_utf8(bytes).is_ok() => {
            Ok(Loaded::Graph(Box::new(formats::read_json(bytes, discrete)?)))
        }
        Err(error) => Err(Problem::Trace(error)),
    }
}

/// Name of a graph for people and files: a path's file name, a model's text.
pub fn short_name(name: &str) -> &str {
    if name.starts_with(MODEL_PREFIX) {
        return name;
    }
    Path::new(name).file_name().and_then(|file| file.to_str()).unwrap_or(name)
}

#[cfg(test)]
mod tests;
