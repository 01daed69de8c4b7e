//! The canonical hash of a trace's graph: found when it is first asked for. Replaying a trace never asks, and
//! finding the hash takes longer than recording an acyclic chain does.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::{Block, Trace};
use crate::canonical::graph_key;
use crate::chain::{ABSORBED, Chain};
use crate::symbolic::Rows;

/// The hash, once it is known.
#[derive(Debug, Clone, Default)]
pub(super) struct CanonicalHash(OnceLock<[u8; 32]>);

impl CanonicalHash {
    /// A hash that stood in a trace's bytes.
    pub(super) fn known(hash: [u8; 32]) -> CanonicalHash {
        CanonicalHash(OnceLock::from(hash))
    }
}

/// It follows from the rest of a trace, so it makes no difference between two.
impl PartialEq for CanonicalHash {
    fn eq(&self, _: &CanonicalHash) -> bool {
        true
    }
}

impl<S> Trace<S> {
    /// Canonical hash of the graph (see [`crate::graph_key`]): computed when it is first asked for, and kept.
    /// That takes as long as for the chain, and some nanoseconds an edge to put the chain together again.
    pub fn hash(&self) -> [u8; 32] {
        *self.hash.0.get_or_init(|| graph_key(&self.chain()))
    }

    /// The chain that was recorded.
    fn chain(&self) -> Chain {
        let mut positions = vec![ABSORBED; self.rows()];
        self.position_rows.iter().zip(0..).for_each(|(&row, p)| positions[row as usize] = p);
        positions.retain(|&p| p != ABSORBED);
        let mut vertex = vec![0u32; self.len()];
        positions.iter().zip(0..).for_each(|(&p, v)| vertex[p as usize] = v);
        let named = |p: u32| if p == ABSORBED { ABSORBED } else { vertex[p as usize] };

        let inside = self.inside();
        let edges = self.boundary.to.len() + self.inner_weights.len();
        let (mut to, mut weight) = (Vec::with_capacity(edges), Vec::with_capacity(edges));
        let mut first = Vec::with_capacity(self.len() + 1);
        first.push(0);
        let mut row: Vec<(u32, u32)> = Vec::new();
        for &p in &positions {
            row.extend(self.boundary.of(p as usize).map(|(t, w)| (named(t), w)));
            inside.of(p, |t, w| row.push((named(t), w)));
            row.sort_unstable();
            to.extend(row.iter().map(|e| e.0));
            weight.extend(row.drain(..).map(|e| e.1));
            first.push(to.len() as u32);
        }
        let pairs = |pairs: &[(u32, u32)]| {
            let mut pairs: Vec<(u32, u32)> = pairs.iter().map(|&(p, w)| (named(p), w)).collect();
            pairs.sort_unstable();
            pairs
        };
        Chain {
            kind: self.kind,
            rows: self.rows,
            start_row: self.start_row,
            graph_edges: self.graph_edges,
            vertex_rows: positions.iter().map(|&p| self.position_rows[p as usize]).collect(),
            first,
            to,
            weight,
            start: pairs(&self.start),
            loops: pairs(&self.loops),
            weights: self.weights.clone(),
        }
    }

    fn inside(&self) -> Inside<'_, S> {
        let mut block_of = vec![0u32; self.len()];
        for (block, number) in self.blocks.iter().zip(0..) {
            let (first, size) = self.extent(*block);
            block_of[first..first + size].fill(number);
        }
        Inside { trace: self, block_of, rows: self.plans.iter().map(|plan| plan.edges()).collect() }
    }
}

/// Edges inside components.
struct Inside<'a, S> {
    trace: &'a Trace<S>,
    /// Number of the block of each position.
    block_of: Vec<u32>,
    /// Edges of each plan in the order of its elimination.
    rows: Vec<Cow<'a, Rows>>,
}

impl<S> Inside<'_, S> {
    /// Hands out (position entered, weight) of the edges of a position.
    fn of(&self, position: u32, mut add: impl FnMut(u32, u32)) {
        let block = self.trace.blocks[self.block_of[position as usize] as usize];
        let Block::Cyclic { first, plan, first_edge } = block else { return };
        let rows = &self.rows[plan as usize];
        for e in rows.range((position - first) as usize) {
            add(first + rows.columns[e], self.trace.inner_weights[first_edge as usize + e]);
        }
    }
}
