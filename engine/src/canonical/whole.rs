//! A whole chain as a digraph: its vertices, then the start, then absorption.

use super::digraph::mix;
use crate::chain::{ABSORBED, Chain};
use crate::graph::Weight;

/// A chain seen as a digraph with labelled edges.
pub(super) struct Whole<'a> {
    pub(super) chain: &'a Chain,
    /// Label of each weight: the same for equal weights, in whichever graph.
    pub(super) labels: Vec<u64>,
}

impl Whole<'_> {
    pub(super) fn new(chain: &Chain) -> Whole<'_> {
        let labels = (0..chain.weights.len() as u32).map(|w| label(chain.weights.get(w))).collect();
        Whole { chain, labels }
    }

    /// Number of vertices, start and absorption included.
    pub(super) fn len(&self) -> usize {
        self.chain.len() + 2
    }

    pub(super) fn start(&self) -> u32 {
        self.chain.len() as u32
    }

    pub(super) fn absorbed(&self) -> u32 {
        self.chain.len() as u32 + 1
    }

    /// Colours that tell the start and absorption from all others, and self-loops by their weight.
    pub(super) fn colours(&self) -> Vec<u64> {
        let mut colours = vec![0; self.len()];
        colours[self.start() as usize] = 1;
        colours[self.absorbed() as usize] = 2;
        for &(vertex, weight) in &self.chain.loops {
            colours[vertex as usize] = mix(3, self.labels[weight as usize]);
        }
        colours
    }

    /// Edges (from, to, number of the weight), self-loops apart.
    pub(super) fn edges(&self) -> impl Iterator<Item = (u32, u32, u32)> + Clone {
        (0..self.start())
            .flat_map(|v| self.chain.edges(v).map(move |(t, w)| (v, t, w)))
            .chain(self.initial())
            .map(|(from, to, weight)| (from, self.target(to), weight))
    }

    /// Edges (to, number of the weight) of one vertex, self-loops apart.
    pub(super) fn row(&self, vertex: u32, row: &mut Vec<(u32, u32)>) {
        row.clear();
        if vertex < self.start() {
            row.extend(self.chain.edges(vertex).map(|(to, weight)| (self.target(to), weight)));
        } else if vertex == self.start() {
            row.extend(self.initial().map(|(_, to, weight)| (self.target(to), weight)));
        }
    }

    fn initial(&self) -> impl Iterator<Item = (u32, u32, u32)> + Clone {
        self.chain.start.iter().map(|&(to, weight)| (self.start(), to, weight))
    }

    fn target(&self, to: u32) -> u32 {
        if to == ABSORBED { self.absorbed() } else { to }
    }
}

fn label(weight: Weight<'_>) -> u64 {
    match weight {
        Weight::Constant(value) => mix(1, value.to_bits()),
        Weight::Linear { base, coefficients } => {
            coefficients.iter().fold(mix(2, base.to_bits()), |hash, c| mix(hash, c.to_bits()))
        }
    }
}
