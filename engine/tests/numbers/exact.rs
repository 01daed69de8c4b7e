//! Moments and their derivatives in exact rationals, without any adjoint: M x = b and M dx = db - dM x by elimination.

use num_rational::BigRational;
use num_traits::{FromPrimitive, One, Signed, Zero};
use sojourn_engine::{Graph, GraphBuilder, Kind, Weight};

/// A double as it is.
pub(crate) fn rational(value: f64) -> BigRational {
    BigRational::from_float(value).unwrap()
}

/// A chain in which every row but the first and the last is transient; the last is absorbing.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    pub(crate) kind: Kind,
    pub(crate) rows: usize,
    pub(crate) theta: Vec<f64>,
    /// Row left (0 for the start), row entered, base, coefficients.
    pub(crate) edges: Vec<(usize, usize, f64, Vec<f64>)>,
}

/// By row entered, of each row left: the weight, and its derivatives.
struct Row {
    value: Vec<BigRational>,
    slopes: Vec<Vec<BigRational>>,
}

impl Linear {
    pub(crate) fn graph(&self) -> Graph {
        let mut builder = GraphBuilder::new(self.kind, self.theta.len(), 0).unwrap();
        (0..self.rows).for_each(|_| {
            builder.vertex(&[]).unwrap();
        });
        for (from, to, base, coefficients) in &self.edges {
            let weight = Weight::Linear { base: *base, coefficients };
            match from {
                0 => builder.start_edge(*to as u32, weight).unwrap(),
                _ => builder.edge(*from as u32, *to as u32, weight).unwrap(),
            }
        }
        builder.finish().unwrap()
    }

    fn row(&self, of: usize) -> Row {
        let zeros = || vec![BigRational::zero(); self.rows];
        let mut row = Row { value: zeros(), slopes: self.theta.iter().map(|_| zeros()).collect() };
        for (_, to, base, coefficients) in self.edges.iter().filter(|edge| edge.0 == of && edge.1 != of) {
            row.value[*to] += rational(*base);
            for ((slope, &c), &t) in row.slopes.iter_mut().zip(coefficients).zip(&self.theta) {
                row.value[*to] += rational(c) * rational(t);
                slope[*to] += rational(c);
            }
        }
        row
    }

    /// E[R^k] for k = 1, 2, ... of what a reward accumulates, each with its derivatives.
    pub(crate) fn moments(&self, reward: &[f64], order: usize) -> Vec<(BigRational, Vec<BigRational>)> {
        let n = self.rows - 2;
        let rows: Vec<Row> = (1..=n).map(|v| self.row(v)).collect();
        let inside = |row: &[BigRational], i: usize| -> Vec<BigRational> {
            let total: BigRational = row.iter().sum();
            (0..n).map(|j| if i == j { total.clone() } else { -row[j + 1].clone() }).collect()
        };
        let matrix: Vec<_> = rows.iter().enumerate().map(|(i, row)| inside(&row.value, i)).collect();
        let slopes: Vec<Vec<_>> = (0..self.theta.len())
            .map(|k| rows.iter().enumerate().map(|(i, row)| inside(&row.slopes[k], i)).collect())
            .collect();
        let reward: Vec<BigRational> = reward[1..=n].iter().map(|&r| rational(r)).collect();
        // Solutions before, with their derivatives; and N of them.
        let mut found: Vec<Vec<Vec<BigRational>>> = Vec::new();
        let mut stepped: Vec<Vec<Vec<BigRational>>> = Vec::new();
        for k in 1..=order {
            let mut sides = vec![vec![BigRational::zero(); n]; 1 + self.theta.len()];
            for (i, earned) in reward.iter().enumerate() {
                let power = |l: usize| num_traits::pow(earned.clone(), l);
                match self.kind {
                    Kind::Continuous if k == 1 => sides[0][i] = earned.clone(),
                    Kind::Continuous => {
                        let factor = BigRational::from_usize(k).unwrap() * earned;
                        for (side, before) in sides.iter_mut().zip(&found[k - 2]) {
                            side[i] = &factor * &before[i];
                        }
                    }
                    Kind::Discrete => {
                        sides[0][i] = power(k);
                        for l in 1..k {
                            let factor = BigRational::from_u64(binomial(k, l)).unwrap() * power(k - l);
                            for (side, before) in sides.iter_mut().zip(&stepped[l - 1]) {
                                side[i] += &factor * &before[i];
                            }
                        }
                    }
                }
            }
            let x = solve(&matrix, &sides[0]);
            let mut with = vec![x.clone()];
            for (slope, side) in slopes.iter().zip(&sides[1..]) {
                let moved: Vec<_> =
                    times(slope, &x).into_iter().zip(side).map(|(m, side)| side - m).collect();
                with.push(solve(&matrix, &moved));
            }
            // N x = x - M x, and its derivative dx - M dx - dM x.
            let mut next: Vec<Vec<BigRational>> = with
                .iter()
                .map(|x| times(&matrix, x).into_iter().zip(x).map(|(m, x)| x - m).collect())
                .collect();
            for (slope, next) in slopes.iter().zip(&mut next[1..]) {
                next.iter_mut().zip(times(slope, &x)).for_each(|(next, moved)| *next -= moved);
            }
            found.push(with);
            stepped.push(next);
        }
        found.iter().map(|with| self.expectation(with)).collect()
    }

    /// alpha . x, and its derivatives.
    fn expectation(&self, with: &[Vec<BigRational>]) -> (BigRational, Vec<BigRational>) {
        let start = self.row(0);
        let at = |values: &[BigRational], to: usize| {
            if to == 0 || to > values.len() { BigRational::zero() } else { values[to - 1].clone() }
        };
        let sum: BigRational = start.value.iter().sum();
        let dot = |weights: &[BigRational], x: &[BigRational]| -> BigRational {
            (0..self.rows).map(|to| &weights[to] * at(x, to)).sum()
        };
        let mean = dot(&start.value, &with[0]) / &sum;
        let slopes = start.slopes.iter().zip(&with[1..]).map(|(slope, dx)| {
            let total: BigRational = slope.iter().sum();
            (dot(&start.value, dx) + dot(slope, &with[0]) - &mean * total) / &sum
        });
        (mean.clone(), slopes.collect())
    }
}

fn binomial(n: usize, k: usize) -> u64 {
    (0..k).fold(1, |b, i| b * (n - i) as u64 / (i + 1) as u64)
}

fn times(matrix: &[Vec<BigRational>], x: &[BigRational]) -> Vec<BigRational> {
    matrix.iter().map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum()).collect()
}

/// Gaussian elimination with the first pivot that is not zero.
fn solve(matrix: &[Vec<BigRational>], side: &[BigRational]) -> Vec<BigRational> {
    let n = side.len();
    let mut rows: Vec<Vec<BigRational>> =
        matrix.iter().zip(side).map(|(row, b)| row.iter().chain([b]).cloned().collect()).collect();
    for k in 0..n {
        let pivot = (k..n).find(|&i| !rows[i][k].is_zero()).unwrap();
        rows.swap(k, pivot);
        let scale = BigRational::one() / &rows[k][k];
        rows[k].iter_mut().for_each(|a| *a *= &scale);
        let top = rows[k].clone();
        for (i, row) in rows.iter_mut().enumerate() {
            let factor = row[k].clone();
            if i != k && !factor.is_zero() {
                row.iter_mut().zip(&top).for_each(|(a, t)| *a -= &factor * t);
            }
        }
    }
    rows.into_iter().map(|row| row[n].clone()).collect()
}

/// Whether a number is as near an exact one as it is said to be.
pub(crate) fn within(found: f64, exact: &BigRational, bound: f64) -> bool {
    bound.is_infinite() || (rational(found) - exact).abs() <= rational(bound)
}
