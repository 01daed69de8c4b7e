//! What can be wrong with a graph file, and where.

use super::text::quotable;
use crate::GraphError;

/// A file that is not a graph, with the key, row, vertex or edge at which it shows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FormatError {
    /// Text that is not JSON, or a value of another type than its place wants.
    #[error("{place}{message} at line {line} column {column}")]
    Json {
        /// Key and row that were being read, ending in `: `, or empty outside of any.
        place: String,
        /// What the parser found.
        message: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 at the start of a line.
        column: usize,
    },
    /// `NaN` or an infinity, which Python writes and JSON does not have.
    #[error("{place}{token} is not a finite number, at line {line} column {column}")]
    NotFinite {
        /// Key and row that were being read, ending in `: `.
        place: String,
        /// The word found.
        token: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A key that every file of this form has.
    #[error("the key `{key}` is missing")]
    MissingKey {
        /// Name of the key.
        key: &'static str,
    },
    /// A part that every file in the matrix form has.
    #[error("the key `{key}` is missing{hint}")]
    MissingPart {
        /// Name of the key.
        key: &'static str,
        /// What it gives, or which key may be meant.
        hint: String,
    },
    /// A JSON dictionary without a key of any form.
    #[error("{}", no_graph(keys))]
    NoGraph {
        /// Its first keys.
        keys: Vec<String>,
    },
    /// Weights that are not linear in the parameters.
    #[error("weight_mode `{}` is not supported: only `linear` weights are", quotable(found))]
    WeightMode {
        /// The mode named by the file.
        found: String,
    },
    /// Rows of a model whose weights are formulas.
    #[error(
        "{key}[{row}]: {found} entries where a linear weight of {parameters} parameters has {expected}: rows this \
         wide belong to formula models, which are not supported"
    )]
    FormulaRow {
        /// Name of the array.
        key: &'static str,
        /// Row, from 0.
        row: usize,
        /// Entries of this row.
        found: usize,
        /// Entries of a linear row.
        expected: usize,
        /// `param_length`.
        parameters: usize,
    },
    /// A row of another length than its array wants.
    #[error("{key}[{row}]: {found} entries, expected {expected}")]
    RowWidth {
        /// Name of the array.
        key: &'static str,
        /// Row, from 0.
        row: usize,
        /// Entries of this row.
        found: usize,
        /// What is wanted, with the reason.
        expected: String,
    },
    /// A number that should be the row of a vertex.
    #[error("{key}[{row}]: {value} is not a row number")]
    NotAnIndex {
        /// Name of the array.
        key: &'static str,
        /// Row, from 0.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// A count or length that is not a whole number within its limit.
    #[error("{key}: {value} is not a whole number from 0 to {limit}")]
    NotACount {
        /// Name of the key.
        key: &'static str,
        /// What stands there.
        value: f64,
        /// Largest allowed.
        limit: usize,
    },
    /// A count that differs from what it counts.
    #[error("{key} is {found}, but {counted} has {actual} {what}")]
    Count {
        /// Name of the key that announces.
        key: &'static str,
        /// What it announces.
        found: usize,
        /// Name of the array that is counted.
        counted: &'static str,
        /// What is there.
        actual: usize,
        /// What is counted: rows, entries.
        what: &'static str,
    },
    /// No row, or several, that `vertex_indices` names as the start.
    #[error("vertex_indices: {found} rows have the value 0, exactly one is the start")]
    Start {
        /// Rows that have the value 0.
        found: usize,
    },
    /// An edge or vertex that the graph refuses.
    #[error("{key}[{row}]: {source}")]
    Row {
        /// Name of the array.
        key: &'static str,
        /// Row, from 0.
        row: usize,
        /// What the graph says.
        source: GraphError,
    },
    /// A graph that is wrong as a whole.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// An archive that cannot be read, or an array of it.
    #[error("{place}: {message}")]
    Archive {
        /// Name of the array, or `archive`.
        place: String,
        /// What is wrong with it.
        message: String,
    },
    /// An entry of the matrix form that cannot be.
    #[error("{place}: {message}")]
    Matrix {
        /// `alpha[i]`, `S[i][j]`, `exit[i]`, `kind` or the name of the whole.
        place: String,
        /// What is wrong with it and what is wanted.
        message: String,
    },
    /// A graph that the layout or form asked for cannot express.
    #[error("{message}")]
    NotExpressible {
        /// The edge or vertex, why, and which form can.
        message: String,
    },
}

/// Returns the message of a dictionary that is no graph.
fn no_graph(keys: &[String]) -> String {
    let has = |name: &str| keys.iter().any(|key| key == name);
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match keys {
        [] => "an empty dictionary, in which the key `states` or `alpha` of a graph is missing".to_owned(),
        _ if has("idx") && has("graph") => "a line of a jobs file, which is given by --jobs".to_owned(),
        _ if has("theta") && has("moments") => "numbers that were computed, no graph".to_owned(),
        _ => format!(
            "no key of a graph, such as `states` (phasic) or `alpha` and `S` (matrices), only {}",
            quoted.join(", ")
        ),
    }
}
