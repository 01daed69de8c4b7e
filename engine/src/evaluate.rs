//! Numbers from a trace at a parameter vector: moments, expected rewards and their moments, covariances.

mod recurrence;

use crate::graph::Kind;
use crate::replay::{
    Equation, Initial, Rates, Solutions, ending_in, occupancy, product, reachable_traps, sweep,
};
use crate::trace::Trace;

pub use crate::replay::EvaluateError;
use recurrence::Recurrence;

/// Highest moment that may be asked for.
pub const MAX_MOMENT: usize = 100;

/// What to compute.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Raw moments `E[T]`, ..., `E[T^moments]`.
    pub moments: usize,
    /// Reward vectors: one number a row of the graph, earned for each unit of time (each step) spent there.
    /// Those of the start and of absorbing rows are ignored.
    pub rewards: Vec<Vec<f64>>,
    /// Raw moments of each accumulated reward, from the first to this one.
    pub reward_moments: usize,
    /// Covariance matrix of the accumulated rewards; without rewards, the variance of T.
    pub covariance: bool,
}

/// What was computed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Numbers {
    /// `E[T^k]` for k = 1, 2, ...
    pub moments: Vec<f64>,
    /// Expectation of each accumulated reward.
    pub expected_reward: Vec<f64>,
    /// For each reward, the moments of what accumulates.
    pub reward_moments: Vec<Vec<f64>>,
    /// Covariance matrix. Its entries are differences: where two rewards are nearly uncorrelated, or one is
    /// nearly constant, relative accuracy is lost as it is in any difference.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// Probability that absorption comes at time zero; it counts as zero in every moment.
    pub mass_at_zero: f64,
}

impl Trace {
    /// Evaluates the trace at `theta`. Moments and rewards have a componentwise relative error of a small
    /// multiple of n times the machine epsilon, relative to the evaluated rates, whatever the conditioning.
    ///
    /// # Errors
    /// If theta or a reward vector has another length than it should, a rate is negative or not finite, a row
    /// of probabilities sums to more than one, or a number asked for is infinite or too large.
    pub fn evaluate(&self, theta: &[f64], query: &Query) -> Result<Numbers, EvaluateError> {
        let highest = query.moments.max(query.reward_moments);
        if highest > MAX_MOMENT {
            return Err(EvaluateError::MomentTooHigh { found: highest, limit: MAX_MOMENT });
        }
        let rewards = self.rewards_by_position(&query.rewards)?;
        let rates = Rates::new(self, theta)?;
        let initial = Initial::new(self, &rates)?;
        let numbers = Evaluation { trace: self, rates: &rates, initial: &initial }.run(query, rewards);
        match numbers.first_infinite() {
            None => Ok(numbers),
            Some(unbounded) => Err(self.explain_infinite(unbounded, query, &rates, &initial)),
        }
    }

    /// Expected time (or number of steps) in each row of the graph until absorption: alpha M^-1. Infinite
    /// where the chain may stay for ever.
    ///
    /// # Errors
    /// As [`Trace::evaluate`], infinite results apart.
    pub fn occupancies(&self, theta: &[f64]) -> Result<Vec<f64>, EvaluateError> {
        let rates = Rates::new(self, theta)?;
        let initial = Initial::new(self, &rates)?;
        let mut by_row = vec![0.0; self.rows()];
        for (&row, time) in self.position_rows.iter().zip(occupancy(self, &rates, &initial)) {
            by_row[row as usize] = time;
        }
        Ok(by_row)
    }

    /// Checks reward vectors by row and gives them by position.
    pub(crate) fn rewards_by_position(&self, rewards: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, EvaluateError> {
        let by_position = |(number, reward): (usize, &Vec<f64>)| {
            if reward.len() != self.rows() {
                return Err(EvaluateError::RewardLength {
                    number,
                    found: reward.len(),
                    expected: self.rows(),
                });
            }
            if let Some(row) = reward.iter().position(|r| !r.is_finite()) {
                return Err(EvaluateError::RewardNotFinite { number, row, value: reward[row] });
            }
            Ok(self.position_rows.iter().map(|&row| reward[row as usize]).collect())
        };
        rewards.iter().enumerate().map(by_position).collect()
    }

    /// Names a closed class that makes the number infinite; if none does, the number is too large.
    fn explain_infinite(
        &self,
        unbounded: Unbounded,
        query: &Query,
        rates: &Rates,
        initial: &Initial,
    ) -> EvaluateError {
        let Unbounded { what, rewards } = unbounded;
        let rows =
            |class: &[u32]| -> Vec<u32> { class.iter().map(|&p| self.position_rows[p as usize]).collect() };
        let earns = |class: &Vec<u32>| {
            let earned = |&r: &usize| {
                // Without rewards it is time that passes, and it passes in every class.
                query
                    .rewards
                    .get(r)
                    .is_none_or(|reward| rows(class).iter().any(|&row| reward[row as usize] != 0.0))
            };
            rewards.is_empty() || rewards.iter().any(earned)
        };
        match reachable_traps(self, rates, initial).into_iter().find(earns) {
            None => EvaluateError::Overflow { what },
            Some(trap) => {
                let probability = ending_in(self, rates, initial, &trap);
                let mut class = rows(&trap);
                class.sort_unstable();
                EvaluateError::Infinite { what, class, probability }
            }
        }
    }
}

/// A number that came out infinite.
struct Unbounded {
    what: String,
    /// Numbers of the rewards in it; none where it is of time itself.
    rewards: Vec<usize>,
}

/// A trace at a parameter vector.
struct Evaluation<'a> {
    trace: &'a Trace,
    rates: &'a Rates,
    initial: &'a Initial,
}

impl Evaluation<'_> {
    fn run(&self, query: &Query, mut rewards: Vec<Vec<f64>>) -> Numbers {
        if query.covariance && rewards.is_empty() {
            rewards.push(vec![1.0; self.trace.len()]);
        }
        let discrete = self.trace.kind() == Kind::Discrete;
        let mut equations: Vec<Equation> = Vec::new();
        let time = Recurrence::of_time(discrete, query.moments, &mut equations);
        let reward_order = query.reward_moments.max(1);
        let rewarded: Vec<Recurrence> = (0..rewards.len())
            .map(|r| Recurrence::of_reward(discrete, r, reward_order, &mut equations))
            .collect();
        let solutions = sweep(self.trace, self.rates, &rewards, &equations);
        let expected = |r: &Recurrence| r.moments(&solutions, self.initial);
        let reward_moments: Vec<Vec<f64>> = rewarded.iter().map(expected).collect();
        let first: Vec<f64> = reward_moments.iter().map(|m| m[0]).collect();
        let covariance = query.covariance.then(|| {
            let x: Vec<usize> = rewarded.iter().map(|r| r.first).collect();
            self.covariance(&rewards, &solutions, &x, &first)
        });
        let asked = !query.rewards.is_empty();
        Numbers {
            moments: expected(&time),
            expected_reward: if asked { first } else { Vec::new() },
            reward_moments: if asked && query.reward_moments > 0 { reward_moments } else { Vec::new() },
            covariance,
            mass_at_zero: self.initial.mass_at_zero,
        }
    }

    /// Covariances by one more, transposed, solve: with lambda the occupancies and x_r = M^-1 r,
    /// Cov(r, s) = lambda . (r x_s + s x_r) - (alpha x_r)(alpha x_s), and lambda . (r s) less in a discrete
    /// chain, where a step's own reward would be counted twice.
    fn covariance(
        &self,
        rewards: &[Vec<f64>],
        solutions: &Solutions,
        x: &[usize],
        mean: &[f64],
    ) -> Vec<Vec<f64>> {
        let time = occupancy(self.trace, self.rates, self.initial);
        let discrete = self.trace.kind() == Kind::Discrete;
        let mut matrix = vec![vec![0.0; rewards.len()]; rewards.len()];
        for i in 0..rewards.len() {
            for j in 0..=i {
                let (r, s) = (&rewards[i], &rewards[j]);
                let (xr, xs) = (&solutions[x[i]], &solutions[x[j]]);
                let mut sum = 0.0;
                for p in 0..self.trace.len() {
                    let own = if discrete { r[p] * s[p] } else { 0.0 };
                    // Solutions are infinite where a trap is ahead, also where the start does not come by.
                    let earned = product(r[p], xs[p]) + product(s[p], xr[p]) - own;
                    sum += product(time[p], earned);
                }
                matrix[i][j] = sum - mean[i] * mean[j];
                matrix[j][i] = matrix[i][j];
            }
        }
        matrix
    }
}

impl Numbers {
    /// The first number that is infinite or not a number.
    fn first_infinite(&self) -> Option<Unbounded> {
        let bad = |v: &[f64]| v.iter().position(|x| !x.is_finite());
        let unbounded = |what, rewards: &[usize]| Some(Unbounded { what, rewards: rewards.to_vec() });
        if let Some(k) = bad(&self.moments) {
            return unbounded(if k == 0 { "E[T]".to_owned() } else { format!("E[T^{}]", k + 1) }, &[]);
        }
        if let Some(r) = bad(&self.expected_reward) {
            return unbounded(format!("the expectation of reward {r}"), &[r]);
        }
        for (r, moments) in self.reward_moments.iter().enumerate() {
            if let Some(k) = bad(moments) {
                return unbounded(format!("moment {} of reward {r}", k + 1), &[r]);
            }
        }
        let mut covariance = self.covariance.iter().flatten().enumerate();
        let (i, j) = covariance.find_map(|(i, row)| bad(row).map(|j| (i, j)))?;
        unbounded(format!("covariance {i}, {j}"), &[i, j])
    }
}
