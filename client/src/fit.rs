//! Maximum likelihood: the parameters at which observations are most probable.
//!
//! The likelihood and its gradient are the engine's. The search is argmin's trust-region method with Steihaug's
//! conjugate gradients, whose Hessian is differences of exact gradients; it may meet parameters that are impossible,
//! which it takes for infinitely improbable. Bounds are kept by searching over logarithms (logits between two bounds).
//! What is found is polished by Newton's method, so that it is right to all digits that the gradient has.
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

mod error;
mod information;
mod objective;
mod scale;
mod search;
mod starts;
#[cfg(test)]
mod tests;

use sojourn_engine::density::Method;
use sojourn_engine::{Observations, Trace};

use crate::Interrupt;

pub use error::FitError;
pub use information::Information;
use information::of_maximum;
use objective::Objective;
use scale::Scale;
pub use search::{Ended, Run};

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
    /// Most iterations of a search.
    pub iterations: u64,
}

impl Fitting {
    /// As it is done if nobody says otherwise: every parameter of so many is above zero, five starts of seed one.
    pub fn new(parameters: usize) -> Fitting {
        Fitting {
            start: Vec::new(),
            lower: vec![0.0; parameters],
            upper: vec![f64::INFINITY; parameters],
            fixed: vec![None; parameters],
            starts: 5,
            seed: 1,
            iterations: 200,
        }
    }
}

/// What became of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is where the likelihood is highest.
    Estimated,
    /// It was given.
    Fixed,
    /// The likelihood rises up to its bound, so it has no standard error.
    AtBound,
    /// The likelihood hardly depends on it, or on a combination of it and others: no standard error.
    NotIdentified,
}

/// A parameter, fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its value.
    pub value: f64,
    /// Square root of its entry in the inverse of the observed information.
    pub standard_error: Option<f64>,
    /// What became of it.
    pub status: Status,
}

/// The highest likelihood that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// Their values.
    pub theta: Vec<f64>,
    /// The log-likelihood there.
    pub log_likelihood: f64,
    /// Bound on its error.
    pub error_bound: f64,
    /// Its derivative with respect to each parameter.
    pub gradient: Vec<f64>,
    /// How likelihoods were computed there.
    pub methods: Vec<Method>,
    /// Akaike's criterion: twice the number of parameters that were fitted, less twice the log-likelihood.
    pub aic: f64,
    /// The observed information.
    pub information: Information,
    /// Every search, in the order of their starts.
    pub runs: Vec<Run>,
    /// Number of the run that is delivered.
    pub best: usize,
    /// Number of likelihoods that were computed.
    pub evaluations: u64,
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

/// Fits a trace to observations; `progress` is told after each likelihood. The result depends on nothing but the
/// arguments.
///
/// # Errors
/// If bounds, starts or fixed values are none; if no start has a likelihood: the error is that of the first; if
/// interrupted.
pub fn fit(
    trace: &Trace,
    observations: &Observations,
    fitting: &Fitting,
    interrupt: &Interrupt,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fitted, FitError> {
    let scale = Scale::new(trace.parameters(), fitting)?;
    let starts = starts::starts(trace, observations, fitting, &scale)?;
    let objective = Objective::new(trace, observations, &scale, interrupt, starts.len(), progress);
    let mut runs = Vec::with_capacity(starts.len());
    for start in starts {
        runs.push(search::run(&objective, start, fitting.iterations)?);
        objective.run_ended();
    }
    let best = best(&runs).ok_or_else(|| match runs.first().map(|run| run.ended.clone()) {
        Some(Ended::Failed(error)) => FitError::NoStart { error },
        _ => FitError::Nothing,
    })?;
    let theta = runs[best].theta.clone();
    let found = objective.likelihood(&theta, true)?;
    let (parameters, information) = of_maximum(&objective, &theta, &found.gradient)?;
    let fitted = parameters.iter().filter(|p| p.status != Status::Fixed).count();
    Ok(Fitted {
        parameters,
        log_likelihood: found.value,
        error_bound: found.error_bound,
        gradient: found.gradient,
        methods: found.methods,
        aic: 2.0 * fitted as f64 - 2.0 * found.value,
        information,
        best,
        evaluations: objective.evaluations(),
        theta,
        runs,
    })
}

/// The run that ended highest, the first of those that ended alike; runs that converged before those that did not.
fn best(runs: &[Run]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (i, run) in runs.iter().enumerate().filter(|(_, run)| run.log_likelihood.is_finite()) {
        // What differs by less is the same maximum, found twice.
        let margin = 1e-9 * (1.0 + run.log_likelihood.abs());
        let better = best.is_none_or(|b| {
            let other = &runs[b];
            let higher = run.log_likelihood > other.log_likelihood + margin;
            let alike = run.log_likelihood > other.log_likelihood - margin;
            higher || alike && run.ended == Ended::Converged && other.ended != Ended::Converged
        });
        if better {
            best = Some(i);
        }
    }
    best
}
