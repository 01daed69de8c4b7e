//! Numbers of graphs whose rows are divided by their sums.

use proptest::prelude::*;
use sojourn_engine::{
    DistributionQuery, EvaluateError, Event, GraphBuilder, Kind, Observation, Observations, Query, Question,
    SampleQuery, Trace, Weight,
};

use crate::cases::absorbed;
use crate::dense::Dense;
use crate::{close, near, recorded};

/// Rows 1 -> 2 (theta0), 1 -> 3 (2 theta0), 2 -> 3 (theta1).
fn example() -> Trace {
    let mut builder = GraphBuilder::new(Kind::Discrete, 2, 0).unwrap();
    (0..4).for_each(|_| assert!(builder.vertex(&[]).is_ok()));
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    for (from, to, coefficients) in [(1, 2, [1.0, 0.0]), (1, 3, [2.0, 0.0]), (2, 3, [0.0, 1.0])] {
        builder.edge(from, to, Weight::Linear { base: 0.0, coefficients: &coefficients }).unwrap();
    }
    recorded(&builder.finish().unwrap().with_normalised_rows())
}

fn moments(order: usize, gradient: bool) -> Query {
    Query { moments: order, gradient, ..Query::default() }
}

#[test]
fn rows_are_divided_by_their_sums_at_every_theta() {
    let trace = example();
    assert_eq!(trace.kind(), Kind::Discrete);
    for theta in [[0.2, 0.5], [3.0, 1e-9], [1e-300, 1e300]] {
        let numbers = trace.evaluate(&theta, &moments(2, true)).unwrap();
        // One step with probability 2/3, else two.
        close(numbers.moments[0], 4.0 / 3.0, 1e-15);
        close(numbers.moments[1], 2.0, 1e-15);
        let gradient = numbers.gradient.unwrap();
        // Nothing depends on theta at all.
        gradient.moments.iter().flatten().for_each(|&slope| near(slope, 0.0, 1e-15 / theta[0].min(theta[1])));
        let query = DistributionQuery { times: vec![0.0, 1.0, 2.0], ..DistributionQuery::default() };
        let points = trace.distribution(&theta, &query).unwrap().points;
        for (point, (pmf, cdf)) in points.iter().zip([(0.0, 0.0), (2.0 / 3.0, 2.0 / 3.0), (1.0 / 3.0, 1.0)]) {
            close(point.density, pmf, 1e-15);
            close(point.cdf, cdf, 1e-15);
        }
    }
}

#[test]
fn a_row_whose_weights_all_vanish_is_not_left() {
    let trace = example();
    // Row 2 is reached with probability 1/3, and left with weight theta1 alone.
    let error = trace.evaluate(&[0.2, 0.0], &moments(1, false)).unwrap_err();
    assert_eq!(error.kind(), "infinite");
    let query = DistributionQuery { times: vec![1.0, 50.0], ..DistributionQuery::default() };
    let found = trace.distribution(&[0.2, 0.0], &query).unwrap();
    found.points.iter().for_each(|point| close(point.cdf, 2.0 / 3.0, 1e-15));
    // Where row 1 is not left, row 2 is not reached.
    let query = DistributionQuery { times: vec![9.0], ..DistributionQuery::default() };
    assert_eq!(trace.distribution(&[0.0, 0.0], &query).unwrap().points[0].cdf, 0.0);
}

#[test]
fn a_row_of_self_loops_is_never_left_whatever_they_weigh() {
    // Half of the start's mass is in row 2, which has a self-loop of weight theta1; row 1 has one and is left.
    let mut builder = GraphBuilder::new(Kind::Discrete, 2, 0).unwrap();
    (0..4).for_each(|_| assert!(builder.vertex(&[]).is_ok()));
    builder.start_edge(1, Weight::Constant(0.5)).unwrap();
    builder.start_edge(2, Weight::Constant(0.5)).unwrap();
    for (from, to, coefficients) in [(1, 1, [3.0, 0.0]), (1, 3, [1.0, 0.0]), (2, 2, [0.0, 7.0])] {
        builder.edge(from, to, Weight::Linear { base: 0.0, coefficients: &coefficients }).unwrap();
    }
    let trace = recorded(&builder.finish().unwrap().with_normalised_rows());
    for theta1 in [0.0, 0.3, 1e9] {
        let theta = [0.25, theta1];
        assert_eq!(trace.evaluate(&theta, &moments(1, true)).unwrap_err().kind(), "infinite");
        let points = trace.distribution_gradient(&theta, &[0.0, 1.0, 2.0, 1e9]).unwrap();
        for (found, cdf) in points.iter().zip([0.0, 0.125, 0.21875, 0.5]) {
            close(found.point.cdf, cdf, 1e-14);
            found.cdf.values.iter().for_each(|&slope| near(slope, 0.0, 1e-13));
        }
    }
    assert!(trace.evaluate(&[0.25, -1.0], &moments(1, false)).is_err());
}

#[test]
fn what_cancels_in_one_weight_does_not_take_others_with_it() {
    // Weights theta0 - theta1 and 1e-20 theta1: at equal parameters the second alone is left.
    let mut builder = GraphBuilder::new(Kind::Discrete, 2, 0).unwrap();
    (0..4).for_each(|_| assert!(builder.vertex(&[]).is_ok()));
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    for (from, to, coefficients) in
        [(1, 2, [1.0, -1.0]), (1, 3, [0.0, 1e-20]), (2, 1, [1.0, 0.0]), (2, 3, [1.0, 0.0])]
    {
        builder.edge(from, to, Weight::Linear { base: 0.0, coefficients: &coefficients }).unwrap();
    }
    let trace = recorded(&builder.finish().unwrap().with_normalised_rows());
    let at = |theta: [f64; 2]| trace.evaluate(&theta, &moments(1, false)).unwrap().moments[0];
    close(at([0.7, 0.7]), 1.0, 1e-15);
    // Rounding alone keeps 0.1 + 0.2 from 0.3.
    close(at([0.1 + 0.2, 0.3]), 1.0, 1e-15);
    // To row 2 nearly always, and from there on or back with probability one half: 4 steps.
    close(at([1.4, 0.7]), 4.0, 1e-15);
    let Err(error) = trace.evaluate(&[0.5, 0.7], &moments(1, false)) else { panic!("a negative weight") };
    let EvaluateError::Rate { from: 1, to: Some(2), value } = error else { panic!("{error}") };
    close(value, -0.2, 1e-15);
}

#[test]
fn a_sum_beyond_doubles_is_refused_by_its_row() {
    let error = example().evaluate(&[8e307, 1.0], &moments(1, false)).unwrap_err();
    assert!(error.to_string().contains("the sum of the weights out of vertex 1"), "{error}");
}

#[test]
fn what_gpus_do_not_compute_is_refused_by_name() {
    let question = Question { moments: Some(moments(1, false)), ..Question::default() };
    let refused = example().supports_images(&question).unwrap_err().to_string();
    assert!(refused.contains("rows are divided by their sums") && refused.contains("CPU"), "{refused}");
}

#[test]
fn walks_take_each_edge_as_often_as_its_share() {
    let query = SampleQuery { count: 30_000, seed: 11, ..SampleQuery::default() };
    let times = example().sample(&[0.2, 0.5], &query, 2).unwrap().times;
    assert!(times.iter().all(|&steps| steps == 1.0 || steps == 2.0));
    let share = times.iter().filter(|&&steps| steps == 1.0).count() as f64 / 30_000.0;
    // Four standard deviations.
    near(share, 2.0 / 3.0, 4.0 * (2.0 / 9.0_f64 / 30_000.0).sqrt());
}

proptest! {
    #[test]
    fn numbers_are_those_of_the_graph_divided_by_hand(case in absorbed()) {
        let (trace, plain) = (recorded(&case.graph()), recorded(&case.divided_by_hand()));
        let rewards = vec![case.rewards.clone()];
        let query = Query { rewards, reward_moments: 2, covariance: true, ..moments(3, false) };
        let (found, expected) =
            (trace.evaluate(&case.theta, &query).unwrap(), plain.evaluate(&case.theta, &query).unwrap());
        for (a, b) in found.moments.iter().zip(&expected.moments) {
            close(*a, *b, 1e-13);
        }
        for (a, b) in found.reward_moments[0].iter().zip(&expected.reward_moments[0]) {
            close(*a, *b, 1e-13);
        }
        let variance = |n: &sojourn_engine::Numbers| n.covariance.as_ref().unwrap()[0][0];
        near(variance(&found), variance(&expected), 1e-12 * expected.reward_moments[0][1]);
        let query = DistributionQuery {
            times: vec![0.0, 1.0, 2.0, 7.0, 60.0],
            quantiles: vec![0.35],
            state_probabilities: true,
            ..DistributionQuery::default()
        };
        let (found, expected) =
            (trace.distribution(&case.theta, &query).unwrap(), plain.distribution(&case.theta, &query).unwrap());
        for (a, b) in found.points.iter().zip(&expected.points) {
            // Rounding alone lets a row divided by hand keep 1e-16 of its mass.
            near(a.density, b.density, 1e-13);
            near(a.cdf, b.cdf, 1e-13);
        }
        for (a, b) in found.state_probabilities.iter().flatten().zip(expected.state_probabilities.iter().flatten()) {
            near(*a, *b, 1e-13);
        }
        near(found.mass_at_zero, expected.mass_at_zero, 1e-15);
    }

    #[test]
    fn numbers_are_those_of_dense_matrices(case in absorbed()) {
        let trace = recorded(&case.graph());
        let dense: Dense = Dense::new(&case, 0);
        let query = Query { rewards: vec![case.rewards.clone()], reward_moments: 2, ..moments(2, false) };
        let found = trace.evaluate(&case.theta, &query).unwrap();
        let steps = vec![1.0; case.rows];
        for (found, expected) in [(&found.moments, dense.moments(&steps)), (&found.reward_moments[0], dense.moments(&case.rewards))] {
            found.iter().zip(expected).for_each(|(found, expected)| close(*found, expected.value, 1e-10));
        }
        let query = DistributionQuery { times: (0..6).map(f64::from).collect(), ..DistributionQuery::default() };
        let points = trace.distribution(&case.theta, &query).unwrap().points;
        for (point, [pmf, cdf]) in points.iter().zip(dense.distribution(5)) {
            near(point.density, pmf.value, 1e-13);
            near(point.cdf, cdf.value, 1e-13);
        }
    }

    #[test]
    fn many_vectors_have_the_bits_of_one(case in absorbed()) {
        let trace = recorded(&case.graph());
        let question = Question {
            moments: Some(Query { rewards: vec![case.rewards.clone()], reward_moments: 2, ..moments(2, true) }),
            ..Question::default()
        };
        let thetas: Vec<[f64; 2]> =
            (0..37).map(|k| [case.theta[0] + f64::from(k) / 11.0, case.theta[1] * f64::from(k % 5)]).collect();
        let many = trace.answer_many(&thetas, &question, 2);
        for (theta, many) in thetas.iter().zip(many) {
            prop_assert_eq!(trace.answer(theta, &question), many);
        }
    }

    #[test]
    fn likelihoods_are_those_of_the_graph_divided_by_hand(case in absorbed()) {
        let (trace, plain) = (recorded(&case.graph()), recorded(&case.divided_by_hand()));
        let events = [Event::Until(4.0), Event::After(1.0), Event::Between { after: 1.0, until: 9.0 }];
        for event in events {
            let observed = Observations::new([Observation::once(event)]).unwrap();
            let of = |trace: &Trace| trace.log_likelihood(&case.theta, &observed).map(|found| found.value);
            match (of(&trace), of(&plain)) {
                (Ok(found), Ok(expected)) => near(found, expected, 1e-12 * expected.abs().max(1.0)),
                (found, expected) => prop_assert_eq!(found.is_err(), expected.is_err()),
            }
        }
    }
}
