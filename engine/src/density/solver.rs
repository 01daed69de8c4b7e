//! Which method answers for a time.

mod events;
mod slopes;
mod tails;

use super::Values;
use super::bounds::PointBounds;
use super::budget::{MOST_WORK, SquaringWork, before_contours, sweeps};
use super::contour::{ContourRefusal, ContourSolver, ContourValues};
use super::doubling::{ChainPlace, Doubling};
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
use crate::trace::Trace;

/// Largest relative error bound of a contour with which nothing that takes longer is thought of.
const CONTOUR_RELATIVE: f64 = 1e-7;

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
    squaring: SquaringWork,
    sweep: Sweep<'a>,
    doubling: Option<Doubling<'a>>,
    contour: Option<ContourSolver<'a>>,
    /// Steps with scaled numbers, once a value is below the doubles.
    scaled: Option<ScaledSweep<'a>>,
}

/// Whether each of the numbers of a contour has digits enough not to think of anything that takes longer.
fn is_sharp((values, _, bounds): &Answer) -> bool {
    bounds.density.relative(values.density) <= CONTOUR_RELATIVE
        && bounds.cdf.relative(values.cdf) <= CONTOUR_RELATIVE
        && bounds.survival.relative(values.survival) <= CONTOUR_RELATIVE
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
            squaring: SquaringWork::new(chain.trace, query),
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
        let density = self.squares().leaving(&before);
        let after = self.doubled(steps)?;
        let values = Values { density, ..self.left(&after) };
        // What leaves in the last step is what was left before it.
        let bounds = PointBounds {
            density: self.squares().bounds(steps, &before).density,
            ..self.squares().bounds(steps, &after)
        };
        Ok((values, Method::Doubling, bounds))
    }

    fn continuous(&mut self, time: f64) -> Result<Answer, EvaluateError> {
        let steps = time * self.flow.rate;
        if sweeps(self.flow, steps, self.before_contours) {
            return Ok(self.uniformised(steps));
        }
        if self.squaring.is_quick(self.flow, time) {
            return self.squared(time);
        }
        let found = self.contour_at(time).map(|found| (found.values(), Method::Contour, found.bounds()));
        if let Ok(answer) = found
            && is_sharp(&answer)
        {
            return Ok(answer);
        }
        // What is left of a chain, or has left it, may be far below what contours resolve.
        if self.squaring.is_possible(self.flow, time, 0) {
            return self.squared(time);
        }
        match found {
            Ok(found) => Ok(found),
            Err(_) if sweeps(self.flow, steps, MOST_WORK) => Ok(self.uniformised(steps)),
            Err(refusal) => Err(self.no_contour(time, refusal)),
        }
    }

    fn squared(&mut self, time: f64) -> Result<Answer, EvaluateError> {
        let place = self.doubled(time)?;
        let bounds = self.squares().bounds(time, &place);
        Ok((self.left(&place), Method::Doubling, bounds))
    }

    /// Returns what a contour gives for a time above zero.
    fn contour_at(&mut self, time: f64) -> Result<ContourValues, ContourRefusal> {
        let (trace, rates) = (self.trace, self.rates);
        self.contour.get_or_insert_with(|| ContourSolver::new(trace, rates)).values(time)
    }

    fn no_contour(&self, time: f64, refusal: ContourRefusal) -> EvaluateError {
        let (steps, vertices) = (time * self.flow.rate, self.flow.len());
        let largest = self.squaring.most_vertices(self.flow, time);
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

    fn refuse(&self, time: f64) -> EvaluateError {
        EvaluateError::TooManySteps {
            steps: time * self.flow.rate,
            vertices: self.flow.len(),
            largest: self.squaring.most_vertices(self.flow, time),
        }
    }

    /// Gives back the memory of squared matrices, of which those of several chains would be too many.
    pub(super) fn release(&mut self) {
        self.doubling = None;
    }

    /// The chain that is squared.
    fn squares(&mut self) -> &mut Doubling<'a> {
        let (flow, rates, with_visits) = (self.flow, self.rates, self.with_visits);
        self.doubling.get_or_insert_with(|| Doubling::new(flow, rates, with_visits))
    }

    fn doubled(&mut self, time: f64) -> Result<ChainPlace, EvaluateError> {
        let start = self.squares().start();
        self.doubled_from(&start, time, false)
    }

    fn doubled_from(
        &mut self,
        start: &ChainPlace,
        time: f64,
        of_states: bool,
    ) -> Result<ChainPlace, EvaluateError> {
        // Times are counted in parts of a step, and the count must be a number.
        if !(64.0 * time * self.flow.rate).is_finite() {
            return Err(EvaluateError::Overflow { what: format!("the number of steps until time {time:e}") });
        }
        if !self.squaring.is_possible(self.flow, time, 0) {
            return Err(self.refuse(time));
        }
        Ok(self.squares().after(start, time, of_states))
    }

    fn left(&mut self, place: &ChainPlace) -> Values {
        Values {
            density: self.squares().leaving(place) * self.flow.rate,
            cdf: place.absorbed + self.flow.mass_at_zero.into(),
            survival: place.left(),
        }
    }

    /// Where the chain is at each time, and in `visits` the expected time in each position until then.
    pub(super) fn spreads(&mut self, times: &[f64]) -> Result<Vec<Spread>, EvaluateError> {
        let whole = |t: f64| if self.flow.kind == Kind::Discrete { t.floor() } else { t };
        let times: Vec<f64> = times.iter().map(|&t| whole(t)).collect();
        let is_swept = |t: &f64| sweeps(self.flow, t * self.flow.rate, MOST_WORK);
        let weights = |t: &f64| match self.flow.kind {
            Kind::Discrete => Weights::exactly(*t as usize),
            Kind::Continuous => Weights::poisson(t * self.flow.rate),
        };
        let weights: Vec<Weights> = times.iter().filter(|t| is_swept(t)).map(weights).collect();
        let swept = match weights.is_empty() {
            true => Vec::new(),
            false => spread(self.flow, &self.flow.start, &weights, f64::MIN_POSITIVE),
        };
        let is_swept: Vec<bool> = times.iter().map(is_swept).collect();
        let mut swept = swept.into_iter();
        let mut spreads = Vec::with_capacity(times.len());
        for (&t, is_swept) in times.iter().zip(is_swept) {
            let found = if is_swept { swept.next() } else { None };
            spreads.push(match found {
                Some(mut found) => {
                    self.refine(t * self.flow.rate, &mut found);
                    found
                }
                None => {
                    let start = self.squares().start();
                    plain(&self.doubled_from(&start, t, true)?)
                }
            });
        }
        for spread in &mut spreads {
            spread.visits.iter_mut().for_each(|v| *v /= self.flow.rate);
        }
        Ok(spreads)
    }
}

/// Returns where a chain is in doubles.
fn plain(place: &ChainPlace) -> Spread {
    Spread {
        states: place.states.iter().map(|x| x.to_f64()).collect(),
        visits: place.visits.iter().map(|x| x.to_f64()).collect(),
        absorbed: place.absorbed.to_f64(),
    }
}
