//! The log-likelihood of observations of the time to absorption, and its gradient: what fitting maximises.
//!
//! Times may be known exactly, or be censored: known only to be longer, shorter, or within an interval. Every
//! likelihood is computed as such, as a sum of nonnegative terms, and never as a difference of probabilities (but by
//! contours, see [`Method`]), so its logarithm keeps its digits in the tails as well. The gradient takes one sweep back
//! in time for all observations and all parameters together.
//!
//! ```
//! use sojourn_engine::{Chain, Event, Observation, Observations, Trace, models};
//!
//! let trace = Trace::record(&Chain::new(&models::build("erlang,k=1")?))?;
//! let lifetimes = [1.5, 0.5, 3.0].map(Event::At).map(Observation::once);
//! let still_alive = Observation { event: Event::After(4.0), weight: 2.0 };
//! let observations = Observations::new(lifetimes.into_iter().chain([still_alive]))?;
//! // Three deaths in 13 units of time lived: the derivative with respect to the rate vanishes at 3/13.
//! let found = trace.log_likelihood_gradient(&[3.0 / 13.0], &observations)?;
//! assert!(found.gradient[0].abs() < 1e-9);
//! assert!((found.value - (3.0 * f64::ln(3.0 / 13.0) - 3.0)).abs() < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod observations;

use crate::density::{Event, Likelihoods, Method, ParameterGradient, Weighed, likelihoods};
use crate::graph::Kind;
use crate::scaled::ScaledNumber;
use crate::trace::Trace;

pub use error::{LikelihoodError, ObservationError};
pub use observations::{Observation, Observations};

/// A likelihood with a larger relative error is refused.
const WORST: f64 = 1e-6;

/// The log-likelihood of observations.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogLikelihood {
    /// The sum of weight times the logarithm of the likelihood.
    pub value: f64,
    /// Derivative with respect to each parameter; empty if not asked for.
    pub gradient: Vec<f64>,
    /// Bound on the absolute error of each derivative; infinite where nothing is known.
    pub gradient_errors: Vec<f64>,
    /// Bound on the absolute error of the value, to first order.
    pub error_bound: f64,
    /// The methods that gave the likelihoods, in order of first use.
    pub methods: Vec<Method>,
}

impl Trace {
    /// The log-likelihood of observations at `theta`.
    ///
    /// # Errors
    /// As [`Trace::distribution`]. If an observation is impossible at this theta; if no method gives its likelihood to a relative 1e-6; if a time that was
    /// observed in a discrete chain is no whole number.
    pub fn log_likelihood(
        &self,
        theta: &[f64],
        observations: &Observations,
    ) -> Result<LogLikelihood, LikelihoodError> {
        // One vector has one answer.
        self.log_likelihoods(&[theta], observations, false).swap_remove(0)
    }

    /// The log-likelihood of observations at `theta`, and its gradient. It is a sum over observations and edges: its
    /// error is relative to the largest of the terms, not to what they leave over near a maximum.
    ///
    /// # Errors
    /// As [`Trace::log_likelihood`]; and where a contour has a bound for a likelihood and none for its derivatives.
    pub fn log_likelihood_gradient(
        &self,
        theta: &[f64],
        observations: &Observations,
    ) -> Result<LogLikelihood, LikelihoodError> {
        // One vector has one answer.
        self.log_likelihoods(&[theta], observations, true).swap_remove(0)
    }

    /// As [`Trace::log_likelihood`] or [`Trace::log_likelihood_gradient`], at each of several vectors.
    pub(crate) fn log_likelihoods(
        &self,
        thetas: &[&[f64]],
        observations: &Observations,
        with_gradient: bool,
    ) -> Vec<Result<LogLikelihood, LikelihoodError>> {
        if self.kind() == Kind::Discrete {
            let broken = |event: &Event| matches!(event, Event::At(t) if t.fract() != 0.0);
            if let Some((found, _)) = observations.distinct().iter().find(|(found, _)| broken(&found.event)) {
                let error = LikelihoodError::NotWhole { observation: found.observation, event: found.event };
                return thetas.iter().map(|_| Err(error.clone())).collect();
            }
        }
        let events: Vec<Event> = observations.iter().map(|(event, _)| event).collect();
        let value = |solver: Likelihoods<'_, '_>| sum(solver, observations);
        let finish = |found, gradient: ParameterGradient| LogLikelihood {
            gradient: gradient.values,
            gradient_errors: gradient.errors,
            ..found
        };
        likelihoods(self, thetas, &events, with_gradient, value, finish)
    }
}

/// The log-likelihood without its gradient, and what that is the gradient of.
fn sum(
    mut solver: Likelihoods<'_, '_>,
    observations: &Observations,
) -> Result<(LogLikelihood, Vec<Weighed>), LikelihoodError> {
    let distinct = observations.distinct();
    let mut sum = LogLikelihood::default();
    let mut weighed = Vec::with_capacity(distinct.len());
    for (found, weight) in distinct {
        let likelihood = solver.of(found.event)?;
        let (observation, event) = (found.observation, found.event);
        // Also where the error is no number.
        if likelihood.error.is_nan() || likelihood.error > WORST {
            let (value, error) = (likelihood.value.to_f64(), likelihood.error);
            return Err(LikelihoodError::Unresolved { observation, event, value, error });
        }
        if likelihood.value.is_zero() {
            return Err(LikelihoodError::Impossible { observation, event });
        }
        let term = weight * likelihood.value.ln();
        sum.value += term;
        sum.error_bound += weight * likelihood.error + f64::EPSILON * (term.abs() + sum.value.abs());
        if !sum.methods.contains(&likelihood.method) {
            sum.methods.push(likelihood.method);
        }
        weighed.push((event, likelihood, ScaledNumber::from(*weight) / likelihood.value));
    }
    Ok((sum, weighed))
}
