//! One search, from one start.

use argmin::core::{
    CostFunction, Error, Executor, Gradient, Hessian, IterState, KV, Problem, Solver, State,
    TerminationReason, TerminationStatus,
};
use argmin::solver::trustregion::{Steihaug, TrustRegion};
use sojourn_engine::LikelihoodError;

use super::information::solve;
use super::{FitError, Objective};

/// A search has converged where the derivatives of the log-likelihood, with respect to logarithms, are less than this
/// for each observation.
const FLAT: f64 = 1e-10;
/// Where they do not get smaller by so much in a Newton step, rounding is all that is left.
const BETTER: f64 = 0.5;
/// The largest radius: a factor of 20 for one parameter.
const RADIUS: f64 = 3.0;

/// How a search ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// Where the likelihood is flat.
    Converged,
    /// After the most iterations, or where it could not go on uphill.
    Stopped,
    /// Its start has no likelihood, or the search came to where there is none.
    Failed(LikelihoodError),
}

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Where it began.
    pub start: Vec<f64>,
    /// Where it ended.
    pub theta: Vec<f64>,
    /// The log-likelihood there; minus infinity if it failed.
    pub log_likelihood: f64,
    /// Iterations it took.
    pub iterations: u64,
    /// How it ended.
    pub ended: Ended,
}

type Iteration = IterState<Vec<f64>, Vec<f64>, (), Vec<Vec<f64>>, (), f64>;

/// The trust-region method, which has no end of its own: it ends where the likelihood is flat, or steps are lost in
/// rounding.
struct UntilFlat {
    method: TrustRegion<Steihaug<Vec<f64>, f64>, f64>,
    flat: f64,
    before: Vec<f64>,
    still: u32,
}

impl<O> Solver<O, Iteration> for UntilFlat
where
    O: CostFunction<Param = Vec<f64>, Output = f64>
        + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>
        + Hessian<Param = Vec<f64>, Hessian = Vec<Vec<f64>>>,
{
    fn name(&self) -> &str {
        "Trust region until flat"
    }

    fn init(&mut self, problem: &mut Problem<O>, state: Iteration) -> Result<(Iteration, Option<KV>), Error> {
        self.method.init(problem, state)
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<O>,
        state: Iteration,
    ) -> Result<(Iteration, Option<KV>), Error> {
        let (state, facts) = self.method.next_iter(problem, state)?;
        let place = state.get_param().cloned().unwrap_or_default();
        // A refused step divides the radius by four.
        self.still = if place == self.before { self.still + 1 } else { 0 };
        self.before = place;
        Ok((state, facts))
    }

    fn terminate(&mut self, state: &Iteration) -> TerminationStatus {
        let flat = state.get_gradient().is_some_and(|gradient| largest(gradient) <= self.flat);
        match flat || self.still >= 20 {
            true => TerminationStatus::Terminated(TerminationReason::SolverConverged),
            false => TerminationStatus::NotTerminated,
        }
    }
}

/// Searches from a start. Only interruption is an error: what else goes wrong is how the run ended.
pub(super) fn run(objective: &Objective<'_>, start: Vec<f64>, iterations: u64) -> Result<Run, FitError> {
    let place = objective.scale.place(&start)?;
    match search(objective, place, iterations) {
        Ok((theta, log_likelihood, iterations, converged)) => {
            let ended = if converged { Ended::Converged } else { Ended::Stopped };
            Ok(Run { start, theta, log_likelihood, iterations, ended })
        }
        Err(FitError::Likelihood(error)) => Ok(Run {
            theta: start.clone(),
            start,
            log_likelihood: f64::NEG_INFINITY,
            iterations: 0,
            ended: Ended::Failed(error),
        }),
        Err(error) => Err(error),
    }
}

/// Theta, log-likelihood, iterations, and whether it is flat there.
fn search(
    objective: &Objective<'_>,
    place: Vec<f64>,
    iterations: u64,
) -> Result<(Vec<f64>, f64, u64, bool), FitError> {
    let (cost, gradient) = objective.slope(&place)?;
    let flat = FLAT * (objective.weight() + cost.abs());
    let region = TrustRegion::new(Steihaug::new()).with_max_radius(RADIUS).map_err(failed)?;
    let method = UntilFlat { method: region, flat, before: Vec::new(), still: 0 };
    let found = Executor::new(objective, method)
        .configure(|state| state.param(place).gradient(gradient).cost(cost).max_iters(iterations))
        .run()
        .map_err(failed)?;
    let state = found.state;
    let place = state.get_best_param().cloned().unwrap_or_default();
    let (place, cost, slope) = polish(objective, place)?;
    Ok((objective.scale.theta(&place), -cost, state.get_iter(), slope <= 100.0 * flat))
}

/// Newton steps for as long as the likelihood gets flatter: near a maximum values differ by less than rounding, and
/// their gradients do not.
fn polish(objective: &Objective<'_>, mut place: Vec<f64>) -> Result<(Vec<f64>, f64, f64), FitError> {
    let (mut cost, mut gradient) = objective.slope(&place)?;
    for _ in 0..4 {
        let Some(step) = solve(&objective.curvature(&place)?, &gradient) else { break };
        let next: Vec<f64> = place.iter().zip(&step).map(|(p, s)| p - s).collect();
        let Ok((next_cost, next_gradient)) = objective.slope(&next) else { break };
        // A step this long is no polishing.
        if largest(&step) > 0.1 || largest(&next_gradient) > BETTER * largest(&gradient) {
            break;
        }
        (place, cost, gradient) = (next, next_cost, next_gradient);
    }
    let slope = largest(&gradient);
    Ok((place, cost, slope))
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, x| if x.abs() <= largest { largest } else { x.abs() })
}

/// The library's errors are our own, passed through it.
fn failed(error: Error) -> FitError {
    error.downcast::<FitError>().unwrap_or_else(|error| FitError::Search(error.to_string()))
}
