//! Derivatives of what a contour gives, with bounds.
//!
//! With x = (z - Q)^-1 1 and lambda = alpha (z - Q)^-1 the derivative of the transform with respect to a parameter is
//! lambda dQ x + dalpha x: the rate from i to j adds lambda_i (x_j - x_i), that of absorption from i - lambda_i x_i. By the theorem of the parent
//! module, with the norm |dQ| <= G = sqrt(largest row sum times largest column sum) of the magnitudes of sqrt(mu_i / mu_j) dQ_ij,
//!
//!   |lambda dQ x| <= K G / (Re(e^{-i theta} z) - sigma)^2, |dalpha x| <= K' / (Re(e^{-i theta} z) - sigma),
//!
//! K'^2 = sum dalpha_i^2 / mu_i sum mu_i, whence what the sum over nodes leaves out, as for the values. x and lambda are computed with bounds
//! for each position; products of the two have those of products. All parameters together take four solves of a node.

use super::certificate::SpectrumCertificate;
use super::path::{HyperbolaPath, PathNode, TransformBound};
use super::refine::Corrected;
use super::twofold::{TWOFOLD_ERROR, TwofoldComplex, TwofoldNumber};
use super::{ContourRefusal, ContourSolver, TOLERANCE};
use crate::chain::ABSORBED;
use crate::density::derivative::ScaledGradient;
use crate::replay::all_edges;
use crate::scaled::ScaledNumber;

/// Largest error bound of a derivative that passes for an answer.
const SLOPE_ERROR: f64 = 1e-8;

/// Derivatives of survival and density with respect to each parameter.
#[derive(Debug)]
pub(in crate::density) struct ContourGradient {
    pub(in crate::density) survival: ScaledGradient,
    pub(in crate::density) density: ScaledGradient,
}

impl ContourGradient {
    /// Refuses derivatives with large bounds: relative to themselves, or to theta in numbers without a unit.
    fn checked(self, theta: &[f64], time: f64) -> Result<ContourGradient, ContourRefusal> {
        for (gradient, unit) in [(&self.survival, 1.0), (&self.density, time)] {
            for ((value, error), theta) in gradient.values.iter().zip(&gradient.errors).zip(theta) {
                let theta = if *theta == 0.0 { 1.0 } else { theta.abs() };
                let bound = error.to_f64() * theta * unit;
                let is_close = bound <= SLOPE_ERROR || *error <= value.abs() * SLOPE_ERROR;
                // What is no number is not close.
                if !is_close {
                    return Err(ContourRefusal::Rounding { bound });
                }
            }
        }
        Ok(self)
    }
}

/// A sum of derivatives of survival and density, and bounds on the errors of both.
#[derive(Debug, Clone, Copy, Default)]
struct SlopeSum {
    survival: TwofoldNumber,
    density: TwofoldNumber,
    survival_error: f64,
    density_error: f64,
}

/// How much transforms can change with a parameter: the logarithms of K G t and of K'.
#[derive(Debug, Clone, Copy)]
struct SlopeSize {
    rates: f64,
    start: f64,
}

impl SlopeSum {
    /// Adds what a node contributes: the derivative of the transform, and a bound on its error.
    fn add(&mut self, node: &PathNode, slope: TwofoldComplex, error: f64) {
        let term = node.weight * slope;
        let error = node.weight.size() * error + node.weight_error * term.size();
        self.survival = self.survival + term.im;
        self.density = self.density - (node.z * term).im;
        self.survival_error += error;
        self.density_error += node.z.size() * error;
    }

    /// Adds a multiple of another sum.
    fn add_times(&mut self, factor: TwofoldNumber, other: &SlopeSum) {
        self.survival = self.survival + other.survival * factor;
        self.density = self.density + other.density * factor;
        let size = factor.high.abs();
        self.survival_error +=
            size * (other.survival_error + 2.0 * TWOFOLD_ERROR * other.survival.high.abs());
        self.density_error += size * (other.density_error + 2.0 * TWOFOLD_ERROR * other.density.high.abs());
    }
}

impl ContourSolver<'_> {
    pub(super) fn sum_gradient(
        &self,
        certificate: &SpectrumCertificate,
        theta: &[f64],
        time: f64,
    ) -> Result<ContourGradient, ContourRefusal> {
        if !certificate.norms.is_complete() {
            return Err(ContourRefusal::Rounding { bound: f64::INFINITY });
        }
        let sizes = self.slope_sizes(certificate, time)?;
        let path = self.slope_path(certificate, &sizes, theta)?;
        let mut by_weight = vec![SlopeSum::default(); self.trace.weights.len()];
        let mut by_start = vec![SlopeSum::default(); self.trace.start.len()];
        let largest = sizes.iter().zip(theta).map(|(size, t)| size.rates.exp() * t.abs()).fold(1.0, f64::max);
        for node in path.nodes(time) {
            let system = self.system(certificate, &node);
            let scale = node.weight.size() * (1.0 + node.z.size() * time) * largest;
            let enough = 1e-2 * TOLERANCE / (path.count as f64 * scale);
            let (x, lambda) = (system.columns(enough), system.rows(enough));
            self.add_edges(&node, &x, &lambda, &mut by_weight);
            for (&(to, _), sum) in self.trace.start.iter().zip(&mut by_start).filter(|s| s.0.0 != ABSORBED) {
                sum.add(&node, x.values[to as usize], x.errors[to as usize]);
            }
        }
        self.add_start(&by_start, &mut by_weight);
        let gradient = self.by_theta(certificate, &path, &sizes, &by_weight, time);
        gradient.checked(theta, time)
    }

    /// Adds lambda_i (x_j - x_i) of all edges, by weight.
    fn add_edges(&self, node: &PathNode, x: &Corrected, lambda: &Corrected, by_weight: &mut [SlopeSum]) {
        let mut slopes = vec![(TwofoldComplex::default(), 0.0); by_weight.len()];
        for (from, to, weight) in all_edges(self.trace).filter(|e| self.net.is_reached[e.0 as usize]) {
            let from = from as usize;
            let (here, mut off) = (x.values[from], x.errors[from]);
            let (mut there, mut size) = (TwofoldComplex::default(), here.size());
            if to != ABSORBED {
                there = x.values[to as usize];
                off += x.errors[to as usize];
                size += there.size();
            }
            let (factor, factor_off) = (lambda.values[from], lambda.errors[from]);
            let gain = there - here;
            let (sum, error) = &mut slopes[weight as usize];
            *sum = *sum + factor * gain;
            let rounding = TWOFOLD_ERROR * (4.0 * factor.size() * size + sum.size());
            *error += factor_off * (gain.size() + off) + factor.size() * off + rounding;
        }
        for (sum, (slope, error)) in by_weight.iter_mut().zip(slopes) {
            sum.add(node, slope, error);
        }
    }

    /// Adds what initial probabilities contribute: of w_j / W, the derivative with respect to w_j is (x_j - alpha x) / W.
    fn add_start(&self, by_start: &[SlopeSum], by_weight: &mut [SlopeSum]) {
        let share = |w: u32| TwofoldNumber::from(self.rates.of(w)).over(self.net.start_weight);
        let mut mean = SlopeSum::default();
        for (&(_, weight), sum) in self.trace.start.iter().zip(by_start) {
            mean.add_times(share(weight), sum);
        }
        let each = TwofoldNumber::ONE.over(self.net.start_weight);
        for (&(_, weight), sum) in self.trace.start.iter().zip(by_start) {
            by_weight[weight as usize].add_times(each, sum);
            by_weight[weight as usize].add_times(-each, &mean);
        }
    }

    fn by_theta(
        &self,
        certificate: &SpectrumCertificate,
        path: &HyperbolaPath,
        sizes: &[SlopeSize],
        by_weight: &[SlopeSum],
        time: f64,
    ) -> ContourGradient {
        let parameters = self.trace.parameters();
        let mut gradient = ContourGradient {
            survival: ScaledGradient::zeros(parameters),
            density: ScaledGradient::zeros(parameters),
        };
        for (r, size) in sizes.iter().enumerate() {
            let mut sum = SlopeSum::default();
            for (weight, slope) in (0..).zip(by_weight) {
                let factor = self.trace.weights.coefficients(weight).get(r).copied().unwrap_or(0.0);
                if factor != 0.0 {
                    sum.add_times(factor.into(), slope);
                }
            }
            let left_out = |is_density| {
                let bounds = size.bounds(is_density);
                let errors = bounds.iter().filter(|of| of.ln_scale > f64::NEG_INFINITY);
                errors.map(|&of| path.error(&certificate.sector, of)).sum::<f64>()
            };
            let set = |into: &mut ScaledGradient, value: f64, error: f64| {
                into.values[r] = value.into();
                into.errors[r] = ScaledNumber::from(error + 2.0 * f64::EPSILON * value.abs());
            };
            set(&mut gradient.survival, sum.survival.high, sum.survival_error + left_out(false));
            set(&mut gradient.density, sum.density.high, sum.density_error + left_out(true) / time);
        }
        gradient
    }

    /// Returns the hyperbola of fewest nodes for derivatives with respect to the logarithms of parameters.
    fn slope_path(
        &self,
        certificate: &SpectrumCertificate,
        sizes: &[SlopeSize],
        theta: &[f64],
    ) -> Result<HyperbolaPath, ContourRefusal> {
        let mut largest = SlopeSize { rates: f64::NEG_INFINITY, start: f64::NEG_INFINITY };
        for (size, theta) in sizes.iter().zip(theta) {
            // A parameter that is zero has no logarithm: its derivative is as it comes.
            let unit = if *theta == 0.0 { 0.0 } else { theta.abs().ln() };
            largest.rates = largest.rates.max(size.rates + unit);
            largest.start = largest.start.max(size.start + unit);
        }
        let bounds: Vec<TransformBound> = [false, true]
            .into_iter()
            .flat_map(|is_density| largest.bounds(is_density))
            .filter(|of| of.ln_scale > f64::NEG_INFINITY)
            .collect();
        if bounds.is_empty() {
            return Ok(certificate.path);
        }
        let most = self.most_nodes() / 2;
        let found = HyperbolaPath::search(&certificate.sector, &bounds, TOLERANCE, most);
        let degrees = 90.0 - certificate.sector.angle.to_degrees();
        found.ok_or(ContourRefusal::Nodes { degrees, most })
    }

    fn slope_sizes(
        &self,
        certificate: &SpectrumCertificate,
        time: f64,
    ) -> Result<Vec<SlopeSize>, ContourRefusal> {
        let of = |r: usize| {
            let rates = self.slope_norm(certificate, r)?;
            let start = self.start_norm(certificate, r)?;
            Ok(SlopeSize {
                rates: certificate.measure.ln_scale + rates.ln() + time.ln(),
                start: certificate.measure.ln_of_all / 2.0 + start,
            })
        };
        (0..self.trace.parameters()).map(of).collect()
    }

    /// Returns a bound on the norm of the derivative of Q with respect to a parameter.
    fn slope_norm(&self, certificate: &SpectrumCertificate, r: usize) -> Result<f64, ContourRefusal> {
        let mu = &certificate.measure.mu;
        let (mut rows, mut columns) = (vec![0.0; self.net.len()], vec![0.0; self.net.len()]);
        for (from, to, weight) in all_edges(self.trace).filter(|e| self.net.is_reached[e.0 as usize]) {
            let slope = self.trace.weights.coefficients(weight).get(r).map_or(0.0, |c| c.abs());
            if slope == 0.0 {
                continue;
            }
            let from = from as usize;
            rows[from] += slope;
            columns[from] += slope;
            if to != ABSORBED {
                let to = to as usize;
                if !self.net.is_reached[to] {
                    return Err(ContourRefusal::Entered { row: self.trace.position_rows[to] });
                }
                let weighed = slope * (mu[from] / mu[to]).to_f64().sqrt();
                rows[from] += weighed;
                columns[to] += weighed;
            }
        }
        let largest = |sums: Vec<f64>| sums.into_iter().fold(0.0, f64::max);
        Ok(1.001 * (largest(rows) * largest(columns)).sqrt())
    }

    /// Returns the logarithm of sqrt(sum dalpha_i^2 / mu_i).
    fn start_norm(&self, certificate: &SpectrumCertificate, r: usize) -> Result<f64, ContourRefusal> {
        let start = &self.trace.start;
        let slope = |w: u32| self.trace.weights.coefficients(w).get(r).copied().unwrap_or(0.0);
        let all: f64 = start.iter().map(|&(_, w)| slope(w).abs()).sum();
        if all == 0.0 {
            return Ok(f64::NEG_INFINITY);
        }
        let mut sum = ScaledNumber::ZERO;
        for &(to, w) in start.iter().filter(|s| s.0 != ABSORBED) {
            let to = to as usize;
            if !self.net.is_reached[to] {
                return Err(ContourRefusal::Entered { row: self.trace.position_rows[to] });
            }
            let change = (slope(w).abs() + self.net.alpha[to] * all) / self.net.start_weight.high;
            let change = ScaledNumber::from(change);
            sum += change * change / certificate.measure.mu[to];
        }
        Ok(sum.ln() / 2.0)
    }
}

impl SlopeSize {
    /// Returns the bounds that this is of transforms.
    fn bounds(self, is_density: bool) -> [TransformBound; 2] {
        [
            TransformBound { ln_scale: self.rates, order: 2, is_density },
            TransformBound { ln_scale: self.start, order: 1, is_density },
        ]
    }
}
