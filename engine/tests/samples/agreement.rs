//! Samples against exact values: distribution functions, moments, covariances, ends.

use crate::{chain, drawn, model, recorded, rewarded};
use sojourn_engine::{DistributionQuery, Kind, Query, Trace, expression, models};

/// Kolmogorov's statistic times the root of the number of samples is above this once in ten thousand cases.
const KOLMOGOROV: f64 = 2.23;

fn mean(numbers: impl Iterator<Item = f64>, count: usize) -> f64 {
    numbers.sum::<f64>() / count as f64
}

/// Largest distance of the empirical distribution function from the exact one, at every fiftieth sample.
fn distance(trace: &Trace, theta: &[f64], mut samples: Vec<f64>) -> f64 {
    let count = samples.len() as f64;
    samples.sort_by(f64::total_cmp);
    let times: Vec<f64> = samples.iter().copied().step_by(50).collect();
    let query = DistributionQuery { times, ..DistributionQuery::default() };
    let points = trace.distribution(theta, &query).unwrap().points;
    let apart = |point: &sojourn_engine::density::Point| {
        let below = samples.partition_point(|&t| t < point.time) as f64 / count;
        let upto = samples.partition_point(|&t| t <= point.time) as f64 / count;
        // Where time is continuous the exact function must be between the two but for chance, and they are a step
        // apart; where there are atoms it is compared after them.
        let before = if below == 0.0 { 0.0 } else { below - point.cdf };
        f64::max(point.cdf - upto, before)
    };
    points.iter().map(apart).fold(0.0, f64::max)
}

fn kolmogorov(name: &str, trace: &Trace, theta: &[f64], seed: u64) {
    let count = 20_000;
    let samples = drawn(trace, theta, count, seed).times;
    let statistic = distance(trace, theta, samples) * f64::sqrt(count as f64);
    assert!(statistic < KOLMOGOROV, "{name}: {statistic}");
}

#[test]
fn samples_have_the_exact_distribution_function_on_every_family() {
    for (seed, (spec, theta)) in [
        ("coalescent,n=10", &[1.0][..]),
        ("islands,n=6", &[1.0, 0.3, 0.6]),
        ("rabbits,n=3", &[1.0, 2.0, 4.0]),
        ("arg,n=3", &[1.0, 2.0]),
        ("mm1k,k=12", &[0.6, 1.0]),
        ("birth-death,n=8,start=3", &[0.4, 0.5]),
        ("erlang,k=20", &[3.0]),
        ("hyperexponential,n=3,p=0.5/0.3/0.2", &[0.01, 1.0, 100.0]),
        ("coxian,n=3", &[1.0, 2.0, 3.0, 4.0, 5.0]),
        ("im,n1=2,n2=2", &[1.0, 0.2]),
        ("random,n=50,degree=12,seed=1", &[1.0, 0.5, 2.0]),
        ("tandem,k=5", &[0.7, 1.0, 1.0]),
        ("repair,n=4", &[0.2, 1.0]),
        ("chain,components=3,size=10,distinct=true", &[1.0, 2.0]),
    ]
    .into_iter()
    .enumerate()
    {
        kolmogorov(spec, &model(spec), theta, seed as u64);
    }
}

#[test]
fn a_distance_is_found_where_a_rate_differs_by_a_twentieth() {
    let trace = model("coalescent,n=10");
    let samples = drawn(&trace, &[1.05], 20_000, 3).times;
    assert!(distance(&trace, &[1.0], samples) * f64::sqrt(20_000.0) > KOLMOGOROV);
}

#[test]
fn samples_from_a_vertex_of_many_edges_have_their_distribution() {
    // Forty ways on, each to a vertex of its own rate: looked for by bisection.
    let mut edges: Vec<(u32, u32, f64)> = (2..42).map(|v| (1, v, f64::from(v % 7))).collect();
    edges.extend((2..42).map(|v| (v, 42, f64::powi(1.5, (v % 7) as i32))));
    edges.retain(|e| e.2 > 0.0);
    kolmogorov("fan", &chain(Kind::Continuous, 43, &[(1, 1.0)], &edges), &[], 5);
}

#[test]
fn absorption_at_once_is_drawn_as_often_as_its_probability_says() {
    let trace = chain(Kind::Continuous, 3, &[(1, 3.0), (2, 1.0)], &[(1, 2, 2.0)]);
    let samples = drawn(&trace, &[], 20_000, 11).times;
    let at_once = samples.iter().filter(|&&t| t == 0.0).count() as f64 / 20_000.0;
    assert!((at_once - 0.25).abs() < 5.0 * f64::sqrt(0.25 * 0.75 / 20_000.0), "{at_once}");
    assert!(samples.iter().all(|t| *t >= 0.0 && t.is_finite()));
    kolmogorov("mass at zero", &trace, &[], 12);
}

#[test]
fn moments_of_samples_are_within_five_standard_errors() {
    for (spec, theta) in
        [("coalescent,n=20", &[1.0][..]), ("mm1k,k=30", &[0.5, 1.0]), ("islands,n=5", &[1.0, 1.0, 0.1])]
    {
        let trace = model(spec);
        let count = 40_000;
        let samples = drawn(&trace, theta, count, 17).times;
        let exact = trace.evaluate(theta, &Query { moments: 6, ..Query::default() }).unwrap().moments;
        for k in 1..=3 {
            let found = mean(samples.iter().map(|t| t.powi(k as i32)), count);
            let error = f64::sqrt((exact[2 * k - 1] - exact[k - 1] * exact[k - 1]) / count as f64);
            assert!((found - exact[k - 1]).abs() < 5.0 * error, "{spec}: moment {k} is {found}");
        }
    }
}

/// Means and covariances of the rewards of samples against the exact ones.
fn check_rewards(trace: &Trace, theta: &[f64], rewards: Vec<Vec<f64>>) {
    let count = 40_000;
    let query = Query { rewards: rewards.clone(), covariance: true, ..Query::default() };
    let exact = trace.evaluate(theta, &query).unwrap();
    let covariance = exact.covariance.unwrap();
    let found = rewarded(trace, theta, count, 23, rewards).rewards;
    for i in 0..found.len() {
        for j in 0..=i {
            let product = |k: usize| {
                (found[i][k] - exact.expected_reward[i]) * (found[j][k] - exact.expected_reward[j])
            };
            let average = mean((0..count).map(product), count);
            let spread = mean((0..count).map(|k| (product(k) - average).powi(2)), count);
            let error = 5.0 * f64::sqrt(spread / count as f64);
            assert!((average - covariance[i][j]).abs() <= error, "covariance {i}, {j}: {average}");
        }
        let error = 5.0 * f64::sqrt(covariance[i][i] / count as f64);
        let average = mean(found[i].iter().copied(), count);
        assert!((average - exact.expected_reward[i]).abs() <= error, "reward {i}: {average}");
    }
}

#[test]
fn rewards_of_samples_have_their_means_and_covariances() {
    for (spec, theta, formulas) in [
        ("sfs,n=6", &[1.0][..], "state[:]"),
        ("arg,n=2", &[1.0, 1.0], "state[0]+state[1] > 1; state[0]+state[2] > 1"),
        ("islands,n=4", &[1.0, 0.5, 0.3], "state[0]; state[1] - 2*state[0]"),
    ] {
        let graph = models::build(spec).unwrap();
        check_rewards(&recorded(&graph), theta, expression::rewards(&graph, formulas).unwrap());
    }
    let edges = [(1, 2, 0.5), (2, 1, 0.25), (2, 3, 0.125), (1, 3, 0.25)];
    let discrete = chain(Kind::Discrete, 4, &[(1, 2.0), (2, 1.0)], &edges);
    check_rewards(&discrete, &[], vec![vec![0.0, 1.0, 0.0, 0.0], vec![0.0, 1.0, -0.5, 0.0]]);
}

#[test]
fn the_reward_one_accumulates_the_time_itself() {
    let trace = model("islands,n=5");
    let samples = rewarded(&trace, &[1.0, 0.3, 0.6], 1000, 29, vec![vec![1.0; trace.rows()]]);
    assert_eq!(samples.times, samples.rewards[0]);
}

/// Chi-square of counted steps, with the tail as one class.
fn chi_square(trace: &Trace, theta: &[f64], classes: usize, seed: u64) -> f64 {
    let count = 50_000;
    let times: Vec<f64> = (0..classes).map(|k| k as f64).collect();
    let query = DistributionQuery { times, ..DistributionQuery::default() };
    let points = trace.distribution(theta, &query).unwrap().points;
    let mut expected: Vec<f64> = points.iter().map(|p| p.density * f64::from(count)).collect();
    // At zero steps the mass there is the probability.
    expected[0] = points[0].cdf * f64::from(count);
    expected.push(points[classes - 1].survival * f64::from(count));
    let mut found = vec![0.0; classes + 1];
    for steps in drawn(trace, theta, count as usize, seed).times {
        assert_eq!(steps, steps.floor(), "a number of steps");
        found[(steps as usize).min(classes)] += 1.0;
    }
    let kept = expected.iter().zip(&found).filter(|(e, f)| **e > 0.0 || **f > 0.0);
    kept.map(|(e, f)| (f - e) * (f - e) / e).sum()
}

#[test]
fn steps_of_discrete_chains_are_as_frequent_as_their_probabilities() {
    // Chi-square of k degrees is above k + 5 sqrt(2 k) + 8 less than once in a hundred thousand cases.
    let bound = |classes: usize| classes as f64 + 5.0 * f64::sqrt(2.0 * classes as f64) + 8.0;
    let geometric = chain(Kind::Discrete, 3, &[(1, 3.0), (2, 1.0)], &[(1, 2, 0.1)]);
    let sure = chain(Kind::Discrete, 4, &[(1, 1.0)], &[(1, 2, 1.0), (2, 1, 0.5), (2, 3, 0.5)]);
    let sites = chain(Kind::Discrete, 4, &[(1, 1.0)], &[(1, 2, 2.0 / 3.0), (2, 3, 0.5)]);
    let looped =
        chain(Kind::Discrete, 4, &[(1, 1.0)], &[(1, 1, 0.25), (1, 2, 0.5), (1, 3, 0.25), (2, 3, 0.3)]);
    for (seed, (trace, classes)) in
        [(geometric, 40), (sure, 20), (sites, 15), (looped, 20)].iter().enumerate()
    {
        let statistic = chi_square(trace, &[], *classes, 31 + seed as u64);
        assert!(statistic < bound(*classes), "{seed}: {statistic}");
    }
}

#[test]
fn closed_classes_end_as_many_samples_as_their_probabilities_say() {
    // 1 leads to the pair 2, 3 with probability 1/8, to the trap 4 with 1/4, to absorption else.
    let edges = [(1, 2, 1.0), (1, 4, 2.0), (1, 5, 5.0), (2, 3, 1.0), (3, 2, 7.0), (4, 6, 0.5), (6, 4, 0.5)];
    let trace = chain(Kind::Continuous, 7, &[(1, 1.0)], &edges);
    let count = 20_000;
    let rewards = [[1.0; 7], [0.0, 3.0, 0.0, 0.0, -1.0, 0.0, 0.0]].map(|r| r.to_vec()).to_vec();
    let samples = rewarded(&trace, &[], count, 37, rewards);
    let classes: Vec<&[u32]> = samples.traps.iter().map(|t| &t.class[..]).collect();
    assert_eq!(classes, [&[2, 3][..], &[4, 6]]);
    for (trap, p) in samples.traps.iter().zip([0.125, 0.25]) {
        let found = trap.samples as f64 / count as f64;
        assert!((found - p).abs() < 5.0 * f64::sqrt(p / count as f64), "{trap:?}");
    }
    let infinite = |numbers: &[f64], which: f64| numbers.iter().filter(|&&t| t == which).count();
    let all = samples.traps[0].samples + samples.traps[1].samples;
    assert_eq!(infinite(&samples.times, f64::INFINITY), all);
    assert_eq!(infinite(&samples.rewards[0], f64::INFINITY), all);
    // The second reward is earned before, and lost for ever in the second class alone.
    assert_eq!(infinite(&samples.rewards[1], f64::NEG_INFINITY), samples.traps[1].samples);
    assert_eq!(infinite(&samples.rewards[1], f64::INFINITY), 0);
}
