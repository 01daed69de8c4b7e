//! Segregating sites: mutations on Kingman's tree, whose number Tavaré found (*Line-of-descent and genealogical
//! processes, and their applications in population genetics models*, 1984).

use crate::small::{close, graph, recorded};
use sojourn_engine::{DistributionQuery, Kind, Query, Trace, expression, models};

const CASES: [(u32, f64); 7] = [(2, 1.0), (3, 1.0), (3, 4.5), (4, 0.1), (5, 2.0), (7, 1.0), (9, 12.0)];

/// P(S = k) for n samples.
fn tavare(n: u32, theta: f64, k: u32) -> f64 {
    let mut binomial = 1.0;
    let mut sum = 0.0;
    for l in 1..n {
        let power = (theta / (f64::from(l) + theta)).powi(k as i32 + 1);
        sum += if l % 2 == 1 { binomial * power } else { -binomial * power };
        binomial *= f64::from(n - 1 - l) / f64::from(l);
    }
    f64::from(n - 1) / theta * sum
}

/// Probability that the next event among i lineages is a mutation.
fn mutation(i: u32, theta: f64) -> f64 {
    theta / (theta + f64::from(i - 1))
}

/// Each step is a mutation or one of n - 1 coalescences.
fn events(n: u32, theta: f64) -> Trace {
    let mut edges = vec![(0, 1, 1.0, &[] as &[f64])];
    for (row, i) in (1..).zip((2..=n).rev()) {
        edges.push((row, row, mutation(i, theta), &[]));
        edges.push((row, row + 1, 1.0 - mutation(i, theta), &[]));
    }
    recorded(&graph(Kind::Discrete, n + 1, 0, &edges))
}

/// The same with rows of their own, the even ones, for what is at hand before a mutation, and the reward that counts
/// these.
fn mutations(n: u32, theta: f64) -> (Trace, Vec<f64>) {
    let mut edges = Vec::new();
    let mut enter = |from: u32, i: u32, probability: f64| {
        let next = 1 + 2 * (n - i);
        match i {
            1 => edges.push((from, next, probability, &[] as &[f64])),
            _ => {
                edges.push((from, next + 1, probability * mutation(i, theta), &[]));
                edges.push((from, next, probability * (1.0 - mutation(i, theta)), &[]));
            }
        }
    };
    enter(0, n, 1.0);
    for i in 2..=n {
        let coalescing = 1 + 2 * (n - i);
        enter(coalescing, i - 1, 1.0);
        enter(coalescing + 1, i, 1.0);
    }
    let rows = 2 * n;
    let reward = (0..rows).map(|row| f64::from(u8::from(row > 0 && row % 2 == 0))).collect();
    (recorded(&graph(Kind::Discrete, rows, 0, &edges)), reward)
}

fn check(found: f64, expected: f64, place: &str) {
    // The formula's terms cancel.
    let error = (found - expected).abs();
    assert!(error <= 1e-11 * expected + 1e-14, "{place}: {found}, not {expected}");
}

#[test]
fn numbers_of_sites_have_the_probabilities_of_tavares_formula() {
    for (n, theta) in CASES {
        let steps: Vec<f64> = (0..30).map(|k| f64::from(n - 1 + k)).collect();
        let query = DistributionQuery { times: steps, ..DistributionQuery::default() };
        let found = events(n, theta).distribution(&[], &query).unwrap();
        for (k, point) in (0..).zip(&found.points) {
            check(point.density, tavare(n, theta, k), &format!("{n} samples, theta {theta}, {k} sites"));
        }
    }
    for (k, expected) in (0..).zip([1.0 / 3.0, 5.0 / 18.0, 19.0 / 108.0]) {
        close(tavare(3, 1.0, k), expected);
    }
}

#[test]
fn sites_counted_by_a_reward_have_the_same_distribution_and_wattersons_moments() {
    for (n, theta) in CASES {
        let (trace, reward) = mutations(n, theta);
        let sites = trace.transformed_at(&[], &reward).unwrap();
        let query =
            DistributionQuery { times: (0..30).map(f64::from).collect(), ..DistributionQuery::default() };
        let found = sites.distribution(&[], &query).unwrap();
        check(found.mass_at_zero, tavare(n, theta, 0), "no site");
        for (k, point) in (0..).zip(&found.points).skip(1) {
            check(point.density, tavare(n, theta, k), &format!("{n} samples, theta {theta}, {k} sites"));
        }
        let harmonic = |power: i32| (1..n).map(|i| f64::from(i).powi(-power)).sum::<f64>();
        let query = Query { moments: 1, covariance: true, ..Query::default() };
        let found = sites.evaluate(&[], &query).unwrap();
        close(found.moments[0], theta * harmonic(1));
        close(found.covariance.unwrap()[0][0], theta * harmonic(1) + theta * theta * harmonic(2));
    }
}

#[test]
fn no_site_segregates_with_the_laplace_transform_of_the_trees_length() {
    for (n, theta) in CASES {
        let graph = models::build(&format!("coalescent,n={n}")).unwrap();
        let reward = expression::rewards(&graph, "state[0]").unwrap().swap_remove(0);
        let length = recorded(&graph).transformed(&reward).unwrap();
        let found = length.laplace_transform(&[1.0], theta / 2.0).unwrap();
        close(found, (1..n).map(|i| f64::from(i) / (f64::from(i) + theta)).product());
        check(found, tavare(n, theta, 0), "no site");
    }
}
