//! Traps, nothing at all, and what is refused.

use sojourn_engine::density::{DistributionQuery, Method};
use sojourn_engine::{EvaluateError, GraphBuilder, Kind, Trace, Weight};

use crate::{at_times, chain, close, model, recorded};

#[test]
fn mass_in_traps_is_told_and_never_absorbed() {
    // From 1 to a pair that goes round for ever, three times as likely as to absorption.
    let edges = [(1, 2, 3.0), (2, 4, 5.0), (4, 2, 1.0), (1, 3, 1.0)];
    let trace = chain(Kind::Continuous, 5, &[(1, 1.0)], &edges);
    let found = at_times(&trace, &[], &[1.0, 1e3, 1e18]);
    close(found.mass_in_traps, 0.75, 1e-14);
    close(found.points[0].cdf, 0.25 * (1.0 - f64::exp(-4.0)), 1e-12);
    for point in &found.points[1..] {
        close(point.survival, 0.75, 1e-9);
        close(point.cdf, 0.25, 1e-9);
        assert_eq!(point.density, 0.0);
    }
    close(trace.laplace_transform(&[], 0.0).unwrap(), 0.25, 1e-14);
}

#[test]
fn a_vertex_that_only_this_theta_makes_a_trap_is_one() {
    let mut builder = GraphBuilder::new(Kind::Continuous, 2, 0).unwrap();
    (0..5).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    for (to, weight) in [(2, 3.0), (3, 1.0), (4, 2.0)] {
        builder.edge(1, to, Weight::Constant(weight)).unwrap();
    }
    builder.edge(2, 1, Weight::Linear { base: 0.0, coefficients: &[1.0, 0.0] }).unwrap();
    builder.edge(4, 1, Weight::Linear { base: 0.0, coefficients: &[0.0, 1.0] }).unwrap();
    let trace = recorded(&builder.finish().unwrap());
    close(trace.laplace_transform(&[0.5, 0.5], 0.0).unwrap(), 1.0, 1e-14);
    // Either is eliminated before the vertex between them, or after.
    for (theta, absorbed) in [([0.0, 5.0], 1.0 / 4.0), ([5.0, 0.0], 1.0 / 3.0), ([0.0, 0.0], 1.0 / 6.0)] {
        close(trace.laplace_transform(&theta, 0.0).unwrap(), absorbed, 1e-14);
        let found = at_times(&trace, &theta, &[1e3, 1e20]);
        close(found.mass_in_traps, 1.0 - absorbed, 1e-14);
        for point in &found.points {
            close(point.cdf, absorbed, 1e-9);
            close(point.survival, 1.0 - absorbed, 1e-9);
        }
    }
}

#[test]
fn absorption_at_once_is_mass_at_zero_and_nothing_else() {
    let trace = chain(Kind::Continuous, 2, &[(1, 1.0)], &[]);
    let query = DistributionQuery {
        times: vec![0.0, 1.0, 1e300],
        quantiles: vec![0.5, 1.0],
        state_probabilities: true,
        occupancies: true,
        ..DistributionQuery::default()
    };
    let found = trace.distribution(&[], &query).unwrap();
    for point in &found.points {
        assert_eq!((point.density, point.survival), (0.0, 0.0));
        close(point.cdf, 1.0, 1e-14);
    }
    assert_eq!((found.quantiles, found.mass_at_zero), (vec![0.0, 0.0], 1.0));
    assert_eq!(found.state_probabilities, vec![vec![0.0, 0.0]; 3]);
    assert_eq!(trace.laplace_transform(&[], 3.0).unwrap(), 1.0);
}

#[test]
fn at_any_large_argument_the_laplace_transform_is_the_mass_at_zero() {
    let edges = [(1, 2, 0.5), (2, 1, 0.25), (2, 3, 0.5)];
    for kind in [Kind::Continuous, Kind::Discrete] {
        let trace = chain(kind, 4, &[(1, 3.0), (3, 1.0)], &edges);
        for s in [1e3, 1e200, f64::MAX] {
            close(trace.laplace_transform(&[], s).unwrap(), 0.25, 1e-6);
        }
    }
}

fn refused(trace: &Trace, query: DistributionQuery) -> EvaluateError {
    trace.distribution(&vec![1.0; trace.parameters()], &query).unwrap_err()
}

#[test]
fn times_probabilities_and_tolerances_that_are_none_are_refused_by_place() {
    let trace = model("erlang,k=2");
    for value in [-1.0, f64::INFINITY] {
        let query = DistributionQuery { times: vec![1.0, value], ..DistributionQuery::default() };
        assert_eq!(refused(&trace, query), EvaluateError::Time { index: 1, value });
    }
    for value in [-0.1, 1.1] {
        let query = DistributionQuery { quantiles: vec![0.5, 0.0, value], ..DistributionQuery::default() };
        assert_eq!(refused(&trace, query), EvaluateError::Probability { index: 2, value });
    }
    for value in [0.0, 1.0] {
        let query = DistributionQuery { tolerance: value, ..DistributionQuery::default() };
        assert_eq!(refused(&trace, query), EvaluateError::Tolerance { value });
    }
    let nan = DistributionQuery { times: vec![f64::NAN], ..DistributionQuery::default() };
    assert_eq!(refused(&trace, nan).kind(), "invalid_time");
    assert_eq!(trace.laplace_transform(&[1.0], -1.0), Err(EvaluateError::Shift { value: -1.0 }));
}

/// A ring of five thousand stages, from the last of which one in two goes on: its spectrum comes near the imaginary axis, and
/// they are too many to be squared. Beside it, a vertex that is hardly ever entered, and fast.
fn long_ring(fast: f64) -> Trace {
    let n = 5000;
    let rate = f64::from(n);
    let mut edges: Vec<(u32, u32, f64)> = (1..n).map(|v| (v, v + 1, rate)).collect();
    edges.extend([(n, n + 1, rate / 2.0), (n, 1, rate / 2.0), (n + 2, n + 1, fast)]);
    chain(Kind::Continuous, n + 3, &[(1, 1.0), (n + 2, 1e-100)], &edges)
}

#[test]
fn where_a_contour_has_too_many_nodes_there_is_no_answer() {
    let query = DistributionQuery { times: vec![1.0], ..DistributionQuery::default() };
    let error = refused(&long_ring(1e12), query);
    assert!(
        matches!(error, EvaluateError::NoContour { steps, vertices: 5001, .. } if steps == 1e12),
        "{error}"
    );
    assert_eq!(error.kind(), "no_contour");
    assert!(error.to_string().contains("1.000e12") && error.to_string().contains("long rings"), "{error}");
}

#[test]
fn where_a_contour_has_too_many_nodes_a_long_sweep_is_taken_if_it_is_not_too_long() {
    let swift = at_times(&long_ring(5000.0), &[], &[1.0]).points[0];
    let found = at_times(&long_ring(5e4), &[], &[1.0]).points[0];
    assert_eq!((swift.method, found.method), (Method::Uniformisation, Method::Uniformisation));
    close(found.density, swift.density, 1e-9);
    close(found.survival, swift.survival, 1e-9);
}

#[test]
fn stages_in_a_row_are_answered_by_a_contour_however_stiff_the_chain() {
    // Three hundred equal stages are all but a fixed time, a pole of order 300; beside them, a fast vertex.
    let n = 300;
    let stages = |fast: f64| {
        let mut edges: Vec<(u32, u32, f64)> = (1..=n).map(|v| (v, v + 1, f64::from(n))).collect();
        edges.push((n + 2, n + 1, fast));
        chain(Kind::Continuous, n + 3, &[(1, 1.0), (n + 2, 1e-100)], &edges)
    };
    let swift = at_times(&stages(300.0), &[], &[1.0]).points[0];
    let found = at_times(&stages(1e25), &[], &[1.0]).points[0];
    assert_eq!(swift.method, Method::Uniformisation);
    close(found.density, swift.density, 1e-11);
    close(found.survival, swift.survival, 1e-11);
}

#[test]
fn times_beyond_all_measure_are_answered_where_all_has_left_and_refused_where_they_overflow() {
    let trace = model("erlang,k=30");
    let point = at_times(&trace, &[1e-3], &[1e299]).points[0];
    assert_eq!((point.density, point.survival, point.hazard), (0.0, 0.0, None));
    close(point.cdf, 1.0, 1e-12);
    let query = DistributionQuery { times: vec![1e308], ..DistributionQuery::default() };
    let error = trace.distribution(&[1e3], &query).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the number of steps until time 1e308 is beyond the range of double precision (1.8e308)"
    );
}
