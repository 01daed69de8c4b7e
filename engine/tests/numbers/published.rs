//! Published and closed-form numbers.

use crate::small::{close, graph, recorded};
use sojourn_engine::{Graph, Kind, Numbers, Query, Trace, expression, formats, models};

fn model(spec: &str) -> (Graph, Trace) {
    let graph = models::build(spec).unwrap();
    let trace = recorded(&graph);
    (graph, trace)
}

fn moments(spec: &str, theta: &[f64], moments: usize) -> Vec<f64> {
    model(spec).1.evaluate(theta, &Query { moments, ..Query::default() }).unwrap().moments
}

/// Rewards given as formulas, with their covariance and the mean of T.
fn rewarded(spec: &str, theta: &[f64], formulas: &str) -> Numbers {
    let (graph, trace) = model(spec);
    let rewards = expression::rewards(&graph, formulas).unwrap();
    trace
        .evaluate(
            theta,
            &Query { moments: 1, rewards, reward_moments: 0, covariance: true, ..Query::default() },
        )
        .unwrap()
}

fn all_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).for_each(|(f, e)| close(*f, *e));
}

#[test]
fn kingmans_tree_has_its_height_its_length_and_independent_times() {
    for n in [2, 3, 10, 100, 500] {
        let spec = format!("coalescent,n={n}");
        let found = rewarded(&spec, &[1.0], "state[0]; state[0] == 2");
        close(found.moments[0], 2.0 * (1.0 - 1.0 / f64::from(n)));
        close(found.expected_reward[0], (1..n).map(|i| 2.0 / f64::from(i)).sum());
        close(found.expected_reward[1], 1.0);
    }
    let counts: Vec<String> = (2..=10).map(|i| format!("state[0] == {i}")).collect();
    let found = rewarded("coalescent,n=10", &[1.0], &counts.join(";"));
    for (row, covariances) in found.covariance.unwrap().iter().enumerate() {
        let mean = 2.0 / ((row + 2) * (row + 1)) as f64;
        close(found.expected_reward[row], mean);
        for (column, &covariance) in covariances.iter().enumerate() {
            let expected = if row == column { mean * mean } else { 0.0 };
            assert!((covariance - expected).abs() < 1e-14, "{row}, {column}: {covariance}");
        }
    }
}

#[test]
fn the_expected_length_above_i_of_n_samples_is_2_over_i() {
    for n in [2, 3, 5, 12, 20] {
        let found = rewarded(&format!("sfs,n={n}"), &[1.0], "state[:]").expected_reward;
        let expected: Vec<f64> = (1..n).map(|i| 2.0 / f64::from(i)).chain([0.0]).collect();
        all_close(&found, &expected);
    }
}

#[test]
fn two_rabbits_live_as_long_as_published() {
    for (theta, expected) in [
        ([1.0, 2.0, 4.0], 153.0 / 301.0),
        ([2.0, 2.0, 4.0], 57.0 / 115.0),
        ([2.0, 4.0, 4.0], 3.0 / 10.0),
        ([8.0, 4.0, 18.0], 25993.0 / 146_692.0),
    ] {
        close(moments("rabbits,n=2", &theta, 1)[0], expected);
    }
}

#[test]
fn coalescence_times_of_two_loci_correlate_as_griffiths_found() {
    close(
        rewarded("arg,n=2", &[1.0, 1.0], "state[0]+state[1] > 1; state[0]+state[2] > 1").covariance.unwrap()
            [0][1],
        19.0 / 32.0,
    );
    for rho in [0.0, 0.01, 0.25, 1.0, 2.0, 10.0, 1e3] {
        let found = rewarded("arg,n=2", &[1.0, rho], "state[0]+state[1] > 1; state[0]+state[2] > 1");
        all_close(&found.expected_reward, &[1.0, 1.0]);
        let covariance = found.covariance.unwrap();
        close(covariance[0][0], 1.0);
        close(covariance[0][1], (rho + 18.0) / (rho * rho + 13.0 * rho + 18.0));
        assert_eq!(covariance[0][1], covariance[1][0]);
    }
    close(moments("arg,n=2", &[1.0, 1.0], 1)[0], 1.203125);
}

#[test]
fn two_lineages_on_two_islands_meet_as_strobeck_found() {
    for migration in [0.01, 1.0, 30.0] {
        close(moments("im,n1=2,n2=0", &[1.0, migration], 1)[0], 2.0);
        close(moments("im,n1=1,n2=1", &[1.0, migration], 1)[0], 2.0 + 0.5 / migration);
        close(moments("islands,n=2", &[1.0, 1.0, migration], 1)[0], 2.0 + 0.5 / migration);
    }
}

#[test]
fn segregating_sites_of_three_samples_have_watersons_mean_and_variance() {
    // Each step is a mutation or one of two coalescences.
    let edges = [
        (0, 1, 1.0, &[] as &[f64]),
        (1, 1, 1.0 / 3.0, &[]),
        (1, 2, 2.0 / 3.0, &[]),
        (2, 2, 0.5, &[]),
        (2, 3, 0.5, &[]),
    ];
    let trace = recorded(&graph(Kind::Discrete, 4, 0, &edges));
    let found = trace.evaluate(&[], &Query { moments: 2, covariance: true, ..Query::default() }).unwrap();
    close(found.moments[0] - 2.0, 1.5);
    close(found.moments[1] - found.moments[0] * found.moments[0], 2.75);
    close(found.covariance.unwrap()[0][0], 2.75);
}

#[test]
fn a_busy_period_has_the_mean_and_variance_of_the_textbook() {
    for (l, m) in [(1.0, 2.0), (0.3, 1.0), (2.0, 2.5)] {
        let found = moments("mm1k,k=2000", &[l, m], 2);
        let rho: f64 = l / m;
        close(found[0], 1.0 / (m - l));
        close(found[1] - found[0] * found[0], (1.0 + rho) / (m * m * (1.0 - rho).powi(3)));
    }
}

#[test]
fn sums_and_mixtures_of_exponential_times_have_their_moments() {
    all_close(&moments("erlang,k=3", &[2.0], 3), &[1.5, 3.0, 7.5]);
    let mixed = moments("hyperexponential,n=3,p=0.5/0.25/0.25", &[1.0, 2.0, 4.0], 3);
    all_close(&mixed, &[0.6875, 1.15625, 3.0 + 0.1875 + 0.0234375]);
    all_close(&moments("coxian,n=3", &[1.0, 2.0, 3.0, 4.0, 5.0], 2), &[37.0 / 120.0, 649.0 / 3600.0]);
    let least = graph(Kind::Continuous, 4, 0, &[(0, 1, 1.0, &[]), (1, 2, 3.0, &[]), (1, 3, 5.0, &[])]);
    let found = recorded(&least).evaluate(&[], &Query { moments: 3, ..Query::default() }).unwrap();
    all_close(&found.moments, &[1.0 / 8.0, 2.0 / 64.0, 6.0 / 512.0]);
}

#[test]
fn a_sum_of_geometric_numbers_has_their_mean_and_variance() {
    let (k, p) = (5u32, 0.25);
    let mut edges = vec![(0, 1, 1.0, &[] as &[f64])];
    edges.extend((1..=k).map(|v| (v, v + 1, p, &[] as &[f64])));
    let trace = recorded(&graph(Kind::Discrete, k + 2, 0, &edges));
    let query = Query {
        moments: 2,
        rewards: vec![vec![1.0; 7]],
        reward_moments: 2,
        covariance: true,
        ..Query::default()
    };
    let found = trace.evaluate(&[], &query).unwrap();
    all_close(&found.moments, &[20.0, 460.0]);
    all_close(&found.reward_moments[0], &[20.0, 460.0]);
    close(found.covariance.unwrap()[0][0], 60.0);
}

#[test]
fn butools_examples_have_the_moments_that_butools_prints_to_all_digits() {
    for (text, discrete, printed, exact) in [
        (
            r#"{"alpha": [0.1, 0.9, 0], "A": [[-6.2, 2, 0], [2, -9, 1], [1, 0, -3]]}"#,
            false,
            [0.20939, 0.10449, 0.089092, 0.11027, 0.17953],
            [
                803.0 / 3835.0,
                307_349.0 / 2_941_445.0,
                200_998_293.0 / 2_256_088_315.0,
                0.110_266_740_965_454_34,
                0.179_530_273_247_208_97,
            ],
        ),
        (
            r#"{"alpha": [0.76, 0, 0.24], "A": [[0.34, 0.66, 0], [0.79, 0.05, 0.07], [0.26, 0.73, 0.01]]}"#,
            true,
            [26.995, 1398.0, 1.0853e5, 1.1233e7, 1.4533e9],
            [
                793_744.0 / 29_403.0,
                1_208_621_354_768.0 / 864_536_409.0,
                108_525.478_668_092_82,
                11_232_963.460_675_813,
                1_453_339_339.962_130_3,
            ],
        ),
    ] {
        let graph = formats::read_json(text.as_bytes(), discrete).unwrap();
        let query = Query { moments: 5, ..Query::default() };
        let found = recorded(&graph).evaluate(&[], &query).unwrap().moments;
        for (f, e) in found.iter().zip(printed) {
            assert!((f / e - 1.0).abs() < 5e-5, "{f} instead of {e}");
        }
        // By rational arithmetic.
        all_close(&found, &exact);
    }
}

#[test]
fn mass_at_zero_is_told_and_counts_as_zero() {
    let graph = graph(Kind::Continuous, 3, 1, &[(0, 1, 3.0, &[]), (0, 2, 0.0, &[1.0]), (1, 2, 2.0, &[])]);
    let found = recorded(&graph).evaluate(&[1.0], &Query { moments: 2, ..Query::default() }).unwrap();
    close(found.mass_at_zero, 0.25);
    all_close(&found.moments, &[0.375, 0.375]);
}
