//! What is minimised: minus the log-likelihood, over the place of the search.

use std::cell::{Cell, RefCell};

use argmin::core::{CostFunction, Error, Gradient, Hessian};
use sojourn_engine::{LikelihoodError, LogLikelihood, Observations, Trace};

use super::{FitError, Progress, Scale};
use crate::Interrupt;

/// Width of the differences of gradients, in logarithms of parameters: what rounding and curvature do to them is least
/// about here.
const WIDTH: f64 = 1e-4;

/// Minus the log-likelihood of observations.
pub(super) struct Objective<'a> {
    trace: &'a Trace,
    observations: &'a Observations,
    pub(super) scale: &'a Scale,
    interrupt: &'a Interrupt,
    progress: RefCell<&'a mut dyn FnMut(Progress)>,
    state: Cell<Progress>,
}

impl<'a> Objective<'a> {
    pub(super) fn new(
        trace: &'a Trace,
        observations: &'a Observations,
        scale: &'a Scale,
        interrupt: &'a Interrupt,
        starts: usize,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Objective<'a> {
        let state = Progress { done: 0, starts, evaluations: 0, best: f64::NEG_INFINITY };
        Objective {
            trace,
            observations,
            scale,
            interrupt,
            progress: RefCell::new(progress),
            state: Cell::new(state),
        }
    }

    pub(super) fn evaluations(&self) -> u64 {
        self.state.get().evaluations
    }

    pub(super) fn run_ended(&self) {
        let state = self.state.get();
        self.state.set(Progress { done: state.done + 1, ..state });
    }

    /// Sum of the weights of the observations.
    pub(super) fn weight(&self) -> f64 {
        self.observations.weight()
    }

    /// The log-likelihood at a theta.
    pub(super) fn likelihood(&self, theta: &[f64], with_gradient: bool) -> Result<LogLikelihood, FitError> {
        self.interrupt.check().map_err(|_| FitError::Interrupted)?;
        let found = match with_gradient {
            true => self.trace.log_likelihood_gradient(theta, self.observations),
            false => self.trace.log_likelihood(theta, self.observations),
        };
        let mut state = self.state.get();
        state.evaluations += 1;
        if let Ok(found) = &found {
            state.best = state.best.max(found.value);
        }
        self.state.set(state);
        (self.progress.borrow_mut())(state);
        Ok(found?)
    }

    /// Value and gradient of what is minimised.
    pub(super) fn slope(&self, place: &[f64]) -> Result<(f64, Vec<f64>), FitError> {
        let theta = self.scale.theta(place);
        let found = self.likelihood(&theta, true)?;
        let gradient = self.scale.gradient(&theta, &found.gradient);
        Ok((-found.value, gradient.into_iter().map(|d| -d).collect()))
    }

    /// The Hessian of what is minimised: symmetric differences of gradients, and one-sided ones beside what is
    /// impossible.
    pub(super) fn curvature(&self, place: &[f64]) -> Result<Vec<Vec<f64>>, FitError> {
        let n = place.len();
        let mut differences: Vec<Vec<f64>> = Vec::with_capacity(n);
        let beside = |k: usize, step: f64| {
            let mut moved = place.to_vec();
            moved[k] += step;
            match self.slope(&moved) {
                Ok((_, gradient)) => Ok(Some(gradient)),
                Err(FitError::Likelihood(_)) => Ok(None),
                Err(error) => Err(error),
            }
        };
        for k in 0..n {
            let (above, below, width) = match (beside(k, WIDTH)?, beside(k, -WIDTH)?) {
                (Some(above), Some(below)) => (above, below, 2.0 * WIDTH),
                (Some(above), None) => (above, self.slope(place)?.1, WIDTH),
                (None, Some(below)) => (self.slope(place)?.1, below, WIDTH),
                (None, None) => {
                    let text = "the observations are impossible on both sides of where it is";
                    return Err(FitError::Search(text.into()));
                }
            };
            differences.push(above.iter().zip(&below).map(|(a, b)| (a - b) / width).collect());
        }
        let mean = |i: usize, k: usize| (differences[i][k] + differences[k][i]) / 2.0;
        Ok((0..n).map(|i| (0..n).map(|k| mean(i, k)).collect()).collect())
    }
}

/// Parameters at which the observations are impossible, or the graph is none, are infinitely improbable.
fn value(found: Result<f64, FitError>) -> Result<f64, Error> {
    match found {
        Ok(value) => Ok(value),
        Err(FitError::Likelihood(
            LikelihoodError::Impossible { .. }
            | LikelihoodError::Evaluate(_)
            | LikelihoodError::Unresolved { .. },
        )) => Ok(f64::INFINITY),
        Err(error) => Err(error.into()),
    }
}

impl CostFunction for &Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, place: &Vec<f64>) -> Result<f64, Error> {
        value(self.likelihood(&self.scale.theta(place), false).map(|found| -found.value))
    }
}

impl Gradient for &Objective<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, place: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.slope(place)?.1)
    }
}

impl Hessian for &Objective<'_> {
    type Param = Vec<f64>;
    type Hessian = Vec<Vec<f64>>;

    fn hessian(&self, place: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
        Ok(self.curvature(place)?)
    }
}
