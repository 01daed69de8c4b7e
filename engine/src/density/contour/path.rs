//! The hyperbola along which a transform is taken back, and what the sum over its nodes leaves out.
//!
//! z(u) = s (1 - sin a cosh u) + i s cos a sinh u, s = tau / t, and f(t) = the integral of e^{zt} z' F / (2 pi i). Let
//! Re(e^{-i theta} z) - sigma bound the resolvent from below (see the parent module), for Im z >= 0. At u = x + i y the point is that of
//! the hyperbola of angle beta = a + y, where for x >= 0, beta <= theta
//!
//!   Re(e^{-i theta} z) = s (cos theta (1 - sin beta e^{-x}) + sin(theta - beta) sinh x) >= s cos theta (1 - sin beta),
//!
//! so that with c(beta) = cos theta (1 - sin beta) - sigma / s the transform is at most K / (s c(beta)). On that line |z'| <=
//! s cosh x, |z| <= s cosh x, |e^{zt}| = e^{tau - X cosh x}, X = tau sin beta; the integral of the magnitude is at most
//! M(beta) = K e^tau K_1(X) / (pi c(beta)) for the survival and K tau e^tau (K_0(X) + K_1(X) / X) / (pi c(beta)) for the density
//! times t, with Bessel's functions K_0 and K_1. From this
//!
//! - the trapezoidal sum of step h differs from the integral by at most (M(a + d) + M(a - d)) / (e^{2 pi d / h} - 1)
//!   (Trefethen and Weideman, *The exponentially convergent trapezoidal rule*, 2014, theorem 5.1 with both sides apart);
//! - its terms beyond V = (N - 1/2) h, which fall where X cosh V >= 2, add up to at most the integral from V on, in which
//!   cosh x <= coth V sinh x.
//!
//! A derivative with respect to a parameter has one more resolvent, and so 1 / (s c) once more.

use std::f64::consts::PI;

use super::twofold::{TWOFOLD_ERROR, TwofoldComplex, TwofoldNumber};

/// Largest tau: e^tau is what rounding is multiplied by, which is that of thirty digits.
const LARGEST_TAU: f64 = 24.0;
/// Relative error of a node's u and its functions where u is below one, and of the weight where |z t| is.
const NODE_ERROR: f64 = 400.0 * TWOFOLD_ERROR;
/// What the double leaves of pi.
const PI_REST: f64 = 1.224_646_799_147_353_2e-16;

/// A bound on a transform: e^ln_scale (1 / (s c))^order, times t / s^(order - 1) in what it is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct TransformBound {
    pub(super) ln_scale: f64,
    pub(super) order: u8,
    /// Whether it is multiplied by z, as that of a density is; the bound is one on the density times t.
    pub(super) is_density: bool,
}

/// Where resolvents are bounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ResolventSector {
    /// theta
    pub(super) angle: f64,
    /// sigma t / cos theta
    pub(super) shift: f64,
}

/// A hyperbola with its nodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HyperbolaPath {
    tau: f64,
    /// Angles of the hyperbolas at the lower edge of the strip, in its middle and at its upper edge.
    angles: [f64; 3],
    step: f64,
    pub(super) count: usize,
}

/// One node: the point, and the factor of the transform.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathNode {
    pub(super) z: TwofoldComplex,
    pub(super) weight: TwofoldComplex,
    /// What the point may be off by.
    pub(super) slip: f64,
    /// Relative error of the weight, and of a few products with it.
    pub(super) weight_error: f64,
}

impl ResolventSector {
    /// ln c(beta); NaN where there is no bound.
    fn ln_room(&self, tau: f64, beta: f64) -> f64 {
        (self.angle.cos() * (1.0 - beta.sin() - self.shift / tau)).ln()
    }

    /// Returns the logarithm of the factor of the integral along the hyperbola of an angle.
    fn ln_factor(&self, tau: f64, beta: f64, of: TransformBound) -> f64 {
        let order = f64::from(of.order);
        let powers = if of.is_density { 2.0 - order } else { 1.0 - order };
        of.ln_scale + tau - PI.ln() - order * self.ln_room(tau, beta) + powers * tau.ln()
    }

    /// Returns ln M(beta).
    fn ln_integral(&self, tau: f64, beta: f64, of: TransformBound) -> f64 {
        let x = tau * beta.sin();
        // Upper bounds of K_0 and K_1: asymptotic series up to the first term after which the next is negative.
        let (k0, k1) = (1.0, 1.0 + 0.375 / x);
        let bessel = if of.is_density { k0 + k1 / x } else { k1 };
        self.ln_factor(tau, beta, of) + (PI / (2.0 * x)).ln() / 2.0 - x + bessel.ln()
    }

    /// Returns the logarithm of what is left out beyond V.
    fn ln_tail(&self, tau: f64, beta: f64, v: f64, of: TransformBound) -> f64 {
        let x = tau * beta.sin();
        // Beyond this there is less, and its hyperbolic cosine is no number.
        let v = v.min(300.0);
        let (cosh, tanh) = (v.cosh(), v.tanh());
        let falls = x * cosh >= 2.0;
        if !falls {
            return f64::INFINITY;
        }
        let rest = if of.is_density { cosh / x + 1.0 / (x * x) } else { 1.0 / x };
        self.ln_factor(tau, beta, of) - x * cosh + (rest / tanh).ln()
    }
}

/// Returns ln(e^a + e^b).
fn ln_sum(a: f64, b: f64) -> f64 {
    a.max(b) + (-(a - b).abs()).exp().ln_1p()
}

impl HyperbolaPath {
    /// Looks for the hyperbola of fewest nodes on which each transform is within `tolerance`; none with more than `most`.
    pub(super) fn search(
        sector: &ResolventSector,
        bounds: &[TransformBound],
        tolerance: f64,
        most: usize,
    ) -> Option<HyperbolaPath> {
        let mut best: Option<HyperbolaPath> = None;
        for upper in [1.0, 0.98, 0.94, 0.85, 0.7].map(|share| share * sector.angle) {
            for lower in (1..20).map(|k| upper * 0.05 * f64::from(k)) {
                for tau in (1..=24).map(|k| f64::from(k) * LARGEST_TAU / 24.0) {
                    let most = best.map_or(most, |best| best.count - 1);
                    let found = HyperbolaPath::of(sector, bounds, tolerance, [tau, lower, upper], most);
                    best = found.or(best);
                }
            }
        }
        best
    }

    fn of(
        sector: &ResolventSector,
        bounds: &[TransformBound],
        tolerance: f64,
        [tau, lower, upper]: [f64; 3],
        most: usize,
    ) -> Option<HyperbolaPath> {
        let (middle, half) = ((lower + upper) / 2.0, (upper - lower) / 2.0);
        let ln_half = (tolerance / 2.0).ln();
        let edges = |of: &TransformBound| {
            ln_sum(sector.ln_integral(tau, lower, *of), sector.ln_integral(tau, upper, *of)) - ln_half
        };
        let needed = bounds.iter().map(|of| ln_sum(edges(of), 0.0)).fold(0.0, nan_max);
        let step = (2.0 * PI * half / needed).min(1.5);
        if !(step > 0.0 && needed.is_finite()) {
            return None;
        }
        let tail = |count: usize| {
            let v = (count as f64 - 0.5) * step;
            bounds.iter().map(|of| sector.ln_tail(tau, middle, v, *of)).fold(f64::NEG_INFINITY, nan_max)
        };
        // It falls with the count: not even the most may do.
        let is_enough = |count: usize| tail(count) <= ln_half;
        if most < 2 || !is_enough(most) {
            return None;
        }
        let (mut low, mut high) = (1, most);
        while high - low > 1 {
            let between = (low + high) / 2;
            if is_enough(between) { high = between } else { low = between }
        }
        Some(HyperbolaPath { tau, angles: [lower, middle, upper], step, count: high })
    }

    /// Returns a bound on what the sum of a transform leaves out.
    pub(super) fn error(&self, sector: &ResolventSector, of: TransformBound) -> f64 {
        let [lower, middle, upper] = self.angles;
        let edges = ln_sum(sector.ln_integral(self.tau, lower, of), sector.ln_integral(self.tau, upper, of));
        let strip = 2.0 * PI * (upper - middle).min(middle - lower) / self.step;
        let tail = sector.ln_tail(self.tau, middle, (self.count as f64 - 0.5) * self.step, of);
        // The angles, and s t for tau, are rounded: by far less than this.
        1.001 * (edges.exp() / strip.exp_m1() + tail.exp())
    }

    /// Returns the nodes for a time, to thirty digits.
    pub(super) fn nodes(&self, time: f64) -> impl Iterator<Item = PathNode> {
        let scale = self.tau / time;
        let sin = TwofoldNumber::from(libm::sin(self.angles[1]));
        let cos = (TwofoldNumber::ONE - sin * sin).root();
        let step = TwofoldNumber::from(self.step);
        let share = step.over(TwofoldNumber::from(PI) + PI_REST.into());
        (0..self.count).map(move |k| {
            let u = step * (k as f64 + 0.5);
            let power = TwofoldComplex { re: u, ..TwofoldComplex::default() }.exponential().re;
            let inverse = TwofoldNumber::ONE.over(power);
            let (cosh, sinh) = ((power + inverse) * 0.5, (power - inverse) * 0.5);
            let z = TwofoldComplex { re: (TwofoldNumber::ONE - sin * cosh) * scale, im: cos * sinh * scale };
            let slope = TwofoldComplex { re: -(sin * sinh) * share * scale, im: cos * cosh * share * scale };
            let weight = (z * time).exponential() * slope;
            let slip = NODE_ERROR * (1.0 + u.high) * scale * cosh.high;
            let weight_error = 2.0 * slip * time + NODE_ERROR * (2.0 + u.high + z.size() * time);
            PathNode { z, weight, slip, weight_error }
        })
    }
}

/// Returns the larger number, and NaN where one is NaN.
fn nan_max(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}
