//! Transforms: the chain killed at a rate, everywhere alike. The rate enters where a vertex leaves its
//! component for good, so elimination stays free of subtractions where it is real and not below zero; a complex
//! rate, as contours of the inverse transform need it, goes the same way.

use std::ops::{Add, AddAssign, Div, Mul};

use crate::chain::ABSORBED;
use crate::replay::Rates;
use crate::scaled::ScaledNumber;
use crate::symbolic::Factors;
use crate::trace::{Block, Trace};

/// A number that elimination works with.
pub(super) trait Scalar:
    Copy + PartialEq + Add<Output = Self> + AddAssign + Mul<Output = Self> + Div<Output = Self> + From<f64>
{
}

impl Scalar for f64 {}

impl Scalar for ScaledNumber {}

/// Solves (killing + M) x = b by position, for each b. Vertices that cannot be left, nor are killed, have a
/// solution of zero.
pub(super) fn solve<T: Scalar>(trace: &Trace, rates: &Rates, killing: T, b: &[Vec<f64>]) -> Vec<Vec<T>> {
    let killed = KilledChain::new(trace, rates, killing);
    let mut x: Vec<Vec<T>> = b.iter().map(|b| b.iter().map(|&b| T::from(b)).collect()).collect();
    x.iter_mut().for_each(|x| killed.solve(x));
    x
}

/// Solves x (killing + M) = b by position. Vertices that cannot be left, nor are killed, have a solution of zero.
pub(super) fn solve_transposed<T: Scalar>(trace: &Trace, rates: &Rates, killing: T, b: &[f64]) -> Vec<T> {
    let mut x: Vec<T> = b.iter().map(|&b| T::from(b)).collect();
    KilledChain::new(trace, rates, killing).solve_transposed(&mut x);
    x
}

/// A chain killed at a rate, eliminated: for any number of right-hand sides.
#[derive(Debug)]
pub(super) struct KilledChain<'a, T> {
    trace: &'a Trace,
    rates: &'a Rates,
    /// L, U and D of each block of several vertices; of the others D alone.
    blocks: Vec<Workspace<T>>,
}

impl<'a, T: Scalar> KilledChain<'a, T> {
    pub(super) fn new(trace: &'a Trace, rates: &'a Rates, killing: T) -> KilledChain<'a, T> {
        let leaving = |p: usize| trace.boundary.of(p).fold(killing, |sum, (_, w)| sum + T::from(rates.of(w)));
        let eliminated = |&block: &Block| {
            let (first, size) = trace.extent(block);
            let leaving = (first..first + size).map(leaving).collect();
            let mut workspace = Workspace::default();
            match block {
                Block::Acyclic { .. } => workspace.diagonal = leaving,
                Block::Cyclic { plan, first_edge, .. } => {
                    workspace.eliminate(trace.factors(plan), inner(trace, rates, plan, first_edge), leaving);
                }
            }
            workspace
        };
        KilledChain { trace, rates, blocks: trace.blocks.iter().map(eliminated).collect() }
    }

    /// Solves (killing + M) x = b by position: `x` holds b, and the solution after.
    pub(super) fn solve(&self, x: &mut [T]) {
        for (&block, workspace) in self.trace.blocks.iter().zip(&self.blocks).rev() {
            let (first, size) = self.trace.extent(block);
            match block {
                Block::Acyclic { .. } => {
                    for p in (first..first + size).rev() {
                        self.arrive(p, x);
                        x[p] = over(x[p], workspace.diagonal[p - first]);
                    }
                }
                Block::Cyclic { plan, .. } => {
                    (first..first + size).for_each(|p| self.arrive(p, x));
                    workspace.solve(self.trace.factors(plan), &mut x[first..first + size]);
                }
            }
        }
    }

    /// Solves x (killing + M) = b by position: `x` holds b, and the solution after.
    pub(super) fn solve_transposed(&self, x: &mut [T]) {
        for (&block, workspace) in self.trace.blocks.iter().zip(&self.blocks) {
            let (first, size) = self.trace.extent(block);
            match block {
                Block::Acyclic { .. } => {
                    for p in first..first + size {
                        x[p] = over(x[p], workspace.diagonal[p - first]);
                        self.flow_on(p, x);
                    }
                }
                Block::Cyclic { plan, .. } => {
                    workspace.solve_transposed(self.trace.factors(plan), &mut x[first..first + size]);
                    (first..first + size).for_each(|p| self.flow_on(p, x));
                }
            }
        }
    }

    /// Adds to the right-hand side what flows in from later components.
    fn arrive(&self, p: usize, x: &mut [T]) {
        for (to, weight) in self.trace.boundary.of(p).filter(|e| e.0 != ABSORBED) {
            let later = x[to as usize];
            x[p] += T::from(self.rates.of(weight)) * later;
        }
    }

    /// Passes what leaves a position on to later components.
    fn flow_on(&self, p: usize, x: &mut [T]) {
        let here = x[p];
        for (to, weight) in self.trace.boundary.of(p).filter(|e| e.0 != ABSORBED) {
            x[to as usize] += T::from(self.rates.of(weight)) * here;
        }
    }
}

/// Rates of the edges inside a component, by their number.
fn inner<'a, T: Scalar>(
    trace: &'a Trace,
    rates: &'a Rates,
    plan: u32,
    first_edge: u32,
) -> impl Fn(usize) -> T + 'a {
    let count = trace.plans[plan as usize].edge_count();
    let weights = &trace.inner_weights[first_edge as usize..][..count];
    move |e: usize| T::from(rates.of(weights[e]))
}

fn over<T: Scalar>(y: T, diagonal: T) -> T {
    if diagonal == T::from(0.0) { diagonal } else { y / diagonal }
}

/// L, U and D of one component.
#[derive(Debug)]
struct Workspace<T> {
    lower: Vec<T>,
    upper: Vec<T>,
    diagonal: Vec<T>,
    row: Vec<T>,
}

impl<T> Default for Workspace<T> {
    fn default() -> Workspace<T> {
        Workspace { lower: Vec::new(), upper: Vec::new(), diagonal: Vec::new(), row: Vec::new() }
    }
}

impl<T: Scalar> Workspace<T> {
    /// Eliminates a component; `leaving` is what leaves it from each vertex.
    fn eliminate(&mut self, factors: &Factors, inner: impl Fn(usize) -> T, mut leaving: Vec<T>) {
        let zero = T::from(0.0);
        let size = leaving.len();
        self.lower.resize(factors.lower.columns.len(), zero);
        self.upper.resize(factors.upper.columns.len(), zero);
        self.diagonal.resize(size, zero);
        self.row.clear();
        self.row.resize(size, zero);
        for k in 0..size {
            for e in factors.edges.range(k) {
                self.row[factors.edges.columns[e] as usize] = inner(e);
            }
            for at in factors.lower.range(k) {
                let i = factors.lower.columns[at] as usize;
                let rate = std::mem::replace(&mut self.row[i], zero);
                self.lower[at] = zero;
                if self.diagonal[i] == zero {
                    leaving[k] += rate; // what enters i never comes back
                    continue;
                }
                let l = rate / self.diagonal[i];
                self.lower[at] = l;
                let through = leaving[i];
                leaving[k] += l * through;
                for e in factors.upper.range(i) {
                    self.row[factors.upper.columns[e] as usize] += l * self.upper[e];
                }
            }
            self.row[k] = zero; // a self-loop costs no time
            let mut diagonal = leaving[k];
            for e in factors.upper.range(k) {
                self.upper[e] = std::mem::replace(&mut self.row[factors.upper.columns[e] as usize], zero);
                diagonal += self.upper[e];
            }
            self.diagonal[k] = diagonal;
        }
    }

    /// `x` holds the right-hand side, and the solution after.
    fn solve(&self, factors: &Factors, x: &mut [T]) {
        for k in 0..x.len() {
            for e in factors.lower.range(k) {
                let y = x[factors.lower.columns[e] as usize];
                x[k] += self.lower[e] * y;
            }
        }
        for k in (0..x.len()).rev() {
            let mut y = x[k];
            for e in factors.upper.range(k) {
                y += self.upper[e] * x[factors.upper.columns[e] as usize];
            }
            x[k] = over(y, self.diagonal[k]);
        }
    }

    /// As [`Workspace::solve`], with the matrix on the right.
    fn solve_transposed(&self, factors: &Factors, x: &mut [T]) {
        for k in 0..x.len() {
            x[k] = over(x[k], self.diagonal[k]);
            for e in factors.upper.range(k) {
                let y = x[k];
                x[factors.upper.columns[e] as usize] += self.upper[e] * y;
            }
        }
        for k in (0..x.len()).rev() {
            for e in factors.lower.range(k) {
                let y = x[k];
                x[factors.lower.columns[e] as usize] += self.lower[e] * y;
            }
        }
    }
}
