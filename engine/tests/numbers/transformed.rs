//! Rewards in the place of time: against the moments of rewards, and closed forms.

use crate::random::cases;
use crate::small::{close, graph, recorded, trace};
use proptest::prelude::*;
use sojourn_engine::density::DistributionQuery;
use sojourn_engine::{
    EvaluateError, Graph, Kind, Query, SampleQuery, Trace, TransformError, expression, models,
};

fn model(spec: &str, formula: &str) -> (Trace, Vec<f64>) {
    let graph: Graph = models::build(spec).unwrap();
    let reward = expression::rewards(&graph, formula).unwrap().swap_remove(0);
    (recorded(&graph), reward)
}

fn time(trace: &Trace, theta: &[f64], order: usize) -> Result<Vec<f64>, EvaluateError> {
    trace.evaluate(theta, &Query { moments: order, ..Query::default() }).map(|n| n.moments)
}

fn reward_moments(
    trace: &Trace,
    theta: &[f64],
    reward: &[f64],
    order: usize,
) -> Result<Vec<f64>, EvaluateError> {
    let query = Query { rewards: vec![reward.to_vec()], reward_moments: order, ..Query::default() };
    trace.evaluate(theta, &query).map(|mut n| n.reward_moments.swap_remove(0))
}

fn cdf(trace: &Trace, theta: &[f64], times: &[f64]) -> Vec<f64> {
    let query = DistributionQuery { times: times.to_vec(), ..DistributionQuery::default() };
    trace.distribution(theta, &query).unwrap().points.iter().map(|p| p.cdf).collect()
}

const TIMES: [f64; 6] = [1e-3, 0.1, 0.7, 2.0, 6.0, 20.0];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn moments_of_the_transformed_are_those_of_the_reward_on_random_graphs(case in cases()) {
        let original = recorded(&case.graph());
        for reward in &case.rewards {
            // Halves become whole, as steps must be.
            let reward: Vec<f64> = reward.iter().map(|r| 2.0 * r).collect();
            let transformed = original.transformed_at(&case.theta, &reward).unwrap();
            prop_assert_eq!(transformed.parameters(), 0);
            let (expected, found) =
                (reward_moments(&original, &case.theta, &reward, 3), time(&transformed, &[], 3));
            match (expected, found) {
                (Ok(expected), Ok(found)) => {
                    for (f, e) in found.iter().zip(&expected) {
                        prop_assert!((f - e).abs() <= 1e-12 * e, "{} instead of {}", f, e);
                    }
                }
                (expected, found) => {
                    prop_assert_eq!(expected.unwrap_err().kind(), "infinite");
                    prop_assert_eq!(found.unwrap_err().kind(), "infinite");
                }
            }
            let read = Trace::decode(&transformed.encode()).unwrap();
            prop_assert_eq!(read, transformed);
        }
    }
}

#[test]
fn the_total_length_of_kingmans_tree_is_the_largest_of_exponential_times() {
    for n in [2, 3, 10, 40] {
        let (trace, reward) = model(&format!("coalescent,n={n}"), "state[0]");
        let always = trace.transformed(&reward).unwrap();
        let once = trace.transformed_at(&[2.5], &reward).unwrap();
        for theta in [1.0, 2.5] {
            for (found, t) in cdf(&always, &[theta], &TIMES).into_iter().zip(TIMES) {
                close(found, (-f64::exp_m1(-theta * t / 2.0)).powi(n - 1));
            }
        }
        assert_eq!(cdf(&once, &[], &TIMES), cdf(&always, &[2.5], &TIMES));
    }
}

#[test]
fn either_locus_alone_coalesces_as_if_there_were_no_other() {
    for rho in [0.0, 0.3, 4.0, 100.0] {
        for formula in ["state[0]+state[1] > 1", "state[0]+state[2] > 1"] {
            let (trace, reward) = model("arg,n=2", formula);
            let locus = trace.transformed_at(&[1.0, rho], &reward).unwrap();
            for (found, t) in cdf(&locus, &[], &TIMES).into_iter().zip(TIMES) {
                close(found, -f64::exp_m1(-t));
            }
        }
    }
}

#[test]
fn a_kind_of_branch_that_a_tree_may_lack_has_mass_at_zero() {
    // Of four samples three descend from one branch unless the two pairs meet, with probability 1/3; that branch
    // lasts until the last two lineages meet.
    let (trace, reward) = model("sfs,n=4", "state[2]");
    let branch = trace.transformed_at(&[2.0], &reward).unwrap();
    close(branch.evaluate(&[], &Query::default()).unwrap().mass_at_zero, 1.0 / 3.0);
    for (found, t) in cdf(&branch, &[], &TIMES).into_iter().zip(TIMES) {
        close(found, 1.0 / 3.0 - 2.0 / 3.0 * f64::exp_m1(-2.0 * t));
    }
}

#[test]
fn moments_of_the_frequency_spectrum_are_those_of_the_transformed() {
    let theta = [0.7];
    let graph = models::build("sfs,n=12").unwrap();
    let trace = recorded(&graph);
    for reward in expression::rewards(&graph, "state[:]").unwrap() {
        let transformed = trace.transformed_at(&theta, &reward).unwrap();
        let expected = reward_moments(&trace, &theta, &reward, 4).unwrap();
        for (f, e) in time(&transformed, &[], 4).unwrap().iter().zip(expected) {
            assert!((f - e).abs() <= 1e-12 * e, "{f} instead of {e}");
        }
    }
}

#[test]
fn rewards_on_cyclic_models_have_the_moments_of_the_transformed() {
    for (spec, theta, formula) in [
        ("islands,n=8", &[1.0, 0.5, 0.01][..], "state[0] > 2"),
        ("im,n1=3,n2=2", &[1.0, 0.1], "state[0] + state[3]"),
        ("arg,n=6", &[1.0, 2.0], "state[0] == 0"),
        ("mm1k,k=40", &[0.9, 1.0], "state[0] > 30"),
        ("repair,n=8,crew=2", &[1e-3, 1.0], "state[0] < 3"),
        ("random,n=200,degree=4,seed=3", &[1.0, 2.0, 3.0], "state[0] < 20"),
    ] {
        let (trace, reward) = model(spec, formula);
        let transformed = trace.transformed_at(theta, &reward).unwrap();
        let expected = reward_moments(&trace, theta, &reward, 3).unwrap();
        for (f, e) in time(&transformed, &[], 3).unwrap().iter().zip(expected) {
            assert!((f - e).abs() <= 1e-12 * e, "{spec}: {f} instead of {e}");
        }
    }
}

#[test]
fn samples_of_the_reward_have_the_distribution_of_the_transformed() {
    let (trace, reward) = model("islands,n=4", "state[0] == 3");
    let theta = [1.0, 0.5, 0.3];
    let query =
        SampleQuery { count: 20_000, seed: 4, rewards: vec![reward.clone()], ..SampleQuery::default() };
    let mut found = trace.sample(&theta, &query, 1).unwrap().rewards.swap_remove(0);
    found.sort_by(f64::total_cmp);
    let transformed = trace.transformed_at(&theta, &reward).unwrap();
    let mass = transformed.evaluate(&[], &Query::default()).unwrap().mass_at_zero;
    assert!(mass > 0.05, "{mass}");
    for (exact, t) in
        cdf(&transformed, &[], &TIMES).into_iter().chain([mass]).zip(TIMES.into_iter().chain([0.0]))
    {
        let below = found.partition_point(|&x| x <= t) as f64 / 20_000.0;
        assert!((below - exact).abs() < 2.23 / f64::sqrt(20_000.0), "at {t}: {below}, not {exact}");
    }
}

#[test]
fn the_reward_one_changes_nothing() {
    for spec in ["coalescent,n=9", "islands,n=5", "random,n=50,degree=4,seed=1"] {
        let graph = models::build(spec).unwrap();
        let trace = recorded(&graph);
        let ones = vec![1.0; graph.vertices()];
        let same = trace.transformed(&ones).unwrap();
        assert_eq!(same.hash(), trace.hash(), "{spec}");
        let theta = vec![0.75; trace.parameters()];
        assert_eq!(time(&same, &theta, 3), time(&trace, &theta, 3));
    }
}

#[test]
fn steps_are_counted_as_often_as_their_reward_says() {
    // 1 is passed three times as slowly, 2 in no time: R = 3 G with G geometric, or zero where all begins in 2
    // and ends there.
    let edges = [
        (0, 1, 0.75, &[] as &[f64]),
        (0, 2, 0.25, &[]),
        (1, 2, 0.5, &[]),
        (2, 1, 0.25, &[]),
        (2, 3, 0.25, &[]),
    ];
    let trace = recorded(&graph(Kind::Discrete, 4, 0, &edges));
    let counted = trace.transformed_at(&[], &[0.0, 3.0, 0.0, 0.0]).unwrap();
    assert_eq!(counted.rows(), 6);
    // From 2 absorption comes with probability 1/2, and so from 1 after each step with 1/4.
    let steps: Vec<f64> = (0..20).map(f64::from).collect();
    for (found, t) in cdf(&counted, &[], &steps).into_iter().zip(&steps) {
        close(found, 1.0 - 0.875 * f64::powi(0.75, (t / 3.0) as i32));
    }
    let refused = trace.transformed_at(&[], &[0.0, 3.0, 0.5, 0.0]).unwrap_err();
    assert_eq!(refused, TransformError::NotWhole { row: 2, value: 0.5 });
    assert_eq!(trace.transformed(&[1.0; 4]).unwrap_err(), TransformError::Discrete);
    let refused = trace.transformed_at(&[], &[0.0, 1e9, 1.0, 0.0]).unwrap_err();
    assert_eq!(refused.kind(), "too_many_rows", "{refused}");
}

#[test]
fn segregating_sites_are_the_mutations_among_the_steps() {
    // A step is a mutation or a coalescence; only what is at hand before a mutation earns.
    let edges = [
        (0, 1, 1.0, &[] as &[f64]),
        (1, 2, 1.0 / 3.0, &[]),
        (1, 3, 2.0 / 3.0, &[]),
        (2, 2, 1.0 / 3.0, &[]),
        (2, 3, 2.0 / 3.0, &[]),
        (3, 4, 0.5, &[]),
        (3, 5, 0.5, &[]),
        (4, 4, 0.5, &[]),
        (4, 5, 0.5, &[]),
    ];
    let trace = recorded(&graph(Kind::Discrete, 6, 0, &edges));
    let sites = trace.transformed_at(&[], &[0.0, 0.0, 1.0, 0.0, 1.0, 0.0]).unwrap();
    let found = cdf(&sites, &[], &[0.0, 1.0, 2.0]);
    close(found[0], 1.0 / 3.0);
    close(found[1], 1.0 / 3.0 + 5.0 / 18.0);
    close(found[2], 1.0 / 3.0 + 5.0 / 18.0 + 19.0 / 108.0);
}

#[test]
fn a_class_that_earns_nothing_ends_the_reward_and_one_that_earns_never_does() {
    let edges =
        [(0, 1, 1.0, &[] as &[f64]), (1, 2, 1.0, &[]), (1, 4, 3.0, &[]), (2, 3, 2.0, &[]), (3, 2, 5.0, &[])];
    for (kind, scale) in [(Kind::Continuous, 1.0), (Kind::Discrete, 8.0)] {
        let edges = edges.map(|(a, b, w, c)| (a, b, w / scale, c));
        let trace = recorded(&graph(kind, 5, 0, &edges));
        let ended = trace.transformed_at(&[], &[0.0, 2.0, 0.0, 0.0, 0.0]).unwrap();
        let expected = reward_moments(&trace, &[], &[0.0, 2.0, 0.0, 0.0, 0.0], 2).unwrap();
        for (f, e) in time(&ended, &[], 2).unwrap().into_iter().zip(expected) {
            close(f, e);
        }
        for earning in [1.0, 2.0] {
            let endless = trace.transformed_at(&[], &[0.0, 0.0, earning, 0.0, 0.0]).unwrap();
            match time(&endless, &[], 1).unwrap_err() {
                EvaluateError::Infinite { class, probability, .. } => {
                    assert_eq!(class[0], 2);
                    close(probability, 0.25);
                }
                other => panic!("{other}"),
            }
            let query = DistributionQuery { times: vec![1e3], ..DistributionQuery::default() };
            let found = endless.distribution(&[], &query).unwrap();
            close(found.mass_at_zero, 0.75);
            close(found.mass_in_traps, 0.25);
            close(found.points[0].survival, 0.25);
        }
    }
}

#[test]
fn a_reward_of_nothing_is_all_mass_at_zero() {
    let (trace, _) = model("islands,n=3", "1");
    let nothing = trace.transformed_at(&[1.0; 3], &vec![0.0; trace.rows()]).unwrap();
    assert!(nothing.is_empty());
    assert_eq!(nothing.evaluate(&[], &Query { moments: 1, ..Query::default() }).unwrap().mass_at_zero, 1.0);
}

#[test]
fn a_transformed_ill_conditioned_chain_keeps_its_digits() {
    // Up ten million times likelier than down, over forty levels: E = sum of 1e7^k, of which every other level earns.
    let levels = 40u32;
    let mut edges = vec![(0u32, 1u32, 1.0, &[] as &[f64])];
    for v in 1..=levels {
        edges.push((v, if v == 1 { levels + 1 } else { v - 1 }, 1.0, &[]));
        if v < levels {
            edges.push((v, v + 1, 1e7, &[]));
        }
    }
    let trace = trace(levels + 2, 0, &edges);
    let reward: Vec<f64> = (0..levels + 2).map(|row| f64::from(row % 2)).collect();
    let found = time(&trace.transformed_at(&[], &reward).unwrap(), &[], 1).unwrap()[0];
    let expected: f64 = (0..levels as i32).step_by(2).map(|k| 1e7f64.powi(k)).sum();
    assert!((found / expected - 1.0).abs() < 1e-13, "{found} instead of {expected}");
}

#[test]
fn what_cannot_take_the_place_of_time_is_refused_by_row() {
    let (trace, mut reward) = model("sfs,n=4", "state[2]");
    assert!(matches!(trace.transformed(&reward), Err(TransformError::ZeroReward { .. })));
    reward[3] = -0.5;
    for refused in [trace.transformed(&reward), trace.transformed_at(&[1.0], &reward)] {
        let error = refused.unwrap_err();
        assert_eq!(error, TransformError::Negative { row: 3, value: -0.5 });
        assert_eq!(
            error.to_string(),
            "the reward of row 3 is -0.5: what takes the place of time must not be negative"
        );
    }
    reward[3] = f64::NAN;
    assert_eq!(trace.transformed_at(&[1.0], &reward).unwrap_err().kind(), "reward_not_finite");
    assert_eq!(trace.transformed_at(&[1.0], &[1.0]).unwrap_err().kind(), "reward_length");
    assert_eq!(trace.transformed_at(&[], &vec![1.0; trace.rows()]).unwrap_err().kind(), "theta_length");
    let tiny = vec![1e-320; trace.rows()];
    assert_eq!(trace.transformed(&tiny).unwrap_err().kind(), "out_of_range");
    assert_eq!(trace.transformed_at(&[1.0], &vec![1e308; trace.rows()]).unwrap_err().kind(), "out_of_range");
}
