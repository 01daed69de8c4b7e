//! Questions about what a reward accumulates, rather than about T.

use std::borrow::Cow;

use super::part::Prepared;
use super::parts::Parts;
use super::{Answer, Question};
use crate::evaluate::EvaluateError;
use crate::trace::Trace;
use crate::transform::TransformError;

/// What the parts of a question are asked of.
pub(super) enum Subject<'a> {
    /// One trace at all vectors: that of T, or of a reward wherever rates stay linear in theta.
    Linear(Cow<'a, Trace>),
    /// The trace of a reward, which is another one at each vector.
    Concrete { trace: &'a Trace, reward: &'a [f64] },
    /// Nothing, whatever the vector.
    Refused(EvaluateError),
}

impl<'a> Subject<'a> {
    pub(super) fn new(trace: &'a Trace, question: &'a Question) -> Subject<'a> {
        let Some(reward) = &question.transform else { return Subject::Linear(Cow::Borrowed(trace)) };
        match trace.transformed(reward) {
            Ok(transformed) => Subject::Linear(Cow::Owned(transformed)),
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
    pub(super) fn prepare(&'a self, question: &'a Question) -> Prepared<'a, Answer> {
        match self {
            Subject::Linear(trace) => {
                let mut parts = Parts::new(trace, question);
                Box::new(move |thetas| parts.answer(thetas))
            }
            Subject::Concrete { trace, reward } => Box::new(move |thetas| {
                let at = |theta: &&[f64]| {
                    let transformed = trace.transformed_at(theta, reward)?;
                    // A tile of one has one answer.
                    Parts::new(&transformed, question).answer(&[&[]]).swap_remove(0)
                };
                thetas.iter().map(at).collect()
            }),
            Subject::Refused(error) => Box::new(|thetas| vec![Err(error.clone()); thetas.len()]),
        }
    }
}
