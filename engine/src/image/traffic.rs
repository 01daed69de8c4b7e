//! What a lane computes and moves, for comparison with what a device can.

use std::ops::Add;

use crate::symbolic::Factors;
use crate::trace::{Block, Trace};

/// Work of one lane.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Multiplications, additions and divisions.
    pub operations: f64,
    /// Bytes read and written, if nothing stays in a cache. What is the same in all lanes is not counted.
    pub bytes: f64,
}

impl Traffic {
    fn new(operations: f64, values: f64) -> Traffic {
        Traffic { operations, bytes: values * size_of::<f64>() as f64 }
    }
}

impl Add for Traffic {
    type Output = Traffic;

    fn add(self, other: Traffic) -> Traffic {
        Traffic { operations: self.operations + other.operations, bytes: self.bytes + other.bytes }
    }
}

/// Solving so many equations.
pub(super) fn traffic(trace: &Trace, equations: usize) -> Traffic {
    let mut all = Traffic::default();
    let further = equations.saturating_sub(1) as f64;
    for &block in &trace.blocks {
        let (first, size) = trace.extent(block);
        let edges = f64::from(trace.boundary.first[first + size] - trace.boundary.first[first]);
        let size = size as f64;
        let solutions = equations as f64;
        // An edge that leaves: a rate and a solution. A vertex: a right-hand side written, read and replaced.
        let mut operations = solutions * 2.0 * edges + edges + solutions * size;
        let mut values = solutions * (2.0 * edges + 5.0 * size) + size;
        if let Block::Cyclic { plan, .. } = block {
            let factors = trace.factors(plan);
            let (lower, upper) = (factors.lower.columns.len() as f64, factors.upper.columns.len() as f64);
            let (eliminating, of_elimination) = elimination(factors);
            operations += eliminating + further * 2.0 * (lower + upper);
            // An entry of L or U: itself, and a solution.
            values += of_elimination + 2.0 * upper + further * 2.0 * (lower + upper);
        }
        all = all + Traffic::new(operations, values);
    }
    all
}

/// Gradients by adjoints: so many transposed solves, each of one equation for one target, and what each says of the rates.
/// Rates that no parameter changes are counted as others.
pub(super) fn of_adjoints(trace: &Trace, solves: usize) -> Traffic {
    let mut one = Traffic::default();
    for &block in &trace.blocks {
        let (first, size) = trace.extent(block);
        let leaving = f64::from(trace.boundary.first[first + size] - trace.boundary.first[first]);
        let (inner, entries) = match block {
            Block::Acyclic { .. } => (0.0, 0.0),
            Block::Cyclic { plan, .. } => {
                let factors = trace.factors(plan);
                let entries = factors.lower.columns.len() + factors.upper.columns.len();
                (factors.edges.columns.len() as f64, entries as f64)
            }
        };
        let size = size as f64;
        // An entry of L or U, and an edge that leaves: itself, and an adjoint read and written. An edge for its rate: a
        // difference and a sum of solutions, and two sums read and written. A vertex: set to zero, what rests on it
        // gathered, solved, and looked at for its size.
        let operations = 3.0 * size + 2.0 * (entries + leaving) + 6.0 * (inner + leaving);
        let values = 10.0 * size + 3.0 * (entries + leaving) + 5.0 * (inner + leaving);
        one = one + Traffic::new(operations, values);
    }
    Traffic { operations: solves as f64 * one.operations, bytes: solves as f64 * one.bytes }
}

/// One step of uniformisation, through so many edges that lead to vertices: mass and a probability for each. A vertex:
/// what stays, what is left, and what leaves.
pub(super) fn of_step(vertices: usize, edges: usize) -> Traffic {
    let (vertices, edges) = (vertices as f64, edges as f64);
    Traffic::new(4.0 * vertices + 2.0 * edges, 7.0 * vertices + 2.0 * edges)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Job;
    use crate::question::DistributionAt;
    use crate::{Chain, Query, Question, models};

    fn of(model: &str) -> Trace {
        Trace::record(&Chain::new(&models::build(model).unwrap())).unwrap()
    }

    fn asked(trace: &Trace, moments: usize, gradient: bool) -> Traffic {
        let moments = Some(Query { moments, gradient, ..Query::default() });
        let question = Question { moments, ..Question::default() };
        Job::new(trace, &question, 1).unwrap().replay.unwrap().traffic()
    }

    #[test]
    fn operations_of_one_moment_are_those_of_the_summary_and_a_right_hand_side() {
        for model in ["islands,n=5", "birth-death,n=20,start=5", "random,n=50,degree=4,seed=1", "arg,n=5"] {
            let trace = of(model);
            let (found, least) = (asked(&trace, 1, false).operations, trace.operation_count() as f64);
            assert!((least..=least + trace.len() as f64).contains(&found), "{model}: {found}, {least}");
        }
    }

    #[test]
    fn each_part_that_is_asked_adds_what_its_loops_do() {
        // Three vertices in a row, three edges: counted by hand.
        let trace = of("coxian,n=3");
        let (vertices, edges) = (3.0, 5.0);
        assert_eq!((trace.len(), trace.boundary.to.len()), (3, 5));
        let one = asked(&trace, 1, false);
        assert_eq!(one, Traffic::new(3.0 * edges + vertices, 2.0 * edges + 6.0 * vertices));
        let two = asked(&trace, 2, false);
        assert_eq!(two.operations - one.operations, 2.0 * edges + vertices);
        // The first moment's adjoint, and for the second those of both.
        let adjoint = Traffic::new(3.0 * vertices + 8.0 * edges, 10.0 * vertices + 8.0 * edges);
        let gradients = asked(&trace, 2, true);
        assert_eq!(gradients.operations - two.operations, 3.0 * adjoint.operations);
        assert_eq!(gradients.bytes - two.bytes, 3.0 * adjoint.bytes);
        let times = DistributionAt { times: vec![1.0], ..DistributionAt::default() };
        let question = Question { distribution: Some(times), ..Question::default() };
        let step = Job::new(&trace, &question, 1).unwrap().curve.unwrap().traffic_of_step();
        // Of the edges two lead to vertices.
        assert_eq!(step, Traffic::new(4.0 * vertices + 4.0, 7.0 * vertices + 4.0));
    }
}
