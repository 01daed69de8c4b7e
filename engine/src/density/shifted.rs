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
    let mut upper: Vec<T> = Vec::new();
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
                let (factors, plan) = (trace.factors(plan), &trace.plans[plan as usize]);
                let leaving: Vec<T> =
                    (first..first + size).map(|p| arrive(trace, rates, killing, p, &mut x)).collect();
                let inner = &trace.inner_weights[first_edge as usize..][..plan.edge_count()];
                let inner = |e: usize| T::from(rates.of(inner[e]));
                let mut x: Vec<&mut [T]> = x.iter_mut().map(|x| &mut x[first..first + size]).collect();
                eliminate(factors, inner, leaving, &mut upper, &mut x);
            }
        }
    }
    x
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

fn over<T: Scalar>(y: T, diagonal: T) -> T {
    if diagonal == T::from(0.0) { diagonal } else { y / diagonal }
}

/// Eliminates a component and solves in place; `leaving` is what leaves it from each vertex.
fn eliminate<T: Scalar>(
    factors: &Factors,
    inner: impl Fn(usize) -> T,
    mut leaving: Vec<T>,
    upper: &mut Vec<T>,
    x: &mut [&mut [T]],
) {
    let zero = T::from(0.0);
    let size = leaving.len();
    upper.clear();
    upper.resize(factors.upper.columns.len(), zero);
    let mut diagonal = vec![zero; size];
    let mut row = vec![zero; size];
    for k in 0..size {
        for e in factors.edges.range(k) {
            row[factors.edges.columns[e] as usize] = inner(e);
        }
        for &i in factors.lower.row(k) {
            let i = i as usize;
            let rate = std::mem::replace(&mut row[i], zero);
            if diagonal[i] == zero {
                leaving[k] += rate; // what enters i never comes back
                continue;
            }
            let l = rate / diagonal[i];
            let through = leaving[i];
            leaving[k] += l * through;
            for e in factors.upper.range(i) {
                row[factors.upper.columns[e] as usize] += l * upper[e];
            }
            x.iter_mut().for_each(|x| {
                let y = x[i];
                x[k] += l * y;
            });
        }
        row[k] = zero; // a self-loop costs no time
        diagonal[k] = leaving[k];
        for e in factors.upper.range(k) {
            upper[e] = std::mem::replace(&mut row[factors.upper.columns[e] as usize], zero);
            diagonal[k] += upper[e];
        }
    }
    for k in (0..size).rev() {
        for x in x.iter_mut() {
            let mut y = x[k];
            for e in factors.upper.range(k) {
                y += upper[e] * x[factors.upper.columns[e] as usize];
            }
            x[k] = over(y, diagonal[k]);
        }
    }
}
