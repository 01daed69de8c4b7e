//! A chain in the making, its vertices under numbers of the maker's own.

use crate::chain::{ABSORBED, Chain};
use crate::graph::{Kind, Weight, WeightTable};
use crate::trace::Trace;

/// Vertices, edges and start edges in any order.
pub(super) struct Draft {
    kind: Kind,
    rows: u32,
    start_row: u32,
    /// (row, number).
    vertices: Vec<(u32, u32)>,
    /// (number left, number entered or absorbed, weight).
    edges: Vec<(u32, u32, u32)>,
    /// (number entered or absorbed, weight).
    start: Vec<(u32, u32)>,
    weights: WeightTable,
}

impl Draft {
    /// The rate of an edge that a vertex has which is never left: one without any would be absorbing.
    pub(super) const NEVER: Weight<'static> = Weight::Constant(0.0);

    /// A chain of the kind and the start of a trace, with so many rows and parameters.
    pub(super) fn new(trace: &Trace, rows: u32, parameters: usize) -> Draft {
        Draft {
            kind: trace.kind,
            rows,
            start_row: trace.start_row,
            vertices: Vec::new(),
            edges: Vec::new(),
            start: Vec::new(),
            weights: WeightTable::new(parameters),
        }
    }

    /// A weight as a chain has it: constant where no parameter changes it.
    pub(super) fn weight(base: f64, coefficients: &[f64]) -> Weight<'_> {
        match coefficients.iter().all(|&c| c == 0.0) {
            true => Weight::Constant(base),
            false => Weight::Linear { base, coefficients },
        }
    }

    pub(super) fn vertex(&mut self, number: u32, row: u32) {
        self.vertices.push((row, number));
    }

    pub(super) fn edge(&mut self, from: u32, to: u32, weight: Weight<'_>) {
        let weight = self.weights.intern(weight);
        self.edges.push((from, to, weight));
    }

    pub(super) fn start(&mut self, to: u32, weight: Weight<'_>) {
        let weight = self.weights.intern(weight);
        self.start.push((to, weight));
    }

    /// The chain: vertices in the order of their rows, weights in the order of first use.
    pub(super) fn finish(mut self) -> Chain {
        self.vertices.sort_unstable();
        let numbers = self.vertices.iter().map(|v| v.1 as usize + 1).max().unwrap_or(0);
        let mut place = vec![ABSORBED; numbers];
        self.vertices.iter().zip(0..).for_each(|(&(_, number), vertex)| place[number as usize] = vertex);
        let placed = |number: u32| if number == ABSORBED { ABSORBED } else { place[number as usize] };
        self.edges.iter_mut().for_each(|e| (e.0, e.1) = (placed(e.0), placed(e.1)));
        self.start.iter_mut().for_each(|s| s.0 = placed(s.0));
        self.edges.sort_unstable_by_key(|e| (e.0, e.1));
        self.start.sort_unstable_by_key(|s| s.0);

        let mut weights = WeightTable::new(self.weights.parameters());
        let mut used = |weight: u32| weights.intern(self.weights.get(weight));
        let mut first = vec![0u32; self.vertices.len() + 1];
        self.edges.iter().for_each(|e| first[e.0 as usize + 1] += 1);
        (0..self.vertices.len()).for_each(|v| first[v + 1] += first[v]);
        let weight = self.edges.iter().map(|e| used(e.2)).collect();
        let start = self.start.iter().map(|&(to, weight)| (to, used(weight))).collect();
        Chain {
            kind: self.kind,
            rows: self.rows,
            start_row: self.start_row,
            graph_edges: (self.edges.len() + self.start.len()) as u32,
            vertex_rows: self.vertices.iter().map(|v| v.0).collect(),
            first,
            to: self.edges.iter().map(|e| e.1).collect(),
            weight,
            start,
            loops: Vec::new(),
            weights: weights.into(),
        }
    }
}
