//! Moments and densities of the distributions of every textbook, over their parameters.

use crate::small::{close, graph, recorded};
use sojourn_engine::{Distribution, DistributionQuery, Kind, Query, Trace, models};

fn model(spec: &str) -> Trace {
    recorded(&models::build(spec).unwrap())
}

fn moments(trace: &Trace, theta: &[f64], moments: usize) -> Vec<f64> {
    trace.evaluate(theta, &Query { moments, ..Query::default() }).unwrap().moments
}

fn at(trace: &Trace, theta: &[f64], times: &[f64]) -> Distribution {
    let query = DistributionQuery { times: times.to_vec(), ..DistributionQuery::default() };
    trace.distribution(theta, &query).unwrap()
}

#[test]
fn erlangs_moments_are_rising_factorials_over_powers_of_the_rate() {
    for k in [1u32, 2, 5, 50] {
        let trace = model(&format!("erlang,k={k}"));
        for rate in [1e-3, 1.0, 7.5] {
            let mut expected = 1.0;
            for (j, found) in (0..).zip(moments(&trace, &[rate], 8)) {
                expected *= f64::from(k + j) / rate;
                close(found, expected);
            }
        }
    }
}

#[test]
fn a_mixture_of_exponentials_has_the_mixture_of_their_moments_and_densities() {
    let trace = model("hyperexponential,n=3,p=0.5/0.3/0.2");
    let (p, rates) = ([0.5, 0.3, 0.2], [0.01, 1.0, 250.0]);
    let mix = |f: &dyn Fn(f64) -> f64| -> f64 { p.iter().zip(rates).map(|(p, r)| p * f(r)).sum() };
    let mut factorial = 1.0;
    for (j, found) in (1..).zip(moments(&trace, &rates, 6)) {
        factorial *= f64::from(j);
        close(found, factorial * mix(&|r| r.powi(-j)));
    }
    for point in at(&trace, &rates, &[0.001, 0.1, 1.0, 30.0, 1000.0]).points {
        let check = |found: f64, expected: f64| {
            assert!(
                (found / expected - 1.0).abs() < point.error_bound.number() + 1e-14,
                "{found}, not {expected}"
            );
        };
        assert!(point.error_bound.number() < 1e-9);
        check(point.density, mix(&|r| r * f64::exp(-r * point.time)));
        check(point.survival, mix(&|r| f64::exp(-r * point.time)));
        check(point.cdf, mix(&|r| -f64::exp_m1(-r * point.time)));
    }
}

#[test]
fn coxians_of_three_phases_have_moments_by_hand() {
    let theta = [1.0, 2.0, 3.0, 4.0, 5.0];
    let [a, b, x, y, z] = theta;
    // By the phase that comes last: its probability, and the rates of the phases until then.
    let paths = [
        (x / (a + x), vec![a + x]),
        (a / (a + x) * y / (b + y), vec![a + x, b + y]),
        (a / (a + x) * b / (b + y), vec![a + x, b + y, z]),
    ];
    let mean: f64 = paths.iter().map(|(p, r)| p * r.iter().map(|r| 1.0 / r).sum::<f64>()).sum();
    let square = |r: &[f64]| {
        let mean: f64 = r.iter().map(|r| 1.0 / r).sum();
        mean * mean + r.iter().map(|r| 1.0 / (r * r)).sum::<f64>()
    };
    let second: f64 = paths.iter().map(|(p, r)| p * square(r)).sum();
    let found = moments(&model("coxian,n=3"), &theta, 2);
    close(found[0], mean);
    close(found[1], second);
}

#[test]
fn the_least_of_exponential_times_is_one_of_the_sum_of_their_rates() {
    let rates = [0.2, 1.0, 3.0, 11.0];
    let mut edges = vec![(0, 1, 1.0, &[] as &[f64])];
    edges.extend(rates.iter().zip(2..).map(|(&rate, to)| (1, to, rate, &[] as &[f64])));
    let trace = recorded(&graph(Kind::Continuous, 6, 0, &edges));
    let total: f64 = rates.iter().sum();
    close(moments(&trace, &[], 3)[2], 6.0 / total.powi(3));
    for point in at(&trace, &[], &[0.01, 0.3, 2.0]).points {
        close(point.survival, f64::exp(-total * point.time));
    }
}

#[test]
fn sums_of_geometric_numbers_are_negative_binomial() {
    for (k, p) in [(1u32, 0.5), (3, 0.1), (8, 0.75)] {
        let mut edges = vec![(0, 1, 1.0, &[] as &[f64])];
        edges.extend((1..=k).map(|v| (v, v + 1, p, &[] as &[f64])));
        let trace = recorded(&graph(Kind::Discrete, k + 2, 0, &edges));
        let found = moments(&trace, &[], 2);
        let k = f64::from(k);
        close(found[0], k / p);
        close(found[1], k * (1.0 - p) / (p * p) + k * k / (p * p));
        let steps: Vec<f64> = (0..40).map(|m| k + f64::from(m)).collect();
        let mut expected = p.powf(k);
        for (m, point) in (0..).map(f64::from).zip(at(&trace, &[], &steps).points) {
            close(point.density, expected);
            expected *= (k + m) / (m + 1.0) * (1.0 - p);
        }
    }
}

/// exp(-x) times the modified Bessel function of the first kind, of order one, by its series; x up to some 100.
fn bessel(x: f64) -> f64 {
    let mut term = x / 2.0 * f64::exp(-x);
    let mut sum = 0.0;
    for k in 1..400 {
        sum += term;
        term *= x * x / 4.0 / (f64::from(k) * f64::from(k + 1));
    }
    sum
}

#[test]
fn a_busy_period_has_the_density_and_the_moments_of_the_textbook() {
    for (l, m) in [(0.5, 1.0), (0.1, 1.0), (3.0, 3.5)] {
        let trace = model("mm1k,k=1500");
        let found = moments(&trace, &[l, m], 2);
        let load: f64 = l / m;
        close(found[0], 1.0 / (m - l));
        close(found[1] - found[0] * found[0], (1.0 + load) / (m * m * (1.0 - load).powi(3)));
        for point in at(&trace, &[l, m], &[0.1, 1.0, 5.0, 15.0]).points {
            let x = 2.0 * point.time * f64::sqrt(l * m);
            let slow = f64::sqrt(l) - f64::sqrt(m);
            let expected = bessel(x) * f64::exp(-slow * slow * point.time) / (point.time * f64::sqrt(load));
            assert!((point.density / expected - 1.0).abs() < 1e-11, "{} not {expected}", point.density);
        }
    }
}
