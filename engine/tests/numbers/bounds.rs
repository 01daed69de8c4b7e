//! Bounds on the errors of gradients: true on random chains of every kind, and of use.

use num_traits::ToPrimitive;
use sojourn_engine::evaluate::Gradient;
use sojourn_engine::{Chain, Kind, Numbers, Query, Trace, models};

use crate::exact::{Linear, within};

/// A generator of numbers for tests: splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between zero and one.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// What rates are like.
#[derive(Debug, Clone, Copy)]
enum Family {
    /// Of one size.
    Even,
    /// Over twenty orders of magnitude.
    Wide,
    /// Two groups that are hardly connected.
    Uncoupled,
    /// A path that drifts away from its only exit.
    Drifting,
    /// Differences of nearly equal terms.
    Cancelling,
}

const FAMILIES: [Family; 5] =
    [Family::Even, Family::Wide, Family::Uncoupled, Family::Drifting, Family::Cancelling];

fn random(random: &mut Random, family: Family, kind: Kind) -> Linear {
    let n = 2 + random.below(5);
    let theta: Vec<f64> = (0..2).map(|_| 0.25 + 2.0 * random.unit()).collect();
    let mut edges = Vec::new();
    let mut edge = |random: &mut Random, from: usize, to: usize| {
        // Weights of parallel edges would be summed, and rounded, before anything else.
        if edges.iter().any(|edge: &(usize, usize, f64, Vec<f64>)| (edge.0, edge.1) == (from, to)) {
            return;
        }
        let size = match family {
            Family::Wide => 10.0_f64.powi(random.below(21) as i32 - 10),
            Family::Uncoupled if from != 0 && (from % 2 != to % 2 || to > n) => 1e-9,
            Family::Drifting if to < from || to > n => 1e-3,
            _ => 1.0,
        };
        let mut coefficients: Vec<f64> =
            (0..2).map(|_| if random.below(3) == 0 { 0.0 } else { size * random.unit() }).collect();
        let mut base = if random.below(2) == 0 { size * random.unit() } else { 0.0 };
        if let Family::Cancelling = family {
            // Positive, but by far less than its terms.
            let left = 10.0_f64.powi(-(random.below(9) as i32)) * (0.5 + random.unit());
            coefficients = vec![1.0 + random.unit(), -random.unit()];
            base = left - coefficients[0] * theta[0] - coefficients[1] * theta[1];
        }
        if coefficients == [0.0; 2] && base == 0.0 {
            base = size;
        }
        edges.push((from, to, base, coefficients));
    };
    edge(random, 0, 1);
    if random.below(2) == 0 {
        let to = 1 + random.below(n + 1);
        edge(random, 0, to);
    }
    for v in 1..=n {
        edge(random, v, v % n + 1);
        if v > 1 {
            edge(random, v, v - 1);
        }
        if v == 1 || random.below(4) == 0 {
            edge(random, v, n + 1);
        }
        if !matches!(family, Family::Drifting) {
            let to = 1 + random.below(n);
            edge(random, v, to);
        }
    }
    let mut chain = Linear { kind, rows: n + 2, theta, edges };
    if kind == Kind::Discrete {
        normalise(&mut chain, random);
    }
    chain
}

/// Divides the weights out of each row by more than their sum.
fn normalise(chain: &mut Linear, random: &mut Random) {
    for v in 1..chain.rows - 1 {
        let theta = chain.theta.clone();
        let rate =
            |edge: &(usize, usize, f64, Vec<f64>)| edge.2 + edge.3[0] * theta[0] + edge.3[1] * theta[1];
        let more = 1.0 + 1e-6 + random.unit() * [0.0, 1.0, 1e4][random.below(3)];
        let sum: f64 = more * chain.edges.iter().filter(|edge| edge.0 == v).map(rate).sum::<f64>();
        for edge in chain.edges.iter_mut().filter(|edge| edge.0 == v) {
            edge.2 /= sum;
            edge.3.iter_mut().for_each(|c| *c /= sum);
        }
    }
}

/// Each derivative with its bound and a name.
fn each(numbers: &Numbers) -> Vec<(f64, f64)> {
    let all = |gradient: &Gradient| -> Vec<f64> {
        let moments = gradient.moments.iter().chain(&gradient.expected_reward);
        moments.chain(gradient.reward_moments.iter().flatten()).flatten().copied().collect()
    };
    let values = all(numbers.gradient.as_ref().unwrap());
    let bounds = all(numbers.gradient_error_bound.as_ref().unwrap());
    assert_eq!(values.len(), bounds.len());
    values.into_iter().zip(bounds).collect()
}

/// The only covariance there is, and the bound on its error.
fn variance_of(numbers: &Numbers) -> (f64, f64) {
    (numbers.covariance.as_ref().unwrap()[0][0], numbers.covariance_error_bound.as_ref().unwrap()[0][0])
}

#[test]
fn no_error_is_above_its_bound_and_bounds_are_of_use() {
    let mut random_numbers = Random(20_260_101);
    let mut relative = Vec::new();
    for number in 0..300 {
        let family = FAMILIES[number % FAMILIES.len()];
        let kind = if number % 3 == 2 { Kind::Discrete } else { Kind::Continuous };
        let chain = random(&mut random_numbers, family, kind);
        let trace = Trace::record(&Chain::new(&chain.graph())).unwrap();
        let negative = number % 4 == 3;
        let earned = |v: usize| if negative && v.is_multiple_of(2) { -1.5 } else { 0.75 * (v % 3) as f64 };
        let reward: Vec<f64> = (0..chain.rows).map(earned).collect();
        let query = Query {
            moments: 3,
            rewards: vec![reward.clone()],
            reward_moments: 2,
            covariance: true,
            gradient: true,
        };
        let numbers = trace.evaluate(&chain.theta, &query).unwrap();
        let of_time = chain.moments(&vec![1.0; chain.rows], 3);
        let of_reward = chain.moments(&reward, 2);
        let variance = &of_reward[1].0 - &of_reward[0].0 * &of_reward[0].0;
        let (found, bound) = variance_of(&numbers);
        assert!(
            within(found, &variance, bound),
            "chain {number}, {family:?}: variance {found:e} within {bound:e}"
        );
        let size = variance.to_f64().unwrap();
        assert!(
            bound <= 1e-9 * size || size == 0.0 && found == 0.0,
            "chain {number}: {found:e} within {bound:e}"
        );
        let moments = of_time.iter().chain(&of_reward[..1]).chain(&of_reward);
        let exact = moments.flat_map(|(moment, slopes)| slopes.iter().map(move |slope| (moment, slope)));
        let found = each(&numbers);
        assert_eq!(found.len(), 12);
        for (place, ((value, bound), (moment, exact))) in found.into_iter().zip(exact).enumerate() {
            assert!(
                within(value, exact, bound),
                "chain {number}, {family:?}, {kind:?}, derivative {place}: {value:e} within {bound:e}, not {:e}",
                exact.to_f64().unwrap()
            );
            let size = exact.to_f64().unwrap().abs();
            if size > 0.0 {
                assert!(bound <= 1e-9 * size, "chain {number}, {family:?}: {value:e} within {bound:e}");
                relative.push(bound / size);
            } else {
                let unit = moment.to_f64().unwrap().abs() / chain.theta[place % 2];
                assert!(value == 0.0, "chain {number}: {value:e}, not zero");
                assert!(bound < 1e-24 * unit, "chain {number}: zero within {bound:e}, beside {unit:e}");
            }
        }
    }
    relative.sort_by(f64::total_cmp);
    let median = relative[relative.len() / 2];
    assert!(median < 1e-12, "{median:e}");
}

fn mean(spec: &str, theta: &[f64]) -> Vec<(f64, f64)> {
    let trace = Trace::record(&Chain::new(&models::build(spec).unwrap())).unwrap();
    let query = Query { moments: 1, gradient: true, ..Query::default() };
    each(&trace.evaluate(theta, &query).unwrap())
}

#[test]
fn chains_that_drift_away_from_their_exit_have_the_derivatives_of_exact_rationals() {
    let cases: [(&str, &[f64], [f64; 2]); 5] = [
        ("mm1k,k=30", &[10.0, 1.0], [3.209_876_543_209_877e29, -3.320_987_654_320_988e30]),
        ("mm1k,k=20", &[10.0, 1.0], [2.098_765_432_098_765e19, -2.209_876_543_209_877e20]),
        ("mm1k,k=20", &[5.0, 1.0], [8.940_696_716_308_6e13, -4.708_766_937_255_86e14]),
        ("birth-death,n=200", &[3.0, 1.0], [4.404_709_418_164_453e94, -1.328_069_944_379_373_8e95]),
        // Beyond what two doubles hold together, and with fewer digits than doubles have if nothing is done.
        ("birth-death,n=500", &[3.0, 1.0], [f64::NAN, f64::NAN]),
    ];
    for (spec, theta, expected) in cases {
        for ((value, bound), expected) in mean(spec, theta).into_iter().zip(expected) {
            assert!(bound <= 4e-16 * value.abs(), "{spec}: {value:e} within {bound:e}");
            if !expected.is_nan() {
                // The values have sixteen digits.
                let error = (value - expected).abs() / expected.abs();
                assert!(error < 2e-14, "{spec}: {value:e}, not {expected:e}");
            }
        }
    }
}

#[test]
fn a_derivative_that_vanishes_is_zero_and_says_how_far_off_it_may_be() {
    // What migration rates of equal size do to two lineages in one place: nothing (Strobeck's theorem).
    let chain = Linear {
        kind: Kind::Continuous,
        rows: 4,
        theta: vec![1.0, 0.3],
        edges: vec![
            (0, 1, 1.0, vec![0.0, 0.0]),
            (1, 3, 0.0, vec![1.0, 0.0]),
            (1, 2, 0.0, vec![0.0, 2.0]),
            (2, 1, 0.0, vec![0.0, 2.0]),
        ],
    };
    let trace = Trace::record(&Chain::new(&chain.graph())).unwrap();
    let query = Query { moments: 1, gradient: true, ..Query::default() };
    let numbers = trace.evaluate(&chain.theta, &query).unwrap();
    let exact = chain.moments(&[1.0; 4], 1);
    assert_eq!(exact[0].1[1].to_f64(), Some(0.0));
    let [_, (value, bound)] = each(&numbers)[..] else { panic!("two parameters") };
    assert!(value == 0.0 && bound > 0.0 && bound < 1e-30, "{value:e} within {bound:e}");
}

#[test]
fn the_variance_of_a_time_that_is_nearly_certain_keeps_its_digits() {
    // Twelve steps, each of which is missed once in 10^13 times.
    let rows = 14;
    let edge = |v: usize| (v, v + 1, 0.0, vec![1.0]);
    let edges = [(0, 1, 1.0, vec![0.0])].into_iter().chain((1..rows - 1).map(edge)).collect();
    let chain = Linear { kind: Kind::Discrete, rows, theta: vec![1.0 - 1e-13], edges };
    let trace = Trace::record(&Chain::new(&chain.graph())).unwrap();
    let query = Query { covariance: true, ..Query::default() };
    let (found, bound) = variance_of(&trace.evaluate(&chain.theta, &query).unwrap());
    let missed = 1.0 - chain.theta[0];
    let expected = 12.0 * missed / (chain.theta[0] * chain.theta[0]);
    assert!((found - expected).abs() <= 1e-15 * expected, "{found:e}, not {expected:e}");
    let moments = chain.moments(&vec![1.0; rows], 2);
    assert!(within(found, &(&moments[1].0 - &moments[0].0 * &moments[0].0), bound));
    assert!(bound <= 1e-15 * found, "{found:e} within {bound:e}");
}

#[test]
fn a_derivative_that_is_noise_in_all_the_digits_there_are_is_refused_by_name() {
    // The mean is 10^305 times the shortest time: a term of the sum has as many digits before those of the sum.
    let trace = Trace::record(&Chain::new(&models::build("birth-death,n=640").unwrap())).unwrap();
    let query = Query { moments: 1, gradient: true, ..Query::default() };
    let error = trace.evaluate(&[3.0, 1.0], &query).unwrap_err();
    assert_eq!(error.kind(), "lost_gradient", "{error}");
    assert!(trace.evaluate(&[3.0, 1.0], &Query { moments: 1, ..Query::default() }).is_ok());
}
