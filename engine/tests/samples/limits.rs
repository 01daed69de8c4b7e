//! What is refused, and numbers at the limits.

use crate::{chain, drawn, model};
use sojourn_engine::{EvaluateError, Kind, SampleQuery, Trace};

fn refused(trace: &Trace, theta: &[f64], query: &SampleQuery, threads: usize) -> EvaluateError {
    trace.sample(theta, query, threads).unwrap_err()
}

#[test]
fn walks_that_take_too_long_on_average_are_refused_before_any_is_made() {
    let query = SampleQuery { count: 1, ..SampleQuery::default() };
    let error = refused(&model("repair,n=10,crew=2"), &[0.001, 1.0], &query, 1);
    assert!(
        matches!(error, EvaluateError::TooManyJumps { sample: None, mean, limit: 100_000_000 } if mean > 1e24),
        "{error}"
    );
    assert_eq!(error.kind(), "too_many_jumps");
}

#[test]
fn the_first_sample_that_takes_too_long_is_named_whatever_the_number_of_threads() {
    let trace = model("mm1k,k=50");
    let query = SampleQuery { count: 3000, max_jumps: 160, ..SampleQuery::default() };
    let expected = refused(&trace, &[0.9, 1.0], &query, 1);
    let EvaluateError::TooManyJumps { sample: Some(sample), .. } = expected else { panic!("{expected}") };
    assert!(expected.to_string().starts_with(&format!("sample {sample} had not ended after 160 jumps")));
    for threads in [2, 5] {
        assert_eq!(refused(&trace, &[0.9, 1.0], &query, threads), expected);
    }
    let before = SampleQuery { count: sample as usize, ..query };
    assert_eq!(trace.sample(&[0.9, 1.0], &before, 2).unwrap().times.len(), sample as usize);
}

#[test]
fn a_geometric_time_of_any_length_is_one_draw() {
    let trace = chain(Kind::Discrete, 3, &[(1, 1.0)], &[(1, 2, 1e-12)]);
    let samples = drawn(&trace, &[], 2000, 1).times;
    let mean = samples.iter().sum::<f64>() / 2000.0;
    assert!((mean / 1e12 - 1.0).abs() < 5.0 / f64::sqrt(2000.0), "{mean:e}");
    assert!(samples.iter().all(|&t| t >= 1.0 && t == t.floor()));
}

#[test]
fn more_samples_than_fit_are_refused_by_number_also_with_rewards() {
    let trace = model("erlang,k=2");
    let query = SampleQuery { count: 100_000_001, ..SampleQuery::default() };
    assert_eq!(refused(&trace, &[1.0], &query, 1).kind(), "too_many_samples");
    let rewards = vec![vec![1.0; trace.rows()]; 99];
    let query = SampleQuery { count: 1_000_001, rewards, ..SampleQuery::default() };
    let error = refused(&trace, &[1.0], &query, 1);
    assert_eq!(error, EvaluateError::TooManySamples { found: 100_000_100, limit: 100_000_000 });
}

#[test]
fn a_class_that_earns_and_loses_a_reward_is_refused_by_its_row() {
    let edges = [(1, 2, 1.0), (1, 4, 1.0), (2, 3, 1.0), (3, 2, 1.0)];
    let trace = chain(Kind::Continuous, 5, &[(1, 1.0)], &edges);
    let rewards = vec![vec![1.0; 5], vec![0.0, 0.0, 1.0, -1.0, 0.0]];
    let query = SampleQuery { count: 1, rewards, ..SampleQuery::default() };
    assert_eq!(refused(&trace, &[], &query, 1), EvaluateError::Unsettled { reward: 1, row: 2 });
}

#[test]
fn a_time_beyond_doubles_is_an_overflow_and_not_a_trap() {
    let trace = model("erlang,k=1");
    let query = SampleQuery { count: 50, ..SampleQuery::default() };
    let error = refused(&trace, &[1e-308], &query, 1);
    assert!(error.to_string().starts_with("the time of sample "), "{error}");
    assert_eq!(error.kind(), "overflow");
}

#[test]
fn a_chain_that_is_absorbed_at_once_gives_zeros() {
    let trace = chain(Kind::Continuous, 2, &[(1, 1.0)], &[]);
    assert_eq!(drawn(&trace, &[], 3, 1).times, [0.0; 3]);
}

#[test]
fn theta_and_rewards_are_checked_as_everywhere() {
    let trace = model("erlang,k=2");
    let query = SampleQuery { count: 1, ..SampleQuery::default() };
    assert_eq!(refused(&trace, &[], &query, 1).kind(), "theta_length");
    assert_eq!(refused(&trace, &[-1.0], &query, 1).kind(), "invalid_rate");
    let query = SampleQuery { rewards: vec![vec![1.0]], ..query };
    assert_eq!(refused(&trace, &[1.0], &query, 1).kind(), "reward_length");
}
