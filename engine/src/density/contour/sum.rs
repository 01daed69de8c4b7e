//! Survival, cdf and density as sums over nodes.

use super::certificate::SpectrumCertificate;
use super::path::PathNode;
use super::resolvent::NodeSystem;
use super::twofold::TwofoldNumber;
use super::{CONTOUR_ERROR, ContourRefusal, ContourSolver, TOLERANCE};
use crate::density::Values;
use crate::density::bounds::{ErrorBound, PointBounds};
use crate::density::shifted::KilledChain;

/// Survival, cdf and density at a time, with absolute bounds on their errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::density) struct ContourValues {
    pub(in crate::density) survival: f64,
    pub(in crate::density) cdf: f64,
    pub(in crate::density) density: f64,
    pub(in crate::density) survival_error: f64,
    pub(in crate::density) cdf_error: f64,
    pub(in crate::density) density_error: f64,
    /// Nodes that were taken.
    pub(in crate::density) nodes: usize,
}

impl ContourValues {
    /// Returns the values alone.
    pub(in crate::density) fn values(&self) -> Values {
        Values::plain(self.density, self.cdf, self.survival)
    }

    /// Returns the bounds alone.
    pub(in crate::density) fn bounds(&self) -> PointBounds {
        PointBounds {
            density: ErrorBound::Absolute(self.density_error),
            cdf: ErrorBound::Absolute(self.cdf_error),
            survival: ErrorBound::Absolute(self.survival_error),
        }
    }

    /// Returns the probability that T lies between this time and a later one, and a bound on its error.
    pub(in crate::density) fn until(&self, later: &ContourValues) -> (f64, f64) {
        // Of the two differences the one of smaller numbers.
        let (value, error) = match later.cdf < self.survival {
            true => (later.cdf - self.cdf, later.cdf_error + self.cdf_error),
            false => (self.survival - later.survival, later.survival_error + self.survival_error),
        };
        (value.max(0.0), error + f64::EPSILON * value.abs())
    }
}

impl<'a> ContourSolver<'a> {
    pub(super) fn sum(
        &self,
        certificate: &SpectrumCertificate,
        time: f64,
    ) -> Result<ContourValues, ContourRefusal> {
        let SpectrumCertificate { sector, path, bounds, .. } = certificate;
        let [mut survival, mut density] = [TwofoldNumber::default(); 2];
        let [mut survival_error, mut density_error] = bounds.map(|of| path.error(sector, of));
        for node in path.nodes(time) {
            let (z, size) = (node.z, node.z.size() * time);
            let enough = 1e-2 * TOLERANCE / (path.count as f64 * node.weight.size() * (1.0 + size));
            let (transform, error) = self.system(certificate, &node).survival(enough);
            let term = node.weight * transform;
            let error = node.weight.size() * error + node.weight_error * term.size();
            survival = survival + term.im;
            // alpha (z - Q)^-1 (-Q) 1 = alpha 1 - z alpha (z - Q)^-1 1, and a constant is the transform of nothing.
            density = density - (z * term).im;
            survival_error += error;
            density_error += size * error;
        }
        let cdf = TwofoldNumber::ONE - survival;
        let rounded = |sum: TwofoldNumber| 2.0 * f64::EPSILON * sum.high.abs();
        let cdf_error = survival_error + rounded(cdf);
        survival_error += rounded(survival);
        density_error = density_error / time + rounded(density);
        let errors = [survival_error, cdf_error, density_error * time];
        // What is no number is no bound.
        if !errors.iter().all(|error| *error <= CONTOUR_ERROR) {
            return Err(ContourRefusal::Rounding { bound: errors.iter().sum() });
        }
        Ok(ContourValues {
            survival: survival.high.clamp(0.0, 1.0),
            cdf: cdf.high.clamp(0.0, 1.0),
            density: density.high.max(0.0),
            survival_error,
            cdf_error,
            density_error,
            nodes: path.count,
        })
    }

    /// Returns the chain at a node.
    pub(super) fn system<'s>(
        &'s self,
        certificate: &'s SpectrumCertificate,
        node: &PathNode,
    ) -> NodeSystem<'s>
    where
        'a: 's,
    {
        let near = node.z.rounded();
        NodeSystem {
            net: &self.net,
            norms: &certificate.norms,
            killed: KilledChain::new(self.trace, self.rates, near),
            z: node.z,
            slip: node.slip,
            room: certificate.room(near),
        }
    }
}
