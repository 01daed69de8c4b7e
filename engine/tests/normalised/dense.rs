//! The same numbers by dense matrices of dual numbers: each carries its derivative with respect to one parameter by the
//! rules of sums, products and quotients. Nothing is shared with the engine: rows are divided here, and systems are
//! solved by Gaussian elimination with pivoting.

use std::ops::{Add, Div, Mul, Sub};

use crate::cases::Case;

/// A number and its derivative.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Dual {
    pub(crate) value: f64,
    pub(crate) slope: f64,
}

impl Dual {
    pub(crate) fn constant(value: f64) -> Dual {
        Dual { value, slope: 0.0 }
    }
}

impl Add for Dual {
    type Output = Dual;
    fn add(self, o: Dual) -> Dual {
        Dual { value: self.value + o.value, slope: self.slope + o.slope }
    }
}

impl Sub for Dual {
    type Output = Dual;
    fn sub(self, o: Dual) -> Dual {
        Dual { value: self.value - o.value, slope: self.slope - o.slope }
    }
}

impl Mul for Dual {
    type Output = Dual;
    fn mul(self, o: Dual) -> Dual {
        Dual { value: self.value * o.value, slope: self.slope * o.value + self.value * o.slope }
    }
}

impl Div for Dual {
    type Output = Dual;
    fn div(self, o: Dual) -> Dual {
        let value = self.value / o.value;
        Dual { value, slope: (self.slope - value * o.slope) / o.value }
    }
}

/// Transition probabilities of a case between all rows, and initial probabilities.
pub(crate) struct Dense {
    /// Rows that have edges other than zero: all others absorb.
    transient: Vec<usize>,
    p: Vec<Vec<Dual>>,
    alpha: Vec<Dual>,
}

impl Dense {
    /// At theta, with derivatives with respect to one parameter.
    pub(crate) fn new(case: &Case, parameter: usize) -> Dense {
        let n = case.rows;
        let mut p = vec![vec![Dual::default(); n]; n];
        for &(from, to, base, c) in &case.edges {
            let value = base + c[0] * case.theta[0] + c[1] * case.theta[1];
            p[from][to] = p[from][to] + Dual { value, slope: c[parameter] };
        }
        for row in &mut p {
            let sum = row.iter().fold(Dual::default(), |sum, &w| sum + w);
            if sum.value > 0.0 {
                row.iter_mut().for_each(|w| *w = *w / sum);
            }
        }
        let alpha = std::mem::take(&mut p[0]);
        let transient = (1..n).filter(|&v| p[v].iter().any(|w| w.value > 0.0)).collect();
        Dense { transient, p, alpha }
    }

    fn begin(&self, v: &[Dual]) -> Dual {
        self.transient.iter().fold(Dual::default(), |sum, &i| sum + self.alpha[i] * v[i])
    }

    /// Solves (I - P) x = b over the transient rows.
    fn solve(&self, b: &[Dual]) -> Vec<Dual> {
        let t = &self.transient;
        let one = |i, j| Dual::constant(f64::from(u8::from(i == j)));
        let row = |&i: &usize| t.iter().map(|&j| one(i, j) - self.p[i][j]).chain([b[i]]).collect();
        let mut m: Vec<Vec<Dual>> = t.iter().map(row).collect();
        for k in 0..t.len() {
            let size = |i: &usize| m[*i][k].value.abs();
            let pivot = (k..t.len()).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap();
            m.swap(k, pivot);
            for i in (0..t.len()).filter(|&i| i != k) {
                let factor = m[i][k] / m[k][k];
                (k..=t.len()).for_each(|j| m[i][j] = m[i][j] - factor * m[k][j]);
            }
        }
        let mut x = vec![Dual::default(); b.len()];
        t.iter().enumerate().for_each(|(k, &v)| x[v] = m[k][t.len()] / m[k][k]);
        x
    }

    /// E[R] and E[R^2] of a reward earned in each step: with x = (I - P)^-1 r the second is
    /// alpha (I - P)^-1 (2 r x - r^2).
    pub(crate) fn moments(&self, reward: &[f64]) -> [Dual; 2] {
        let r: Vec<Dual> = reward.iter().map(|&r| Dual::constant(r)).collect();
        let x = self.solve(&r);
        let two = Dual::constant(2.0);
        let b: Vec<Dual> = r.iter().zip(&x).map(|(&r, &x)| two * r * x - r * r).collect();
        [self.begin(&x), self.begin(&self.solve(&b))]
    }

    /// Probabilities of exactly k steps and of at most k, for k = 0, 1, ..
    pub(crate) fn distribution(&self, steps: usize) -> Vec<[Dual; 2]> {
        let absorbing = |v: &usize| self.transient.binary_search(v).is_err();
        let mut at = self.alpha.clone();
        let mut cdf = (1..at.len()).filter(absorbing).fold(Dual::default(), |sum, v| sum + at[v]);
        let mut found = vec![[cdf, cdf]];
        for _ in 0..steps {
            let mut next = vec![Dual::default(); at.len()];
            for &i in &self.transient {
                (1..at.len()).for_each(|j| next[j] = next[j] + at[i] * self.p[i][j]);
            }
            let pmf = (1..at.len()).filter(absorbing).fold(Dual::default(), |sum, v| sum + next[v]);
            cdf = cdf + pmf;
            found.push([pmf, cdf]);
            at = next;
        }
        found
    }
}
