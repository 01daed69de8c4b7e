//! What is proved of a chain before a node is looked at: a measure, a sector, a hyperbola.

use super::form::{SHIFT, SectorSearch};
use super::measure::{MeasureChoice, PositionMeasure};
use super::path::{HyperbolaPath, ResolventSector, TransformBound};
use super::resolvent::ErrorNorms;
use super::{ContourRefusal, ContourSolver, MOST_WORK, TOLERANCE};
use crate::density::complex::Complex;

/// Factorisations that a certificate takes at most, with one measure.
const ATTEMPTS: f64 = 12.0;
/// Largest factor from residuals to the answer with which a measure is tried: residuals are some 1e-30.
const LARGEST_FACTOR: f64 = 1e12;
/// How much more a component weighs than those that lead to it: the measures that are tried.
const GROWTHS: [f64; 3] = [4.0, 2.0, 12.0];

/// What is proved of a chain, for times up to some time.
#[derive(Debug)]
pub(super) struct SpectrumCertificate {
    /// sigma = SHIFT cos theta / time
    time: f64,
    pub(super) sector: ResolventSector,
    pub(super) bounds: [TransformBound; 2],
    pub(super) path: HyperbolaPath,
    pub(super) measure: PositionMeasure,
    pub(super) norms: ErrorNorms,
}

impl ContourSolver<'_> {
    /// Looks for the measure, and the sector proved with it, that need the fewest nodes.
    pub(super) fn certify(&self, time: f64) -> Result<SpectrumCertificate, ContourRefusal> {
        let plan = self.plan.as_ref().ok_or(ContourRefusal::Fill { work: f64::INFINITY })?;
        if ATTEMPTS * plan.work > MOST_WORK {
            return Err(ContourRefusal::Fill { work: plan.work });
        }
        let most = self.most_nodes();
        let choice = MeasureChoice::new(self.trace, self.rates, &self.net, SHIFT / time);
        let is_joined = (0..self.net.len()).any(|p| self.net.onward(p).next().is_some());
        let growths = if is_joined { &GROWTHS[..] } else { &GROWTHS[..1] };
        let mut best = Err(ContourRefusal::Sector);
        let mut attempts = 0;
        for with_reversible in [true, false] {
            for &growth in growths {
                let is_cheap =
                    |nodes: usize| nodes < 40 || nodes as f64 * self.node_work() < ATTEMPTS * plan.work;
                let is_done =
                    matches!(&best, Ok::<SpectrumCertificate, _>(best) if is_cheap(best.path.count));
                let is_spent = (attempts as f64 + ATTEMPTS) * plan.work > MOST_WORK;
                if is_done || is_spent || (with_reversible && !choice.is_any_reversible()) {
                    continue;
                }
                let measure = choice.measure(&self.net, with_reversible, growth);
                let norms = ErrorNorms::new(&self.net, &measure.mu);
                // Where the chain starts out of all proportion to the reversible measure, rounding would hide the answer.
                if with_reversible && norms.largest_factor(&self.net) > LARGEST_FACTOR {
                    continue;
                }
                let search = SectorSearch {
                    net: &self.net,
                    plan,
                    measure: &measure,
                    time,
                    eta: growth.sqrt().recip(),
                };
                let Some(angle) = search.widest(&mut attempts) else { continue };
                let sector = ResolventSector { angle, shift: SHIFT };
                let bounds = [false, true].map(|is_density| TransformBound {
                    ln_scale: measure.ln_scale,
                    order: 1,
                    is_density,
                });
                let most = best.as_ref().map_or(most, |best| best.path.count - 1);
                match HyperbolaPath::search(&sector, &bounds, TOLERANCE, most) {
                    Some(path) => {
                        best = Ok(SpectrumCertificate { time, sector, bounds, path, measure, norms });
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
}

impl SpectrumCertificate {
    /// Returns Re(e^{-i theta} z) - sigma, or a little less.
    pub(super) fn room(&self, z: Complex) -> f64 {
        let (sin, cos) = self.sector.angle.sin_cos();
        cos * (z.re - SHIFT / self.time) + sin * z.im - 8.0 * f64::EPSILON * z.size()
    }
}
