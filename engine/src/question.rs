//! What may be asked of a trace at a parameter vector, and what is answered: one type of each, with bytes of
//! their own, so that whoever asks need not be the process that computes.
//!
//! A question has parts, and an answer has the same: moments and rewards, the distribution of T and its
//! gradient, the log-likelihood of observations, the Laplace transform, how long and how often each vertex is visited, samples. A part is a field of [`Question`], a field of
//! [`Answer`] and a file in this folder that implements `part::Part`; `parts` is the only place that lists
//! them all.
//!
//! ```
//! use sojourn_engine::question::{Laplace, Question};
//! use sojourn_engine::{Chain, Query, Trace, models};
//!
//! let trace = Trace::record(&Chain::new(&models::build("coalescent,n=10")?))?;
//! let question = Question {
//!     moments: Some(Query { moments: 2, ..Query::default() }),
//!     laplace: Some(Laplace(vec![0.5])),
//!     ..Question::default()
//! };
//! let thetas: Vec<[f64; 1]> = (1..=1000).map(|k| [f64::from(k)]).collect();
//! let answers = trace.answer_many(&thetas, &question, 2);
//! assert_eq!(answers[0], trace.answer(&[1.0], &question));
//! println!("{:?}", answers[999]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod distribution;
mod gradient;
mod laplace;
mod likelihood;
mod many;
mod moments;
mod part;
mod parts;
mod residence;
mod samples;
mod transform;

use crate::density::{Distribution, PointGradient};
use crate::evaluate::{EvaluateError, Numbers, Query};
use crate::likelihood::LogLikelihood;
use crate::replay::{Initial, Rates};
use crate::sample::{SampleQuery, Samples};
use crate::trace::Trace;
use transform::Subject;

pub use bytes::{Tile, decode_answers, encode_answers};
pub use distribution::DistributionAt;
pub use gradient::DistributionGradient;
pub use laplace::Laplace;
pub use likelihood::LikelihoodQuery;
pub use many::TILE;
pub use residence::{Residence, ResidenceTimes};

/// What to compute at a parameter vector.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// Moments of T, rewards, their moments and covariances.
    pub moments: Option<Query>,
    /// Density, cdf, survival and hazard, quantiles, state probabilities and occupancies at times.
    pub distribution: Option<DistributionAt>,
    /// Gradients of density and cdf at times.
    pub distribution_gradient: Option<DistributionGradient>,
    /// The log-likelihood of observations of T.
    pub likelihood: Option<LikelihoodQuery>,
    /// The Laplace transform of T.
    pub laplace: Option<Laplace>,
    /// Expected time in each row until absorption, and how often it is entered.
    pub residence: Option<Residence>,
    /// Samples of T and of what rewards accumulate.
    pub samples: Option<SampleQuery>,
    /// A nonnegative reward, by row, that takes the place of time in all other parts: T is then what it accumulates
    /// (see [`crate::transform`]). Rewards in those parts are earned for each unit of it.
    pub transform: Option<Vec<f64>>,
}

/// What was computed: of each part what was asked for. Parts are boxed: there are many answers, and they are moved.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Probability that absorption comes at time zero.
    pub mass_at_zero: f64,
    /// To [`Question::moments`].
    pub moments: Option<Box<Numbers>>,
    /// To [`Question::distribution`].
    pub distribution: Option<Box<Distribution>>,
    /// To [`Question::distribution_gradient`], in its order.
    pub distribution_gradient: Option<Vec<PointGradient>>,
    /// To [`Question::likelihood`].
    pub likelihood: Option<Box<LogLikelihood>>,
    /// To [`Question::laplace`], in its order.
    pub laplace: Option<Vec<f64>>,
    /// To [`Question::residence`].
    pub residence: Option<Box<ResidenceTimes>>,
    /// To [`Question::samples`].
    pub samples: Option<Box<Samples>>,
}

/// Why there is no answer at a parameter vector, as it is told to other processes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unanswered {
    /// Name for programs: [`EvaluateError::kind`].
    pub kind: String,
    /// What was wrong, for people.
    pub message: String,
    /// Place of the observation that is the matter, from 0, where one is.
    pub observation: Option<usize>,
}

impl From<EvaluateError> for Unanswered {
    fn from(error: EvaluateError) -> Unanswered {
        let observation = match &error {
            EvaluateError::Likelihood(error) => error.observation(),
            _ => None,
        };
        Unanswered { kind: error.kind().to_owned(), message: error.to_string(), observation }
    }
}

impl Question {
    /// Whether derivatives with respect to theta are asked for.
    pub fn asks_for_gradients(&self) -> bool {
        self.moments.as_ref().is_some_and(|query| query.gradient)
            || self.distribution_gradient.is_some()
            || self.likelihood.as_ref().is_some_and(|query| query.gradient)
    }
}

impl Trace {
    /// Answers a question at `theta`.
    ///
    /// # Errors
    /// As [`Trace::evaluate`] and [`Trace::distribution`]: the first part that fails, in the order of the
    /// fields.
    pub fn answer(&self, theta: &[f64], question: &Question) -> Result<Answer, EvaluateError> {
        let subject = Subject::new(self, question);
        // A tile of one has one answer.
        subject.prepare(question, &|| false)(&[theta]).swap_remove(0)
    }
}

/// Probability of absorption at time zero, where no part has told.
fn mass_at_zero(trace: &Trace, theta: &[f64]) -> Result<f64, EvaluateError> {
    let rates = Rates::new(trace, theta)?;
    Ok(Initial::new(trace, &rates)?.mass_at_zero)
}
