//! The gradient of what a contour gives. At each node (z + M) x = s is solved, and lambda (z + M) = alpha: the
//! derivative of alpha x with respect to the rate from i to j is lambda(i) (x(j) - x(i)), with respect to the rate of
//! absorption from i it is lambda(i) (1 - x(i)). So all parameters together take as many solves again as the numbers
//! themselves, half of them transposed.

use super::{COARSE, FINE, nodes, sides};
use crate::chain::ABSORBED;
use crate::density::complex::Complex;
use crate::density::shifted::{solve, solve_transposed};
use crate::replay::{Initial, Rates, all_edges};
use crate::sensitivity::Sensitivity;
use crate::trace::Trace;

/// Which number's gradient is wanted: a combination of density, cdf and survival.
#[derive(Debug, Clone, Copy)]
pub(in crate::density) struct Seed {
    pub(in crate::density) density: f64,
    pub(in crate::density) cdf: f64,
    pub(in crate::density) survival: f64,
}

/// For each seed the gradient with respect to theta, and by how much the two contours differ in each of its entries.
pub(in crate::density) fn gradients(
    trace: &Trace,
    rates: &Rates,
    initial: &Initial,
    time: f64,
    seeds: &[Seed],
) -> Vec<(Vec<f64>, Vec<f64>)> {
    let [coarse, fine] = [COARSE, FINE].map(|count| sum(trace, rates, initial, count, time, seeds));
    let apart = |(coarse, fine): (Vec<f64>, Vec<f64>)| {
        let apart = coarse.iter().zip(&fine).map(|(c, f)| (c - f).abs()).collect();
        (fine, apart)
    };
    coarse.into_iter().zip(fine).map(apart).collect()
}

fn sum(
    trace: &Trace,
    rates: &Rates,
    initial: &Initial,
    count: usize,
    time: f64,
    seeds: &[Seed],
) -> Vec<Vec<f64>> {
    let sides = sides(trace, rates);
    let mut alpha = vec![0.0; trace.len()];
    initial.alpha.iter().for_each(|&(p, a)| alpha[p as usize] = a);
    let minus = |a: Complex, b: Complex| Complex { re: a.re - b.re, im: a.im - b.im };
    let mut sums = vec![(Sensitivity::new(trace), vec![0.0; trace.len()]); seeds.len()];
    for (z, factor) in nodes(count, time) {
        let x = solve(trace, rates, z, &sides);
        let lambda: Vec<Complex> = solve_transposed(trace, rates, z, &alpha);
        for (seed, (sensitivity, by_position)) in seeds.iter().zip(&mut sums) {
            let leaving = factor * (Complex::from(seed.density) + Complex::from(seed.cdf) / z);
            let staying = factor * Complex::from(seed.survival);
            let value: Vec<Complex> =
                x[0].iter().zip(&x[1]).map(|(l, s)| leaving * *l + staying * *s).collect();
            for (from, to, weight) in all_edges(trace) {
                let there = if to == ABSORBED { leaving } else { value[to as usize] };
                let from = from as usize;
                sensitivity.add(weight, (lambda[from] * minus(there, value[from])).im);
            }
            by_position.iter_mut().zip(&value).for_each(|(sum, value)| *sum += value.im);
        }
    }
    let finish = |(seed, (mut sensitivity, by_position)): (&Seed, (Sensitivity, Vec<f64>))| {
        sensitivity.add_initial(trace, rates, &by_position, seed.cdf);
        sensitivity.by_theta(trace, rates)
    };
    seeds.iter().zip(sums).map(finish).collect()
}
