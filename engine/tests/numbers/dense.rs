//! The same numbers by dense Gaussian elimination with pivoting, and for discrete chains by following the
//! chain step by step.

use crate::random::Case;

/// A case as dense matrices over all rows; rows that are not transient have zeros.
pub(crate) struct Dense {
    discrete: bool,
    /// Rates or probabilities, self-loops apart.
    rate: Vec<Vec<f64>>,
    pub(crate) alpha: Vec<f64>,
    /// Rows that the start reaches at this theta and that are not absorbing.
    transient: Vec<usize>,
    /// Whether some of them can not reach absorption.
    pub(crate) trapped: bool,
}

impl Dense {
    pub(crate) fn new(case: &Case) -> Dense {
        let n = case.rows;
        let mut rate = vec![vec![0.0; n]; n];
        let mut left = vec![false; n];
        for edge in &case.edges {
            // Only rows without any edge are absorbing.
            left[edge.0] = true;
            if edge.0 != edge.1 {
                rate[edge.0][edge.1] += case.rate(edge);
            }
        }
        let sum: f64 = rate[0].iter().sum();
        let alpha: Vec<f64> = std::mem::take(&mut rate[0]).iter().map(|w| w / sum).collect();
        rate[0] = vec![0.0; n];
        let seeds = |v: usize| alpha[v] > 0.0;
        let reached = closure((0..n).map(seeds).collect(), |from, to| rate[from][to] > 0.0);
        let ends = closure((0..n).map(|v| !left[v]).collect(), |from, to| rate[to][from] > 0.0);
        let transient: Vec<usize> = (1..n).filter(|&v| reached[v] && left[v]).collect();
        let trapped = transient.iter().any(|&v| !ends[v]);
        Dense { discrete: case.discrete, rate, alpha, transient, trapped }
    }

    /// Solves M x = b, or x M = b, over all rows.
    pub(crate) fn solve(&self, b: &[f64], transposed: bool) -> Vec<f64> {
        let t = &self.transient;
        let mut m: Vec<Vec<f64>> = t
            .iter()
            .map(|&i| {
                let entry = |&j: &usize| match (i == j, transposed) {
                    (true, _) => self.rate[i].iter().sum(),
                    (false, false) => -self.rate[i][j],
                    (false, true) => -self.rate[j][i],
                };
                t.iter().map(entry).chain([b[i]]).collect()
            })
            .collect();
        for k in 0..t.len() {
            let pivot = (k..t.len()).max_by(|&a, &b| m[a][k].abs().total_cmp(&m[b][k].abs())).unwrap();
            m.swap(k, pivot);
            for i in (0..t.len()).filter(|&i| i != k) {
                let factor = m[i][k] / m[k][k];
                (k..=t.len()).for_each(|j| m[i][j] -= factor * m[k][j]);
            }
        }
        let mut x = vec![0.0; b.len()];
        t.iter().enumerate().for_each(|(k, &v)| x[v] = m[k][t.len()] / m[k][k]);
        x
    }

    /// Expected number of times that each row is left, which is as often as it is entered.
    pub(crate) fn leavings(&self) -> Vec<f64> {
        let left = |(v, time): (usize, f64)| time * self.rate[v].iter().sum::<f64>();
        self.solve(&self.alpha, true).into_iter().enumerate().map(left).collect()
    }

    pub(crate) fn mean(&self, x: &[f64]) -> f64 {
        self.alpha.iter().zip(x).map(|(a, x)| a * x).sum()
    }

    /// Moments of what a reward accumulates.
    pub(crate) fn moments(&self, reward: &[f64], order: usize) -> Vec<f64> {
        if self.discrete {
            return self.follow(reward, order);
        }
        let mut moment = vec![1.0; reward.len()];
        (1..=order)
            .map(|k| {
                let b: Vec<f64> = moment.iter().zip(reward).map(|(m, r)| k as f64 * m * r).collect();
                moment = self.solve(&b, false);
                self.mean(&moment)
            })
            .collect()
    }

    /// `E[R^k]`, adding up what each step absorbs: `partial[k][v]` is `E[R^k; at v]` before the step.
    fn follow(&self, reward: &[f64], order: usize) -> Vec<f64> {
        let n = reward.len();
        let mut partial = vec![vec![0.0; n]; order + 1];
        self.transient.iter().for_each(|&v| partial[0][v] = self.alpha[v]);
        let mut total = vec![0.0; order + 1];
        for _ in 0..200_000 {
            let mut next = vec![vec![0.0; n]; order + 1];
            for &v in &self.transient {
                let earned: Vec<f64> = (0..=order).map(|k| raised(&partial, v, reward[v], k)).collect();
                let leaves: f64 = self.rate[v].iter().sum();
                for (k, earned) in earned.into_iter().enumerate() {
                    next[k][v] += earned * (1.0 - leaves);
                    for (to, rate) in self.rate[v].iter().enumerate() {
                        let part = earned * rate;
                        if self.transient.binary_search(&to).is_ok() {
                            next[k][to] += part;
                        } else {
                            total[k] += part;
                        }
                    }
                }
            }
            partial = next;
            let left = |k: usize| partial[k].iter().sum::<f64>();
            if (0..=order).all(|k| left(k) <= 1e-16 * total[k]) {
                break;
            }
        }
        total.split_off(1)
    }

    /// By the formula of the two-fold integral.
    pub(crate) fn covariance(&self, r: &[f64], s: &[f64]) -> f64 {
        let times = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a * b).collect() };
        let (xr, xs) = (self.solve(r, false), self.solve(s, false));
        let both =
            self.mean(&self.solve(&times(r, &xs), false)) + self.mean(&self.solve(&times(s, &xr), false));
        let own = if self.discrete { self.mean(&self.solve(&times(r, s), false)) } else { 0.0 };
        both - own - self.mean(&xr) * self.mean(&xs)
    }
}

/// E[(R + reward)^k; at v].
fn raised(partial: &[Vec<f64>], v: usize, reward: f64, k: usize) -> f64 {
    let choose = |l: usize| (0..l).fold(1.0, |b, i| b * (k - i) as f64 / (i + 1) as f64);
    (0..=k).map(|l| choose(l) * reward.powi(l as i32) * partial[k - l][v]).sum()
}

fn closure(mut reached: Vec<bool>, edge: impl Fn(usize, usize) -> bool) -> Vec<bool> {
    for _ in 0..reached.len() {
        for from in 0..reached.len() {
            for to in 0..reached.len() {
                reached[to] |= reached[from] && edge(from, to);
            }
        }
    }
    reached
}
