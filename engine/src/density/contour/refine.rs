//! Solutions to thirty digits: solved for in doubles, and corrected by residuals that are summed in twofold numbers.

use super::resolvent::NodeSystem;
use super::twofold::{TWOFOLD_ERROR, TwofoldComplex};
use crate::density::complex::Complex;

/// Most corrections: each brings as many digits as the first solve had.
const CORRECTIONS: usize = 5;

/// On which side of z - Q the solution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// (z - Q) x = 1
    Column,
    /// x (z - Q) = alpha
    Row,
}

/// A solution with bounds on the errors of its numbers.
#[derive(Debug)]
pub(super) struct Corrected {
    pub(super) values: Vec<TwofoldComplex>,
    pub(super) errors: Vec<f64>,
    /// Of columns a bound on the error of alpha x, of rows one on the sum of all errors.
    pub(super) total: f64,
}

/// Solves, and corrects until the total error is below `enough`, or as long as that helps.
pub(super) fn corrected(system: &NodeSystem<'_>, side: Side, enough: f64) -> Corrected {
    let mut plain = match side {
        Side::Column => vec![Complex::from(1.0); system.net.len()],
        Side::Row => system.net.alpha.iter().map(|&a| Complex::from(a)).collect(),
    };
    solve(system, side, &mut plain);
    let values = plain.into_iter().map(TwofoldComplex::from).collect();
    let (mut best, mut residual) = bounded(system, side, values);
    for _ in 0..CORRECTIONS {
        if best.total <= enough {
            break;
        }
        solve(system, side, &mut residual);
        let add = |(x, d): (&TwofoldComplex, &Complex)| *x + TwofoldComplex::from(*d);
        let values = best.values.iter().zip(&residual).map(add).collect();
        let (found, later) = bounded(system, side, values);
        // What is no number is no help.
        let helps = found.total < 0.5 * best.total || (best.total.is_infinite() && found.total.is_finite());
        if !helps {
            break;
        }
        (best, residual) = (found, later);
    }
    best
}

fn solve(system: &NodeSystem<'_>, side: Side, x: &mut [Complex]) {
    match side {
        Side::Column => system.killed.solve(x),
        Side::Row => system.killed.solve_transposed(x),
    }
}

/// Returns a solution with its bounds, and the residual.
fn bounded(system: &NodeSystem<'_>, side: Side, values: Vec<TwofoldComplex>) -> (Corrected, Vec<Complex>) {
    let (residual, sizes): (Vec<Complex>, Vec<f64>) = (0..values.len())
        .map(|p| match side {
            Side::Column => column_residual(system, &values, p),
            Side::Row => row_residual(system, &values, p),
        })
        .unzip();
    let (total, errors) = system.errors(side, &sizes);
    (Corrected { values, errors, total }, residual)
}

/// Returns 1 - ((z - Q) x)_p, and a bound on the size of the true one.
fn column_residual(system: &NodeSystem<'_>, x: &[TwofoldComplex], p: usize) -> (Complex, f64) {
    let (net, here) = (system.net, x[p]);
    let exit = net.exit[p];
    let mut sum = TwofoldComplex::from(Complex::from(1.0)) - system.z * here - here * exit;
    let mut size = 1.0 + (2.0 * system.z.size() + exit) * here.size();
    for &(to, rate) in net.out.of(p) {
        let there = x[to as usize];
        sum = sum - (here - there) * rate;
        size += rate * (here.size() + there.size());
    }
    close(system, sum, size, (p, here), net.out.of(p).len())
}

/// Returns alpha_p - (x (z - Q))_p, and a bound on the size of the true one.
fn row_residual(system: &NodeSystem<'_>, x: &[TwofoldComplex], p: usize) -> (Complex, f64) {
    let (net, here) = (system.net, x[p]);
    let leaving = net.leaving[p];
    let mut sum = TwofoldComplex { re: net.exact_alpha[p], ..TwofoldComplex::default() } - system.z * here;
    sum = sum - TwofoldComplex { re: here.re * leaving, im: here.im * leaving };
    let mut size = net.alpha[p] + 2.0 * (system.z.size() + leaving.high) * here.size();
    for &(from, rate) in net.into.of(p) {
        let there = x[from as usize];
        sum = sum + there * rate;
        size += rate * there.size();
    }
    // The rate of leaving is a sum as well.
    close(system, sum, size, (p, here), net.into.of(p).len() + net.out.of(p).len())
}

fn close(
    system: &NodeSystem<'_>,
    sum: TwofoldComplex,
    size: f64,
    (p, here): (usize, TwofoldComplex),
    edges: usize,
) -> (Complex, f64) {
    let terms = edges as f64 + 8.0;
    // Below 1e-290 the halves of products are no longer exact.
    let underflow = 1e-290 + 1e-318 * (system.z.size() + system.net.leaving[p].high);
    let rounding = terms * (TWOFOLD_ERROR * size + underflow);
    (sum.rounded(), sum.size() * (1.0 + f64::EPSILON) + rounding + system.slip * here.size())
}
