//! Questions about what a reward accumulates, rather than about T.

use super::part::{Prepared, Stopped};
use super::parts::Parts;
use super::{Answer, Question};
use crate::evaluate::EvaluateError;
use crate::trace::Trace;
use crate::transform::TransformError;

/// What the parts of a question are asked of.
pub(super) enum Subject<'a> {
    /// The trace of T at all vectors.
    Time(&'a Trace),
    /// That of a reward at all vectors, where rates stay linear in theta.
    Linear(Box<Trace>),
    /// The trace of a reward, which is another one at each vector.
    Concrete { trace: &'a Trace, reward: &'a [f64] },
    /// Nothing, whatever the vector.
    Refused(EvaluateError),
}

impl<'a> Subject<'a> {
    pub(super) fn new(trace: &'a Trace, question: &'a Question) -> Subject<'a> {
        let Some(reward) = &question.transform else { return Subject::Time(trace) };
        match trace.transformed(reward) {
            Ok(transformed) => Subject::Linear(Box::new(transformed)),
            Err(TransformError::ZeroReward { .. } | TransformError::Discrete) => {
                match question.asks_for_gradients() {
                    true => Subject::Refused(TransformError::Gradient.into()),
                    false => Subject::Concrete { trace, reward },
                }
            }
            Err(error) => Subject::Refused(error.into()),
        }
    }

    /// Makes the parts of the question ready, for one thread.
    pub(super) fn prepare(
        &'a self,
        question: &'a Question,
        stopped: &'a Stopped<'a>,
    ) -> Prepared<'a, Answer> {
        match self {
            Subject::Time(trace) => one(trace, question, stopped),
            Subject::Linear(trace) => one(trace, question, stopped),
            Subject::Concrete { trace, reward } => Box::new(move |thetas| {
                let at = |theta: &&[f64]| {
                    let transformed = trace.transformed_at(theta, reward)?;
                    // A tile of one has one answer.
                    Parts::new(&transformed, question, stopped).answer(&[&[]]).swap_remove(0)
                };
                thetas.iter().map(at).collect()
            }),
            Subject::Refused(error) => Box::new(|thetas| vec![Err(error.clone()); thetas.len()]),
        }
    }
}

/// Answers by one trace.
fn one<'a>(trace: &'a Trace, question: &'a Question, stopped: &'a Stopped<'a>) -> Prepared<'a, Answer> {
    let mut parts = Parts::new(trace, question, stopped);
    Box::new(move |thetas| parts.answer(thetas))
}
