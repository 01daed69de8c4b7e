//! Questions about what a reward accumulates, rather than about T.

use super::{Answer, Question, parts};
use crate::evaluate::EvaluateError;
use crate::trace::Trace;
use crate::transform::TransformError;

/// Answers at the vectors of one tile, of the distribution that has the reward in the place of time.
pub(super) fn answer(
    trace: &Trace,
    thetas: &[&[f64]],
    question: &Question,
    reward: &[f64],
) -> Vec<Result<Answer, EvaluateError>> {
    let refuse = |error: TransformError| {
        let error = EvaluateError::from(error);
        thetas.iter().map(|_| Err(error.clone())).collect()
    };
    let differentiated = question.asks_for_gradients();
    match trace.transformed(reward) {
        Ok(transformed) => parts::answer(&transformed, thetas, question),
        Err(TransformError::ZeroReward { .. } | TransformError::Discrete) if differentiated => {
            refuse(TransformError::Gradient)
        }
        Err(TransformError::ZeroReward { .. } | TransformError::Discrete) => {
            let at = |theta: &&[f64]| {
                let transformed = trace.transformed_at(theta, reward)?;
                // A tile of one has one answer.
                parts::answer(&transformed, &[&[]], question).swap_remove(0)
            };
            thetas.iter().map(at).collect()
        }
        Err(error) => refuse(error),
    }
}
