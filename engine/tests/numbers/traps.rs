//! Classes that are never left, vertices that vanish at a theta, and what is refused.

use crate::small::{close, graph, moments, recorded, rewarded, trace};
use sojourn_engine::{EvaluateError, Kind, Query, Trace};

fn trap_of(result: Result<impl std::fmt::Debug, EvaluateError>) -> (Vec<u32>, f64) {
    match result.unwrap_err() {
        EvaluateError::Infinite { class, probability, .. } => (class, probability),
        other => panic!("{other}"),
    }
}

/// 1 leads to 2 and 3 (a class of its own) with probability 1/4, and to absorption.
fn with_class() -> Trace {
    trace(5, 0, &[(0, 1, 1.0, &[]), (1, 2, 1.0, &[]), (1, 4, 3.0, &[]), (2, 3, 2.0, &[]), (3, 2, 5.0, &[])])
}

#[test]
fn a_class_that_is_never_left_is_named_with_its_probability() {
    let error = moments(&with_class(), &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "E[T] is infinite: with probability 0.25 the chain ends in the class of vertices 2, 3, which it never leaves"
    );
    assert_eq!((error.kind(), trap_of(Err::<(), _>(error)).0), ("infinite", vec![2, 3]));
}

#[test]
fn rewards_that_a_class_does_not_earn_stay_finite() {
    let trace = with_class();
    let found = rewarded(&trace, &[], &[&[0.0, 2.0, 0.0, 0.0, 0.0]]).unwrap();
    close(found.expected_reward[0], 0.5);
    close(found.covariance.unwrap()[0][0], 0.25);
    trap_of(rewarded(&trace, &[], &[&[0.0, 2.0, 0.0, 1.0, 0.0]]));
}

#[test]
fn occupancies_are_infinite_in_the_class_alone() {
    assert_eq!(with_class().occupancies(&[]).unwrap(), [0.0, 0.25, f64::INFINITY, f64::INFINITY, 0.0]);
}

#[test]
fn a_vertex_that_is_never_left_is_entered_as_often_as_it_is_reached() {
    // 1 leads to 2, which is left at theta, and to absorption.
    let trace = trace(4, 1, &[(0, 1, 1.0, &[]), (1, 2, 1.0, &[]), (1, 3, 3.0, &[]), (2, 3, 0.0, &[1.0])]);
    let stuck = trace.residence(&[0.0]).unwrap();
    assert_eq!(
        (&stuck.times[..], &stuck.visits[..]),
        (&[0.0, 0.25, f64::INFINITY, 0.0][..], &[0.0, 1.0, 0.25, 0.0][..])
    );
    assert_eq!(with_class().residence(&[]).unwrap().visits, [0.0, 1.0, f64::INFINITY, f64::INFINITY, 0.0]);
}

/// 1 and 2 are one component; 2 cannot be left where theta is zero.
fn one_way() -> Trace {
    trace(4, 1, &[(0, 1, 1.0, &[]), (1, 2, 1.0, &[]), (1, 3, 3.0, &[]), (2, 1, 0.0, &[1.0])])
}

#[test]
fn a_vertex_whose_only_rate_vanishes_is_a_trap_inside_its_component() {
    close(moments(&one_way(), &[2.0]).unwrap()[0], (1.0 + 0.5) / 3.0);
    assert_eq!(trap_of(moments(&one_way(), &[0.0])), (vec![2], 0.25));
}

#[test]
fn a_class_that_appears_inside_a_component_has_its_probability() {
    // 1 -> {2, 3} -> back at theta; {2, 3} is entered with probability 1/4 and never left at zero.
    for (a, b) in [(2, 3), (3, 2)] {
        let trace = trace(
            5,
            1,
            &[
                (0, 1, 1.0, &[]),
                (1, a, 1.0, &[]),
                (1, 4, 3.0, &[]),
                (a, b, 1.0, &[]),
                (b, a, 7.0, &[]),
                (b, 1, 0.0, &[1.0]),
            ],
        );
        let (class, probability) = trap_of(moments(&trace, &[0.0]));
        assert_eq!(class, [2, 3]);
        close(probability, 0.25);
        let before = rewarded(&trace, &[0.0], &[&[0.0, 1.0, 0.0, 0.0, 0.0]]).unwrap();
        close(before.expected_reward[0], 0.25);
    }
}

#[test]
fn a_trap_that_is_not_reached_at_this_theta_harms_nothing() {
    // 1 -> 2 at theta; 2 and 3 are a class of their own.
    let trace = trace(
        5,
        1,
        &[(0, 1, 1.0, &[]), (1, 2, 0.0, &[1.0]), (1, 4, 4.0, &[]), (2, 3, 1.0, &[]), (3, 2, 1.0, &[])],
    );
    let found = trace
        .evaluate(
            &[0.0],
            &Query {
                moments: 3,
                rewards: vec![vec![1.0; 5]],
                reward_moments: 2,
                covariance: true,
                ..Query::default()
            },
        )
        .unwrap();
    close(found.moments[2], 6.0 / 64.0);
    close(found.reward_moments[0][1], 2.0 / 16.0);
    close(found.covariance.unwrap()[0][0], 1.0 / 16.0);
    assert_eq!(trace.occupancies(&[0.0]).unwrap(), [0.0, 0.25, 0.0, 0.0, 0.0]);
    assert_eq!(trap_of(moments(&trace, &[4.0])).1, 0.5);
}

#[test]
fn of_two_traps_the_one_that_earns_the_reward_is_named() {
    let trace = trace(
        7,
        0,
        &[
            (0, 1, 1.0, &[]),
            (1, 2, 1.0, &[]),
            (2, 3, 1.0, &[]),
            (3, 2, 1.0, &[]),
            (1, 4, 3.0, &[]),
            (4, 5, 1.0, &[]),
            (5, 4, 1.0, &[]),
            (1, 6, 4.0, &[]),
        ],
    );
    let reward = |row: usize| (0..7).map(|r| f64::from(u8::from(r == row))).collect::<Vec<f64>>();
    assert_eq!(trap_of(rewarded(&trace, &[], &[&reward(2)])), (vec![2, 3], 0.125));
    assert_eq!(trap_of(rewarded(&trace, &[], &[&reward(5)])), (vec![4, 5], 0.375));
}

#[test]
fn a_discrete_trap_is_named_with_its_probability_and_other_rewards_are_finite() {
    let trace = recorded(&graph(
        Kind::Discrete,
        5,
        0,
        &[(0, 1, 1.0, &[]), (1, 2, 0.125, &[]), (1, 4, 0.375, &[]), (2, 3, 1.0, &[]), (3, 2, 0.5, &[])],
    ));
    assert_eq!(trap_of(moments(&trace, &[])), (vec![2, 3], 0.25));
    let found = rewarded(&trace, &[], &[&[0.0, 1.0, 0.0, 0.0, 0.0]]).unwrap();
    close(found.expected_reward[0], 2.0);
    close(found.covariance.unwrap()[0][0], 2.0);
}
