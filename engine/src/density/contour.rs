//! Large chains and long times: the inverse of the Laplace transform as a sum over a hyperbola that
//! Weideman and Trefethen optimised for spectra near the negative real axis (*Parabolic and hyperbolic contours
//! for computing the Bromwich integral*, 2007). Each node takes one complex replay of the trace. Chains that go
//! round long rings have other spectra, and there it fails: so it is done with 12 nodes and with 16, and what
//! the two differ by is the error bound.

mod gradient;

use super::Values;
use super::complex::Complex;
use super::shifted::solve;
use crate::chain::ABSORBED;
use crate::replay::{Initial, Rates, all_edges};
use crate::trace::Trace;

pub(super) use gradient::{Seed, gradients};

const COARSE: usize = 12;
const FINE: usize = 16;

/// Multiplications for one time: a complex one is four, and there are two right-hand sides.
pub(super) fn work(trace: &Trace) -> f64 {
    (COARSE + FINE) as f64 * 5.0 * trace.operation_count() as f64
}

/// Density, cdf and survival of a continuous chain at a time above zero, and how far two contours are apart: in
/// the probabilities, and in the density times the time.
pub(super) fn values(trace: &Trace, rates: &Rates, initial: &Initial, time: f64) -> (Values, f64) {
    let sides = sides(trace, rates);
    let [coarse, fine] = [COARSE, FINE].map(|nodes| sum(trace, rates, initial, &sides, nodes, time));
    let apart =
        [(coarse[0] - fine[0]) * time, coarse[1] - fine[1], coarse[2] - fine[2], fine[1] + fine[2] - 1.0];
    // The sum, not the largest, so that what is no number shows.
    let [density, cdf, survival] = fine;
    (Values::plain(density, cdf, survival), apart.iter().map(|a| a.abs()).sum())
}

/// Right-hand sides of the transforms of the density and of the survival function.
fn sides(trace: &Trace, rates: &Rates) -> [Vec<f64>; 2] {
    let mut exit = vec![0.0; trace.len()];
    all_edges(trace).filter(|e| e.1 == ABSORBED).for_each(|e| exit[e.0 as usize] += rates.of(e.2));
    [exit, vec![1.0; trace.len()]]
}

/// Where the transform is taken, and the factor of what it is there: the imaginary parts of the products sum up to
/// the inverse.
fn nodes(count: usize, time: f64) -> impl Iterator<Item = (Complex, Complex)> {
    const ANGLE: f64 = 1.172_104_229;
    let (step, scale) = (1.081_792_140 / count as f64, 4.492_075_287 * count as f64 / time);
    let (sin, cos) = ANGLE.sin_cos();
    (0..count).map(move |k| {
        let u = (k as f64 + 0.5) * step;
        let z = Complex { re: scale * (1.0 - u.cosh() * sin), im: scale * u.sinh() * cos };
        let slope = Complex { re: -scale * u.sinh() * sin, im: scale * u.cosh() * cos };
        let weight = Complex::from(step / std::f64::consts::PI);
        (z, weight * Complex { re: z.re * time, im: z.im * time }.exp() * slope)
    })
}

fn sum(
    trace: &Trace,
    rates: &Rates,
    initial: &Initial,
    sides: &[Vec<f64>],
    count: usize,
    time: f64,
) -> [f64; 3] {
    let [mut density, mut cdf, mut survival] = [0.0, initial.mass_at_zero, 0.0];
    for (z, factor) in nodes(count, time) {
        let x = solve(trace, rates, z, sides);
        let dot = |x: &[Complex]| {
            initial
                .alpha
                .iter()
                .fold(Complex::from(0.0), |sum, &(p, a)| sum + Complex::from(a) * x[p as usize])
        };
        let (leaving, staying) = (dot(&x[0]), dot(&x[1]));
        density += (factor * leaving).im;
        cdf += (factor * (leaving / z)).im;
        survival += (factor * staying).im;
    }
    [density, cdf, survival]
}
