//! What a user names where a graph is wanted: a file, standard input, a built-in model, or a trace.

mod bounded;
mod bytes;
mod cells;
mod document;
mod error;
mod foreign;
pub mod jobs;
mod near;
pub mod observations;
mod reading;
pub mod rewards;
mod table;
pub mod thetas;

use std::ffi::OsStr;
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
pub fn load(name: impl AsRef<OsStr>, reading: impl Into<Reading>) -> Result<Loaded, LoadError> {
    Document::open(name, reading)?.load()
}

/// Loads a graph; see [`load`].
///
/// # Errors
/// As [`load`], and where a trace is found instead.
pub fn load_graph(name: impl AsRef<OsStr>, reading: impl Into<Reading>) -> Result<Graph, LoadError> {
    let name = name.as_ref();
    load(name, reading)?.into_graph().map_err(|error| LoadError::new(name.to_string_lossy(), error.problem))
}

/// A graph or trace from the bytes of its file, decompressed.
///
/// # Errors
/// What is wrong, and where in the file.
pub fn parse(bytes: &[u8], reading: impl Into<Reading>) -> Result<Loaded, Problem> {
    let reading: Reading = reading.into();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = match text.trim_ascii_start().first() {
        None => return Err(Problem::Empty),
        Some(&first) => first,
    };
    if bytes.starts_with(&Trace::MAGIC) {
        let trace = Trace::decode(bytes).map_err(Problem::Trace)?;
        return reading.of_trace(&trace).map(|()| Loaded::Trace(Box::new(trace)));
    }
    let graph = if bytes.starts_with(bytes::ZIP_MAGIC) || bytes.starts_with(bytes::EMPTY_ZIP_MAGIC) {
        formats::read(bytes, Format::Npz, reading.counts_steps())?
    } else if first == b'{' {
        formats::read_json(bytes, reading.counts_steps())?
    } else {
        return Err(Problem::Foreign(foreign::description(bytes)));
    };
    // Normalising and recording take more memory than reading, and can not fail for want of it.
    bytes::room_for(BYTES_AN_EDGE.saturating_mul(graph.edge_count() + graph.vertices()))?;
    Ok(Loaded::Graph(Box::new(reading.apply_to_file(graph, bytes)?)))
}

/// Returns whether a name is that of a graph's file as phasic writes it from version 0.22 on, by the word `weight_mode` in
/// it, as JSON or npz. False of standard input, which is read once.
pub fn is_written_by_phasic(name: impl AsRef<OsStr>) -> bool {
    let name = name.as_ref();
    let is_model = name.to_string_lossy().starts_with(MODEL_PREFIX);
    let is_file = name != "-" && !is_model && Path::new(name).is_file();
    is_file
        && read(name)
            .is_ok_and(|bytes| !bytes.starts_with(&Trace::MAGIC) && reading::contains(&bytes, b"weight_mode"))
}

/// Bytes for an edge or a vertex while a graph is normalised, at least.
const BYTES_AN_EDGE: usize = 64;

/// Name of a graph for people and files: a path's file name, a model's text.
pub fn short_name(name: &str) -> &str {
    if name.starts_with(MODEL_PREFIX) {
        return name;
    }
    Path::new(name).file_name().and_then(|file| file.to_str()).unwrap_or(name)
}

#[cfg(test)]
mod tests;
