//! What may be asked of a distribution, and what is answered.

use super::Values;
use super::bounds::{ErrorBound, PointBounds};
use crate::graph::Kind;
use crate::replay::EvaluateError;
use crate::scaled::ScaledNumber;

/// What to compute of the distribution of T.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionQuery {
    /// Times (numbers of steps of a discrete chain, rounded down) for density, cdf, survival and hazard.
    pub times: Vec<f64>,
    /// Probabilities whose quantiles are wanted.
    pub quantiles: Vec<f64>,
    /// Probability of each row at each time.
    pub state_probabilities: bool,
    /// Expected time (number of steps) in each row until each time.
    pub occupancies: bool,
    /// Truncation error that uniformisation may make, relative to each number; above zero, below one.
    pub tolerance: f64,
}

impl Default for DistributionQuery {
    fn default() -> DistributionQuery {
        DistributionQuery {
            times: Vec::new(),
            quantiles: Vec::new(),
            state_probabilities: false,
            occupancies: false,
            tolerance: 1e-12,
        }
    }
}

impl DistributionQuery {
    /// Refuses times, probabilities and tolerances that are none.
    pub(super) fn check(&self) -> Result<(), EvaluateError> {
        let bad = |t: &f64| !(*t >= 0.0 && t.is_finite());
        if let Some(index) = self.times.iter().position(bad) {
            return Err(EvaluateError::Time { index, value: self.times[index] });
        }
        let outside = |p: &f64| !(0.0..=1.0).contains(p);
        if let Some(index) = self.quantiles.iter().position(outside) {
            return Err(EvaluateError::Probability { index, value: self.quantiles[index] });
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return Err(EvaluateError::Tolerance { value: self.tolerance });
        }
        Ok(())
    }
}

/// The distribution of T at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The time.
    pub time: f64,
    /// Density of a continuous chain, the mass at zero apart; probability of exactly this many steps in a
    /// discrete one.
    pub density: f64,
    /// Probability that T is at most this time, mass at zero included.
    pub cdf: f64,
    /// Probability that T is longer, or infinite: computed as such, so that it keeps its digits where the cdf
    /// is one.
    pub survival: f64,
    /// Rate at which a chain that is left over at this time is absorbed (continuous), or the probability that one
    /// left over before it is absorbed in exactly this step (discrete). None where none is left.
    pub hazard: Option<f64>,
    /// Natural logarithm of the density, also where that is below the smallest double; minus infinity where it is zero.
    pub log_density: f64,
    /// Natural logarithm of the cdf, likewise.
    pub log_cdf: f64,
    /// Natural logarithm of the survival function, likewise.
    pub log_survival: f64,
    /// How it was computed.
    pub method: Method,
    /// The largest bound that the method states, of the kind that it states: see [`Method`].
    pub error_bound: ErrorBound,
    /// Bounds on the absolute errors of the numbers above.
    pub errors: PointErrors,
}

/// Bounds on the absolute errors of the numbers of a [`Point`], each in its number's unit; infinite where nothing is
/// known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PointErrors {
    /// Of the density.
    pub density: f64,
    /// Of the cdf.
    pub cdf: f64,
    /// Of the survival function.
    pub survival: f64,
    /// Of the hazard.
    pub hazard: f64,
    /// Of the logarithm of the density.
    pub log_density: f64,
    /// Of the logarithm of the cdf.
    pub log_cdf: f64,
    /// Of the logarithm of the survival function.
    pub log_survival: f64,
}

impl Point {
    /// Returns the point at a time. Of cdf and survival, which sum to one, the smaller is taken as it was found, and
    /// the larger is what it leaves of one: so neither is above one, and its error is that of the smaller.
    pub(super) fn new(kind: Kind, time: f64, found: Values, method: Method, bounds: PointBounds) -> Point {
        let Values { density, cdf, survival } = found;
        let left = match kind {
            Kind::Discrete => survival + density,
            Kind::Continuous => survival,
        };
        let hazard = (left > ScaledNumber::ZERO).then(|| (density / left).to_f64());
        let [relative_density, relative_left] =
            [bounds.density.relative(density), bounds.survival.relative(survival)];
        let mut point = Point {
            time,
            density: density.to_f64(),
            cdf: cdf.to_f64(),
            survival: survival.to_f64(),
            hazard,
            log_density: density.ln(),
            log_cdf: cdf.ln(),
            log_survival: survival.ln(),
            method,
            error_bound: bounds.largest(),
            errors: PointErrors {
                density: bounds.density.absolute(density),
                cdf: bounds.cdf.absolute(cdf),
                survival: bounds.survival.absolute(survival),
                hazard: quotient_error(hazard.unwrap_or(0.0), relative_density, relative_left)
                    + smallest(hazard, density),
                log_density: bounds.density.of_log(density),
                log_cdf: bounds.cdf.of_log(cdf),
                log_survival: bounds.survival.of_log(survival),
            },
        };
        if survival < cdf {
            (point.cdf, point.log_cdf) = rest(point.survival);
            (point.errors.cdf, point.errors.log_cdf) = rest_errors(point.cdf, point.errors.survival);
        } else if cdf < survival {
            (point.survival, point.log_survival) = rest(point.cdf);
            (point.errors.survival, point.errors.log_survival) =
                rest_errors(point.survival, point.errors.cdf);
        }
        point
    }
}

/// Returns `1 - x` and its logarithm, for x of at most one half.
fn rest(x: f64) -> (f64, f64) {
    (1.0 - x, (-x).ln_1p())
}

/// Returns the errors of a rest of at least one half, which is rounded once, and of its logarithm.
fn rest_errors(rest: f64, error: f64) -> (f64, f64) {
    let error = error + f64::EPSILON / 2.0;
    (error, ErrorBound::Absolute(error).of_log(rest.into()))
}

/// Returns the spacing of the smallest doubles for a quotient that is rounded to one of them, and is not zero.
fn smallest(quotient: Option<f64>, above: ScaledNumber) -> f64 {
    match quotient {
        Some(quotient) if quotient < f64::MIN_POSITIVE && !above.is_zero() => f64::from_bits(1),
        _ => 0.0,
    }
}

/// Returns the bound on the error of a quotient, by those on the relative errors of its terms.
fn quotient_error(quotient: f64, above: f64, below: f64) -> f64 {
    match below < 1.0 {
        true => quotient * ((above + below) / (1.0 - below) + 2.0 * f64::EPSILON),
        false => f64::INFINITY,
    }
}

/// How far off a quantile may be. Nothing is said of one that is infinite, which is exact.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct QuantileError {
    /// The cdf at the quantile differs from the probability by at most this. In a discrete chain, in which a quantile
    /// seldom has just its probability, it is below it by at most this.
    pub cdf: f64,
    /// The quantile is off by at most this: the cdf has been found to be below the probability before, and above it
    /// after, by more than its error bound. Infinite where a cdf is too flat to tell.
    pub time: f64,
}

/// How numbers were computed. All methods but the last work with nonnegative numbers alone and lose no digit to
/// cancellation; their bound is relative to each number, where doubles can represent it, and holds to first order
/// in the rounding error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Powers of the step matrix: exact but for rounding.
    Powers,
    /// Uniformisation: powers weighted by Poisson probabilities.
    Uniformisation,
    /// Powers, in a continuous chain weighted by Poisson probabilities, up to the step from which on the positions of
    /// those that are left are distributed alike, and powers of the factor by which they fall from there on. Two
    /// factors enclose it, and what these differ by is part of the bound.
    Stationary,
    /// The transition matrix over a short time, squared again and again.
    Doubling,
    /// The inverse Laplace transform on a hyperbola that is proved to go around the spectrum. The bound is absolute, and
    /// proved as well: it is that of what the sum leaves out and of all rounding.
    Contour,
}

impl Method {
    /// Whether steps of the chain were taken one by one.
    pub(super) fn is_swept(self) -> bool {
        matches!(self, Method::Powers | Method::Uniformisation | Method::Stationary)
    }
}

/// What was computed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Distribution {
    /// One point a time, in their order.
    pub points: Vec<Point>,
    /// For each probability the least time whose cdf reaches it; infinite where none does.
    pub quantiles: Vec<f64>,
    /// How far off each of them may be.
    pub quantile_errors: Vec<QuantileError>,
    /// For each time, the probability of each row of the graph, which is zero for the start and for absorbing
    /// rows; empty if not asked for.
    pub state_probabilities: Vec<Vec<f64>>,
    /// For each time, the expected time spent in each row until then; empty if not asked for.
    pub occupancies: Vec<Vec<f64>>,
    /// Probability that absorption comes at time zero.
    pub mass_at_zero: f64,
    /// Probability that it never comes.
    pub mass_in_traps: f64,
}
