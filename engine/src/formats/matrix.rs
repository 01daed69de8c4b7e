//! The matrix form: initial probabilities and a sub-intensity (or sub-stochastic) matrix.
//!
//! `{"alpha": [..], "S": [[..]], "kind": "continuous", "exit": [..]}`; `kind` and `exit` may be left out. Other
//! tools' names are accepted: `ipv` or `init_probs` for `alpha`; `A`, `sim` or `subint_mat` for `S`.
//!
//! Row 0 of the graph is the start, row i the i-th phase (its state is `[i]`), the last row is absorbing. What
//! `alpha` lacks to one is mass at zero, an edge from the start to the absorbing row.

mod exact;
mod read;
mod write;

use super::FormatError;
use crate::Graph;

pub(super) use read::is_own_key;

/// Most phases that are written: the matrix is dense.
pub const MAX_WRITTEN_PHASES: usize = 4096;

/// Reads the matrix form. Exit rates are `exit` where given, else what the rows of `S` lack to zero (continuous)
/// or one (discrete), by exact summation, and nothing below n eps times the diagonal. `discrete` stands in for
/// an absent `kind`.
///
/// # Errors
/// Names the entry at fault: lengths that differ, negative or non-finite entries, a diagonal that is not what
/// leaves the row, rows or initial probabilities that sum to more than one.
pub fn read_json(bytes: &[u8], discrete: bool) -> Result<Graph, FormatError> {
    read::graph(bytes, discrete)
}

/// Writes a graph in the matrix form with its weights at `theta`, `exit` included, so that reading it back
/// subtracts nothing. Phases are the rows that can be left, in order.
///
/// # Errors
/// If `theta` has another length than the graph has parameters, a weight is negative or not finite there, or
/// there are more than [`MAX_WRITTEN_PHASES`] phases.
pub fn write_json(graph: &Graph, theta: &[f64]) -> Result<String, FormatError> {
    write::text(graph, theta)
}
