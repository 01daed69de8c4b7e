//! Numbers at a parameter vector at which tiles give none: where vertices cannot be left, or numbers are too large.
//! Either they are found with more care, or it is told why there are none.

use super::system::{Gradients, System};
use super::{EvaluateError, Numbers, Query};
use crate::graph::Kind;
use crate::replay::{
    Initial, Rates, Solutions, ending_in, gradient, occupancy, product, reachable_traps, sweep,
};
use crate::trace::Trace;

/// Evaluates a trace.
///
/// # Errors
/// As [`Trace::evaluate`].
pub(super) fn evaluate(
    trace: &Trace,
    theta: &[f64],
    query: &Query,
    system: &System,
) -> Result<Numbers, EvaluateError> {
    let rates = Rates::new(trace, theta)?;
    let initial = Initial::new(trace, &rates)?;
    let evaluation = Evaluation { trace, rates: &rates, initial: &initial };
    let (mut numbers, solutions) = evaluation.run(query, system);
    match numbers.first_infinite() {
        None => {
            if query.covariance {
                numbers.take_covariances(system.rewarded.len(), &system.covariances_in_wide(trace, theta)?);
            }
            evaluation.differentiate(&mut numbers, query, system, &solutions, theta)?;
            Ok(numbers)
        }
        Some(unbounded) => Err(evaluation.explain_infinite(unbounded, query)),
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
    /// The numbers, gradients apart, and the solutions of all equations.
    fn run(&self, query: &Query, system: &System) -> (Numbers, Solutions) {
        let System { equations, rewards, time, rewarded, .. } = system;
        let solutions = sweep(self.trace, self.rates, rewards, equations);
        let expected: Vec<f64> = solutions.iter().map(|x| self.initial.dot(x)).collect();
        let reward_moments: Vec<Vec<f64>> =
            rewarded.iter().map(|r| r.moments(|q| expected[q]).collect()).collect();
        let first: Vec<f64> = reward_moments.iter().map(|m| m[0]).collect();
        let covariance = query.covariance.then(|| {
            let x: Vec<usize> = rewarded.iter().map(|r| r.first).collect();
            self.covariance(&rewards[..x.len()], &solutions, &x, &first)
        });
        let asked = !query.rewards.is_empty();
        let numbers = Numbers {
            moments: time.moments(|q| expected[q]).collect(),
            expected_reward: if asked { first } else { Vec::new() },
            reward_moments: if asked && query.reward_moments > 0 { reward_moments } else { Vec::new() },
            covariance,
            covariance_error_bound: None,
            mass_at_zero: self.initial.mass_at_zero,
            gradient: None,
            gradient_error_bound: None,
        };
        (numbers, solutions)
    }

    /// Adds gradients. Where vertices cannot be left, doubles tell whether there is one.
    fn differentiate(
        &self,
        numbers: &mut Numbers,
        query: &Query,
        system: &System,
        solutions: &Solutions,
        theta: &[f64],
    ) -> Result<(), EvaluateError> {
        if system.gradients == Gradients::None {
            return Ok(());
        }
        let is_finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let exists = |q| is_finite(&self.gradient(system, solutions, q));
        if !solutions.iter().all(|x| is_finite(x)) && !(0..system.asked).all(exists) {
            return Err(EvaluateError::NoGradient);
        }
        let found = system.derivatives_in_wide(self.trace, theta)?;
        let (gradient, bounds) = (&mut numbers.gradient, &mut numbers.gradient_error_bound);
        let (gradient, bounds) = (gradient.get_or_insert_default(), bounds.get_or_insert_default());
        system.write_derivatives(query, &found, gradient, bounds);
        Ok(())
    }

    fn gradient(&self, system: &System, solutions: &Solutions, target: usize) -> Vec<f64> {
        let System { equations, rewards, .. } = system;
        gradient(self.trace, self.rates, self.initial, rewards, equations, solutions, target)
    }

    /// Names a closed class that makes the number infinite; if none does, the number is too large.
    fn explain_infinite(&self, unbounded: Unbounded, query: &Query) -> EvaluateError {
        let Evaluation { trace, rates, initial } = *self;
        let Unbounded { what, rewards } = unbounded;
        let rows =
            |class: &[u32]| -> Vec<u32> { class.iter().map(|&p| trace.position_rows[p as usize]).collect() };
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
        match reachable_traps(trace, rates, initial).into_iter().find(earns) {
            None => EvaluateError::Overflow { what },
            Some(trap) => {
                let probability = ending_in(trace, rates, initial, &trap);
                let mut class = rows(&trap);
                class.sort_unstable();
                EvaluateError::Infinite { what, class, probability }
            }
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
