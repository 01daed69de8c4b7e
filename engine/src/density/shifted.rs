//! Transforms: the chain killed at a rate, everywhere alike. The rate enters where a vertex leaves its
//! component for good, so elimination stays free of subtractions where it is real and not below zero; a complex
//! rate, as contours of the inverse transform need it, goes the same way.

use std::ops::{Add, AddAssign, Div, Mul};

use crate::chain::ABSORBED;
use crate::replay::Rates;
use crate::symbolic::Factors;
use crate::trace::{Block, Trace};

/// A number that elimination works with.
pub(super) trait Scalar:
    Copy + PartialEq + Add<Output = Self> + AddAssign + Mul<Output = Self> + Div<Output = Self> + From<f64>
{
}

impl Scalar for f64 {}

/// Solves (killing + M) x = b by position, for each b. Vertices that cannot be left, nor are killed, have a
/// solution of zero.
pub(super) fn solve<T: Scalar>(trace: &Trace, rates: &Rates, killing: T, b: &[Vec<f64>]) -> Vec<Vec<T>> {
    let mut x: Vec<Vec<T>> = b.iter().map(|b| b.iter().map(|&b| T::from(b)).collect()).collect();
    let mut workspace = Workspace::default();
    for &block in trace.blocks.iter().rev() {
        let (first, size) = trace.extent(block);
        match block {
            Block::Acyclic { .. } => {
                for p in (first..first + size).rev() {
                    let diagonal = arrive(trace, rates, killing, p, &mut x);
                    x.iter_mut().for_each(|x| x[p] = over(x[p], diagonal));
                }
            }
            Block::Cyclic { plan, first_edge, .. } => {
                let leaving =
                    (first..first + size).map(|p| arrive(trace, rates, killing, p, &mut x)).collect();
                let factors = trace.factors(plan);
                workspace.eliminate(factors, inner(trace, rates, plan, first_edge), leaving);
                x.iter_mut().for_each(|x| workspace.solve(factors, &mut x[first..first + size]));
            }
        }
    }
    x
}

/// Solves x (killing + M) = b by position. Vertices that cannot be left, nor are killed, have a solution of zero.
pub(super) fn solve_transposed<T: Scalar>(trace: &Trace, rates: &Rates, killing: T, b: &[f64]) -> Vec<T> {
    let mut x: Vec<T> = b.iter().map(|&b| T::from(b)).collect();
    let mut workspace = Workspace::default();
    let leaving = |p: usize| trace.boundary.of(p).fold(killing, |sum, (_, w)| sum + T::from(rates.of(w)));
    for &block in &trace.blocks {
        let (first, size) = trace.extent(block);
        match block {
            Block::Acyclic { .. } => {
                for p in first..first + size {
                    x[p] = over(x[p], leaving(p));
                    flow_on(trace, rates, p, &mut x);
                }
            }
            Block::Cyclic { plan, first_edge, .. } => {
                let factors = trace.factors(plan);
                let leaving = (first..first + size).map(leaving).collect();
                workspace.eliminate(factors, inner(trace, rates, plan, first_edge), leaving);
                workspace.solve_transposed(factors, &mut x[first..first + size]);
                (first..first + size).for_each(|p| flow_on(trace, rates, p, &mut x));
            }
        }
    }
    x
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

/// Adds to the right-hand sides what flows in from later components; what leaves for them, or is killed.
fn arrive<T: Scalar>(trace: &Trace, rates: &Rates, killing: T, p: usize, x: &mut [Vec<T>]) -> T {
    let mut leaving = killing;
    for (to, weight) in trace.boundary.of(p) {
        let rate = T::from(rates.of(weight));
        leaving += rate;
        if to != ABSORBED {
            x.iter_mut().for_each(|x| {
                let later = x[to as usize];
                x[p] += rate * later;
            });
        }
    }
    leaving
}

/// Passes what leaves a position on to later components.
fn flow_on<T: Scalar>(trace: &Trace, rates: &Rates, p: usize, x: &mut [T]) {
    let here = x[p];
    for (to, weight) in trace.boundary.of(p).filter(|e| e.0 != ABSORBED) {
        x[to as usize] += T::from(rates.of(weight)) * here;
    }
}

fn over<T: Scalar>(y: T, diagonal: T) -> T {
    if diagonal == T::from(0.0) { diagonal } else { y / diagonal }
}

/// L, U and D of one component. Kept from component to component, so that memory is taken once.
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
