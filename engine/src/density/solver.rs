//! Which method answers for a time.

mod events;
mod slopes;
mod tails;

use super::Values;
use super::bounds::PointBounds;
use super::budget::{MOST_WORK, before_contours, sweeps};
use super::contour::{ContourRefusal, ContourSolver, ContourValues};
use super::doubling::{self, Doubling};
use super::flow::{Flow, total};
use super::grid::rounding;
use super::poisson::Weights;
use super::prepared::Prepared;
use super::query::{DistributionQuery, Method, Point};
use super::spread::{Spread, spread};
use super::sweep::Sweep;
use super::tails::ScaledSweep;
use crate::graph::Kind;
use crate::replay::{EvaluateError, Initial, Rates, occupancy};
use crate::scaled::ScaledNumber;
use crate::trace::Trace;

pub(super) use events::Likelihood;
pub(crate) use slopes::Weighed;
pub(super) use slopes::{gradients, remember};

/// Values, how they were computed, and the bounds on their errors.
pub(super) type Answer = (Values, Method, PointBounds);

/// A chain at a parameter vector, with what has been computed of it so far.
pub(super) struct Solver<'a> {
    trace: &'a Trace,
    theta: &'a [f64],
    pub(super) rates: &'a Rates,
    pub(super) initial: &'a Initial,
    pub(super) flow: &'a Flow<'a>,
    tolerance: f64,
    with_visits: bool,
    /// Work that a sweep may be before a contour is tried.
    before_contours: f64,
    sweep: Sweep<'a>,
    doubling: Option<Doubling>,
    contour: Option<ContourSolver<'a>>,
    /// Steps with scaled numbers, once a value is below the doubles.
    scaled: Option<ScaledSweep<'a>>,
}

impl<'a> Solver<'a> {
    pub(super) fn new(chain: &'a Prepared<'a>, sweep: Sweep<'a>, query: &DistributionQuery) -> Solver<'a> {
        Solver {
            trace: chain.trace,
            theta: chain.theta,
            rates: &chain.rates,
            initial: &chain.initial,
            flow: &chain.flow,
            tolerance: query.tolerance,
            with_visits: query.occupancies,
            before_contours: before_contours(chain.trace, query),
            sweep,
            doubling: None,
            contour: None,
            scaled: None,
        }
    }

    /// Whether a time is swept to without a thought.
    pub(super) fn is_near(&self, time: f64) -> bool {
        sweeps(self.flow, time * self.flow.rate, self.before_contours)
    }

    /// The mean of T; infinite where there are traps.
    pub(super) fn mean(&self) -> f64 {
        total(&occupancy(self.trace, self.rates, self.initial))
    }

    /// Relative error that rounding may make in so many steps.
    fn rounding(&self, steps: f64) -> f64 {
        rounding(self.flow.layout.terms, steps)
    }

    /// The distribution at a time.
    pub(super) fn at(&mut self, time: f64) -> Result<Point, EvaluateError> {
        let (values, method, bounds) = self.answer(time)?;
        Ok(Point::new(self.flow.kind, time, values, method, bounds))
    }

    /// Returns density, cdf and survival at a time, as they were found.
    pub(super) fn answer(&mut self, time: f64) -> Result<Answer, EvaluateError> {
        match self.flow.kind {
            Kind::Discrete => self.discrete(time.floor()),
            Kind::Continuous => self.continuous(time),
        }
    }

    fn discrete(&mut self, steps: f64) -> Result<Answer, EvaluateError> {
        if sweeps(self.flow, steps, MOST_WORK) || self.sweep.is_steady() {
            let values = self.sweep.after(steps as usize);
            let (method, error) = self.stationary(Method::Powers, steps as usize);
            return Ok(self.unless_plain((values, method, error + self.rounding(steps)), steps));
        }
        let before = self.doubled(steps - 1.0)?;
        let density = self.flow.leaving(&before.states);
        let after = self.doubled(steps)?;
        let values = Values { density: density.into(), ..self.left(&after) };
        Ok((values, Method::Doubling, self.doubling_error(values.survival)))
    }

    fn continuous(&mut self, time: f64) -> Result<Answer, EvaluateError> {
        let steps = time * self.flow.rate;
        if sweeps(self.flow, steps, self.before_contours) {
            return Ok(self.uniformised(steps));
        }
        if self.flow.len() <= doubling::LARGEST {
            let spread = self.doubled(time)?;
            let values = self.left(&spread);
            return Ok((values, Method::Doubling, self.doubling_error(values.survival)));
        }
        match self.contour_at(time) {
            Ok(found) => Ok((found.values(), Method::Contour, found.bounds())),
            Err(_) if sweeps(self.flow, steps, MOST_WORK) => Ok(self.uniformised(steps)),
            Err(refusal) => Err(self.no_contour(steps, refusal)),
        }
    }

    /// Returns what a contour gives for a time above zero.
    fn contour_at(&mut self, time: f64) -> Result<ContourValues, ContourRefusal> {
        let (trace, rates) = (self.trace, self.rates);
        self.contour.get_or_insert_with(|| ContourSolver::new(trace, rates)).values(time)
    }

    fn no_contour(&self, steps: f64, refusal: ContourRefusal) -> EvaluateError {
        let (vertices, largest) = (self.flow.len(), doubling::LARGEST);
        EvaluateError::NoContour { steps, vertices, largest, refusal }
    }

    fn uniformised(&mut self, steps: f64) -> Answer {
        let (values, last) = self.sweep.weighted(steps, self.tolerance);
        let (method, error) = self.stationary(Method::Uniformisation, last);
        let bound = error + self.tolerance + self.rounding(last.max(1) as f64 + steps);
        self.unless_plain((values, method, bound), steps)
    }

    /// What an ordinary sweep gave, with its relative bound, or where that is too small the sweep with scaled numbers.
    fn unless_plain(&mut self, (values, method, bound): (Values, Method, f64), steps: f64) -> Answer {
        let answer = (values, method, PointBounds::relative(bound));
        if self.is_plain(&values) { answer } else { self.tail_answer(answer, steps) }
    }

    /// The method, and its further error, of what was said of the steps up to this one and would be by `method` had all
    /// of them been taken.
    fn stationary(&self, method: Method, last: usize) -> (Method, f64) {
        match self.sweep.stationary_error(last) {
            Some(error) => (Method::Stationary, error),
            None => (method, 0.0),
        }
    }

    fn refuse(&self, steps: f64) -> EvaluateError {
        EvaluateError::TooManySteps { steps, vertices: self.flow.len(), largest: doubling::LARGEST }
    }

    fn doubled(&mut self, time: f64) -> Result<Spread, EvaluateError> {
        let flow = self.flow;
        self.doubled_from(&flow.start, time)
    }

    fn doubled_from(&mut self, start: &[f64], time: f64) -> Result<Spread, EvaluateError> {
        // Times are counted in halves of a step, and the count must be a number.
        if !(4.0 * time * self.flow.rate).is_finite() {
            return Err(EvaluateError::Overflow { what: format!("the number of steps until time {time:e}") });
        }
        if self.flow.len() > doubling::LARGEST {
            return Err(self.refuse(time * self.flow.rate));
        }
        let (flow, with_visits) = (self.flow, self.with_visits);
        Ok(self.doubling.get_or_insert_with(|| Doubling::new(flow, with_visits)).after(flow, start, time))
    }

    fn left(&self, spread: &Spread) -> Values {
        Values::plain(
            self.flow.rate * self.flow.leaving(&spread.states),
            self.flow.mass_at_zero + spread.absorbed,
            total(&spread.states),
        )
    }

    fn doubling_error(&self, survival: ScaledNumber) -> PointBounds {
        let bound = self.doubling.as_ref().map_or(0.0, |doubling| doubling.error(survival.to_f64()));
        PointBounds::relative(bound)
    }

    /// Where the chain is at each time, and in `visits` the expected time in each position until then.
    pub(super) fn spreads(&mut self, times: &[f64]) -> Result<Vec<Spread>, EvaluateError> {
        let whole = |t: f64| if self.flow.kind == Kind::Discrete { t.floor() } else { t };
        let times: Vec<f64> = times.iter().map(|&t| whole(t)).collect();
        let mut spreads = if times.iter().all(|t| sweeps(self.flow, t * self.flow.rate, MOST_WORK)) {
            let weights = |t: &f64| match self.flow.kind {
                Kind::Discrete => Weights::exactly(*t as usize),
                Kind::Continuous => Weights::poisson(t * self.flow.rate),
            };
            let weights: Vec<Weights> = times.iter().map(weights).collect();
            spread(self.flow, &self.flow.start, &weights, f64::MIN_POSITIVE)
        } else {
            times.iter().map(|&t| self.doubled(t)).collect::<Result<Vec<_>, _>>()?
        };
        for spread in &mut spreads {
            spread.visits.iter_mut().for_each(|v| *v /= self.flow.rate);
        }
        Ok(spreads)
    }
}
