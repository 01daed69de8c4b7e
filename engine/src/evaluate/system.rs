//! The equations that a query comes to.

use super::recurrence::Recurrence;
use super::{EvaluateError, Gradient, MAX_MOMENT, Query};
use crate::graph::Kind;
use crate::replay::{Equation, Operand, Program, Roundings, Term, is_nonnegative};
use crate::trace::Trace;

/// Equations of a query over a trace, and what their solutions stand for.
#[derive(Debug)]
pub(crate) struct System {
    /// With gradients those that majorise others stand at the end.
    pub(crate) equations: Vec<Equation>,
    /// Of each equation the one that majorises it: whose solution errors are relative to. Itself, where no term can be
    /// negative.
    pub(crate) majorants: Vec<usize>,
    /// Number of equations that are there for what is asked; those behind only majorise them.
    pub(crate) asked: usize,
    /// Of what is computed in doubles, where gradients or covariances are asked for.
    pub(crate) roundings: Option<Roundings>,
    /// Rewards by position: those asked for, or time itself where its variance is asked for; and magnitudes of those that
    /// majorants take.
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
        let plain = is_nonnegative(&equations, &rewards);
        let gradients = match query.gradient {
            false => Gradients::None,
            true if plain && trace.scales_with_its_parameter() => Gradients::Scaling,
            true => Gradients::Adjoints,
        };
        let asked = equations.len();
        let majorants = match plain || gradients == Gradients::None {
            true => (0..equations.len()).collect(),
            false => majorise(&mut equations, &mut rewards),
        };
        let roundings = (query.gradient || query.covariance).then(|| Roundings::new(trace, &equations));
        Ok(System { equations, majorants, asked, roundings, rewards, time, rewarded, parameters, gradients })
    }

    /// The equations prepared, with what else the query asks of their solutions.
    pub(crate) fn program(&self, trace: &Trace, query: &Query) -> Program {
        let program = Program::new(trace.kind(), &self.equations, &self.rewards);
        let program = match self.gradients {
            Gradients::Adjoints => program.with_gradients(),
            Gradients::None | Gradients::Scaling => program,
        };
        let program = program.with_ranges(query.gradient || query.covariance);
        let covaried = self.rewarded.iter().zip(&self.rewards).filter(|_| query.covariance);
        program.with_covariances(covaried.map(|(r, reward)| (r.first, reward.clone())).collect())
    }

    /// Fills gradients of what the query asks for, or bounds on their errors, with what `by_moment` tells of the moments of
    /// a variable and a parameter, in the place of what stands there.
    pub(crate) fn write_gradient<'s, I: Iterator<Item = f64>>(
        &'s self,
        query: &Query,
        gradient: &mut Gradient,
        by_moment: impl Fn(&'s Recurrence, usize) -> I,
    ) {
        let write = |recurrence: &'s Recurrence, moments: &mut Vec<Vec<f64>>| {
            moments.resize_with(recurrence.order, Vec::new);
            moments.iter_mut().for_each(Vec::clear);
            for k in 0..self.parameters {
                let by_moment = by_moment(recurrence, k);
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

/// Appends equations that majorise those whose terms may be negative: |r| for each reward r, and N + I for N, in which what
/// a row lacks to one is a difference. Returns of each equation the one that majorises it.
fn majorise(equations: &mut Vec<Equation>, rewards: &mut Vec<Vec<f64>>) -> Vec<usize> {
    let mut sizes: Vec<usize> = (0..rewards.len()).collect();
    for (reward, size) in sizes.iter_mut().enumerate() {
        if rewards[reward].iter().any(|&r| r < 0.0) {
            *size = rewards.len();
            rewards.push(rewards[reward].iter().map(|r| r.abs()).collect());
        }
    }
    let mut majorants: Vec<usize> = Vec::with_capacity(equations.len());
    for q in 0..equations.len() {
        let mut terms = Vec::new();
        for term in &equations[q].0 {
            let reward = term.reward.map(|(reward, power)| (sizes[reward], power));
            let with = |operand| Term { reward, operand, ..*term };
            match term.operand {
                Operand::One => terms.push(with(Operand::One)),
                Operand::Solution(of) => terms.push(with(Operand::Solution(majorants[of]))),
                Operand::Step(of) => {
                    terms.push(with(Operand::Step(majorants[of])));
                    terms.push(with(Operand::Solution(majorants[of])));
                }
            }
        }
        let same = terms == equations[q].0;
        majorants.push(if same { q } else { equations.len() });
        if !same {
            equations.push(Equation(terms));
        }
    }
    majorants.extend(majorants.len()..equations.len());
    majorants
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
