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

mod certificate;
mod cholesky;
mod form;
mod gradient;
mod measure;
mod net;
mod path;
mod refine;
mod refusal;
mod resolvent;
mod sum;
#[cfg(test)]
mod tests;
mod twofold;

use std::collections::BTreeMap;

use crate::replay::Rates;
use crate::trace::Trace;
use certificate::SpectrumCertificate;
use form::FormPlan;
pub(super) use gradient::ContourGradient;
use net::RateNet;
pub use refusal::ContourRefusal;
pub(super) use sum::ContourValues;

/// What truncation and discretisation may be off by together.
const TOLERANCE: f64 = 1e-15;
/// Largest error bound of a contour that passes for an answer.
const CONTOUR_ERROR: f64 = 1e-9;
/// Most entries of the factors of a certificate: 100 MB.
const MOST_ENTRIES: usize = 5_000_000;
/// Most multiplications of one time, and of one certificate: some tens of seconds.
const MOST_WORK: f64 = 2e10;

/// Multiplications of a time on a chain whose spectrum is narrow; what is tried first is decided by it.
pub(super) fn work(trace: &Trace) -> f64 {
    140.0 * trace.operation_count() as f64
}

/// A chain at a parameter vector, with what has been proved of it so far.
#[derive(Debug)]
pub(super) struct ContourSolver<'a> {
    trace: &'a Trace,
    rates: &'a Rates,
    net: RateNet,
    plan: Option<FormPlan>,
    /// By the logarithm of the time, to the base two.
    certificates: BTreeMap<i32, Result<SpectrumCertificate, ContourRefusal>>,
}

impl<'a> ContourSolver<'a> {
    /// Reads a chain and plans its certificate.
    pub(super) fn new(trace: &'a Trace, rates: &'a Rates) -> ContourSolver<'a> {
        let net = RateNet::new(trace, rates);
        let plan = FormPlan::new(&net, MOST_ENTRIES);
        ContourSolver { trace, rates, net, plan, certificates: BTreeMap::new() }
    }

    /// Returns the values at a time above zero.
    pub(super) fn values(&mut self, time: f64) -> Result<ContourValues, ContourRefusal> {
        let octave = self.prepare(time);
        match &self.certificates[&octave] {
            Ok(certificate) => self.sum(certificate, time),
            Err(refusal) => Err(*refusal),
        }
    }

    /// Returns the derivatives of the values at a time above zero, with respect to theta.
    pub(super) fn gradient(&mut self, theta: &[f64], time: f64) -> Result<ContourGradient, ContourRefusal> {
        let octave = self.prepare(time);
        match &self.certificates[&octave] {
            Ok(certificate) => self.sum_gradient(certificate, theta, time),
            Err(refusal) => Err(*refusal),
        }
    }

    /// Proves what there is to prove for all times of an octave, so that what is answered for one does not depend on
    /// what was asked before.
    fn prepare(&mut self, time: f64) -> i32 {
        let octave = time.log2().ceil() as i32;
        if !self.certificates.contains_key(&octave) {
            let found = self.certify(f64::from(octave).exp2().max(time));
            self.certificates.insert(octave, found);
        }
        octave
    }

    /// Returns the multiplications of one node, by what was measured.
    fn node_work(&self) -> f64 {
        12.0 * self.trace.operation_count() as f64 + 400.0 * (self.net.out.len() + self.net.len()) as f64
    }

    /// Returns the nodes that there is time for.
    fn most_nodes(&self) -> usize {
        (MOST_WORK / self.node_work()) as usize
    }
}
