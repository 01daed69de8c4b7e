//! What is minimised: minus the log-likelihood, in the units of the search, over the place of the search.

use std::cell::{Cell, RefCell};
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use sojourn_engine::question::LikelihoodQuery;
use sojourn_engine::{EvaluateError, LikelihoodError, LogLikelihood, Observations, Question, Trace};

use super::eigen::Matrix;
use super::scale::Scale;
use super::units::Units;
use super::{FitError, Progress};
use crate::Interrupt;

/// Relative size of what rounding does to a log-likelihood.
const NOISE: f64 = 1e-13;
/// Width of one-sided differences of gradients.
const NARROW: f64 = 1e-5;
/// Width of symmetric differences, in units of the standard error of one observation.
const WIDTH: f64 = 2e-4;

/// Why all searches end before they are done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Halt {
    /// The user has had enough.
    Interrupted,
    /// The time is over.
    TimeLimit,
    /// Nothing can be computed here.
    Failed(FitError),
}

/// The likelihood at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) place: Vec<f64>,
    /// Minus the log-likelihood.
    pub(super) value: f64,
    /// Derivatives of `value` with respect to the place.
    pub(super) gradient: Vec<f64>,
    /// In the units of the search.
    pub(super) theta: Vec<f64>,
    /// In the units of the search.
    pub(super) likelihood: LogLikelihood,
}

impl Point {
    /// Returns how much rounding may change the value: bounds on errors are rather larger than errors.
    pub(super) fn noise(&self) -> f64 {
        NOISE * (1.0 + self.value.abs()) + 0.01 * f64::min(self.likelihood.error_bound, 1e-8)
    }

    /// Returns how much higher than this point a likelihood may be and still count as equal, given the other's bound on
    /// its error: stiff rates cost digits.
    pub(super) fn tolerance(&self, other: &Point) -> f64 {
        let bound = f64::max(self.likelihood.error_bound, other.likelihood.error_bound);
        10.0 * self.noise() + f64::min(bound, 1e-10)
    }
}

/// A likelihood, or why there is none at a place.
pub(super) type Found = Result<Point, LikelihoodError>;

/// Minus the log-likelihood of observations, and what is told while it is computed.
pub(super) struct Objective<'a> {
    trace: &'a Trace,
    question: Question,
    units: &'a Units,
    pub(super) scale: &'a Scale,
    interrupt: &'a Interrupt,
    progress: RefCell<&'a mut dyn FnMut(Progress)>,
    state: Cell<Progress>,
    best: RefCell<Option<Point>>,
    deadline: Option<Instant>,
    threads: usize,
}

impl<'a> Objective<'a> {
    pub(super) fn new(
        trace: &'a Trace,
        observations: &Observations,
        (units, scale): (&'a Units, &'a Scale),
        interrupt: &'a Interrupt,
        time: Option<Duration>,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Objective<'a> {
        let query = LikelihoodQuery { observations: observations.clone(), gradient: true };
        let state = Progress { done: 0, starts: 0, evaluations: 0, best: f64::NEG_INFINITY };
        Objective {
            trace,
            question: Question { likelihood: Some(query), ..Question::default() },
            units,
            scale,
            interrupt,
            progress: RefCell::new(progress),
            state: Cell::new(state),
            best: RefCell::new(None),
            deadline: time.and_then(|time| Instant::now().checked_add(time)),
            threads: available_parallelism().map_or(1, NonZero::get),
        }
    }

    pub(super) fn evaluations(&self) -> u64 {
        self.state.get().evaluations
    }

    /// Returns the best point so far.
    pub(super) fn best(&self) -> Option<Point> {
        self.best.borrow().clone()
    }

    /// Sets how many searches have ended, of how many.
    pub(super) fn ended(&self, done: usize, starts: usize) {
        self.state.set(Progress { done, starts, ..self.state.get() });
    }

    /// Computes the likelihood and its gradient at a place.
    pub(super) fn at(&self, place: &[f64]) -> Result<Found, Halt> {
        let none = || Halt::Failed(FitError::Search("a likelihood was not answered".into()));
        self.at_many(&[place.to_vec()])?.pop().ok_or_else(none)
    }

    /// Computes likelihoods and gradients at several places, side by side: with the bits of one by one.
    pub(super) fn at_many(&self, places: &[Vec<f64>]) -> Result<Vec<Found>, Halt> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Halt::TimeLimit);
        }
        let thetas: Vec<Vec<f64>> = places.iter().map(|place| self.scale.theta(place)).collect();
        let stopped = || self.interrupt.is_set();
        let answers = self.trace.answer_many_unless(&thetas, &self.question, self.threads, &stopped);
        let answers = answers.ok_or(Halt::Interrupted)?;
        let found: Vec<Found> = answers
            .into_iter()
            .zip(thetas.into_iter().zip(places))
            .map(|(answer, (theta, place))| {
                let likelihood = answer.map_err(unboxed)?.likelihood.map(|likelihood| *likelihood);
                self.point(place.clone(), theta, likelihood)
            })
            .collect();
        self.tell(&found);
        Ok(found)
    }

    fn point(
        &self,
        place: Vec<f64>,
        theta: Vec<f64>,
        likelihood: Option<LogLikelihood>,
    ) -> Result<Point, LikelihoodError> {
        let overflow = |what: &str| EvaluateError::Overflow { what: what.to_owned() };
        let likelihood = likelihood.ok_or_else(|| overflow("the likelihood"))?;
        let gradient: Vec<f64> =
            self.scale.gradient(&theta, &likelihood.gradient).into_iter().map(|d| -d).collect();
        let value = -likelihood.value;
        if !value.is_finite() || gradient.iter().any(|d| !d.is_finite()) {
            return Err(overflow("the gradient of the likelihood").into());
        }
        if self.units.theta(&theta).iter().any(|t| !t.is_finite()) {
            return Err(overflow("a parameter").into());
        }
        Ok(Point { place, value, gradient, theta, likelihood })
    }

    fn tell(&self, found: &[Found]) {
        let mut state = self.state.get();
        state.evaluations += found.len() as u64;
        let mut best = self.best.borrow_mut();
        for point in found.iter().flatten() {
            if best.as_ref().is_none_or(|best| point.value < best.value) {
                *best = Some(point.clone());
                state.best = self.units.log_likelihood(-point.value);
            }
        }
        self.state.set(state);
        (self.progress.borrow_mut())(state);
    }

    /// Computes the Hessian at a point with respect to the `active` coordinates, by one-sided differences of gradients;
    /// the other side is taken beside what is impossible. One gradient a coordinate, relative error 1e-5.
    pub(super) fn rough_curvature(&self, point: &Point, active: &[usize]) -> Result<Matrix, Halt> {
        let moved = |step: f64| active.iter().map(|&k| beside(point, k, step)).collect::<Vec<_>>();
        let mut found = self.at_many(&moved(NARROW))?;
        let mut widths = vec![NARROW; active.len()];
        for (i, found) in found.iter_mut().enumerate().filter(|(_, found)| found.is_err()) {
            *found = self.at(&beside(point, active[i], -NARROW))?;
            widths[i] = -NARROW;
        }
        let row = |i: usize| match &found[i] {
            Ok(other) => {
                active.iter().map(|&k| (other.gradient[k] - point.gradient[k]) / widths[i]).collect()
            }
            Err(_) => active.iter().map(|&k| if k == active[i] { 1.0 } else { 0.0 }).collect(),
        };
        Ok(symmetric(&(0..active.len()).map(row).collect()))
    }

    /// Computes the Hessian as [`Objective::rough_curvature`] does, by symmetric differences of a width that suits the
    /// curvature already known: the third derivative cancels and the fourth changes a relative 1e-8. Two gradients a
    /// coordinate.
    pub(super) fn curvature(&self, point: &Point, active: &[usize], known: &Matrix) -> Result<Matrix, Halt> {
        let width = |i: usize| (WIDTH / f64::max(known[i][i], 1.0).sqrt()).max(1e-6);
        let places =
            (0..active.len()).flat_map(|i| [width(i), -width(i)].map(|step| beside(point, active[i], step)));
        let found = self.at_many(&places.collect::<Vec<_>>())?;
        let row = |i: usize| {
            let (above, below) = (&found[2 * i], &found[2 * i + 1]);
            let (above, below, apart) = match (above, below) {
                (Ok(above), Ok(below)) => (above, below, 2.0 * width(i)),
                (Ok(above), Err(_)) => (above, point, width(i)),
                (Err(_), Ok(below)) => (point, below, width(i)),
                (Err(_), Err(_)) => return known[i].clone(),
            };
            active.iter().map(|&k| (above.gradient[k] - below.gradient[k]) / apart).collect()
        };
        Ok(symmetric(&(0..active.len()).map(row).collect()))
    }
}

/// Returns the place of a point with one coordinate moved.
pub(super) fn beside(point: &Point, coordinate: usize, step: f64) -> Vec<f64> {
    let mut place = point.place.clone();
    place[coordinate] += step;
    place
}

fn symmetric(matrix: &Matrix) -> Matrix {
    let n = matrix.len();
    (0..n).map(|i| (0..n).map(|k| (matrix[i][k] + matrix[k][i]) / 2.0).collect()).collect()
}

fn unboxed(error: EvaluateError) -> LikelihoodError {
    match error {
        EvaluateError::Likelihood(error) => *error,
        other => LikelihoodError::Evaluate(other),
    }
}
