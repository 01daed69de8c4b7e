//! Graph files: reading and writing. Compression is the caller's affair; here are the bytes of one file.

pub mod dot;
mod error;
mod input;
pub mod matrix;
pub mod phasic;

pub use error::FormatError;

use crate::Graph;

/// How the bytes of a graph file are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON text: a dictionary of `Graph.serialize()` or the matrix form, told apart by their keys.
    Json,
    /// The archive that `numpy.savez(file, **graph.serialize())` writes.
    Npz,
}

/// Reads a graph file. `discrete` says that a file which does not itself say what it is counts steps.
///
/// # Errors
/// Whatever is wrong with the file, with its key and row.
pub fn read(bytes: &[u8], format: Format, discrete: bool) -> Result<Graph, FormatError> {
    match format {
        Format::Json => read_json(bytes, discrete),
        Format::Npz => phasic::read_npz(bytes, discrete),
    }
}

/// Reads a graph from JSON, whichever of the two forms it has: the matrix form is known by its keys.
///
/// # Errors
/// As [`read`].
pub fn read_json(bytes: &[u8], discrete: bool) -> Result<Graph, FormatError> {
    if input::has_key_first(bytes, matrix::is_own_key, phasic::is_own_key) {
        matrix::read_json(bytes, discrete)
    } else {
        phasic::read_json(bytes, discrete)
    }
}
