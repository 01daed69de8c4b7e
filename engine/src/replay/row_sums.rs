//! Probabilities out of a vertex, which sum to one at most.

use std::collections::HashSet;

use super::pack::Lanes;
use super::rates::SNAP;
use crate::graph::Kind;
use crate::trace::Trace;

/// Rows of probabilities by their weights. Which vertex breaks the rule is for [`super::Rates`] to find: here rows of the
/// same weights stand once.
#[derive(Debug, Default)]
pub(super) struct RowSums {
    rows: Vec<Row>,
    /// Weights of the rows, one after the other: self-loops first.
    weights: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    /// End of its weights; they begin where those of the row before end.
    end: usize,
    /// Largest sum that is one but for rounding.
    limit: f64,
}

impl RowSums {
    /// None in continuous time.
    pub(super) fn new(trace: &Trace) -> RowSums {
        let mut sums = RowSums::default();
        if trace.kind() != Kind::Discrete {
            return sums;
        }
        let mut loops = vec![Vec::new(); trace.len()];
        trace.loops.iter().for_each(|&(p, weight)| loops[p as usize].push(weight));
        let mut met = HashSet::new();
        for &block in &trace.blocks {
            let (first, size) = trace.extent(block);
            for (p, staying) in (first..).zip(&loops[first..first + size]) {
                let leaving: Vec<u32> = trace.edges_of(block, p).map(|(_, weight)| weight).collect();
                let terms = leaving.len() as u32;
                let row = [&staying[..], &leaving].concat();
                if met.insert((terms, row.clone())) {
                    sums.weights.extend(row);
                    sums.rows.push(Row { end: sums.weights.len(), limit: 1.0 + f64::from(terms) * SNAP });
                }
            }
        }
        sums
    }

    /// Not a number in the lanes where a row sums to more than one.
    #[inline(always)]
    pub(super) fn fault<P: Lanes>(&self, rates: &[P]) -> P {
        let (mut fault, mut begin) = (P::splat(0.0), 0);
        for &Row { end, limit } in &self.rows {
            let mut sum = P::splat(0.0);
            for &weight in &self.weights[begin..end] {
                sum += rates[weight as usize];
            }
            fault += sum.fault_outside(P::splat(limit));
            begin = end;
        }
        fault
    }
}
