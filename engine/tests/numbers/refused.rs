//! Parameters and rates that are refused, and numbers beyond the range of doubles.

use crate::small::{graph, moments, recorded, rewarded, trace};
use sojourn_engine::{EvaluateError, Kind, Query};

#[test]
fn a_negative_rate_names_its_edge() {
    let trace =
        trace(4, 2, &[(0, 1, 1.0, &[]), (1, 2, 1.0, &[]), (2, 1, 0.0, &[1.0, -1.0]), (2, 3, 1.0, &[])]);
    assert_eq!(
        moments(&trace, &[1.0, 2.0]).unwrap_err(),
        EvaluateError::Rate { from: 2, to: Some(1), value: -1.0 }
    );
}

#[test]
fn equal_parameters_make_their_difference_zero_and_not_a_little_more_or_less() {
    let trace =
        trace(4, 2, &[(0, 1, 1.0, &[]), (1, 2, 0.0, &[0.3, -0.1]), (1, 3, 2.0, &[]), (2, 3, 1e-30, &[])]);
    // 0.3 * 0.1 - 0.1 * 0.3 is not zero in doubles; were it kept, vertex 2 would add 1e13.
    assert_ne!(0.3 * 0.1 - 0.1 * (0.1 * 3.0), 0.0);
    assert_eq!(moments(&trace, &[0.1, 0.1 * 3.0]).unwrap()[0], 0.5);
}

#[test]
fn probabilities_above_one_name_their_vertex_and_rounding_is_forgiven() {
    let row = |extra: f64| {
        graph(
            Kind::Discrete,
            4,
            0,
            &[
                (0, 1, 1.0, &[]),
                (1, 2, 0.7, &[]),
                (1, 3, 0.3 + extra, &[]),
                (2, 2, 0.5, &[]),
                (2, 1, 0.5, &[]),
            ],
        )
    };
    assert!(moments(&recorded(&row(1e-16)), &[]).is_ok());
    let error = moments(&recorded(&row(1e-9)), &[]).unwrap_err();
    assert!(matches!(error, EvaluateError::RowSum { vertex: 1, sum } if sum > 1.0), "{error}");
    let looped = [(0, 1, 1.0, &[] as &[f64]), (1, 1, 0.75, &[]), (1, 2, 0.5, &[])];
    let error = moments(&recorded(&graph(Kind::Discrete, 3, 0, &looped)), &[]).unwrap_err();
    assert_eq!(error, EvaluateError::RowSum { vertex: 1, sum: 1.25 });
}

#[test]
fn theta_and_rewards_of_another_length_or_not_finite_are_refused() {
    let trace = trace(3, 1, &[(0, 1, 1.0, &[]), (1, 2, 0.0, &[1.0])]);
    assert_eq!(moments(&trace, &[]).unwrap_err(), EvaluateError::ThetaLength { found: 0, expected: 1 });
    assert_eq!(moments(&trace, &[f64::NAN]).unwrap_err().kind(), "theta_not_finite");
    assert_eq!(rewarded(&trace, &[1.0], &[&[1.0]]).unwrap_err().kind(), "reward_length");
    let reward = [0.0, f64::INFINITY, 0.0];
    assert_eq!(rewarded(&trace, &[1.0], &[&reward]).unwrap_err().kind(), "reward_not_finite");
    let query = Query { moments: 101, ..Query::default() };
    assert_eq!(trace.evaluate(&[1.0], &query).unwrap_err().kind(), "moment_too_high");
}

#[test]
fn initial_weights_that_vanish_are_refused() {
    let trace = trace(3, 1, &[(0, 1, 0.0, &[1.0]), (1, 2, 1.0, &[])]);
    assert_eq!(moments(&trace, &[0.0]).unwrap_err().kind(), "no_initial_probability");
    assert_eq!(moments(&trace, &[3.0]).unwrap()[0], 1.0);
}

#[test]
fn a_mean_beyond_doubles_is_an_overflow_and_not_a_trap() {
    let trace = trace(3, 1, &[(0, 1, 1.0, &[]), (1, 2, 0.0, &[1.0])]);
    assert_eq!(
        moments(&trace, &[1e-160]).unwrap_err(),
        EvaluateError::Overflow { what: "E[T^2]".to_owned() }
    );
    assert_eq!(moments(&trace, &[1e-150]).unwrap()[1], 2.0 * (1e150 * 1e150));
}

#[test]
fn rates_whose_sum_is_beyond_doubles_are_refused_and_not_taken_for_a_time_of_zero() {
    for edges in [
        &[(0, 1, 1.0, &[] as &[f64]), (1, 2, 0.0, &[1.0]), (1, 3, 0.0, &[1.0]), (2, 3, 1.0, &[])][..],
        &[
            (0, 1, 1.0, &[]),
            (1, 2, 0.0, &[1.0]),
            (1, 3, 0.0, &[1.0]),
            (2, 1, 0.0, &[1.0]),
            (2, 3, 0.0, &[1.0]),
        ],
    ] {
        let trace = trace(4, 1, edges);
        assert!(moments(&trace, &[1e150]).is_ok());
        let error = moments(&trace, &[1.5e308]).unwrap_err();
        assert_eq!(error.kind(), "overflow", "{error}");
        let error = trace.occupancies(&[1.5e308]).unwrap_err();
        assert_eq!(error.kind(), "overflow", "{error}");
    }
}

#[test]
fn a_rate_beyond_doubles_is_refused_by_its_edge_and_not_snapped_to_zero() {
    let trace = trace(3, 1, &[(0, 1, 1.0, &[]), (1, 2, 0.0, &[45.0])]);
    let error = moments(&trace, &[1e308]).unwrap_err();
    assert_eq!(error.kind(), "invalid_rate", "{error}");
}

#[test]
fn a_mean_of_1e286_keeps_its_digits() {
    // Birth and death between 1 and 40, ten million times likelier up than down: E = sum over levels of
    // (1 / death) * sum of powers of their ratio, all terms positive.
    let (levels, up, down) = (40u32, 1e7, 1.0);
    let mut edges = vec![(0u32, 1u32, 1.0, &[] as &[f64])];
    for v in 1..=levels {
        edges.push((v, if v == 1 { levels + 1 } else { v - 1 }, down, &[]));
        if v < levels {
            edges.push((v, v + 1, up, &[]));
        }
    }
    let query = Query { moments: 1, ..Query::default() };
    let found = trace(levels + 2, 0, &edges).evaluate(&[], &query).unwrap().moments[0];
    let expected: f64 = (0..levels as i32).map(|k| 1e7f64.powi(k)).sum();
    assert!((found / expected - 1.0).abs() < 1e-13, "{found} instead of {expected}");
}
