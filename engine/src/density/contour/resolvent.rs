//! A resolvent applied, with a bound on the error of what was computed.
//!
//! x = (z - Q)^-1 1 is solved for in doubles, whatever the rounding, and corrected by its residual r = 1 - (z - Q) x~,
//! which is summed to thirty digits from differences x_i - x_j along edges. What x~ is off by solves the same system for r,
//! and is bounded component by component, sinks first: with E_j the bound at positions of later components,
//! rho_i = |r_i| + sum c_ij E_j,
//!
//! - alone in its component a position has E_i = rho_i / |z + q_i|;
//! - a component with the measure mu has sqrt(sum mu_i |x_i - x~_i|^2) <= N = sqrt(sum mu_i rho_i^2) / (Re(e^{-i theta} z) -
//!   sigma) (see the parent module: a form that is bounded on all positions is on those of a component), and so
//!   E_i = N / sqrt(mu_i), and for alpha x sqrt(sum alpha_i^2 / mu_i) N.
//!
//! Neither depends on how many components there are. lambda = alpha (z - Q)^-1 goes the other way, with 1 / mu in the place of mu.
//! Cost: one elimination and two to five solves.

use super::net::RateNet;
use super::twofold::{TWOFOLD_ERROR, TwofoldComplex};
use crate::density::complex::Complex;
use crate::density::shifted::KilledChain;
use crate::scaled::ScaledNumber;

/// Most corrections: each brings as many digits as the first solve had.
const CORRECTIONS: usize = 5;
/// Of the weights sqrt(mu) relative to the largest of a component, the smallest that counts.
const FLOOR: f64 = 1e-150;

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
                weights[p] = (mu[p] / largest).to_f64().sqrt().min(1.0);
                if net.alpha[p] > 0.0 {
                    sum += (net.alpha[p] / weights[p]).powi(2);
                }
            }
            starts.push(sum.sqrt());
        }
        ErrorNorms { weights, starts }
    }
}

/// Returns a b where a product with zero is zero, though the other factor be infinite: nothing is there to be off.
fn times(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}

impl NodeSystem<'_> {
    /// Returns alpha (z - Q)^-1 1 and a bound on its error; corrections go on until it is below `enough`, or as long as
    /// they help.
    pub(super) fn survival(&self, enough: f64) -> (TwofoldComplex, f64) {
        let (x, error) = self.refined(enough);
        let mut sum = TwofoldComplex::default();
        let (mut size, mut terms) = (0.0, 2.0);
        for (alpha, x) in self.net.alpha.iter().zip(&x).filter(|(alpha, _)| **alpha > 0.0) {
            sum = sum + *x * *alpha;
            size += alpha * x.size();
            terms += 1.0;
        }
        (sum, error + terms * TWOFOLD_ERROR * size)
    }

    fn refined(&self, enough: f64) -> (Vec<TwofoldComplex>, f64) {
        let mut plain = vec![Complex::from(1.0); self.net.len()];
        self.killed.solve(&mut plain);
        let mut best: Vec<TwofoldComplex> = plain.into_iter().map(TwofoldComplex::from).collect();
        let (mut residual, sizes) = self.residual(&best);
        let (mut error, _) = self.error(&sizes);
        for _ in 0..CORRECTIONS {
            if error <= enough {
                break;
            }
            self.killed.solve(&mut residual);
            let next: Vec<TwofoldComplex> =
                best.iter().zip(&residual).map(|(x, d)| *x + TwofoldComplex::from(*d)).collect();
            let (later, sizes) = self.residual(&next);
            let (found, _) = self.error(&sizes);
            // What is no number does not help either.
            if !(found < 0.5 * error) {
                break;
            }
            (best, residual, error) = (next, later, found);
        }
        (best, error)
    }

    /// Returns the residual, and a bound on the size of the true one by position.
    fn residual(&self, x: &[TwofoldComplex]) -> (Vec<Complex>, Vec<f64>) {
        let one = TwofoldComplex::from(Complex::from(1.0));
        let mut sizes = Vec::with_capacity(x.len());
        let mut residual = Vec::with_capacity(x.len());
        for (p, &here) in x.iter().enumerate() {
            let exit = self.net.exit[p];
            let mut sum = one - self.z * here - here * exit;
            let mut size = 1.0 + (2.0 * self.z.size() + exit) * here.size();
            for &(to, rate) in self.net.out.of(p) {
                let there = x[to as usize];
                sum = sum - (here - there) * rate;
                size += rate * (here.size() + there.size());
            }
            let terms = self.net.out.of(p).len() as f64 + 8.0;
            residual.push(sum.rounded());
            sizes.push(sum.size() * (1.0 + f64::EPSILON) + terms * TWOFOLD_ERROR * size);
        }
        (residual, sizes)
    }

    /// Returns a bound on the error of alpha x, and those of x by position, from the sizes of residuals.
    fn error(&self, sizes: &[f64]) -> (f64, Vec<f64>) {
        let net = self.net;
        let mut errors = vec![0.0; net.len()];
        let mut of_start = 0.0;
        for c in (0..net.components.len()).rev() {
            let mut sum = 0.0;
            let is_alone = net.components[c].len() == 1;
            for p in net.members(c) {
                let arriving = net.onward(p).fold(sizes[p], |sum, (to, rate)| sum + rate * errors[to]);
                if is_alone {
                    errors[p] = arriving / self.room.max(self.apart(p));
                    of_start += times(net.alpha[p], errors[p]);
                } else {
                    sum += (self.norms.weights[p].max(FLOOR) * arriving).powi(2);
                }
            }
            if !is_alone {
                let norm = sum.sqrt() / self.room;
                net.members(c).for_each(|p| errors[p] = times(norm, 1.0 / self.norms.weights[p]));
                if net.members(c).any(|p| net.inward(p).next().is_some()) {
                    self.smooth(c, sizes, &mut errors);
                }
                of_start += times(norm, self.norms.starts[c]);
            }
        }
        // Roundings of the bound itself.
        (1.001 * of_start, errors)
    }

    /// Improves bounds within a component by its equations, |z + q_i| E_i <= |r_i| + sum c_ij E_j: where the measure is
    /// small they are no better than those of the positions that are entered from there.
    fn smooth(&self, component: usize, sizes: &[f64], errors: &mut [f64]) {
        let mut improve = |p: usize| {
            let edges = self.net.out.of(p).iter();
            let arriving = edges.fold(sizes[p], |sum, &(to, rate)| sum + rate * errors[to as usize]);
            let apart = self.apart(p);
            if apart > 0.0 {
                errors[p] = errors[p].min(1.001 * arriving / apart);
            }
        };
        self.net.members(component).rev().for_each(&mut improve);
        self.net.members(component).for_each(&mut improve);
    }

    /// Returns |z + q| of a position, or a little less.
    fn apart(&self, p: usize) -> f64 {
        let (z, q) = (self.z.rounded(), self.net.leaving[p]);
        let rounding = 4.0 * f64::EPSILON * (z.size() + q * (1.0 + self.net.out.of(p).len() as f64));
        (z.re + q).hypot(z.im) - rounding
    }
}
