//! The same numbers by dense matrices of dual numbers: each carries its derivative with respect to one parameter by the
//! rules of sums, products and quotients. Nothing is shared with the engine: rows are divided here, and systems are
//! solved by Gaussian elimination with pivoting. Doubles may be replaced by 384 bits.

use std::ops::{Add, Div, Mul, Sub};

use crate::cases::Case;
use crate::number::PreciseNumber;

/// The numbers of a computation: doubles, or 384 bits.
pub(crate) trait Field:
    Copy
    + PartialOrd
    + From<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
}

impl<N> Field for N where
    N: Copy + PartialOrd + From<f64> + Add<Output = N> + Sub<Output = N> + Mul<Output = N> + Div<Output = N>
{
}

impl Div for PreciseNumber {
    type Output = PreciseNumber;
    /// Divides by Newton's method: 53 bits of the reciprocal become 424.
    fn div(self, o: PreciseNumber) -> PreciseNumber {
        let (mantissa, exponent) = o.scaled().parts();
        let two = PreciseNumber::from(2.0);
        let mut reciprocal = PreciseNumber::from(1.0 / mantissa).times_power_of_two(-exponent);
        for _ in 0..4 {
            reciprocal = reciprocal * (two - o * reciprocal);
        }
        self * reciprocal
    }
}

/// A number and its derivative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dual<N = f64> {
    pub(crate) value: N,
    pub(crate) slope: N,
}

impl<N: Field> Dual<N> {
    pub(crate) fn constant(value: f64) -> Dual<N> {
        Dual { value: value.into(), slope: 0.0.into() }
    }
}

impl<N: Field> Add for Dual<N> {
    type Output = Dual<N>;
    fn add(self, o: Dual<N>) -> Dual<N> {
        Dual { value: self.value + o.value, slope: self.slope + o.slope }
    }
}

impl<N: Field> Sub for Dual<N> {
    type Output = Dual<N>;
    fn sub(self, o: Dual<N>) -> Dual<N> {
        Dual { value: self.value - o.value, slope: self.slope - o.slope }
    }
}

impl<N: Field> Mul for Dual<N> {
    type Output = Dual<N>;
    fn mul(self, o: Dual<N>) -> Dual<N> {
        Dual { value: self.value * o.value, slope: self.slope * o.value + self.value * o.slope }
    }
}

impl<N: Field> Div for Dual<N> {
    type Output = Dual<N>;
    fn div(self, o: Dual<N>) -> Dual<N> {
        let value = self.value / o.value;
        Dual { value, slope: (self.slope - value * o.slope) / o.value }
    }
}

/// Transition probabilities of a case between all rows, and initial probabilities.
pub(crate) struct Dense<N = f64> {
    /// Rows that have edges other than zero: all others absorb.
    transient: Vec<usize>,
    p: Vec<Vec<Dual<N>>>,
    alpha: Vec<Dual<N>>,
}

impl<N: Field> Dense<N> {
    /// At theta, with derivatives with respect to one parameter.
    pub(crate) fn new(case: &Case, parameter: usize) -> Dense<N> {
        let n = case.rows;
        let mut p = vec![vec![Dual::constant(0.0); n]; n];
        for &(from, to, base, c) in &case.edges {
            let of = |r: usize| N::from(c[r]) * N::from(case.theta[r]);
            let value = N::from(base) + of(0) + of(1);
            p[from][to] = p[from][to] + Dual { value, slope: c[parameter].into() };
        }
        for row in &mut p {
            let sum = row.iter().fold(Dual::constant(0.0), |sum, &w| sum + w);
            if sum.value > 0.0.into() {
                row.iter_mut().for_each(|w| *w = *w / sum);
            }
        }
        let alpha = std::mem::take(&mut p[0]);
        let transient = (1..n).filter(|&v| p[v].iter().any(|w| w.value > 0.0.into())).collect();
        Dense { transient, p, alpha }
    }

    fn begin(&self, v: &[Dual<N>]) -> Dual<N> {
        self.transient.iter().fold(Dual::constant(0.0), |sum, &i| sum + self.alpha[i] * v[i])
    }

    /// Solves (I - P) x = b over the transient rows.
    fn solve(&self, b: &[Dual<N>]) -> Vec<Dual<N>> {
        let t = &self.transient;
        let one = |i, j| Dual::constant(f64::from(u8::from(i == j)));
        let row = |&i: &usize| t.iter().map(|&j| one(i, j) - self.p[i][j]).chain([b[i]]).collect();
        let mut m: Vec<Vec<Dual<N>>> = t.iter().map(row).collect();
        for k in 0..t.len() {
            let size = |i: usize| m[i][k].value * m[i][k].value;
            let larger = |a, b| if size(b) > size(a) { b } else { a };
            let pivot = (k..t.len()).reduce(larger).unwrap();
            m.swap(k, pivot);
            for i in (0..t.len()).filter(|&i| i != k) {
                let factor = m[i][k] / m[k][k];
                (k..=t.len()).for_each(|j| m[i][j] = m[i][j] - factor * m[k][j]);
            }
        }
        let mut x = vec![Dual::constant(0.0); b.len()];
        t.iter().enumerate().for_each(|(k, &v)| x[v] = m[k][t.len()] / m[k][k]);
        x
    }

    /// E[R] and E[R^2] of a reward earned in each step: with x = (I - P)^-1 r the second is
    /// alpha (I - P)^-1 (2 r x - r^2).
    pub(crate) fn moments(&self, reward: &[f64]) -> [Dual<N>; 2] {
        let r: Vec<Dual<N>> = reward.iter().map(|&r| Dual::constant(r)).collect();
        let x = self.solve(&r);
        let two = Dual::constant(2.0);
        let b: Vec<Dual<N>> = r.iter().zip(&x).map(|(&r, &x)| two * r * x - r * r).collect();
        [self.begin(&x), self.begin(&self.solve(&b))]
    }

    /// Probabilities of exactly k steps and of at most k, for k = 0, 1, ..
    pub(crate) fn distribution(&self, steps: usize) -> Vec<[Dual<N>; 2]> {
        let absorbing = |v: &usize| self.transient.binary_search(v).is_err();
        let mut at = self.alpha.clone();
        let mut cdf = (1..at.len()).filter(absorbing).fold(Dual::constant(0.0), |sum, v| sum + at[v]);
        let mut found = vec![[cdf, cdf]];
        for _ in 0..steps {
            let mut next = vec![Dual::constant(0.0); at.len()];
            for &i in &self.transient {
                (1..at.len()).for_each(|j| next[j] = next[j] + at[i] * self.p[i][j]);
            }
            let pmf = (1..at.len()).filter(absorbing).fold(Dual::constant(0.0), |sum, v| sum + next[v]);
            cdf = cdf + pmf;
            found.push([pmf, cdf]);
            at = next;
        }
        found
    }

    /// Probabilities of exactly so many steps, of at most so many and of more, by squaring: as [`Dense::distribution`],
    /// at once.
    pub(crate) fn after(&self, steps: u64) -> [Dual<N>; 3] {
        let zero = Dual::constant(0.0);
        let absorbing = |v: &usize| self.transient.binary_search(v).is_err();
        let sum = |row: &[Dual<N>], wanted: &dyn Fn(&usize) -> bool| {
            (1..row.len()).filter(wanted).fold(zero, |sum, v| sum + row[v])
        };
        let times = |row: &[Dual<N>], matrix: &[Vec<Dual<N>>]| {
            let mut next = vec![zero; row.len()];
            for (x, of) in row.iter().zip(matrix) {
                next.iter_mut().zip(of).for_each(|(sum, &y)| *sum = *sum + *x * y);
            }
            next
        };
        // What is absorbed stays; the start has no row.
        let mut power: Vec<Vec<Dual<N>>> = self.p.clone();
        for (v, row) in power.iter_mut().enumerate() {
            row.resize(self.alpha.len(), zero);
            if v == 0 || absorbing(&v) {
                *row = vec![zero; self.alpha.len()];
                row[v] = Dual::constant(1.0);
            }
        }
        let one_step = power.clone();
        let (mut before, mut rest) = (self.alpha.clone(), steps - 1);
        while rest > 0 {
            if rest % 2 == 1 {
                before = times(&before, &power);
            }
            power = power.iter().map(|row| times(row, &power)).collect();
            rest /= 2;
        }
        let (after, transient) = (times(&before, &one_step), |v: &usize| !absorbing(v));
        let leaving = (1..before.len())
            .filter(transient)
            .fold(zero, |all, v| all + before[v] * sum(&one_step[v], &absorbing));
        [leaving, sum(&after, &absorbing), sum(&after, &transient)]
    }
}
