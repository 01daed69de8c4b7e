//! A resolvent applied, with bounds on the errors of what was computed.
//!
//! x = (z - Q)^-1 1 is solved for in doubles, whatever the rounding, and corrected by its residual r = 1 - (z - Q) x~,
//! which is summed to thirty digits from differences x_i - x_j along edges ([`refine`](super::refine)). What x~ is off by solves the same
//! system for r, and is bounded component by component, sinks first: with E_j the bounds at positions of later components and
//! rho_i = |r_i| + sum c_ij E_j,
//!
//! - alone in its component a position has E_i = rho_i / |z + q_i|;
//! - a component with the measure mu has sqrt(sum mu_i |x_i - x~_i|^2) <= N = sqrt(sum mu_i rho_i^2) / (Re(e^{-i theta} z) -
//!   sigma) (see the parent module: a form that is bounded on all positions is on those of a component), and so
//!   E_i = N / sqrt(mu_i), and for alpha x sqrt(sum alpha_i^2 / mu_i) N.
//!
//! Neither depends on how many components there are. lambda = alpha (z - Q)^-1, which gradients need, goes the other way, with
//! 1 / mu in the place of mu. Cost: one elimination and two to five solves.

use super::net::RateNet;
use super::refine::{Corrected, Side, corrected};
use super::twofold::{TWOFOLD_ERROR, TwofoldComplex};
use crate::density::complex::Complex;
use crate::density::shifted::KilledChain;
use crate::scaled::ScaledNumber;

/// Of the weights sqrt(mu) relative to the largest of a component, the smallest that counts.
const FLOOR: f64 = 1e-150;

/// How often bounds within a component are improved, there and back.
const SWEEPS: usize = 4;

/// What a node's error bounds are made of: the weights of positions, and the bound on the resolvent.
#[derive(Debug)]
pub(super) struct ErrorNorms {
    /// sqrt(mu) relative to the largest of the component.
    weights: Vec<f64>,
    /// For each component sqrt(sum of alpha^2 / mu), mu relative in the same way.
    starts: Vec<f64>,
}

/// The chain at a node.
pub(super) struct NodeSystem<'a> {
    pub(super) net: &'a RateNet,
    pub(super) norms: &'a ErrorNorms,
    pub(super) killed: KilledChain<'a, Complex>,
    pub(super) z: TwofoldComplex,
    /// What z may be off by.
    pub(super) slip: f64,
    /// Re(e^{-i theta} z) - sigma
    pub(super) room: f64,
}

impl ErrorNorms {
    pub(super) fn new(net: &RateNet, mu: &[ScaledNumber]) -> ErrorNorms {
        let mut weights = vec![1.0; net.len()];
        let mut starts = Vec::with_capacity(net.components.len());
        for c in 0..net.components.len() {
            let larger = |a: ScaledNumber, b: ScaledNumber| if b > a { b } else { a };
            let largest = net.members(c).map(|p| mu[p]).reduce(larger).unwrap_or(ScaledNumber::ONE);
            let mut sum = 0.0;
            for p in net.members(c) {
                weights[p] = root(mu[p] / largest).min(1.0);
                if net.alpha[p] > 0.0 {
                    sum += (net.alpha[p] / weights[p]).powi(2);
                }
            }
            starts.push(sum.sqrt());
        }
        ErrorNorms { weights, starts }
    }

    /// Returns the largest factor from residuals to alpha x that a component's measure has.
    pub(super) fn largest_factor(&self, net: &RateNet) -> f64 {
        let factor = |(c, start): (usize, &f64)| {
            let sum = net.members(c).map(|p| self.weights[p] * self.weights[p]).sum::<f64>();
            times(*start, sum.sqrt())
        };
        self.starts.iter().enumerate().map(factor).fold(0.0, f64::max)
    }

    /// Returns whether each position has a weight that a double can be.
    pub(super) fn is_complete(&self) -> bool {
        self.weights.iter().all(|&weight| weight >= f64::MIN_POSITIVE)
    }
}

/// Returns the square root of a positive number, zero only where the number is below 1e-614.
fn root(number: ScaledNumber) -> f64 {
    let (mantissa, exponent) = number.parts();
    let odd = exponent.rem_euclid(2);
    let mantissa = if odd == 1 { 2.0 * mantissa } else { mantissa };
    ScaledNumber::new(mantissa.sqrt(), (exponent - odd) / 2).to_f64()
}

/// Returns a b where a product with zero is zero, though the other factor be infinite: nothing is there to be off.
fn times(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}

impl NodeSystem<'_> {
    /// Returns alpha (z - Q)^-1 1 and a bound on its error; corrections go on until it is below `enough`, or as long as
    /// they help.
    pub(super) fn survival(&self, enough: f64) -> (TwofoldComplex, f64) {
        self.of_start(&self.columns(enough))
    }

    /// Returns (z - Q)^-1 1.
    pub(super) fn columns(&self, enough: f64) -> Corrected {
        corrected(self, Side::Column, enough)
    }

    /// Returns alpha (z - Q)^-1.
    pub(super) fn rows(&self, enough: f64) -> Corrected {
        corrected(self, Side::Row, enough)
    }

    /// Returns alpha x and a bound on its error.
    pub(super) fn of_start(&self, x: &Corrected) -> (TwofoldComplex, f64) {
        let mut sum = TwofoldComplex::default();
        let (mut size, mut terms) = (0.0, 2.0);
        for &(p, alpha) in &self.net.start {
            let x = x.values[p];
            let product = TwofoldComplex { re: x.re * alpha, im: x.im * alpha };
            sum = sum + product;
            size += product.size();
            terms += 1.0;
        }
        (sum, x.total + terms * TWOFOLD_ERROR * size)
    }

    /// Returns a bound on the sum that matters, and those of each position, from the sizes of residuals. Of columns
    /// that is alpha x, of rows the sum of all.
    pub(super) fn errors(&self, side: Side, sizes: &[f64]) -> (f64, Vec<f64>) {
        let net = self.net;
        let mut errors = vec![0.0; net.len()];
        let mut total = 0.0;
        let count = net.components.len();
        for step in 0..count {
            let c = if side == Side::Column { count - 1 - step } else { step };
            let mut sum = 0.0;
            let is_alone = net.components[c].len() == 1;
            for p in net.members(c) {
                let arriving = match side {
                    Side::Column => net.onward(p).fold(sizes[p], |sum, (to, rate)| sum + rate * errors[to]),
                    Side::Row => net.inward(p).fold(sizes[p], |sum, (from, rate)| sum + rate * errors[from]),
                };
                if is_alone {
                    errors[p] = arriving / self.room.max(self.apart(p));
                } else {
                    sum += times(self.weight(side, p).max(FLOOR), arriving).powi(2);
                }
            }
            if is_alone {
                let alone = net.components[c].start;
                let factor = if side == Side::Column { net.alpha[alone] } else { 1.0 };
                total += times(factor, errors[alone]);
                continue;
            }
            let norm = sum.sqrt() / self.room;
            net.members(c).for_each(|p| errors[p] = times(norm, 1.0 / self.weight(side, p)));
            self.smooth(side, c, sizes, &mut errors);
            total += match side {
                Side::Column => {
                    let singly = net.members(c).map(|p| times(net.alpha[p], errors[p])).sum();
                    times(norm, self.norms.starts[c]).min(singly)
                }
                Side::Row => net.members(c).map(|p| errors[p]).sum(),
            };
        }
        // Roundings of the bound itself.
        errors.iter_mut().for_each(|error| *error *= 1.001);
        (1.001 * total, errors)
    }

    /// Returns sqrt(mu) for columns, 1 / sqrt(mu) for rows.
    fn weight(&self, side: Side, p: usize) -> f64 {
        match side {
            Side::Column => self.norms.weights[p],
            Side::Row => 1.0 / self.norms.weights[p],
        }
    }

    /// Improves bounds within a component by its equations, |z + q_i| E_i <= |r_i| + sum c_ij E_j: where the measure is
    /// small they are no better than those of the positions that are entered from there.
    fn smooth(&self, side: Side, component: usize, sizes: &[f64], errors: &mut [f64]) {
        let edges = if side == Side::Column { &self.net.out } else { &self.net.into };
        let mut improve = |p: usize| {
            let add = |sum: f64, &(other, rate): &(u32, f64)| sum + times(rate, errors[other as usize]);
            let arriving = edges.of(p).iter().fold(sizes[p], add);
            let apart = self.apart(p);
            if apart > 0.0 {
                errors[p] = errors[p].min(1.001 * arriving / apart);
            }
        };
        for _ in 0..SWEEPS {
            self.net.members(component).rev().for_each(&mut improve);
            self.net.members(component).for_each(&mut improve);
        }
    }

    /// Returns |z + q| of a position, or a little less.
    fn apart(&self, p: usize) -> f64 {
        let (z, q) = (self.z.rounded(), self.net.leaving[p].high);
        (z.re + q).hypot(z.im) - 8.0 * f64::EPSILON * (z.size() + q) - self.slip
    }
}
