//! Gradients of the distribution at times.

use super::Values;
use super::bounds::PointBounds;
use super::change::PointChange;
use super::derivative::ParameterGradient;
use super::each::at_each;
use super::query::{DistributionQuery, Point};
use super::solver::{Answer, Solver};
use crate::graph::Kind;
use crate::replay::EvaluateError;
use crate::scaled::ScaledNumber;
use crate::trace::Trace;

/// The distribution of T at one time, and its gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct PointGradient {
    /// The distribution itself, and how it and its gradients were computed.
    pub point: Point,
    /// Derivatives of the density (the mass function of a discrete chain).
    pub density: ParameterGradient,
    /// Derivatives of the cdf; those of the survival function are minus these.
    pub cdf: ParameterGradient,
    /// Derivatives of the hazard; empty where there is none, since nothing is left.
    pub hazard: ParameterGradient,
    /// Derivatives of the logarithm of the density; infinite or NaN where that is zero.
    pub log_density: ParameterGradient,
    /// Derivatives of the logarithm of the survival function, likewise.
    pub log_survival: ParameterGradient,
}

impl Trace {
    /// The distribution and gradients of density, cdf and hazard with respect to theta, at each time. One sweep serves all times: derivatives are
    /// carried along with it, each parameter costing about two sweeps more. They are differences, and have no
    /// bound relative to each number; they have been checked to 1e-9 of the largest of their terms.
    ///
    /// Where a chain is squared or transformed back along a contour (see [`Method`](super::Method)), these are differentiated
    /// themselves.
    ///
    /// # Errors
    /// As [`Trace::distribution`]; [`EvaluateError::Gradient`] where a contour has a bound for the values and
    /// none for the derivatives.
    pub fn distribution_gradient(
        &self,
        theta: &[f64],
        times: &[f64],
    ) -> Result<Vec<PointGradient>, EvaluateError> {
        // One vector has one answer.
        self.distribution_gradients(&[theta], times).swap_remove(0)
    }

    /// As [`Trace::distribution_gradient`], at each of several vectors.
    pub(crate) fn distribution_gradients(
        &self,
        thetas: &[&[f64]],
        times: &[f64],
    ) -> Vec<Result<Vec<PointGradient>, EvaluateError>> {
        let query = DistributionQuery { times: times.to_vec(), ..DistributionQuery::default() };
        if let Err(error) = query.check() {
            return thetas.iter().map(|_| Err(error.clone())).collect();
        }
        at_each(self, thetas, &query, |solvers| {
            let each = |solver: &mut Solver<'_>| {
                let found = gradients(solver, times);
                solver.release();
                found
            };
            solvers.iter_mut().map(each).collect()
        })
    }
}

fn gradients(solver: &mut Solver<'_>, times: &[f64]) -> Result<Vec<PointGradient>, EvaluateError> {
    let answers = times.iter().map(|&t| solver.answer(t)).collect::<Result<Vec<_>, _>>()?;
    let kind = solver.flow.kind;
    let points: Vec<Point> = times
        .iter()
        .zip(&answers)
        .map(|(&time, &(values, method, bounds))| Point::new(kind, time, values, method, bounds))
        .collect();
    let changes = solver.points(&points)?;
    let gradient = |((point, change), (values, _, bounds)): ((Point, PointChange), &Answer)| PointGradient {
        point,
        hazard: hazard(kind, &change, values, bounds),
        density: change.density.plain(),
        cdf: change.cdf.plain(),
        log_density: change.density.of_log(values.density, bounds.density.relative(values.density)),
        log_survival: change.survival.of_log(values.survival, bounds.survival.relative(values.survival)),
    };
    Ok(points.into_iter().zip(changes).zip(&answers).map(gradient).collect())
}

/// Returns the derivatives of the hazard f / S, or f / (S + f) of a discrete chain: `(df - h dL) / L`, where h is the
/// hazard and L what is below the line.
fn hazard(kind: Kind, change: &PointChange, values: &Values, bounds: &PointBounds) -> ParameterGradient {
    let mut left = values.survival;
    let mut slope = change.survival.clone();
    if kind == Kind::Discrete {
        left += values.density;
        slope.add(ScaledNumber::ONE, &change.density);
    }
    if left.is_zero() {
        return ParameterGradient::default();
    }
    let hazard = values.density / left;
    let relative = bounds.density.relative(values.density) + bounds.survival.relative(values.survival);
    let mut numerator = change.density.clone();
    numerator.add(-hazard, &slope);
    // The error of the hazard itself, and the rounding of the difference.
    let own = relative + 4.0 * f64::EPSILON;
    for (error, slope) in numerator.errors.iter_mut().zip(&slope.values) {
        *error += hazard * slope.abs() * own;
    }
    numerator.of_log(left, relative)
}
