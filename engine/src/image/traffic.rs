//! What a lane computes and moves, for comparison with what a device can.

use crate::symbolic::Factors;
use crate::trace::{Block, Trace};

/// Work of one lane.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Multiplications, additions and divisions.
    pub operations: f64,
    /// Bytes read and written by moments and rewards, gradients and covariances apart, if nothing stays in a cache. What
    /// is the same in all lanes is not counted.
    pub bytes: f64,
}

/// Solving so many equations.
pub(super) fn traffic(trace: &Trace, equations: usize) -> Traffic {
    let mut traffic = Traffic::default();
    let further = equations.saturating_sub(1) as f64;
    for &block in &trace.blocks {
        let (first, size) = trace.extent(block);
        let edges = f64::from(trace.boundary.first[first + size] - trace.boundary.first[first]);
        let size = size as f64;
        let solutions = equations as f64;
        // An edge that leaves: a rate and a solution. A vertex: a right-hand side written, read and replaced.
        traffic.operations += solutions * 2.0 * edges + edges + solutions * size;
        let mut values = solutions * (2.0 * edges + 5.0 * size) + size;
        if let Block::Cyclic { plan, .. } = block {
            let factors = trace.factors(plan);
            let (lower, upper) = (factors.lower.columns.len() as f64, factors.upper.columns.len() as f64);
            let (operations, of_elimination) = elimination(factors);
            traffic.operations += operations + further * 2.0 * (lower + upper);
            // An entry of L or U: itself, and a solution.
            values += of_elimination + 2.0 * upper + further * 2.0 * (lower + upper);
        }
        traffic.bytes += values * size_of::<f64>() as f64;
    }
    traffic
}

/// Operations of an elimination, with one solution, and values that it reads and writes.
fn elimination(factors: &Factors) -> (f64, f64) {
    if factors.is_path {
        // Edges once; L and U and D written, if L is kept; the rest stays in registers.
        let (edges, size) = (factors.edges.columns.len() as f64, factors.size() as f64);
        return (factors.operations as f64, 2.0 * edges + size);
    }
    let mut values = 2.0 * factors.edges.columns.len() as f64 + 3.0 * factors.upper.columns.len() as f64;
    for k in 0..factors.size() {
        let row = factors.lower.row(k);
        let mut at = 0;
        while at < row.len() {
            let i = row[at] as usize;
            let together = i + 3 < k && factors.fourfold[i];
            // An entry of L: read, and replaced; D, what leaves and the right-hand side. An update: the row, read and
            // written, and of each row of U applied an entry.
            let (rows, last) = if together { (4, i + 3) } else { (1, i) };
            values += 5.0 * f64::from(rows) + (2.0 + f64::from(rows)) * factors.upper.row(last).len() as f64;
            at += rows as usize;
        }
    }
    (factors.operations as f64, values)
}
