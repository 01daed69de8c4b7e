//! Graphs of phase-type distributions, as a user writes them: rows, states, edges with weights that are
//! constant or linear in the parameters.

mod builder;
mod error;
mod quotient;
mod start;
mod weight;

pub use builder::GraphBuilder;
pub use error::GraphError;
pub(crate) use quotient::QuotientTable;
pub(crate) use start::is_one;
pub use weight::{Weight, WeightTable};

/// Most vertices a graph may have.
pub const MAX_VERTICES: usize = 10_000_000;
/// Most edges a graph may have.
pub const MAX_EDGES: usize = 100_000_000;
/// Most parameters a graph may have.
pub const MAX_PARAMETERS: usize = 4096;

/// Whether time is continuous (weights are rates) or counted in steps (weights are probabilities).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Weights are transition rates; T is a time.
    Continuous,
    /// Weights are transition probabilities; T is a number of steps, and what a row lacks to one is a
    /// self-loop.
    Discrete,
}

/// An edge between two vertices other than the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge<'a> {
    /// Row that is left.
    pub from: u32,
    /// Row that is entered.
    pub to: u32,
    /// Rate, or probability in a discrete graph.
    pub weight: Weight<'a>,
}

/// An edge out of the start: its weight, divided by the sum over all start edges (unless
/// [`Graph::keeps_start_mass`]), is an initial probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StartEdge<'a> {
    /// Row that is entered at time zero.
    pub to: u32,
    /// Weight before normalisation.
    pub weight: Weight<'a>,
}

/// A phase-type distribution as a graph. Row position is the identity of a vertex: several rows may have the
/// same state. Row [`Graph::start`] stands for time zero and has no edges but start edges. Rows without any
/// edge are absorbing. A row whose edges are self-loops, or zero for every theta, is not absorbing: it is never left.
///
/// Edges keep the order in which they were added, parallel ones included, so that a file read and written
/// again says the same thing. Two graphs are equal when their rows, states and edges are, in order and to the
/// bit, however their weights are numbered.
#[derive(Debug, Clone)]
pub struct Graph {
    kind: Kind,
    /// Whether the weights of each row are divided by their sum.
    is_normalised: bool,
    /// Whether what the start's weights lack to one is absorbed at time zero.
    keeps_start_mass: bool,
    /// Whether `kind` was assumed, because the file does not state it.
    kind_assumed: bool,
    start: u32,
    state_length: usize,
    vertices: usize,
    /// `vertices * state_length` entries, row by row.
    states: Vec<i32>,
    /// (to, weight) of each start edge.
    start_edges: Vec<(u32, u32)>,
    /// (from, to, weight) of each edge.
    edges: Vec<(u32, u32, u32)>,
    weights: WeightTable,
}

impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.is_normalised == other.is_normalised
            && self.keeps_start_mass == other.keeps_start_mass
            && self.start == other.start
            && self.vertices == other.vertices
            && self.state_length == other.state_length
            && self.parameters() == other.parameters()
            && self.states == other.states
            && self.start_edges.len() == other.start_edges.len()
            && self
                .start_edges()
                .zip(other.start_edges())
                .all(|(a, b)| a.to == b.to && weight::same(a.weight, b.weight))
            && self.edges.len() == other.edges.len()
            && (self.edges().zip(other.edges()))
                .all(|(a, b)| (a.from, a.to) == (b.from, b.to) && weight::same(a.weight, b.weight))
    }
}

impl Graph {
    /// Continuous or discrete.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the weights of each row are divided by their sum, self-loops and edges to absorbing rows included,
    /// at every theta (phasic's `was_dph`). Such a graph is discrete, and a row whose weights are all zero at a theta
    /// is not left there.
    pub fn is_normalised(&self) -> bool {
        self.is_normalised
    }

    /// The same graph read as another kind (old files do not say which they are). In continuous time no row is divided
    /// by its sum.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self.kind_assumed = false;
        self.is_normalised &= kind == Kind::Discrete;
        self
    }

    /// The same graph with the weights of each row divided by their sum ([`Graph::is_normalised`]): it is discrete.
    #[must_use]
    pub fn with_normalised_rows(mut self) -> Self {
        self.kind = Kind::Discrete;
        self.kind_assumed = false;
        self.is_normalised = true;
        self
    }

    /// Returns whether the graph may be meant to count steps, though it was read as continuous: its file does not
    /// state the kind, no weight has a parameter, and the weights of each row sum to at most one.
    pub fn looks_discrete(&self) -> bool {
        if self.kind == Kind::Discrete || !self.kind_assumed || self.edges.is_empty() {
            return false;
        }
        let mut sums = vec![0.0; self.vertices];
        for &(from, _, weight) in &self.edges {
            match self.weights.get(weight) {
                Weight::Constant(value) => sums[from as usize] += value,
                Weight::Linear { base, coefficients } if coefficients.iter().all(|&c| c == 0.0) => {
                    sums[from as usize] += base;
                }
                Weight::Linear { .. } => return false,
            }
        }
        // Sums of decimals exceed one by rounding.
        sums.iter().all(|&sum| sum <= 1.0 + 1e-12)
    }

    /// Number of rows, the start and absorbing ones included.
    pub fn vertices(&self) -> usize {
        self.vertices
    }

    /// Number of edges as written, start edges included.
    pub fn edge_count(&self) -> usize {
        self.edges.len() + self.start_edges.len()
    }

    /// Number of parameters, the length of theta.
    pub fn parameters(&self) -> usize {
        self.weights.parameters()
    }

    /// Row of the starting vertex.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// Number of entries in each state vector.
    pub fn state_length(&self) -> usize {
        self.state_length
    }

    /// State vector of a row.
    ///
    /// # Panics
    /// If the row does not exist.
    pub fn state(&self, row: usize) -> &[i32] {
        &self.states[row * self.state_length..(row + 1) * self.state_length]
    }

    /// Edges in the order they were added.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = Edge<'_>> {
        self.edges.iter().map(|&(from, to, w)| Edge { from, to, weight: self.weights.get(w) })
    }

    /// Start edges in the order they were added.
    pub fn start_edges(&self) -> impl ExactSizeIterator<Item = StartEdge<'_>> {
        self.start_edges.iter().map(|&(to, w)| StartEdge { to, weight: self.weights.get(w) })
    }

    /// (from, to, index into [`Graph::weights`]) of each edge.
    pub fn edge_table(&self) -> &[(u32, u32, u32)] {
        &self.edges
    }

    /// (to, index into [`Graph::weights`]) of each start edge.
    pub fn start_edge_table(&self) -> &[(u32, u32)] {
        &self.start_edges
    }

    /// The distinct weights that edges refer to.
    pub fn weights(&self) -> &WeightTable {
        &self.weights
    }
}
