//! The Markov chain that a graph stands for: only what reaches a number.

mod divide;
mod encode;
mod normalise;

use std::sync::Arc;

use crate::graph::{Kind, WeightTable};

pub(crate) use encode::{kind_code, read_kind, read_pairs, read_weights, write_pairs, write_weights};

/// Target of an edge that leads to absorption, whichever absorbing vertex it was.
pub const ABSORBED: u32 = u32::MAX;

/// A normalised graph: vertices that the start cannot reach are pruned, edges that are zero for every theta
/// and self-loops are gone, parallel edges are summed, all absorbing vertices are one. A vertex that is never left
/// has one edge to absorption of the constant weight zero. Vertices are numbered 0..n in the order of the graph's
/// rows; states are not kept.
///
/// Two files that say the same in another order of edges give the same chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    pub(crate) kind: Kind,
    /// Rows of the graph, for reward vectors and for naming vertices.
    pub(crate) rows: u32,
    /// Row of the start.
    pub(crate) start_row: u32,
    /// Edges of the graph as written, start edges included.
    pub(crate) graph_edges: u32,
    /// Row of each vertex, ascending.
    pub(crate) vertex_rows: Vec<u32>,
    /// Edges of vertex v are `first[v]..first[v + 1]`.
    pub(crate) first: Vec<u32>,
    /// Vertex entered, ascending within a row, [`ABSORBED`] last.
    pub(crate) to: Vec<u32>,
    /// Weight of each edge.
    pub(crate) weight: Vec<u32>,
    /// (vertex entered or [`ABSORBED`], weight), ascending.
    pub(crate) start: Vec<(u32, u32)>,
    /// (vertex, weight) of self-loops of a discrete chain: no number depends on them, but a row that sums to
    /// more than one with them is refused.
    pub(crate) loops: Vec<(u32, u32)>,
    /// Shared with the traces recorded from it.
    pub(crate) weights: Arc<WeightTable>,
}

impl Chain {
    /// Continuous or discrete.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Number of vertices: those that the start reaches and that are not absorbing.
    pub fn len(&self) -> usize {
        self.vertex_rows.len()
    }

    /// Whether absorption comes at time zero in every case.
    pub fn is_empty(&self) -> bool {
        self.vertex_rows.is_empty()
    }

    /// Number of rows of the graph.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.weights.parameters()
    }

    /// Number of edges between vertices and to absorption, start edges apart.
    pub fn edge_count(&self) -> usize {
        self.to.len()
    }

    /// Vertices entered from a vertex, and the numbers of the weights in between.
    #[inline]
    pub(crate) fn row(&self, vertex: u32) -> (&[u32], &[u32]) {
        let range = self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize;
        (&self.to[range.clone()], &self.weight[range])
    }

    /// Vertices entered from a vertex, [`ABSORBED`] among them.
    pub(crate) fn targets(&self, vertex: u32) -> &[u32] {
        &self.to[self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize]
    }
}
