//! The distribution of a continuous chain by squaring the exponential of a small multiple of its generator.

use super::PreciseNumber;

/// Terms of the series of the exponential; its argument has a norm of at most 2^-20.
const TERMS: u64 = 24;

/// A chain whose rates are linear in the parameters.
#[derive(Debug, Clone)]
pub(crate) struct PreciseChain {
    pub(crate) vertices: usize,
    /// (vertex left, vertex entered or none where absorbed, factor of each parameter).
    pub(crate) edges: Vec<(usize, Option<usize>, Vec<f64>)>,
    /// Initial probabilities, which do not depend on the parameters.
    pub(crate) start: Vec<f64>,
}

/// Density, cdf and survival at a time, the probability of each vertex, and the derivatives of all of them.
#[derive(Debug, Clone)]
pub(crate) struct PreciseDistribution {
    pub(crate) density: PreciseNumber,
    pub(crate) cdf: PreciseNumber,
    pub(crate) survival: PreciseNumber,
    pub(crate) states: Vec<PreciseNumber>,
    /// For each parameter: the derivatives of density, cdf and survival.
    pub(crate) slopes: Vec<[PreciseNumber; 3]>,
}

type Matrix = Vec<Vec<PreciseNumber>>;

impl PreciseChain {
    /// Computes the distribution at a time above zero. Squaring doubles the relative error each time, so that of the
    /// 384 bits as many are lost as there are levels, some 20 and the logarithm of the highest rate times the time.
    pub(crate) fn distribution(&self, theta: &[f64], time: f64) -> PreciseDistribution {
        let size = self.vertices + 1;
        let generator = self.generator(|factors| {
            let terms = factors.iter().zip(theta);
            terms.map(|(f, t)| number(*f) * number(*t)).fold(PreciseNumber::ZERO, |sum, x| sum + x)
        });
        let changes: Vec<Matrix> =
            (0..theta.len()).map(|r| self.generator(|factors| number(factors[r]))).collect();
        let highest = (0..size).map(|i| generator[i][i].scaled().abs().to_f64()).fold(0.0, f64::max);
        let levels = ((highest.log2() + time.log2()).ceil() as i64 + 21).max(0);
        let unit = number(time).times_power_of_two(-levels);
        let short = |m: &Matrix| map(m, |x| x * unit);
        let (generator_unit, changes_unit) =
            (short(&generator), changes.iter().map(short).collect::<Vec<_>>());
        let (mut matrix, mut slopes) = series(&generator_unit, &changes_unit);
        for _ in 0..levels {
            for slope in &mut slopes {
                *slope = sum(&product(slope, &matrix), &product(&matrix, slope));
            }
            matrix = product(&matrix, &matrix);
        }
        let start: Vec<PreciseNumber> =
            self.start.iter().map(|&a| number(a)).chain([PreciseNumber::ZERO]).collect();
        let states = row_times(&start, &matrix);
        let slopes_of = |r: usize| {
            let changed = row_times(&start, &slopes[r]);
            let density = self.leaving(&changed, &generator) + self.leaving(&states, &changes[r]);
            [density, changed[self.vertices], self.left(&changed)]
        };
        PreciseDistribution {
            density: self.leaving(&states, &generator),
            cdf: states[self.vertices],
            survival: self.left(&states),
            slopes: (0..theta.len()).map(slopes_of).collect(),
            states: states[..self.vertices].to_vec(),
        }
    }

    /// The generator, absorption being the last state; each edge has the rate that `of` makes of its factors.
    fn generator(&self, of: impl Fn(&[f64]) -> PreciseNumber) -> Matrix {
        let mut matrix = vec![vec![PreciseNumber::ZERO; self.vertices + 1]; self.vertices + 1];
        for (from, to, factors) in &self.edges {
            let (rate, to) = (of(factors), to.unwrap_or(self.vertices));
            if to != *from {
                matrix[*from][to] = matrix[*from][to] + rate;
                matrix[*from][*from] = matrix[*from][*from] - rate;
            }
        }
        matrix
    }

    fn leaving(&self, states: &[PreciseNumber], generator: &Matrix) -> PreciseNumber {
        let terms = (0..self.vertices).map(|i| states[i] * generator[i][self.vertices]);
        terms.fold(PreciseNumber::ZERO, |sum, x| sum + x)
    }

    fn left(&self, states: &[PreciseNumber]) -> PreciseNumber {
        states[..self.vertices].iter().fold(PreciseNumber::ZERO, |sum, &x| sum + x)
    }
}

fn number(x: f64) -> PreciseNumber {
    PreciseNumber::from(x)
}

fn map(matrix: &Matrix, of: impl Fn(PreciseNumber) -> PreciseNumber) -> Matrix {
    matrix.iter().map(|row| row.iter().map(|&x| of(x)).collect()).collect()
}

fn sum(a: &Matrix, b: &Matrix) -> Matrix {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(&a, &b)| a + b).collect()).collect()
}

fn row_times(row: &[PreciseNumber], matrix: &Matrix) -> Vec<PreciseNumber> {
    let mut result = vec![PreciseNumber::ZERO; matrix.len()];
    for (&x, of) in row.iter().zip(matrix).filter(|(x, _)| !x.is_zero()) {
        for (sum, &y) in result.iter_mut().zip(of).filter(|(_, y)| !y.is_zero()) {
            *sum = *sum + x * y;
        }
    }
    result
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    a.iter().map(|row| row_times(row, b)).collect()
}

/// The exponential of a matrix of small norm, and its derivatives.
fn series(generator: &Matrix, changes: &[Matrix]) -> (Matrix, Vec<Matrix>) {
    let size = generator.len();
    let zero = vec![vec![PreciseNumber::ZERO; size]; size];
    let mut term = zero.clone();
    (0..size).for_each(|i| term[i][i] = number(1.0));
    let (mut total, mut slopes, mut slope_terms) =
        (term.clone(), vec![zero.clone(); changes.len()], vec![zero; changes.len()]);
    for k in 1..=TERMS {
        for ((slope_term, change), slope) in slope_terms.iter_mut().zip(changes).zip(&mut slopes) {
            let next = sum(&product(slope_term, generator), &product(&term, change));
            *slope_term = map(&next, |x| x.divided_by(k));
            *slope = sum(slope, slope_term);
        }
        term = map(&product(&term, generator), |x| x.divided_by(k));
        total = sum(&total, &term);
    }
    (total, slopes)
}

#[test]
fn a_chain_of_two_vertices_has_the_distribution_of_the_formula() {
    // One vertex, then another, both left at rate theta: survival (1 + x) e^-x, density theta x e^-x, at x = theta t.
    let edge = |from, to| (from, to, vec![1.0]);
    let edges = vec![edge(0, Some(1)), edge(1, None)];
    let chain = PreciseChain { vertices: 2, edges, start: vec![1.0, 0.0] };
    for (theta, time) in [(2.0, 0.25), (1.0, 300.0), (0.5, 1e-3), (1.0, 1e5)] {
        let found = chain.distribution(&[theta], time);
        let x = theta * time;
        let log = |number: PreciseNumber| number.scaled().ln();
        let near =
            |found: f64, expected: f64| assert!((found - expected).abs() <= 1e-14 * expected.abs() + 1e-14);
        near(log(found.survival), (1.0 + x).ln() - x);
        near(log(found.density), (theta * x).ln() - x);
        // dS/dtheta = -t x e^-x, df/dtheta = x (2 - x) e^-x.
        near(log(-found.slopes[0][2]), (time * x).ln() - x);
        assert!((found.slopes[0][1] + found.slopes[0][2]).abs() < number(1e-80));
        near(log(found.slopes[0][0].abs()), (x * (2.0 - x).abs()).ln() - x);
        assert!((found.cdf + found.survival).relative_error(1.0) < 1e-80);
        assert!(found.states.len() == 2 && found.states[1] > found.states[0] * number(x * 0.999));
    }
}
