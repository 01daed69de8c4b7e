//! The matrix form: initial probabilities and a sub-intensity (or sub-stochastic) matrix.
//!
//! `{"alpha": [..], "S": [[..]], "kind": "continuous", "exit": [..]}`; `kind` and `exit` may be left out. Other
//! tools' names are accepted: `pi`, `ipv`, `init_probs` or `prob` for `alpha`; `T`, `Q`, `A`, `D0`, `sim`,
//! `subint_mat` or `rates` for `S`; `exit_rates` or `xi` for `exit`; `"discrete": true` for the kind. Vectors may be
//! written as one number, a list, a row or a column. An archive of arrays under the same names says the same, and so
//! does scipy's sparse archive.
//!
//! Row 0 of the graph is the start, row i the i-th phase (its state is `[i]`), the last row is absorbing. Mass at
//! zero, the rest of `alpha` to one, is an edge from the start to the absorbing row. A phase that nothing leaves is
//! never left: it has an edge of weight zero.
//!
//! A matrix of which no row lacks anything, though some rows lead nowhere, is a full generator (transition matrix):
//! these rows are absorbing, unless `exit` says that they are phases. Its start may be left out, and is the first row
//! then.

mod archive;
mod content;
mod exact;
mod json;
mod names;
mod read;
mod sparse;
mod write;

use super::FormatError;
use super::archive::ArrayArchive;
use super::text::JsonText;
use crate::Graph;

pub(super) use archive::is_own as is_own_archive;
pub(super) use names::is_own_key;

/// Most phases that are written: the matrix is dense.
pub const MAX_WRITTEN_PHASES: usize = 4096;

/// Reads the matrix form. Exit rates are `exit` where given, else what the rows of `S` lack to zero (continuous)
/// or one (discrete), by exact summation, and nothing below n eps times the diagonal. `discrete` stands in for
/// an absent `kind`.
///
/// # Errors
/// Names the entry at fault: lengths that differ, negative or non-finite entries, a diagonal that is not what
/// leaves the row, rows or initial probabilities that sum to more than one, probabilities where the kind is not
/// stated.
pub fn read_json(bytes: &[u8], discrete: bool) -> Result<Graph, FormatError> {
    read_text(JsonText::new(bytes)?, discrete)
}

/// Reads the matrix form from checked text; see [`read_json`].
pub(super) fn read_text(text: JsonText<'_>, discrete: bool) -> Result<Graph, FormatError> {
    read::graph(&json::read(text)?, discrete)
}

/// Reads the matrix form from an open archive; see [`read_json`].
pub(super) fn read_archive(archive: &mut ArrayArchive<'_>, discrete: bool) -> Result<Graph, FormatError> {
    read::graph(&archive::read(archive)?, discrete)
}

/// Writes a graph in the matrix form with its weights at `theta`, `exit` included, so that reading it back
/// subtracts nothing. Phases are the rows that have edges, in order.
///
/// # Errors
/// If `theta` has another length than the graph has parameters, a weight is negative or not finite there, or
/// there are more than [`MAX_WRITTEN_PHASES`] phases.
pub fn write_json(graph: &Graph, theta: &[f64]) -> Result<String, FormatError> {
    write::text(graph, theta)
}
