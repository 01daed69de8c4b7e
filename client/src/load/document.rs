//! What stands for a graph, before it is read as one.

use std::ffi::OsStr;

use sojourn_engine::{Trace, models};
use sojourn_proto::Key;
use sojourn_proto::hello::BUILD;

use super::bytes::{begin_with, decompress, read_raw};
use super::{LoadError, Loaded, MAX_FILE_BYTES, MODEL_PREFIX, Problem, Reading, parse};

/// A file's bytes, or a model's text: enough to look its trace up, which is much faster than to read the graph
/// and to find the trace by that.
#[derive(Debug, Clone)]
pub struct Document {
    /// As it is shown; a file's need not be UTF-8.
    name: String,
    content: Content,
    reading: Reading,
}

#[derive(Debug, Clone)]
enum Content {
    /// Text of a built-in model, without the prefix.
    Model(String),
    /// Bytes of a file, as they are.
    File(Vec<u8>),
}

impl Document {
    /// Reads what `name` says (see [`super::load`]) as bytes, and not as a graph yet.
    ///
    /// # Errors
    /// Names the file, where it can not be read.
    pub fn open(name: impl AsRef<OsStr>, reading: impl Into<Reading>) -> Result<Document, LoadError> {
        let (name, shown) = (name.as_ref(), name.as_ref().to_string_lossy());
        let content = match shown.strip_prefix(MODEL_PREFIX) {
            Some(spec) => Content::Model(spec.to_owned()),
            None => Content::File(read_raw(name).map_err(|problem| LoadError::new(shown.clone(), problem))?),
        };
        Ok(Document { name: shown.into_owned(), content, reading: reading.into() })
    }

    /// Returns whether it is a trace, recorded before, by its first bytes.
    pub fn is_trace(&self) -> bool {
        matches!(&self.content, Content::File(bytes) if begin_with(bytes, &Trace::MAGIC))
    }

    /// Returns a digest of everything that decides which graph is read from it, the build of the reader included.
    pub fn digest(&self) -> Key {
        let (kind, bytes) = match &self.content {
            Content::Model(spec) => (0, spec.as_bytes()),
            Content::File(bytes) => (1, &bytes[..]),
        };
        let mut text = vec![kind, self.reading.code()];
        text.extend_from_slice(&Key::of_blob(bytes).0);
        text.extend_from_slice(BUILD.as_bytes());
        Key::of("sojourn 2026 graph document v1", &[&text])
    }

    /// Reads it as a graph, or as a trace.
    ///
    /// # Errors
    /// Names the file, and the place in it.
    pub fn load(&self) -> Result<Loaded, LoadError> {
        let loaded = match &self.content {
            Content::Model(spec) => models::build(spec)
                .map_err(Problem::Model)
                .and_then(|graph| Ok(Loaded::Graph(Box::new(self.reading.apply(graph)?)))),
            Content::File(bytes) => {
                decompress(bytes, MAX_FILE_BYTES).and_then(|plain| parse(&plain, self.reading))
            }
        };
        loaded.map_err(|problem| LoadError::new(&self.name, problem))
    }

    /// Returns whether it is a graph that may be meant to count steps, though it is read as continuous. For what is
    /// known to be a graph: an error was met before.
    pub fn looks_discrete(&self) -> bool {
        matches!(self.content, Content::File(_))
            && matches!(self.load(), Ok(Loaded::Graph(graph)) if graph.looks_discrete())
    }
}
