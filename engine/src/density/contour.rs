//! Large chains and long times: the inverse of the Laplace transform as a sum over a hyperbola, with a bound that is
//! proved and not observed. Sums of 12 and of 16 nodes agree on what both leave out: they said 3e-12 of a slow ring
//! where they were off by a factor of five.
//!
//! **Theorem.** Let Q be the generator on the vertices that can be left, q_i the rates out of them, c_ij those of edges,
//! mu > 0 any measure, and Re(e^{i theta} x^H D (-Q) x) >= -sigma x^H D x for all x, D = diag(mu), 0 < theta < pi / 2
//! ([`form`] proves this). Then in the norm |x|^2 = x^H D x for Im z >= 0
//!
//!   |(z - Q)^-1| <= 1 / (Re(e^{-i theta} z) - sigma) where that is positive,
//!   |alpha (z - Q)^-1 1| <= K / (Re(e^{-i theta} z) - sigma), K^2 = sum alpha_i^2 / mu_i sum mu_i.
//!
//! **Proof.** Q is real, so that the conjugate of x gives the form for -theta. Then |(z - Q) x| |x| >=
//! |x^H D (z - Q) x| >= Re(e^{-i theta} x^H D (z - Q) x) >= (Re(e^{-i theta} z) - sigma) |x|^2, and Cauchy and
//! Schwarz's inequality gives the second.
//!
//! The bound of the transform bounds what the sum over the nodes of a hyperbola leaves out ([`path`]), before a node is
//! looked at. The transform itself is computed with a bound on its rounding ([`resolvent`]): each
//! bound that is stated is the sum of both, of the rounding of weights and of that of sums. It holds for the
//! rates as doubles, where the elementary functions of `libm` are right to four units in the last place.
//!
//! The bound is absolute. What can not be certified, or has too many nodes, is refused: of a ring of n vertices the sector is pi / n
//! wide, and the nodes grow with n.

mod cholesky;
mod form;
mod measure;
mod net;
mod path;
mod resolvent;
mod twofold;

use std::collections::BTreeMap;

use super::complex::Complex;
use super::shifted::KilledChain;
use crate::replay::{Initial, Rates};
use crate::trace::Trace;
use form::{FormPlan, SHIFT, SectorSearch};
use measure::MeasureChoice;
use net::RateNet;
use path::{HyperbolaPath, PathNode, ResolventSector, TransformBound, WEIGHT_ERROR};
use resolvent::{ErrorNorms, NodeSystem};
use twofold::TwofoldNumber;

/// What truncation and discretisation may be off by together.
const TOLERANCE: f64 = 1e-15;
/// Largest error bound of a contour that passes for an answer.
pub(super) const CONTOUR_ERROR: f64 = 1e-9;
/// Most entries of the factors of a certificate: 100 MB.
const MOST_ENTRIES: usize = 5_000_000;
/// Most multiplications of one time, and of one certificate: some tens of seconds.
const MOST_WORK: f64 = 2e10;
/// Factorisations that a certificate takes at most, with one measure.
const ATTEMPTS: f64 = 12.0;
/// How much more a component weighs than those that lead to it: the measures that are tried.
const GROWTHS: [f64; 3] = [4.0, 2.0, 12.0];

/// Multiplications of a time on a chain whose spectrum is narrow; what is tried first is decided by it.
pub(super) fn work(trace: &Trace) -> f64 {
    140.0 * trace.operation_count() as f64
}

/// Why a contour gives no answer.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ContourRefusal {
    /// Factors of the certificate are too large.
    #[error("its certificate would take {work:.1e} multiplications, or factors of more than 5 million numbers: the graph is too densely connected")]
    Fill {
        /// Multiplications of a factorisation, infinite where nobody counted.
        work: f64,
    },
    /// Nothing is proved.
    #[error("no sector that holds its spectrum could be proved: rounding hides it where rates are 10^12 times as fast as the time is long")]
    Sector,
    /// Too many nodes.
    #[error("its spectrum could only be proved to lie within {degrees:.1} degrees of the negative axis, and there is no time for the more than {most} nodes that this needs, as long rings do")]
    Nodes {
        /// Half the angle of the sector that holds the spectrum.
        degrees: f64,
        /// Nodes that there is time for.
        most: usize,
    },
    /// The bound is too large.
    #[error("its error bound is {bound:.1e}: rounding hides the answer")]
    Rounding {
        /// The bound.
        bound: f64,
    },
}

/// Survival and density at a time, with absolute bounds on their errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ContourValues {
    pub(super) survival: f64,
    pub(super) density: f64,
    pub(super) survival_error: f64,
    pub(super) density_error: f64,
    /// Nodes that were taken.
    pub(super) nodes: usize,
}

/// What is proved of a chain, for times up to some time.
#[derive(Debug)]
struct SpectrumCertificate {
    /// sigma = SHIFT cos theta / time
    time: f64,
    sector: ResolventSector,
    bounds: [TransformBound; 2],
    path: HyperbolaPath,
    norms: ErrorNorms,
}

/// A chain at a parameter vector, with what has been proved of it so far.
#[derive(Debug)]
pub(super) struct ContourSolver<'a> {
    trace: &'a Trace,
    rates: &'a Rates,
    net: RateNet,
    plan: Option<FormPlan>,
    /// Edges of the start.
    starts: usize,
    /// By the logarithm of the time, to the base two.
    certificates: BTreeMap<i32, Result<SpectrumCertificate, ContourRefusal>>,
}

impl<'a> ContourSolver<'a> {
    /// Reads a chain and plans its certificate.
    pub(super) fn new(trace: &'a Trace, rates: &'a Rates, initial: &Initial) -> ContourSolver<'a> {
        let net = RateNet::new(trace, rates, initial);
        let plan = FormPlan::new(&net, MOST_ENTRIES);
        ContourSolver { trace, rates, net, plan, starts: trace.start.len(), certificates: BTreeMap::new() }
    }

    /// Returns the values at a time above zero.
    pub(super) fn values(&mut self, time: f64) -> Result<ContourValues, ContourRefusal> {
        let octave = time.log2().ceil() as i32;
        if !self.certificates.contains_key(&octave) {
            // Proved for all times of the octave, so that what is answered does not depend on what was asked before.
            let found = self.certify(f64::from(octave).exp2().max(time));
            self.certificates.insert(octave, found);
        }
        match &self.certificates[&octave] {
            Ok(certificate) => self.sum(certificate, time),
            Err(refusal) => Err(*refusal),
        }
    }

    /// Multiplications of one node, by what was measured.
    fn node_work(&self) -> f64 {
        12.0 * self.trace.operation_count() as f64 + 400.0 * (self.net.out.len() + self.net.len()) as f64
    }

    fn certify(&self, time: f64) -> Result<SpectrumCertificate, ContourRefusal> {
        let plan = self.plan.as_ref().ok_or(ContourRefusal::Fill { work: f64::INFINITY })?;
        if ATTEMPTS * plan.work > MOST_WORK {
            return Err(ContourRefusal::Fill { work: plan.work });
        }
        let most = (MOST_WORK / self.node_work()) as usize;
        let choice = MeasureChoice::new(self.trace, self.rates, &self.net, SHIFT / time);
        let is_joined = (0..self.net.len()).any(|p| self.net.onward(p).next().is_some());
        let growths = if is_joined { &GROWTHS[..] } else { &GROWTHS[..1] };
        let mut best = Err(ContourRefusal::Sector);
        let mut attempts = 0;
        for with_reversible in [true, false] {
            for &growth in growths {
                let is_cheap = |nodes: usize| {
                    nodes < 40 || nodes as f64 * self.node_work() < ATTEMPTS * plan.work
                };
                let is_done = matches!(&best, Ok::<SpectrumCertificate, _>(best) if is_cheap(best.path.count));
                let is_spent = (attempts as f64 + ATTEMPTS) * plan.work > MOST_WORK;
                if is_done || is_spent || (with_reversible && !choice.is_any_reversible()) {
                    continue;
                }
                let measure = choice.measure(&self.net, with_reversible, growth);
                let search =
                    SectorSearch { net: &self.net, plan, measure: &measure, time, eta: growth.sqrt().recip() };
                let Some(angle) = search.widest(&mut attempts) else { continue };
                let sector = ResolventSector { angle, shift: SHIFT };
                let bounds = [false, true]
                    .map(|is_density| TransformBound { ln_scale: measure.ln_scale, order: 1, is_density });
                let most = best.as_ref().map_or(most, |best| best.path.count - 1);
                match HyperbolaPath::search(&sector, &bounds, TOLERANCE, most) {
                    Some(path) => {
                        let norms = ErrorNorms::new(&self.net, &measure.mu);
                        best = Ok(SpectrumCertificate { time, sector, bounds, path, norms });
                    }
                    None if best.is_err() => {
                        best = Err(ContourRefusal::Nodes { degrees: 90.0 - angle.to_degrees(), most });
                    }
                    None => {}
                }
            }
        }
        best
    }

    fn sum(&self, certificate: &SpectrumCertificate, time: f64) -> Result<ContourValues, ContourRefusal> {
        let SpectrumCertificate { sector, path, bounds, .. } = certificate;
        let [mut survival, mut density] = [TwofoldNumber::default(); 2];
        let [mut survival_error, mut density_error] = bounds.map(|of| path.error(sector, of));
        for PathNode { z, weight } in path.nodes(time) {
            let (near, size) = (z.rounded(), z.size() * time);
            let factor = weight.size() * (1.0 + size);
            let system = NodeSystem {
                net: &self.net,
                norms: &certificate.norms,
                killed: KilledChain::new(self.trace, self.rates, near),
                z,
                room: certificate.room(near),
            };
            let (transform, error) = system.survival(1e-2 * TOLERANCE / (path.count as f64 * factor));
            let term = weight * transform;
            let error = weight.size() * error + WEIGHT_ERROR * (1.0 + size) * term.size();
            survival = survival + term.im;
            // alpha (z - Q)^-1 (-Q) 1 = alpha 1 - z alpha (z - Q)^-1 1, and a constant is the transform of nothing.
            density = density - (z * term).im;
            survival_error += error;
            density_error += size * error;
        }
        // The sum of terms is rounded, and so are initial probabilities and pi.
        let rounding = (8.0 + self.starts as f64) * f64::EPSILON;
        survival_error += rounding * survival.high.abs();
        density_error += rounding * density.high.abs() * time;
        let bound = survival_error.max(density_error);
        if !(bound <= CONTOUR_ERROR) {
            return Err(ContourRefusal::Rounding { bound });
        }
        Ok(ContourValues {
            survival: survival.high.clamp(0.0, 1.0),
            density: density.high.max(0.0),
            survival_error,
            density_error: density_error / time,
            nodes: path.count,
        })
    }
}

impl SpectrumCertificate {
    /// Returns Re(e^{-i theta} z) - sigma, or a little less.
    fn room(&self, z: Complex) -> f64 {
        let (sin, cos) = self.sector.angle.sin_cos();
        cos * (z.re - SHIFT / self.time) + sin * z.im - 8.0 * f64::EPSILON * z.size()
    }
}

#[cfg(test)]
mod tests;
