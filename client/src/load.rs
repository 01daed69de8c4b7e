//! What a user names where a graph is wanted: a file, standard input, a built-in model, or a trace.

mod bytes;
mod cells;
mod document;
mod error;
pub mod jobs;
pub mod observations;
mod reading;
pub mod rewards;
pub mod thetas;

use std::path::Path;

use sojourn_engine::formats::{self, Format};
use sojourn_engine::{Graph, Trace};

pub use bytes::{MAX_FILE_BYTES, read};
pub use document::Document;
pub use error::{LoadError, Problem};
pub use reading::{Reading, StartMass, UnknownStartMass};

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
/// JSON, npz or a trace, told apart by their first bytes. Of what a file does not say itself `reading` does; `true` there
/// marks it as counting steps.
///
/// # Errors
/// Names the file, and the place in it.
pub fn load(name: &str, reading: impl Into<Reading>) -> Result<Loaded, LoadError> {
    Document::open(name, reading)?.load()
}

/// Loads a graph; see [`load`].
///
/// # Errors
/// As [`load`], and where a trace is found instead.
pub fn load_graph(name: &str, reading: impl Into<Reading>) -> Result<Graph, LoadError> {
    load(name, reading)?.into_graph().map_err(|error| LoadError::new(name, error.problem))
}

/// A graph or trace from the bytes of its file, decompressed.
///
/// # Errors
/// What is wrong, and where in the file.
pub fn parse(bytes: &[u8], reading: impl Into<Reading>) -> Result<Loaded, Problem> {
    let reading: Reading = reading.into();
    if bytes.is_empty() {
        return Err(Problem::Empty);
    }
    let graph = |format| {
        let graph = formats::read(bytes, format, reading.counts_steps())?;
        Ok(Loaded::Graph(Box::new(reading.apply_to_file(graph, bytes)?)))
    };
    if bytes.starts_with(bytes::ZIP_MAGIC) {
        return graph(Format::Npz);
    }
    if bytes.first().is_some_and(|&byte| byte.is_ascii_whitespace() || byte == b'{' || byte == b'[') {
        return graph(Format::Json);
    }
    match Trace::decode(bytes) {
        Ok(trace) => reading.of_trace(&trace).map(|()| Loaded::Trace(Box::new(trace))),
        // Text that is no JSON is far likelier than a damaged trace.
        Err(_) if std::str::from_utf8(bytes).is_ok() => graph(Format::Json),
        Err(error) => Err(Problem::Trace(error)),
    }
}

/// Whether a name is that of a graph's file as phasic writes it from version 0.22 on, by the word `weight_mode` in it, as
/// JSON or npz. False of standard input, which is read once.
pub fn is_written_by_phasic(name: &str) -> bool {
    let is_file = name != "-" && !name.starts_with(MODEL_PREFIX) && Path::new(name).is_file();
    is_file
        && read(name)
            .is_ok_and(|bytes| !bytes.starts_with(&Trace::MAGIC) && reading::contains(&bytes, b"weight_mode"))
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
