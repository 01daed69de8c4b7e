//! Why there is no likelihood.

use crate::density::Event;
use crate::replay::EvaluateError;

/// Why observations are none. They are named by their place, from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ObservationError {
    /// No observation of a weight above zero.
    #[error("there are no observations")]
    Nothing,
    /// A time that is none.
    #[error("observation {observation} is of the time {value}: a finite number >= 0 is needed")]
    Time {
        /// Place among the observations.
        observation: usize,
        /// What stands there.
        value: f64,
    },
    /// An interval without a time in it.
    #[error("observation {observation} is of the interval ({after}, {until}], in which there is no time")]
    Interval {
        /// Place among the observations.
        observation: usize,
        /// Lower end.
        after: f64,
        /// Upper end.
        until: f64,
    },
    /// A weight that is none.
    #[error("observation {observation} has the weight {weight}: a finite number >= 0 is needed")]
    Weight {
        /// Place among the observations.
        observation: usize,
        /// What stands there.
        weight: f64,
    },
}

impl ObservationError {
    /// Place of the observation that is none.
    pub fn observation(&self) -> Option<usize> {
        match self {
            ObservationError::Nothing => None,
            ObservationError::Time { observation, .. }
            | ObservationError::Interval { observation, .. }
            | ObservationError::Weight { observation, .. } => Some(*observation),
        }
    }
}

/// Why observations have no log-likelihood at a parameter vector. Observations are named by their place, from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LikelihoodError {
    /// The trace gives no numbers there.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// A likelihood of zero.
    #[error(
        "{} (observation {observation}) is impossible at this theta, or its likelihood is below the smallest double (2e-308)",
        described(event)
    )]
    Impossible {
        /// Place among the observations.
        observation: usize,
        /// What was observed.
        event: Event,
    },
    /// A likelihood that no method gives with enough digits.
    #[error(
        "{} (observation {observation}) has a likelihood of about {value:e} whose relative error may be {error:.0e}, and 1e-6 is the most that a log-likelihood is computed with: no method tells so improbable an observation of this chain better; look for a mistake in its unit, or leave it out",
        described(event)
    )]
    Unresolved {
        /// Place among the observations.
        observation: usize,
        /// What was observed.
        event: Event,
        /// The likelihood.
        value: f64,
        /// Bound on its relative error.
        error: f64,
    },
    /// A part of a step.
    #[error(
        "{} (observation {observation}) is no whole number, and this chain takes whole steps",
        described(event)
    )]
    NotWhole {
        /// Place among the observations.
        observation: usize,
        /// What was observed.
        event: Event,
    },
}

impl LikelihoodError {
    /// Name for programs, in snake case.
    pub fn kind(&self) -> &'static str {
        match self {
            LikelihoodError::Evaluate(error) => error.kind(),
            LikelihoodError::Impossible { .. } => "impossible_observation",
            LikelihoodError::Unresolved { .. } => "unresolved_observation",
            LikelihoodError::NotWhole { .. } => "not_whole_observation",
        }
    }

    /// Place of the observation that is the matter.
    pub fn observation(&self) -> Option<usize> {
        match self {
            LikelihoodError::Evaluate(_) => None,
            LikelihoodError::Impossible { observation, .. }
            | LikelihoodError::Unresolved { observation, .. }
            | LikelihoodError::NotWhole { observation, .. } => Some(*observation),
        }
    }
}

impl From<LikelihoodError> for EvaluateError {
    fn from(error: LikelihoodError) -> EvaluateError {
        match error {
            LikelihoodError::Evaluate(error) => error,
            error => EvaluateError::Likelihood(Box::new(error)),
        }
    }
}

fn described(event: &Event) -> String {
    match event {
        Event::At(t) => format!("the time {t}"),
        Event::Until(t) => format!("a time up to {t}"),
        Event::After(t) => format!("a time after {t}"),
        Event::Between { after, until } => format!("a time in ({after}, {until}]"),
    }
}
