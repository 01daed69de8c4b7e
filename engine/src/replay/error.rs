//! Why there is no number.

use std::fmt::Write;

use crate::density::ContourRefusal;
use crate::likelihood::LikelihoodError;
use crate::transform::TransformError;

/// Why a trace gives no number at a parameter vector. Vertices are named by row.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvaluateError {
    /// Theta of the wrong length.
    #[error("theta has {found} numbers, the graph has {expected} parameters")]
    ThetaLength {
        /// Numbers given.
        found: usize,
        /// Parameters of the graph.
        expected: usize,
    },
    /// NaN or infinity in theta.
    #[error("theta[{index}] is {value}: a finite number is needed")]
    ThetaNotFinite {
        /// Place in theta.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// A rate below zero, or not finite.
    #[error("edge {from} -> {}: its rate at this theta is {}, and a rate must be a finite number >= 0", name(*to), short(*value))]
    Rate {
        /// Row left.
        from: u32,
        /// Row entered; none for absorption.
        to: Option<u32>,
        /// The rate.
        value: f64,
    },
    /// Probabilities that sum to more than one.
    #[error("vertex {vertex}: its probabilities at this theta sum to {}, more than one", short(*sum))]
    RowSum {
        /// Row.
        vertex: u32,
        /// Sum.
        sum: f64,
    },
    /// Initial weights that cannot be normalised.
    #[error("vertex {start} is the start: its weights at this theta sum to {}, and can not be normalised", short(*sum))]
    NoInitialProbability {
        /// Row of the start.
        start: u32,
        /// Sum of its weights.
        sum: f64,
    },
    /// Initial weights that are probabilities as they stand, and sum to more than one.
    #[error(
        "vertex {start} is the start: its weights at this theta sum to {sum}, more than one, and what they lack to one is to be absorbed at time zero (--start-mass keep)"
    )]
    StartMass {
        /// Row of the start.
        start: u32,
        /// Sum of its weights, what they lack to one apart.
        sum: f64,
    },
    /// A reward vector of the wrong length.
    #[error("reward {number} has {found} numbers, the graph has {expected} rows")]
    RewardLength {
        /// Number of the vector.
        number: usize,
        /// Numbers given.
        found: usize,
        /// Rows of the graph.
        expected: usize,
    },
    /// NaN or infinity in a reward vector.
    #[error("reward {number} is {value} at row {row}: a finite number is needed")]
    RewardNotFinite {
        /// Number of the vector.
        number: usize,
        /// Row.
        row: usize,
        /// What stands there.
        value: f64,
    },
    /// A moment beyond the limit.
    #[error("moment {found} was asked for, the limit is {limit}")]
    MomentTooHigh {
        /// Moment asked for.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A time at which nothing can be asked.
    #[error("time {index} is {}: a finite number >= 0 is needed", short(*value))]
    Time {
        /// Place among the times.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// A quantile of what is no probability.
    #[error("probability {index} is {}: a number between 0 and 1 is needed", short(*value))]
    Probability {
        /// Place among the probabilities.
        index: usize,
        /// What stands there.
        value: f64,
    },
    /// A tolerance that is none.
    #[error("the tolerance is {value}: a number above 0 and below 1 is needed")]
    Tolerance {
        /// What was given.
        value: f64,
    },
    /// An argument of the Laplace transform for which it is not computed.
    #[error("the Laplace transform was asked for at {}: a finite number >= 0 is needed", short(*value))]
    Shift {
        /// What was given.
        value: f64,
    },
    /// A time that no method reaches with digits worth having.
    #[error(
        "the time asked for is {steps:.3e} times the mean time at the fastest of {vertices} vertices: too long for uniformisation, and at this time only chains of up to {largest} vertices are sure to be squared within the budget (more where they go one way); the inverse Laplace transform, where there is one, does not agree with itself on it; ask for an earlier time"
    )]
    TooManySteps {
        /// Highest rate times the time, or number of steps.
        steps: f64,
        /// Vertices.
        vertices: usize,
        /// Most vertices of a chain that is squared until this time, whatever its edges.
        largest: usize,
    },
    /// A time that neither sweeps nor squaring reach, and contours do not with a bound that is proved.
    #[error(
        "the time asked for is {steps:.3e} times the mean time at the fastest of {vertices} vertices: too long to be swept, only chains of up to {largest} vertices are squared, and the inverse Laplace transform is refused, since {refusal}; ask for an earlier time"
    )]
    NoContour {
        /// Highest rate times the time.
        steps: f64,
        /// Vertices.
        vertices: usize,
        /// Most vertices of a chain that is squared.
        largest: usize,
        /// Why there is no contour.
        refusal: ContourRefusal,
    },
    /// More samples than fit.
    #[error(
        "{found} numbers of samples were asked for (one a sample, and one more for each reward), the limit is {limit}: ask for parts, one after the other"
    )]
    TooManySamples {
        /// Numbers asked for.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Walks too long to be made.
    #[error(
        "{}: simulation follows every jump; pdf, cdf, quantiles and moments do not",
        jumps(*sample, *mean, *limit)
    )]
    TooManyJumps {
        /// The sample that was given up; none where none was begun.
        sample: Option<u64>,
        /// Mean number of jumps of a sample.
        mean: f64,
        /// Most jumps of a sample.
        limit: u64,
    },
    /// A reward that can not take the place of time.
    #[error(transparent)]
    Transform(Box<TransformError>),
    /// A closed class in which a reward grows and shrinks for ever.
    #[error(
        "reward {reward} has no final value: the chain may stay for ever with vertex {row}, in a class that earns it in some vertices and loses it in others"
    )]
    Unsettled {
        /// Number of the reward vector.
        reward: usize,
        /// Lowest row of the class.
        row: u32,
    },
    /// A gradient that takes too long where the values do not.
    #[error(
        "the gradient at time {time:e}: the derivatives of the squared matrices of a chain of {vertices} vertices would take too long; ask for an earlier time, or take differences of the values"
    )]
    GradientWork {
        /// The time.
        time: f64,
        /// Vertices.
        vertices: usize,
    },
    /// A gradient that no method gives with a bound.
    #[error(
        "the gradient at time {time:e}: the chain of {vertices} vertices is too large for the derivatives of squared matrices and too fast to be swept, and the derivatives of its inverse Laplace transform are refused, since {refusal}; ask for an earlier time, or take differences of the values"
    )]
    Gradient {
        /// The time.
        time: f64,
        /// Vertices.
        vertices: usize,
        /// Why there are none.
        refusal: ContourRefusal,
    },
    /// Observations that have no likelihood.
    #[error(transparent)]
    Likelihood(Box<LikelihoodError>),
    /// A closed class keeps the chain for ever with positive probability.
    #[error(
        "{what} is infinite: with probability {probability} the chain ends in {}, which it never leaves",
        class_name(class)
    )]
    Infinite {
        /// What was asked for.
        what: String,
        /// Rows of the class, ascending.
        class: Vec<u32>,
        /// Probability of ending there.
        probability: f64,
    },
    /// A gradient that does not exist.
    #[error(
        "there is no gradient at this theta: raising a rate that is zero here opens the way to vertices that are never left, or a derivative is beyond the range of double precision"
    )]
    NoGradient,
    /// A derivative that cannot be told from zero, in all the digits that are computed.
    #[error(
        "the derivative with respect to parameter {parameter} is lost: the terms of its sum cancel beyond 300 digits, or beyond those that a chain of this size is computed in"
    )]
    LostGradient {
        /// Index of the parameter.
        parameter: usize,
    },
    /// A number beyond the range of doubles.
    #[error("{what} is beyond the range of double precision (1.8e308)")]
    Overflow {
        /// What was asked for.
        what: String,
    },
}

impl EvaluateError {
    /// Name for programs, in snake case.
    pub fn kind(&self) -> &'static str {
        match self {
            EvaluateError::ThetaLength { .. } => "theta_length",
            EvaluateError::ThetaNotFinite { .. } => "theta_not_finite",
            EvaluateError::Rate { .. } => "invalid_rate",
            EvaluateError::RowSum { .. } => "row_sum",
            EvaluateError::NoInitialProbability { .. } => "no_initial_probability",
            EvaluateError::StartMass { .. } => "start_mass",
            EvaluateError::RewardLength { .. } => "reward_length",
            EvaluateError::RewardNotFinite { .. } => "reward_not_finite",
            EvaluateError::MomentTooHigh { .. } => "moment_too_high",
            EvaluateError::Time { .. } => "invalid_time",
            EvaluateError::Probability { .. } => "invalid_probability",
            EvaluateError::Tolerance { .. } => "invalid_tolerance",
            EvaluateError::Shift { .. } => "invalid_shift",
            EvaluateError::TooManySteps { .. } => "too_many_steps",
            EvaluateError::NoContour { .. } => "no_contour",
            EvaluateError::TooManySamples { .. } => "too_many_samples",
            EvaluateError::TooManyJumps { .. } => "too_many_jumps",
            EvaluateError::Transform(error) => error.kind(),
            EvaluateError::Unsettled { .. } => "unsettled_reward",
            EvaluateError::Gradient { .. } | EvaluateError::GradientWork { .. } => "unresolved_gradient",
            EvaluateError::Likelihood(error) => error.kind(),
            EvaluateError::Infinite { .. } => "infinite",
            EvaluateError::NoGradient => "no_gradient",
            EvaluateError::LostGradient { .. } => "lost_gradient",
            EvaluateError::Overflow { .. } => "overflow",
        }
    }
}

impl From<TransformError> for EvaluateError {
    fn from(error: TransformError) -> EvaluateError {
        match error {
            TransformError::Evaluate(error) => error,
            other => EvaluateError::Transform(Box::new(other)),
        }
    }
}

/// A number in a message: with an exponent where its digits would fill lines.
fn short(value: f64) -> String {
    let size = value.abs();
    let is_long = size != 0.0 && value.is_finite() && !(1e-5..1e16).contains(&size);
    if is_long { format!("{value:e}") } else { value.to_string() }
}

fn name(to: Option<u32>) -> String {
    to.map_or_else(|| "absorption or start".to_owned(), |row| row.to_string())
}

fn jumps(sample: Option<u64>, mean: f64, limit: u64) -> String {
    match sample {
        None => format!("a sample takes {mean:.3e} jumps on average, too many where each may take {limit}"),
        Some(sample) => format!("sample {sample} had not ended after {limit} jumps, the most it may take"),
    }
}

/// Names up to ten vertices of a class.
fn class_name(class: &[u32]) -> String {
    if let [vertex] = class {
        return format!("vertex {vertex}");
    }
    let mut text = String::from("the class of vertices ");
    for (i, row) in class.iter().take(10).enumerate() {
        let separator = if i == 0 { "" } else { ", " };
        let _ = write!(text, "{separator}{row}"); // writing to a String does not fail
    }
    if class.len() > 10 {
        let _ = write!(text, " and {} more", class.len() - 10);
    }
    text
}
