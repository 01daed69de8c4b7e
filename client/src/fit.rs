//! Maximum likelihood: the parameters at which observations are most probable.
//!
//! The likelihood and its gradient are the engine's. The search is a trust-region method with exact steps, whose Hessian is
//! made of differences of exact gradients and updated in between; parameters without a likelihood count as infinitely
//! improbable. Bounds are kept by searching over logarithms (logits between two bounds), times and weights are brought near
//! one before, and maxima at a bound or at infinity are taken to where they are, and said to be there.
//!
//! ```
//! use sojourn_client::Interrupt;
//! use sojourn_client::fit::{Fitting, fit};
//! use sojourn_engine::{Chain, Event, Observation, Observations, Trace, models};
//!
//! let trace = Trace::record(&Chain::new(&models::build("erlang,k=1")?))?;
//! let times = [0.5, 1.5, 4.0].map(Event::At).map(Observation::once);
//! let fitted = fit(&trace, &Observations::new(times)?, &Fitting::new(1), &Interrupt::new(), &mut |_| {})?;
//! assert!((fitted.theta[0] - 3.0 / 6.0).abs() < 1e-9);
//! assert!((fitted.parameters[0].standard_error.unwrap() - 0.5 / 3.0_f64.sqrt()).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod eigen;
mod ends;
mod error;
mod identify;
mod information;
mod notes;
mod objective;
mod region;
mod result;
mod scale;
mod search;
mod starts;
#[cfg(test)]
mod tests;
mod units;

use std::time::Duration;

use sojourn_engine::{LikelihoodError, Observations, Trace};

use crate::Interrupt;

pub use error::FitError;
pub use identify::{Combination, Curve};
pub use result::{Ended, Fitted, Information, Parameter, Run, Status};

use ends::Settled;
use objective::{Found, Halt, Objective};
use scale::Scale;
use starts::Draws;
use units::Units;

/// How to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitting {
    /// Where searches begin, before those that are drawn: a whole theta each.
    pub start: Vec<Vec<f64>>,
    /// For each parameter the number it is not below; minus infinity for none.
    pub lower: Vec<f64>,
    /// For each parameter the number it is not above; infinity for none.
    pub upper: Vec<f64>,
    /// For each parameter the value that it keeps, if it is not to be fitted.
    pub fixed: Vec<Option<f64>>,
    /// Number of searches, each from another start.
    pub starts: usize,
    /// Of the starts that are drawn.
    pub seed: u64,
    /// Most iterations of a search, each of which takes one likelihood and its gradient, and differences now and then.
    pub iterations: u64,
    /// Time after which the best parameters so far are delivered, as not converged; none for no limit.
    pub time: Option<Duration>,
}

impl Fitting {
    /// As it is done if nobody says otherwise: every parameter of so many is above zero, five starts of seed one, and no
    /// limit of time.
    pub fn new(parameters: usize) -> Fitting {
        Fitting {
            start: Vec::new(),
            lower: vec![0.0; parameters],
            upper: vec![f64::INFINITY; parameters],
            fixed: vec![None; parameters],
            starts: 5,
            seed: 1,
            iterations: 500 + 50 * parameters as u64,
            time: None,
        }
    }
}

/// How far a fit is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Searches that have ended.
    pub done: usize,
    /// All searches.
    pub starts: usize,
    /// Likelihoods computed so far.
    pub evaluations: u64,
    /// The highest log-likelihood so far; minus infinity before the first.
    pub best: f64,
}

/// A search that has ended, in the units of the search.
#[derive(Debug, Clone)]
struct Search {
    start: Vec<f64>,
    outcome: Result<Settled, LikelihoodError>,
}

/// Fits a trace to observations; `progress` is told after each likelihood. The result depends on nothing but the
/// arguments, unless an interrupt or the limit of time ends it early: then it is the best so far, not converged.
///
/// # Errors
/// If bounds, starts or fixed values are none; if no start has a likelihood: the error is that of the first; if
/// interrupted before there was a likelihood.
pub fn fit(
    trace: &Trace,
    observations: &Observations,
    fitting: &Fitting,
    interrupt: &Interrupt,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fitted, FitError> {
    check(trace, fitting)?;
    let (units, inside, scaled) = Units::of(trace, observations, fitting)?;
    let mut scale = Scale::new(trace.parameters(), &scaled)?;
    let guess = starts::guess(trace, &inside, &scale);
    scale.set_sizes(&scale.theta(&guess));
    let guess = starts::guess(trace, &inside, &scale);
    let objective = Objective::new(trace, &inside, (&units, &scale), interrupt, fitting.time, progress);
    let mut searches = Vec::new();
    let halt = run_all(&objective, &scaled, guess, &mut searches).err();
    let mut report = result::Report { trace, observations, units: &units, objective: &objective };
    match halt {
        Some(Halt::Failed(error)) => Err(error),
        Some(halt) => report.unfinished(&searches, &halt),
        None => report.finished(&searches),
    }
}

/// Checks bounds, fixed values and starts as they were given, so that errors tell the user's numbers.
fn check(trace: &Trace, fitting: &Fitting) -> Result<(), FitError> {
    let scale = Scale::new(trace.parameters(), fitting)?;
    fitting.start.iter().try_for_each(|start| scale.place(start).map(drop))?;
    if fitting.starts == 0 && fitting.start.is_empty() { Err(FitError::Nothing) } else { Ok(()) }
}

/// Searches from each start given, or from the guess if none of them has a likelihood, and from others drawn around the
/// first.
fn run_all(
    objective: &Objective<'_>,
    fitting: &Fitting,
    guess: Vec<f64>,
    searches: &mut Vec<Search>,
) -> Result<(), Halt> {
    let scale = objective.scale;
    let count = usize::max(fitting.starts, fitting.start.len());
    let mut given = Vec::new();
    for start in &fitting.start {
        given.push(scale.place(start).map_err(Halt::Failed)?);
    }
    objective.ended(0, count);
    for place in given {
        let found = objective.at(&place)?;
        one(objective, fitting, place, found, searches)?;
    }
    let middle = match searches.iter().find(|search| search.outcome.is_ok()) {
        Some(first) => scale.place(&first.start).map_err(Halt::Failed)?,
        None => {
            let (place, found) = starts::rescue(guess, objective)?;
            if searches.len() < count {
                one(objective, fitting, place.clone(), found, searches)?;
            }
            place
        }
    };
    let mut draws = Draws::new(fitting.seed);
    for done in searches.len()..count {
        objective.ended(done, count);
        let (place, found) = draws.around(&middle, objective)?;
        one(objective, fitting, place, found, searches)?;
    }
    Ok(())
}

fn one(
    objective: &Objective<'_>,
    fitting: &Fitting,
    place: Vec<f64>,
    found: Found,
    searches: &mut Vec<Search>,
) -> Result<(), Halt> {
    let start = objective.scale.theta(&place);
    let outcome = match found {
        Ok(point) => {
            let found: Vec<&Settled> =
                searches.iter().filter_map(|search| search.outcome.as_ref().ok()).collect();
            Ok(ends::search(objective, point, &found, fitting.iterations)?)
        }
        Err(error) => Err(error),
    };
    searches.push(Search { start, outcome });
    Ok(())
}
