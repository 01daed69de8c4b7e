//! A chain without some of its vertices: what passes through them goes on to where it leads (Grassmann, Taksar and
//! Heyman 1985), without subtraction.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::TransformError;
use crate::chain::ABSORBED;

/// Most edges: some 2 GB.
const MAX_EDGES: usize = 20_000_000;

/// Positive rates between vertices, and from the start.
pub(super) struct Rows {
    /// By vertex, the start behind them: rate to each vertex, or to absorption.
    out: Vec<BTreeMap<u32, f64>>,
    /// Vertices, the start among them, from which an edge enters.
    into: Vec<BTreeSet<u32>>,
    /// Whether a vertex is reached and has not been eliminated.
    there: Vec<bool>,
    edges: usize,
}

impl Rows {
    /// From edges (vertex left, vertex entered or absorbed, rate); only what the start reaches is kept.
    pub(super) fn new(n: usize, edges: impl Iterator<Item = (u32, u32, f64)>, start: &[(u32, f64)]) -> Rows {
        let mut out = vec![BTreeMap::new(); n + 1];
        for (from, to, rate) in edges.filter(|e| e.2 > 0.0) {
            out[from as usize].insert(to, rate);
        }
        out[n].extend(start.iter().copied().filter(|s| s.1 > 0.0));
        let mut rows = Rows { out, into: vec![BTreeSet::new(); n], there: vec![false; n], edges: 0 };
        rows.reach();
        rows
    }

    fn reach(&mut self) {
        let mut stack = vec![self.there.len() as u32];
        while let Some(from) = stack.pop() {
            self.edges += self.out[from as usize].len();
            for &to in self.out[from as usize].keys().filter(|&&to| to != ABSORBED) {
                self.into[to as usize].insert(from);
                if !std::mem::replace(&mut self.there[to as usize], true) {
                    stack.push(to);
                }
            }
        }
    }

    /// Eliminates vertices, those first that connect fewest others.
    pub(super) fn eliminate(&mut self, which: impl Fn(u32) -> bool) -> Result<(), TransformError> {
        let cost = |rows: &Rows, k: u32| rows.into[k as usize].len() * rows.out[k as usize].len();
        let chosen = (0..self.there.len() as u32).filter(|&k| self.there[k as usize] && which(k));
        let mut queue: BinaryHeap<Reverse<(usize, u32)>> =
            chosen.map(|k| Reverse((cost(self, k), k))).collect();
        while let Some(Reverse((believed, k))) = queue.pop() {
            let found = cost(self, k);
            if found > believed {
                queue.push(Reverse((found, k)));
                continue;
            }
            self.pass(k);
            if self.edges > MAX_EDGES {
                return Err(TransformError::TooManyEdges { limit: MAX_EDGES });
            }
        }
        Ok(())
    }

    /// Leads what enters a vertex on to where it goes from there.
    fn pass(&mut self, k: u32) {
        self.there[k as usize] = false;
        let row = std::mem::take(&mut self.out[k as usize]);
        let leaving: f64 = row.values().sum();
        self.edges -= row.len();
        for to in row.keys().filter(|&&to| to != ABSORBED) {
            self.into[*to as usize].remove(&k);
        }
        for from in std::mem::take(&mut self.into[k as usize]) {
            let Some(rate) = self.out[from as usize].remove(&k) else { continue };
            self.edges -= 1;
            if row.is_empty() {
                // It is never left, and earns nothing: what enters has ended.
                self.add(from, ABSORBED, rate);
            }
            // Coming back at once is as good as not having left.
            for (&to, &onward) in row.iter().filter(|e| *e.0 != from) {
                self.add(from, to, rate * (onward / leaving));
            }
        }
    }

    fn add(&mut self, from: u32, to: u32, rate: f64) {
        if rate == 0.0 {
            return; // too little to be represented
        }
        let sum = self.out[from as usize].entry(to).or_insert_with(|| {
            self.edges += 1;
            0.0
        });
        *sum += rate;
        if to != ABSORBED {
            self.into[to as usize].insert(from);
        }
    }

    /// Vertices that are left, ascending.
    pub(super) fn left(&self) -> impl Iterator<Item = u32> {
        (0..self.there.len() as u32).filter(|&p| self.there[p as usize])
    }

    /// (vertex entered or absorbed, rate) of a vertex.
    pub(super) fn of(&self, vertex: u32) -> impl Iterator<Item = (u32, f64)> {
        self.out[vertex as usize].iter().map(|(&to, &rate)| (to, rate))
    }

    /// (vertex entered or absorbed, probability) at the start.
    pub(super) fn start(&self) -> impl Iterator<Item = (u32, f64)> {
        self.of(self.there.len() as u32)
    }
}
