//! The dictionary of phasic's `Graph.serialize()`, as JSON text and as a numpy archive, in both layouts.
//!
//! Row position is the identity of a vertex; states may repeat. `edges`, `constant_edges` and `start_edges` are
//! constant, `param_edges` and `start_param_edges` linear in the parameters. The old layout puts a base weight
//! before the coefficients; the new one has none and says more about itself (`vertex_indices`, `weight_mode`,
//! `is_discrete`, `was_dph`: the weights of each row are divided by their sum at every theta).

mod assemble;
mod dictionary;
mod disassemble;
mod json;
mod npz;

use super::FormatError;
use super::archive::ArrayArchive;
use super::text::JsonText;
use crate::Graph;

pub(super) use dictionary::is_own_key;

/// The two layouts in which the dictionary exists in the wild.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// phasic up to 0.21: rows of `param_edges` are `[from, to, base, c1..cp]`.
    Old,
    /// From 0.22 on: rows of `param_edges` are `[from, to, c1..cp]`.
    New,
}

impl Layout {
    /// The layout that says everything about a graph: the old one, which has base weights, unless the graph
    /// starts elsewhere than in row 0.
    pub fn of(graph: &Graph) -> Layout {
        if graph.start() == 0 { Layout::Old } else { Layout::New }
    }
}

/// Reads the dictionary from JSON. `discrete` says that a file which does not itself say what it is counts
/// steps.
///
/// # Errors
/// Whatever is wrong with the file, with its key and row.
pub fn read_json(bytes: &[u8], discrete: bool) -> Result<Graph, FormatError> {
    read_text(JsonText::new(bytes)?, discrete)
}

/// Reads the dictionary from checked text; see [`read_json`].
pub(super) fn read_text(text: JsonText<'_>, discrete: bool) -> Result<Graph, FormatError> {
    assemble::graph(&json::read(text)?, discrete)
}

/// Writes the dictionary as JSON, byte for byte as Python's `json.dumps` with compact separators does wherever
/// both write a number alike.
///
/// Reading it gives back an equal graph, with two exceptions that mean the same: constant edges come before
/// the others, and in the new layout, which has no base weights, a base is a constant edge of its own.
///
/// # Errors
/// If the layout cannot express the graph: the old one a start other than row 0, the new one a negative base
/// weight.
pub fn write_json(graph: &Graph, layout: Layout) -> Result<String, FormatError> {
    Ok(json::write(&disassemble::dictionary(graph, layout)?, layout))
}

/// Reads the dictionary from the archive that `numpy.savez(file, **graph.serialize())` writes: arrays of any
/// integer or floating point type, in either byte order, empty ones of any shape.
///
/// # Errors
/// Whatever is wrong with the file, with its array and row.
pub fn read_npz(bytes: &[u8], discrete: bool) -> Result<Graph, FormatError> {
    read_archive(&mut ArrayArchive::open(bytes)?, discrete)
}

/// Reads the dictionary from an open archive; see [`read_npz`].
pub(super) fn read_archive(archive: &mut ArrayArchive<'_>, discrete: bool) -> Result<Graph, FormatError> {
    assemble::graph(&npz::read(archive)?, discrete)
}

/// Writes the dictionary as a numpy archive; what is said of [`write_json`] holds.
///
/// # Errors
/// As [`write_json`].
pub fn write_npz(graph: &Graph, layout: Layout) -> Result<Vec<u8>, FormatError> {
    npz::write(&disassemble::dictionary(graph, layout)?, layout)
}
