//! What can be wrong with a graph as it is built. Vertices are named by row.

/// A graph that cannot be, and the vertex or edge at which it shows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GraphError {
    /// More vertices than [`super::MAX_VERTICES`].
    #[error("more than {limit} vertices")]
    TooManyVertices {
        /// The limit.
        limit: usize,
    },
    /// More edges than [`super::MAX_EDGES`].
    #[error("more than {limit} edges")]
    TooManyEdges {
        /// The limit.
        limit: usize,
    },
    /// More parameters than [`super::MAX_PARAMETERS`].
    #[error("{found} parameters, the limit is {limit}")]
    TooManyParameters {
        /// What was asked for.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A state vector of another length than the others.
    #[error("vertex {vertex}: its state has {found} entries, expected {expected}")]
    StateLength {
        /// Row.
        vertex: usize,
        /// Entries of this state.
        found: usize,
        /// Entries of every state.
        expected: usize,
    },
    /// An edge that names a row that does not exist.
    #[error("edge {from} -> {to}: there are only {vertices} vertices")]
    NoSuchVertex {
        /// Row that is left.
        from: usize,
        /// Row that is entered.
        to: usize,
        /// Number of rows.
        vertices: usize,
    },
    /// An ordinary edge from or to the start.
    #[error(
        "edge {from} -> {to}: vertex {start} is the start; what leaves it belongs into the start edges, and nothing enters it"
    )]
    TouchesStart {
        /// Row that is left.
        from: usize,
        /// Row that is entered.
        to: usize,
        /// The start's row.
        start: usize,
    },
    /// A coefficient or constant that is NaN or infinite.
    #[error("edge {from} -> {to}: weight {value} is not a finite number")]
    NotFinite {
        /// Row that is left.
        from: usize,
        /// Row that is entered.
        to: usize,
        /// The offending number.
        value: f64,
    },
    /// A constant weight below zero.
    #[error("edge {from} -> {to}: weight {value} is negative")]
    Negative {
        /// Row that is left.
        from: usize,
        /// Row that is entered.
        to: usize,
        /// The offending number.
        value: f64,
    },
    /// A weight with another number of coefficients than the graph has parameters.
    #[error("edge {from} -> {to}: {found} coefficients, the graph has {expected} parameters")]
    CoefficientCount {
        /// Row that is left.
        from: usize,
        /// Row that is entered.
        to: usize,
        /// Coefficients of this edge.
        found: usize,
        /// Parameters of the graph.
        expected: usize,
    },
    /// A graph that this process has not the memory for.
    #[error("out of memory after {vertices} vertices and {edges} edges")]
    OutOfMemory {
        /// Vertices added before.
        vertices: usize,
        /// Edges added before.
        edges: usize,
    },
    /// No vertex, not even a start.
    #[error("the graph has no vertices")]
    Empty,
    /// A start that leads nowhere.
    #[error("the start, vertex {start}, has no edge of positive weight: initial probabilities are missing")]
    NoInitialProbability {
        /// The start's row.
        start: usize,
    },
    /// Initial weights that are to be probabilities as they stand, and sum to more than one.
    #[error(
        "the start, vertex {start}: its weights sum to {sum}, more than one, and what they lack to one is to be kept; leave --start-mass keep out to have them divided by their sum"
    )]
    StartMass {
        /// The start's row.
        start: usize,
        /// Sum of its weights.
        sum: f64,
    },
}
