//! Moments, rewards and covariances as a part of a question.

use super::bytes::{list, lists, number, optional, size, write_list, write_lists, write_optional};
use super::part::{Part, Prepared, Stopped};
use crate::encoding::{DecodeError, Reader, Writer};
use crate::evaluate::{EvaluateError, Gradient, Numbers, Query};
use crate::trace::Trace;

const WHAT: &str = "the moments asked for";
const ANSWER: &str = "moments";

impl Part for Query {
    type Answer = Numbers;

    fn answer(&self, trace: &Trace, theta: &[f64]) -> Result<Numbers, EvaluateError> {
        trace.evaluate(theta, self)
    }

    fn prepare<'a>(&'a self, trace: &'a Trace, _: &'a Stopped<'a>) -> Prepared<'a, Numbers> {
        match trace.replay(self) {
            Ok(mut replay) => Box::new(move |thetas| {
                let mut answers = Vec::with_capacity(thetas.len());
                replay.each(thetas, |_, numbers| answers.push(numbers.cloned()));
                answers
            }),
            Err(error) => Box::new(move |thetas| vec![Err(error.clone()); thetas.len()]),
        }
    }

    fn mass_at_zero(answer: &Numbers) -> Option<f64> {
        Some(answer.mass_at_zero)
    }

    fn write(&self, w: &mut Writer) {
        w.u64(self.moments as u64);
        w.u64(self.reward_moments as u64);
        write_optional(w, self.covariance);
        write_optional(w, self.gradient);
        write_lists(w, &self.rewards);
    }

    fn read(r: &mut Reader<'_>) -> Result<Query, DecodeError> {
        Ok(Query {
            moments: size(r, WHAT)?,
            reward_moments: size(r, WHAT)?,
            covariance: optional(r, WHAT)?,
            gradient: optional(r, WHAT)?,
            rewards: lists(r, WHAT)?,
        })
    }

    fn write_answer(answer: &Numbers, w: &mut Writer) {
        write_list(w, &answer.moments);
        write_list(w, &answer.expected_reward);
        write_lists(w, &answer.reward_moments);
        write_optional(w, answer.covariance.is_some());
        answer.covariance.iter().for_each(|matrix| write_lists(w, matrix));
        write_optional(w, answer.covariance_error_bound.is_some());
        answer.covariance_error_bound.iter().for_each(|matrix| write_lists(w, matrix));
        w.f64s(&[answer.mass_at_zero]);
        write_optional(w, answer.gradient.is_some());
        answer.gradient.iter().for_each(|gradient| write_gradient(gradient, w));
        write_optional(w, answer.gradient_error_bound.is_some());
        answer.gradient_error_bound.iter().for_each(|bounds| write_gradient(bounds, w));
    }

    fn read_answer(r: &mut Reader<'_>) -> Result<Numbers, DecodeError> {
        Ok(Numbers {
            moments: list(r, ANSWER)?,
            expected_reward: list(r, ANSWER)?,
            reward_moments: lists(r, ANSWER)?,
            covariance: if optional(r, ANSWER)? { Some(lists(r, ANSWER)?) } else { None },
            covariance_error_bound: if optional(r, ANSWER)? { Some(lists(r, ANSWER)?) } else { None },
            mass_at_zero: number(r, ANSWER)?,
            gradient: if optional(r, ANSWER)? { Some(read_gradient(r)?) } else { None },
            gradient_error_bound: if optional(r, ANSWER)? { Some(read_gradient(r)?) } else { None },
        })
    }
}

fn write_gradient(gradient: &Gradient, w: &mut Writer) {
    write_lists(w, &gradient.moments);
    write_lists(w, &gradient.expected_reward);
    w.u64(gradient.reward_moments.len() as u64);
    gradient.reward_moments.iter().for_each(|moments| write_lists(w, moments));
}

fn read_gradient(r: &mut Reader<'_>) -> Result<Gradient, DecodeError> {
    let (moments, expected_reward) = (lists(r, ANSWER)?, lists(r, ANSWER)?);
    let rewards = size(r, ANSWER)?;
    let reward_moments = (0..rewards).map(|_| lists(r, ANSWER)).collect::<Result<_, _>>()?;
    Ok(Gradient { moments, expected_reward, reward_moments })
}
