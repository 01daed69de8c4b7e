//! Moments, rewards and covariances as a part of a question.

use super::bytes::{list, lists, number, optional, size, write_list, write_lists, write_optional};
use super::part::Part;
use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::{EvaluateError, Numbers, Query};
use crate::trace::Trace;

const WHAT: &str = "the moments asked for";
const ANSWER: &str = "moments";

impl Part for Query {
    type Answer = Numbers;

    fn answer(&self, trace: &Trace, theta: &[f64]) -> Result<Numbers, EvaluateError> {
        trace.evaluate(theta, self)
    }

    fn mass_at_zero(answer: &Numbers) -> Option<f64> {
        Some(answer.mass_at_zero)
    }

    fn write(&self, w: &mut Writer) {
        w.u64(self.moments as u64);
        w.u64(self.reward_moments as u64);
        w.u8(u8::from(self.covariance));
        write_lists(w, &self.rewards);
    }

    fn read(r: &mut Reader<'_>) -> Result<Query, DecodeError> {
        Ok(Query {
            moments: size(r, WHAT)?,
            reward_moments: size(r, WHAT)?,
            covariance: optional(r, WHAT)?,
            rewards: lists(r, WHAT)?,
        })
    }

    fn write_answer(answer: &Numbers, w: &mut Writer) {
        write_list(w, &answer.moments);
        write_list(w, &answer.expected_reward);
        write_lists(w, &answer.reward_moments);
        write_optional(w, answer.covariance.is_some());
        answer.covariance.iter().for_each(|matrix| write_lists(w, matrix));
        w.f64s(&[answer.mass_at_zero]);
    }

    fn read_answer(r: &mut Reader<'_>) -> Result<Numbers, DecodeError> {
        Ok(Numbers {
            moments: list(r, ANSWER)?,
            expected_reward: list(r, ANSWER)?,
            reward_moments: lists(r, ANSWER)?,
            covariance: if optional(r, ANSWER)? { Some(lists(r, ANSWER)?) } else { None },
            mass_at_zero: number(r, ANSWER)?,
        })
    }
}
