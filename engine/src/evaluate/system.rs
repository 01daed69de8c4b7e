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
    pub(crate) gradients: Gradients,
}

/// Whence gradients come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gradients {
    /// They are not asked for.
    None,
    /// From adjoints.
    Adjoints,
    /// From the numbers, since the only parameter does nothing but scale time.
    Scaling,
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
        let gradients = match query.gradient {
            false => Gradients::None,
            true if trace.scales_with_its_parameter() => Gradients::Scaling,
            true => Gradients::Adjoints,
        };
        Ok(System { equations, rewards, time, rewarded, parameters, gradients })
    }

    /// The equations prepared, with what else the query asks of their solutions.
    pub(crate) fn program(&self, trace: &Trace, query: &Query) -> Program {
        let program = Program::new(trace.kind(), &self.equations, &self.rewards);
        let program = match self.gradients {
            Gradients::Adjoints => program.with_gradients(),
            Gradients::None | Gradients::Scaling => program,
        };
        let covaried = self.rewarded.iter().zip(&self.rewards).filter(|_| query.covariance);
        program.with_covariances(covaried.map(|(r, reward)| (r.first, reward.clone())).collect())
    }

    /// Gradients of what the query asks for, by the derivative of each equation's expectation with respect to each
    /// parameter, in the place of what stands there.
    pub(crate) fn write_gradient(
        &self,
        query: &Query,
        gradient: &mut Gradient,
        derivative: impl Fn(usize, usize) -> f64,
    ) {
        let write = |recurrence: &Recurrence, moments: &mut Vec<Vec<f64>>| {
            moments.resize_with(recurrence.order, Vec::new);
            moments.iter_mut().for_each(Vec::clear);
            for k in 0..self.parameters {
                let by_moment = recurrence.moments(|q| derivative(q, k));
                moments.iter_mut().zip(by_moment).for_each(|(moment, d)| moment.push(d));
            }
        };
        write(&self.time, &mut gradient.moments);
        let asked = if query.rewards.is_empty() { &[] } else { &self.rewarded[..] };
        gradient.reward_moments.resize_with(asked.len(), Vec::new);
        asked
            .iter()
            .zip(&mut gradient.reward_moments)
            .for_each(|(recurrence, moments)| write(recurrence, moments));
        gradient.expected_reward.clear();
        gradient.expected_reward.extend(gradient.reward_moments.iter().map(|moments| moments[0].clone()));
        if query.reward_moments == 0 {
            gradient.reward_moments.clear();
        }
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
