//! How many roundings stand between rates and what is found by elimination: the constant in bounds on errors.
//!
//! With u the largest relative error of an operation, computed solutions and adjoints have a relative error of at most
//! K u, to first order, where K depends on the pattern alone. That there is such a K, whatever the rates, is the theorem
//! of O'Cinneide (*Entrywise perturbation theory and error analysis for Markov chains*, 1993; *Relative-error bounds for
//! the LU decomposition via the GTH algorithm*, 1996; for M-matrices Alfa, Xue and Ye, *Accurate computation of the
//! smallest eigenvalue of a diagonally dominant M-matrix*, 2002); his K is a multiple of n^3. Here the roundings
//! are counted as they occur in sparse rows:
//!
//! 1. *Perturbation.* An entry of M^-1 is a quotient of sums over spanning forests (the matrix-tree theorem), in each of
//!    which every vertex has at most one edge. So if the rates out of vertex k change by a factor within 1 ± d_k each, the
//!    entry changes by a factor within 1 ± 2 sum of d_k.
//! 2. *Elimination.* Replace the rows of M one after the other by what is computed of them. Given the rows before as
//!    computed, row k of U is what leads from k to j through vertices before k: each entry has gathered at most |L(k)|
//!    sums, and along its path for each vertex i passed |U(i)| + 3 roundings (a sum d_i, a reciprocal, two products). So
//!    d_k <= b_k + sum over i in L(k) of (|U(i)| + 4), with b_k edges that leave the component. Right-hand sides are one
//!    more column, whose relative errors do not add up over rows, since solutions are their nonnegative sums.
//! 3. *Solution.* Back substitution, and both parts of the transposed one, add for each row passed a product, sums, and
//!    the errors of d_k.
//! 4. *Components* are passed along a path: the longest counts.
//!
//! Errors of rates (b + c theta, evaluated) enter by 1: two a vertex along the longest path.

use super::{Equation, Operand, all_edges};
use crate::chain::ABSORBED;
use crate::trace::{Block, Trace};

/// What the error of a sum of lambda_i (x_j - x_i) is made of, relative to the sum of lambda_i (x_j + x_i).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Count {
    /// Roundings.
    pub(crate) roundings: f64,
    /// Errors of a rate.
    pub(crate) rates: f64,
}

/// Counts for the derivatives of each equation's expectation.
#[derive(Debug)]
pub(crate) struct Roundings {
    /// Of each equation how many solutions follow each other until its own.
    depths: Vec<usize>,
    /// Of each solution.
    solution: Count,
    /// Of the sums over edges, a depth.
    edges: f64,
    /// Of the sums that are left.
    rest: Count,
    /// Operations of an elimination and a solution.
    operations: f64,
}

impl Roundings {
    /// Counts them: once a trace and list of equations, at the cost of a pass over the entries of L.
    pub(crate) fn new(trace: &Trace, equations: &[Equation]) -> Roundings {
        let path = longest_path(trace);
        let mut edges = vec![0.0; trace.weights.len()];
        let mut leaving = vec![0.0; trace.len()];
        for (from, _, weight) in all_edges(trace) {
            edges[weight as usize] += 1.0;
            leaving[from as usize] += 1.0;
        }
        let most = |counts: Vec<f64>| counts.into_iter().fold(0.0, f64::max);
        let (edges, leaving) = (most(edges), most(leaving));
        let (starts, weights) = (trace.start.len() as f64, trace.weights.len() as f64);
        // Products and sums of a right-hand side, or of an adjoint's; powers of rewards; what a row lacks to one.
        let side = 4.0 * equations.len() as f64 + leaving + starts + 8.0;
        let mut depths: Vec<usize> = Vec::with_capacity(equations.len());
        for equation in equations {
            let below = equation.0.iter().map(|term| match term.operand {
                Operand::One => 0,
                Operand::Solution(of) | Operand::Step(of) => depths[of],
            });
            depths.push(1 + below.max().unwrap_or(0));
        }
        let of_plan = |block: &Block| match *block {
            Block::Cyclic { plan, .. } => trace.plans[plan as usize].operations() as f64,
            Block::Acyclic { .. } => 0.0,
        };
        let operations = trace.blocks.iter().map(of_plan).sum::<f64>() + 4.0 * trace.boundary.to.len() as f64;
        let solution = Count { roundings: path.roundings + side, rates: path.rates + 2.0 };
        // A derivative with respect to a quotient goes back to the forms with the mean of those of its row, the quotient
        // and the total; each form has its share of every quotient.
        let quotients = trace.weights.quotients();
        let terms = quotients.iter().map(|(_, terms)| terms.len()).max();
        let pulled = terms.map_or(Count::NONE, |terms| Count {
            roundings: terms as f64 + quotients.len() as f64 + 8.0,
            rates: 4.0,
        });
        let rest =
            Count { roundings: 2.0 * starts + weights + 8.0 + pulled.roundings, rates: 4.0 + pulled.rates };
        Roundings { depths, solution, edges, rest, operations }
    }

    /// Returns the count for an equation.
    pub(crate) fn of(&self, equation: usize) -> Count {
        self.of_depth(self.depths[equation])
    }

    /// Returns the count for an equation until whose solution so many follow each other: a solution of some depth meets an
    /// adjoint of the depth that is left.
    pub(crate) fn of_depth(&self, depth: usize) -> Count {
        let depth = depth as f64;
        Count {
            roundings: (depth + 1.0) * self.solution.roundings + depth * self.edges + self.rest.roundings,
            rates: (depth + 1.0) * self.solution.rates + self.rest.rates,
        }
    }

    /// Returns the count for a covariance, a sum over so many positions: a solution meets expected times, and the product of
    /// two means is taken off.
    pub(crate) fn of_covariance(&self, positions: usize) -> Count {
        let Count { roundings, rates } = self.solution;
        Count { roundings: 2.0 * roundings + positions as f64 + 8.0, rates: 2.0 * rates + 4.0 }
    }

    /// Returns the operations of an elimination and a solution.
    pub(crate) fn operations(&self) -> f64 {
        self.operations
    }
}

/// Whether right-hand sides are sums of nonnegative terms that keep their relative accuracy: no reward is negative, and
/// there is no N x, whose self-loops are differences.
pub(crate) fn is_nonnegative(equations: &[Equation], rewards: &[Vec<f64>]) -> bool {
    let steps = |equation: &Equation| equation.0.iter().any(|term| matches!(term.operand, Operand::Step(_)));
    !equations.iter().any(steps) && rewards.iter().flatten().all(|&reward| reward >= 0.0)
}

/// The most that one solution, plain or transposed, gathers on its way through the chain.
fn longest_path(trace: &Trace) -> Count {
    let mut entering = vec![0.0; trace.len()];
    trace.boundary.to.iter().filter(|&&to| to != ABSORBED).for_each(|&to| entering[to as usize] += 1.0);
    let leaving = |p: usize| trace.boundary.of(p).count() as f64;
    let mut from = vec![Count::NONE; trace.len()];
    let mut longest = Count::NONE;
    for &block in trace.blocks.iter().rev() {
        let (first, size) = trace.extent(block);
        let after = |p: usize, from: &[Count]| {
            let later =
                trace.boundary.of(p).filter(|edge| edge.0 != ABSORBED).map(|edge| from[edge.0 as usize]);
            later.fold(Count::NONE, Count::max)
        };
        match block {
            Block::Acyclic { .. } => {
                for p in (first..first + size).rev() {
                    let next = after(p, &from);
                    from[p].roundings = next.roundings + 2.0 * leaving(p) + entering[p] + 4.0;
                    from[p].rates = next.rates + 2.0;
                    longest = longest.max(from[p]);
                }
            }
            Block::Cyclic { plan, .. } => {
                let positions = first..first + size;
                let next = positions.clone().map(|p| after(p, &from)).fold(Count::NONE, Count::max);
                let most = positions.clone().map(|p| entering[p]).fold(0.0, f64::max);
                let whole = Count {
                    roundings: next.roundings + component(trace, plan, |k| leaving(first + k)) + most + 2.0,
                    rates: next.rates + 2.0 * size as f64,
                };
                from[positions].fill(whole);
                longest = longest.max(whole);
            }
        }
    }
    longest
}

/// Roundings of one solution of a component, whose vertices have so many edges that leave it.
fn component(trace: &Trace, plan: u32, leaving: impl Fn(usize) -> f64) -> f64 {
    let factors = trace.factors(plan);
    let (mut sum, mut most) = (0.0, 0.0);
    for k in 0..factors.size() {
        let through = factors.lower.row(k).iter().map(|&i| factors.upper.row(i as usize).len() as f64 + 4.0);
        let row = leaving(k) + through.sum::<f64>();
        sum += row;
        most = f64::max(most, row);
    }
    let (lower, upper) = (factors.lower.columns.len() as f64, factors.upper.columns.len() as f64);
    2.0 * sum + most + 1.0 + 2.0 * upper + lower + 6.0 * factors.size() as f64
}

impl Count {
    const NONE: Count = Count { roundings: 0.0, rates: 0.0 };

    fn max(self, other: Count) -> Count {
        Count { roundings: self.roundings.max(other.roundings), rates: self.rates.max(other.rates) }
    }
}
