//! What is asked of a distribution by whoever needs its derivatives: gradients at times, and likelihoods of events.

use super::event::Event;
use super::flow::Flow;
use super::query::{DistributionQuery, Method};
use super::solver::{Likelihood, Solver};
use crate::replay::{EvaluateError, Initial, Rates};
use crate::trace::Trace;

/// Density and cdf of T at one time, and their gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct PointGradient {
    /// The time.
    pub time: f64,
    /// Derivative of the density (the mass function of a discrete chain) with respect to each parameter.
    pub density: Vec<f64>,
    /// Derivative of the cdf with respect to each parameter; that of the survival function is minus this.
    pub cdf: Vec<f64>,
    /// How both were computed.
    pub method: Method,
}

impl Trace {
    /// Gradients of density and cdf with respect to theta, at each time. One sweep serves all times: derivatives are
    /// carried along with it, each parameter costing about two sweeps more. They are differences, and have no
    /// bound relative to each number; they have been checked to 1e-9 of the largest of their terms.
    ///
    /// Where a chain is squared or transformed back along a contour (see [`Method`]), these are differentiated
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
        let query = DistributionQuery { times: times.to_vec(), ..DistributionQuery::default() };
        query.check()?;
        let prepared = Prepared::new(self, theta)?;
        let mut solver = prepared.solver(&query);
        let points = query.times.iter().map(|&t| solver.at(t)).collect::<Result<Vec<_>, _>>()?;
        let changes = solver.points(theta, &points)?;
        let gradient = |(point, change): (&super::Point, super::change::PointChange)| PointGradient {
            time: point.time,
            density: change.density,
            cdf: change.cdf,
            method: point.method,
        };
        Ok(points.iter().zip(changes).map(gradient).collect())
    }
}

/// A trace at a parameter vector, ready for the distribution to be asked for.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    trace: &'a Trace,
    theta: &'a [f64],
    rates: Rates,
    initial: Initial,
    flow: Flow,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(trace: &'a Trace, theta: &'a [f64]) -> Result<Prepared<'a>, EvaluateError> {
        let rates = Rates::new(trace, theta)?;
        let initial = Initial::new(trace, &rates)?;
        let flow = Flow::new(trace, &rates, &initial);
        Ok(Prepared { trace, theta, rates, initial, flow })
    }

    fn solver(&self, query: &DistributionQuery) -> Solver<'_> {
        Solver::new(self.trace, &self.rates, &self.initial, &self.flow, query)
    }

    /// Whoever gives the likelihoods of these events, and their gradient if it is wanted.
    pub(crate) fn likelihoods(&self, events: &[Event], with_gradient: bool) -> LikelihoodSolver<'_> {
        let times = events.iter().map(|event| event.last()).collect();
        let query = DistributionQuery { times, ..DistributionQuery::default() };
        let mut solver = self.solver(&query);
        if with_gradient {
            solver.remember(events.iter().copied());
        }
        LikelihoodSolver { theta: self.theta, solver }
    }
}

/// Likelihoods of events at a parameter vector.
pub(crate) struct LikelihoodSolver<'a> {
    theta: &'a [f64],
    solver: Solver<'a>,
}

impl LikelihoodSolver<'_> {
    /// The likelihood of an event.
    pub(crate) fn of(&mut self, event: Event) -> Result<Likelihood, EvaluateError> {
        self.solver.event(event.of_kind(self.solver.flow.kind))
    }

    /// The gradient of the sum of these likelihoods, each times its factor.
    pub(crate) fn gradient(
        &mut self,
        events: impl Iterator<Item = (Event, Likelihood, f64)>,
    ) -> Result<Vec<f64>, EvaluateError> {
        let kind = self.solver.flow.kind;
        let events: Vec<_> =
            events.map(|(event, value, factor)| (event.of_kind(kind), value, factor)).collect();
        self.solver.gradient(self.theta, &events)
    }
}
