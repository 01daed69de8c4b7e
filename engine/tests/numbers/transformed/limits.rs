//! Closed classes, rewards of nothing, rates far apart, and what is refused.

use super::{model, reward_moments, time};
use crate::small::{close, graph, recorded, trace};
use sojourn_engine::{DistributionQuery, EvaluateError, Kind, Query, TransformError};

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
