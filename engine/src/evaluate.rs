//! Numbers from a trace at parameter vectors: moments, expected rewards and their moments, covariances.

mod bounds;
mod careful;
mod recurrence;
mod replay;
mod scaling;
mod system;

use crate::replay::{Initial, Rates, occupancy};
use crate::trace::Trace;

pub use crate::replay::EvaluateError;
pub use replay::Replay;
pub(crate) use system::{Gradients, System};

/// Highest moment that may be asked for.
pub const MAX_MOMENT: usize = 100;

/// What to compute.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Raw moments `E[T]`, ..., `E[T^moments]`.
    pub moments: usize,
    /// Reward vectors: one number a row of the graph, earned for each unit of time (each step) spent there.
    /// Those of the start and of absorbing rows are ignored.
    pub rewards: Vec<Vec<f64>>,
    /// Raw moments of each accumulated reward, from the first to this one.
    pub reward_moments: usize,
    /// Covariance matrix of the accumulated rewards; without rewards, the variance of T.
    pub covariance: bool,
    /// Gradients of all moments and expectations asked for, covariances apart.
    pub gradient: bool,
}

/// What was computed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Numbers {
    /// `E[T^k]` for k = 1, 2, ...
    pub moments: Vec<f64>,
    /// Expectation of each accumulated reward.
    pub expected_reward: Vec<f64>,
    /// For each reward, the moments of what accumulates.
    pub reward_moments: Vec<Vec<f64>>,
    /// Covariance matrix. Its entries are differences, computed again in more digits where they lose those of doubles.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// Bounds on the absolute errors of these, as for gradients.
    pub covariance_error_bound: Option<Vec<Vec<f64>>>,
    /// Probability that absorption comes at time zero; it counts as zero in every moment.
    pub mass_at_zero: f64,
    /// Derivatives with respect to the parameters, where asked for.
    pub gradient: Option<Gradient>,
    /// Bounds on the absolute errors of these, one for each: the derivative of the number in exact arithmetic, for the
    /// doubles of the trace and of theta, is no further off. Infinite where none is known. (A rate that rounding alone
    /// keeps from zero counts as zero.)
    pub gradient_error_bound: Option<Gradient>,
}

/// Derivatives with respect to the parameters: one number a parameter.
///
/// They are sums of differences lambda_i (x_j - x_i) along edges, lambda_i being the expected time in i. Where these lose
/// the digits of doubles (x hardly changes along an edge at which much time is spent), they are computed again in as many
/// digits as it takes: see [`Numbers::gradient_error_bound`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gradient {
    /// Of `E[T^k]` for k = 1, 2, ...
    pub moments: Vec<Vec<f64>>,
    /// Of the expectation of each accumulated reward.
    pub expected_reward: Vec<Vec<f64>>,
    /// Of each reward's moments, from the first on.
    pub reward_moments: Vec<Vec<Vec<f64>>>,
}

impl Trace {
    /// Prepares a query, to be answered at any number of parameter vectors.
    ///
    /// # Errors
    /// If a reward vector has another length than it should, or a moment is beyond the limit.
    pub fn replay(&self, query: &Query) -> Result<Replay<'_>, EvaluateError> {
        Replay::new(self, query)
    }

    /// Evaluates the trace at `theta`. Moments and rewards have a componentwise relative error of a small
    /// multiple of n times the machine epsilon, relative to the evaluated rates, whatever the conditioning. At many
    /// vectors [`Replay::each`] and [`Trace::answer_many`] are far faster, and give the same bits.
    ///
    /// # Errors
    /// If theta or a reward vector has another length than it should, a rate is negative or not finite, a row
    /// of probabilities sums to more than one, or a number asked for is infinite or too large. If a derivative cannot be told
    /// from zero, though it may matter ([`EvaluateError::LostGradient`]).
    pub fn evaluate(&self, theta: &[f64], query: &Query) -> Result<Numbers, EvaluateError> {
        self.replay(query)?.at(theta).cloned()
    }

    /// Expected time (or number of steps) in each row of the graph until absorption: alpha M^-1. Infinite
    /// where the chain may stay for ever.
    ///
    /// # Errors
    /// As [`Trace::evaluate`], infinite results apart.
    pub fn occupancies(&self, theta: &[f64]) -> Result<Vec<f64>, EvaluateError> {
        let rates = Rates::new(self, theta)?;
        let initial = Initial::new(self, &rates)?;
        let mut by_row = vec![0.0; self.rows()];
        for (&row, time) in self.position_rows.iter().zip(occupancy(self, &rates, &initial)) {
            by_row[row as usize] = time;
        }
        Ok(by_row)
    }
}
