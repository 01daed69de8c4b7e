//! What stands for a graph, before it is read as one.

use sojourn_engine::{Trace, models};
use sojourn_proto::Key;
use sojourn_proto::hello::BUILD;

use super::bytes::{begin_with, decompress, read_raw};
use super::{LoadError, Loaded, MAX_FILE_BYTES, MODEL_PREFIX, Problem, Reading, parse};

/// A file's bytes, or a model's text: enough to look its trace up, which is much faster than to read the graph
/// and to find the trace by that.
#[derive(Debug, Clone)]
pub struct Document {
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
    pub fn open(name: &str, reading: impl Into<Reading>) -> Result<Document, LoadError> {
        let content = match name.strip_prefix(MODEL_PREFIX) {
            Some(spec) => Content::Model(spec.to_owned()),
            None => Content::File(read_raw(name).map_err(|problem| LoadError::new(name, problem))?),
        };
        Ok(Document { name: name.to_owned(), content, reading: reading.into() })
    }

    /// Whether it is a trace, recorded before, by its first bytes.
    pub fn is_trace(&self) -> bool {
        matches!(&self.content, Content::File(bytes) if begin_with(bytes, &Trace::MAGIC))
    }

    /// Digest of everything that decides which graph is read from it, the build of the reader included.
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
}
