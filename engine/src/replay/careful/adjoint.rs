//! Gradients by adjoints, as tiles find them, where vertices that cannot be left may occur: one transposed solve an
//! equation, over the whole chain.

use super::super::{Equation, Initial, Operand, Rates, all_edges};
use super::Solutions;
use super::factor::product;
use super::occupancy::spread;
use crate::chain::ABSORBED;
use crate::sensitivity::Sensitivity;
use crate::trace::Trace;

/// The derivative of alpha . x of equation `target` with respect to each parameter. `rewards` are by position.
/// Infinite, or not a number, where raising a rate opens the way to a vertex that cannot be left.
pub(crate) fn gradient(
    trace: &Trace,
    rates: &Rates,
    initial: &Initial,
    rewards: &[Vec<f64>],
    equations: &[Equation],
    solutions: &Solutions,
    target: usize,
) -> Vec<f64> {
    let n = trace.len();
    let mut arriving = vec![vec![0.0; n]; target + 1];
    initial.alpha.iter().for_each(|&(p, a)| arriving[target][p as usize] = a);
    let mut sensitivity = Sensitivity::new(trace);
    // What the rates do to N x, they do to x as well.
    let mut stepped = vec![vec![0.0; n]; target + 1];
    for q in (0..=target).rev() {
        let adjoint = spread(trace, rates, std::mem::take(&mut arriving[q]));
        for term in &equations[q].0 {
            let scale = |p: usize| term.factor * term.reward.map_or(1.0, |(r, k)| rewards[r][p].powi(k));
            let through: Vec<f64> = adjoint.iter().enumerate().map(|(p, y)| product(scale(p), *y)).collect();
            match term.operand {
                Operand::One => {}
                Operand::Solution(of) => add(&mut arriving[of], &through),
                Operand::Step(of) => {
                    add(&mut stepped[of], &through);
                    add(&mut arriving[of], &one_step_on(trace, rates, &through));
                }
            }
        }
        add(&mut stepped[q], &adjoint);
        let (x, y) = (&solutions[q], &stepped[q]);
        for (from, to, weight) in all_edges(trace) {
            let through = y[from as usize];
            if through != 0.0 {
                let there = if to == ABSORBED { 0.0 } else { x[to as usize] };
                sensitivity.add(weight, through * (there - x[from as usize]));
            }
        }
    }
    sensitivity.add_initial(trace, rates, &solutions[target], 0.0);
    sensitivity.by_theta(trace, rates)
}

fn add(sum: &mut [f64], terms: &[f64]) {
    sum.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
}

/// v N, where what a row lacks to one is a self-loop.
fn one_step_on(trace: &Trace, rates: &Rates, v: &[f64]) -> Vec<f64> {
    let (mut next, mut stays) = (vec![0.0; v.len()], vec![1.0; v.len()]);
    for (from, to, weight) in all_edges(trace) {
        let probability = rates.of(weight);
        stays[from as usize] -= probability;
        if to != ABSORBED {
            next[to as usize] += product(probability, v[from as usize]);
        }
    }
    let staying = v.iter().zip(&stays).map(|(v, stays)| product(f64::max(*stays, 0.0), *v));
    next.iter_mut().zip(staying).for_each(|(next, stay)| *next += stay);
    next
}
