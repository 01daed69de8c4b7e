//! Gradients of the distribution at times.

use super::change::PointChange;
use super::each::at_each;
use super::query::{DistributionQuery, Point};
use super::solver::Solver;
use crate::graph::Kind;
use crate::replay::EvaluateError;
use crate::trace::Trace;

/// The distribution of T at one time, and its gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct PointGradient {
    /// The distribution itself, and how it and its gradients were computed.
    pub point: Point,
    /// Derivative of the density (the mass function of a discrete chain) with respect to each parameter.
    pub density: Vec<f64>,
    /// Derivative of the cdf with respect to each parameter; that of the survival function is minus this.
    pub cdf: Vec<f64>,
    /// Derivative of the hazard with respect to each parameter; empty where there is none, since nothing is left.
    pub hazard: Vec<f64>,
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
    /// As [`Trace::distribution`]; [`EvaluateError::Gradient`] where contours agree on the values and not on the
    /// derivatives.
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
            solvers.iter_mut().map(|solver| gradients(solver, times)).collect()
        })
    }
}

fn gradients(solver: &mut Solver<'_>, times: &[f64]) -> Result<Vec<PointGradient>, EvaluateError> {
    let points = times.iter().map(|&t| solver.at(t)).collect::<Result<Vec<_>, _>>()?;
    let changes = solver.points(&points)?;
    let kind = solver.flow.kind;
    let gradient = |(point, change): (Point, PointChange)| PointGradient {
        point,
        hazard: hazard(kind, &point, &change),
        density: change.density,
        cdf: change.cdf,
    };
    Ok(points.into_iter().zip(changes).map(gradient).collect())
}

/// The derivative of a quotient, the hazard.
fn hazard(kind: Kind, point: &Point, change: &PointChange) -> Vec<f64> {
    let Some(hazard) = point.hazard else { return Vec::new() };
    let of = |(density, cdf): (&f64, &f64)| match kind {
        Kind::Continuous => (density + hazard * cdf) / point.survival,
        // Of those left over before the step.
        Kind::Discrete => (density - hazard * (density - cdf)) / (point.survival + point.density),
    };
    change.density.iter().zip(&change.cdf).map(of).collect()
}
