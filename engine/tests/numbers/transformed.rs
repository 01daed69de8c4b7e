//! Rewards in the place of time: against the moments and the samples of rewards.

mod closed_forms;
mod limits;

use crate::random::cases;
use crate::small::recorded;
use proptest::prelude::*;
use sojourn_engine::{
    DistributionQuery, EvaluateError, Graph, Query, SampleQuery, Trace, expression, models,
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
