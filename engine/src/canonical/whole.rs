//! A whole chain as a digraph: its vertices, then the start, then absorption.

use std::cmp::Ordering;

use super::digraph::mix;
use crate::chain::{ABSORBED, Chain};
use crate::graph::{Weight, WeightTable};

/// A chain seen as a digraph with labelled edges.
pub(super) struct Whole<'a> {
    pub(super) chain: &'a Chain,
    /// Label of each weight: the same for equal weights, in whichever graph.
    pub(super) labels: Vec<u64>,
    /// Targets and weights of the start's edges.
    initial: (Vec<u32>, Vec<u32>),
}

impl Whole<'_> {
    pub(super) fn new(chain: &Chain) -> Whole<'_> {
        let labels = labels(&chain.weights);
        Whole { chain, labels, initial: chain.start.iter().copied().unzip() }
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
        (0..=self.start()).flat_map(|from| self.row(from).map(move |(to, weight)| (from, to, weight)))
    }

    /// Edges (to, number of the weight) of one vertex, self-loops apart.
    #[inline]
    pub(super) fn row(&self, vertex: u32) -> impl Iterator<Item = (u32, u32)> + Clone {
        let (to, weight) = match vertex.cmp(&self.start()) {
            Ordering::Less => self.chain.row(vertex),
            Ordering::Equal => (&self.initial.0[..], &self.initial.1[..]),
            Ordering::Greater => (&[][..], &[][..]),
        };
        let absorbed = self.absorbed();
        let target = move |to: u32| if to == ABSORBED { absorbed } else { to };
        to.iter().zip(weight).map(move |(&to, &weight)| (target(to), weight))
    }
}

/// Labels of all weights. That of a quotient follows from the labels of its form and of its row's, which are sorted:
/// the numbers of forms must make no difference.
fn labels(weights: &WeightTable) -> Vec<u64> {
    let mut labels: Vec<u64> = (0..weights.forms() as u32).map(|w| label(weights.get(w))).collect();
    for (_, terms) in weights.quotients().iter() {
        let of = |&(form, count): &(u32, u32)| mix(labels[form as usize], u64::from(count));
        let mut row: Vec<u64> = terms.iter().map(of).collect();
        row.sort_unstable();
        let row = row.into_iter().fold(3, mix);
        let quotients: Vec<u64> = terms.iter().map(|term| mix(row, labels[term.0 as usize])).collect();
        labels.extend(quotients);
    }
    labels
}

fn label(weight: Weight<'_>) -> u64 {
    match weight {
        Weight::Constant(value) => mix(1, value.to_bits()),
        Weight::Linear { base, coefficients } => {
            coefficients.iter().fold(mix(2, base.to_bits()), |hash, c| mix(hash, c.to_bits()))
        }
    }
}
