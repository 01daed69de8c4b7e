//! Why there is no fit.

use sojourn_engine::LikelihoodError;

/// Why there is no fit. Parameters are named by their place, from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Bounds, starts or fixed values that are none.
    #[error("{0}")]
    Invalid(String),
    /// Nothing to fit.
    #[error("there is nothing to fit: the graph has no parameters, or all of them are fixed")]
    NothingFree,
    /// No start at which the observations are possible.
    #[error(
        "no start has a likelihood; at the first: {error}; give a start at which all observations are possible"
    )]
    NoStart {
        /// What was wrong at the first.
        error: LikelihoodError,
    },
    /// No search at all.
    #[error("at least one start is needed")]
    Nothing,
    /// The likelihood at the maximum, or beside it.
    #[error(transparent)]
    Likelihood(#[from] LikelihoodError),
    /// The search itself could not go on.
    #[error("the search can not go on: {0}")]
    Search(String),
    /// The time limit was reached before the first likelihood.
    #[error("the time limit was reached before there was a likelihood")]
    TimeLimit,
    /// Interrupted.
    #[error("interrupted")]
    Interrupted,
}
