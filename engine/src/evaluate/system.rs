//! The equations that a query comes to.

use super::recurrence::Recurrence;
use super::{EvaluateError, Gradient, MAX_MOMENT, Query};
use crate::graph::Kind;
use crate::replay::{Equation, Program};
use crate::trace::Trace;

/// Equations of a query over a trace, and what their solutions stand for.
#[derive(Debug)]
pub(crate) struct System {
    pub(crate) equations: Vec<Equation>,
    /// Rewards by position: those asked for, or time itself where its variance is asked for.
    pub(crate) rewards: Vec<Vec<f64>>,
    /// Moments of T.
    pub(crate) time: Recurrence,
    /// Moments of each reward, at least the first.
    pub(crate) rewarded: Vec<Recurrence>,
    pub(crate) parameters: usize,
}

impl System {
    pub(crate) fn new(trace: &Trace, query: &Query) -> Result<System, EvaluateError> {
        let highest = query.moments.max(query.reward_moments);
        if highest > MAX_MOMENT {
            return Err(EvaluateError::MomentTooHigh { found: highest, limit: MAX_MOMENT });
        }
        let mut rewards = trace.rewards_by_position(&query.rewards)?;
        if query.covariance && rewards.is_empty() {
            rewards.push(vec![1.0; trace.len()]);
        }
        let discrete = trace.kind() == Kind::Discrete;
        let mut equations = Vec::new();
        let time = Recurrence::of_time(discrete, query.moments, &mut equations);
        let order = query.reward_moments.max(1);
        let of_reward = |r| Recurrence::of_reward(discrete, r, order, &mut equations);
        let rewarded = (0..rewards.len()).map(of_reward).collect();
        let parameters = trace.parameters();
        Ok(System { equations, rewards, time, rewarded, parameters })
    }

    /// The equations prepared, with what else the query asks of their solutions.
    pub(crate) fn program(&self, trace: &Trace, query: &Query) -> Program {
        let program = Program::new(trace.kind(), &self.equations, &self.rewards);
        let program = if query.gradient { program.with_gradients() } else { program };
        let covaried = self.rewarded.iter().zip(&self.rewards).filter(|_| query.covariance);
        program.with_covariances(covaried.map(|(r, reward)| (r.first, reward.clone())).collect())
    }

    /// Gradients of what the query asks for, by the derivative of each equation's expectation with respect to each
    /// parameter.
    pub(crate) fn gradient(&self, query: &Query, derivative: impl Fn(usize, usize) -> f64) -> Gradient {
        let parameters = self.parameters;
        let asked = if query.rewards.is_empty() { &[] } else { &self.rewarded[..] };
        let of = |recurrence: &Recurrence| -> Vec<Vec<f64>> {
            let mut moments = vec![Vec::with_capacity(parameters); recurrence.order];
            for k in 0..parameters {
                let by_moment = recurrence.moments(|q| derivative(q, k));
                moments.iter_mut().zip(by_moment).for_each(|(moment, d)| moment.push(d));
            }
            moments
        };
        let mut reward_moments: Vec<Vec<Vec<f64>>> = asked.iter().map(of).collect();
        let expected_reward = reward_moments.iter().map(|moments| moments[0].clone()).collect();
        if query.reward_moments == 0 {
            reward_moments.clear();
        }
        Gradient { moments: of(&self.time), expected_reward, reward_moments }
    }
}

impl Trace {
    /// Checks reward vectors by row and gives them by position.
    pub(crate) fn rewards_by_position(&self, rewards: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, EvaluateError> {
        let by_position = |(number, reward): (usize, &Vec<f64>)| {
            let (found, expected) = (reward.len(), self.rows());
            if found != expected {
                return Err(EvaluateError::RewardLength { number, found, expected });
            }
            if let Some(row) = reward.iter().position(|r| !r.is_finite()) {
                return Err(EvaluateError::RewardNotFinite { number, row, value: reward[row] });
            }
            Ok(self.position_rows.iter().map(|&row| reward[row as usize]).collect())
        };
        rewards.iter().enumerate().map(by_position).collect()
    }
}
