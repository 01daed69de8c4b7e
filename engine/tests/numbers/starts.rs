//! Starts whose weights do not sum to one: divided by their sum, or kept, what they lack being absorbed at time zero.

use sojourn_engine::formats::matrix;
use sojourn_engine::{
    Chain, DistributionQuery, EvaluateError, Graph, GraphBuilder, GraphError, Kind, Query, Trace, Weight,
};

/// Two stages of rate 1 and 2, entered with these weights; row 3 absorbs.
fn graph(weights: &[(u32, Weight<'_>)]) -> Graph {
    let mut builder = GraphBuilder::new(Kind::Continuous, 2, 0).unwrap();
    (0..4).for_each(|_| assert!(builder.vertex(&[]).is_ok()));
    weights.iter().for_each(|&(to, weight)| builder.start_edge(to, weight).unwrap());
    builder.edge(1, 2, Weight::Constant(1.0)).unwrap();
    builder.edge(2, 3, Weight::Constant(2.0)).unwrap();
    builder.finish().unwrap()
}

fn mean(trace: &Trace, theta: [f64; 2]) -> Result<f64, EvaluateError> {
    Ok(trace.evaluate(&theta, &Query { moments: 1, ..Query::default() })?.moments[0])
}

fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}

#[test]
fn what_is_kept_is_absorbed_at_time_zero() {
    let graph = graph(&[(1, Weight::Constant(0.25)), (2, Weight::Constant(0.5))]);
    let divided = recorded(&graph);
    assert_eq!(divided.start_sum_other_than_one(), Some(0.75));
    assert!((mean(&divided, [0.0; 2]).unwrap() - (0.25 * 1.5 + 0.5 * 0.5) / 0.75).abs() < 1e-15);
    let kept = graph.with_start_mass_kept().unwrap();
    let trace = recorded(&kept);
    assert_eq!(trace.start_sum_other_than_one(), None);
    assert!((mean(&trace, [0.0; 2]).unwrap() - 0.625).abs() < 1e-15);
    let query = DistributionQuery { times: vec![0.0], ..DistributionQuery::default() };
    let found = trace.distribution(&[0.0; 2], &query).unwrap();
    assert_eq!((found.mass_at_zero, found.points[0].cdf), (0.25, 0.25));
    let again = matrix::read_json(matrix::write_json(&kept, &[0.0; 2]).unwrap().as_bytes(), false).unwrap();
    assert!(
        (recorded(&again).evaluate(&[], &Query { moments: 1, ..Query::default() }).unwrap().moments[0]
            - 0.625)
            .abs()
            < 1e-15
    );
}

#[test]
fn what_sums_to_one_but_for_rounding_lacks_nothing() {
    let tenth = Weight::Constant(0.1);
    let trace = recorded(&graph(&[(1, tenth); 10]).with_start_mass_kept().unwrap());
    let query = Query { moments: 1, ..Query::default() };
    assert_eq!(trace.evaluate(&[0.0; 2], &query).unwrap().mass_at_zero, 0.0);
    assert_eq!(recorded(&graph(&[(1, tenth); 10])).start_sum_other_than_one(), None);
}

#[test]
fn constant_weights_above_one_are_refused_where_they_are_kept() {
    let above = graph(&[(1, Weight::Constant(0.75)), (2, Weight::Constant(0.5))]);
    assert_eq!(above.clone().with_start_mass_kept(), Err(GraphError::StartMass { start: 0, sum: 1.25 }));
    assert_eq!(recorded(&above).start_sum_other_than_one(), Some(1.25));
}

#[test]
fn parameters_decide_at_each_theta_what_is_lacking() {
    // theta0 to row 1, and theta1 to absorption: what is lacking is 1 - theta0 - theta1.
    let linear = |coefficients| Weight::Linear { base: 0.0, coefficients };
    let graph = graph(&[(1, linear(&[1.0, 0.0])), (3, linear(&[0.0, 1.0]))]);
    let trace = recorded(&graph.with_start_mass_kept().unwrap());
    assert_eq!(trace.start_sum_other_than_one(), None);
    let query = Query { moments: 2, gradient: true, ..Query::default() };
    for theta in [[0.25, 0.5], [0.5, 0.5], [0.3, 0.7], [0.0, 0.125]] {
        let found = trace.evaluate(&theta, &query).unwrap();
        assert!((found.mass_at_zero - (1.0 - theta[0])).abs() < 1e-15, "{theta:?}");
        assert!((found.moments[0] - 1.5 * theta[0]).abs() < 1e-15, "{theta:?}");
        let gradient = found.gradient.unwrap().moments;
        assert!((gradient[0][0] - 1.5).abs() < 1e-14 && gradient[0][1].abs() < 1e-14, "{gradient:?}");
    }
    let error = mean(&trace, [0.75, 0.5]).unwrap_err();
    let EvaluateError::StartMass { start: 0, sum } = error else { panic!("{error}") };
    assert!((sum - 1.25).abs() < 1e-15 && error.kind() == "start_mass", "{error}");
    let again = Trace::decode(&trace.encode()).unwrap();
    assert_eq!((again.encode(), again.hash()), (trace.encode(), trace.hash()));
}

#[test]
fn a_graph_whose_weights_no_parameter_changes_says_so() {
    let constant = recorded(&graph(&[(1, Weight::Constant(1.0))]));
    assert!(constant.is_constant() && constant.parameters() == 2);
    let linear = Weight::Linear { base: 0.0, coefficients: &[1.0, 0.0] };
    assert!(!recorded(&graph(&[(1, linear), (2, Weight::Constant(1.0))])).is_constant());
}
