//! Why there is no transformed distribution.

use crate::plan::TooMuchFill;
use crate::replay::EvaluateError;

/// Why a reward cannot take the place of time. Vertices are named by row.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransformError {
    /// Theta, rates or the reward vector are not what they should be.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// A reward below zero.
    #[error("the reward of row {row} is {value}: what takes the place of time must not be negative")]
    Negative {
        /// Row.
        row: u32,
        /// Its reward.
        value: f64,
    },
    /// A reward of a discrete chain that is no number of steps.
    #[error(
        "the reward of row {row} is {value}: where time is counted in steps a reward must be a whole number"
    )]
    NotWhole {
        /// Row.
        row: u32,
        /// Its reward.
        value: f64,
    },
    /// Rewards that are too many steps together.
    #[error("steps for these rewards take {rows} rows, the limit is {limit}: divide them by a common factor")]
    TooManyRows {
        /// Rows needed.
        rows: f64,
        /// The limit.
        limit: usize,
    },
    /// A vertex that earns nothing, where rates are to stay linear in theta.
    #[error("the reward of row {row} is zero: the distribution is transformed at one theta at a time")]
    ZeroReward {
        /// Row.
        row: u32,
    },
    /// A discrete chain, where rates are to stay linear in theta.
    #[error("time is counted in steps: the distribution is transformed at one theta at a time")]
    Discrete,
    /// A gradient where rates do not stay linear in theta.
    #[error(
        "there is no gradient of a distribution that is transformed at one theta, as it is where a vertex earns nothing or time is counted in steps; moments of the reward have one where the reward does not take the place of time"
    )]
    Gradient,
    /// A rate divided by a reward is beyond what doubles represent.
    #[error(
        "the rate {rate:e} out of row {row}, divided by its reward {reward:e}, is beyond double precision"
    )]
    OutOfRange {
        /// Row.
        row: u32,
        /// The rate, or a coefficient of it.
        rate: f64,
        /// The reward.
        reward: f64,
    },
    /// Too many edges come about where vertices that earn nothing are left out.
    #[error(
        "without the vertices that earn nothing the chain would have more than {limit} edges: moments of the reward can be computed, its distribution can not"
    )]
    TooManyEdges {
        /// The limit.
        limit: usize,
    },
    /// The transformed chain can not be recorded.
    #[error(transparent)]
    Record(#[from] TooMuchFill),
}

impl TransformError {
    /// Name for programs, in snake case.
    pub fn kind(&self) -> &'static str {
        match self {
            TransformError::Evaluate(error) => error.kind(),
            TransformError::Negative { .. } => "negative_reward",
            TransformError::NotWhole { .. } => "reward_not_whole",
            TransformError::TooManyRows { .. } => "too_many_rows",
            TransformError::ZeroReward { .. } => "zero_reward",
            TransformError::Discrete => "discrete",
            TransformError::Gradient => "transform_gradient",
            TransformError::OutOfRange { .. } => "out_of_range",
            TransformError::TooManyEdges { .. } => "too_many_edges",
            TransformError::Record(_) => "too_much_fill",
        }
    }
}
