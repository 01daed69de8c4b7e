//! Numbers below the smallest double, and their logarithms.

use super::*;
use sojourn_engine::density::{Method, Point};
use sojourn_engine::{Event, Observation, Observations};

fn point(spec: &str, theta: &[f64], time: f64) -> Point {
    at_times(&model(spec), theta, &[time]).points[0]
}

/// The true value lies within the stated bound, and the bound is small.
fn within(found: f64, error: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= error + 2e-15 * expected.abs(),
        "{found:e} +- {error:e}, not {expected:e}"
    );
    assert!(error <= 1e-8 * expected.abs(), "{error:e} of {expected:e}");
}

#[test]
fn survival_has_its_digits_down_to_the_smallest_doubles() {
    let erlang = point("erlang,k=1", &[1.0], 695.0);
    within(erlang.survival, erlang.errors.survival, 1.463_305_743_588_96e-302);
    let erlang = point("erlang,k=3", &[1.0], 705.0);
    within(erlang.survival, erlang.errors.survival, 1.655_657_634_120_35e-301);
    within(erlang.hazard.unwrap(), erlang.errors.hazard, 0.997_167_144_493_687);
    let coalescent = point("coalescent,n=10", &[1.0], 700.0);
    within(coalescent.survival, coalescent.errors.survival, 2.420_102_424_377_40e-304);
    let later = point("coalescent,n=10", &[1.0], 705.0);
    within(later.hazard.unwrap(), later.errors.hazard, 1.0);
}

#[test]
fn a_cdf_has_its_digits_where_hardly_anything_has_left() {
    for (spec, theta, time, expected) in [
        ("erlang,k=1", 1.5, 6.666_666_666_666_667e-301, 1.0e-300),
        ("erlang,k=3", 1.0, 1e-100, 1.666_666_666_666_666_7e-301),
        ("erlang,k=5", 1.0, 1e-60, 1e-300 / 120.0),
        ("erlang,k=2", 1.0, 1e-150, 5e-301),
    ] {
        let found = point(spec, &[theta], time);
        within(found.cdf, found.errors.cdf, expected);
    }
    let below = point("erlang,k=5", &[1.0], 1e-100);
    assert_eq!(below.cdf, 0.0);
    let expected = 5.0 * f64::ln(1e-100) - 120f64.ln();
    within(below.log_cdf, below.errors.log_cdf, expected);
}

#[test]
fn logarithms_go_on_where_doubles_end() {
    for time in [800.0, 1e4, 3e5] {
        let found = point("erlang,k=1", &[1.0], time);
        assert_eq!((found.survival, found.density), (0.0, 0.0));
        within(found.log_survival, found.errors.log_survival, -time);
        within(found.log_density, found.errors.log_density, -time);
        within(found.hazard.unwrap(), found.errors.hazard, 1.0);
        let found = point("erlang,k=4", &[2.0], time);
        let x = 2.0 * time;
        let expected = -x + (1.0 + x + x * x / 2.0 + x * x * x / 6.0).ln();
        within(found.log_survival, found.errors.log_survival, expected);
    }
}

#[test]
fn a_discrete_chain_keeps_its_tail() {
    let edges = [(1, 2, 0.5), (1, 3, 0.25), (2, 3, 0.875)];
    let trace = chain(Kind::Discrete, 4, &[(1, 1.0)], &edges);
    // P(T > k) = 0.25^k + 0.5 (0.25^k - 0.125^k) / 0.125, to leading order five times 0.25^k.
    for k in [10.0, 600.0, 5000.0] {
        let found = at_times(&trace, &[], &[k]).points[0];
        let expected = k * 0.25f64.ln() + (5.0 - 4.0 * 0.5f64.powf(k)).ln();
        within(found.log_survival, found.errors.log_survival, expected);
        assert_eq!(found.method, Method::Powers);
    }
}

#[test]
fn log_likelihoods_and_their_gradients_have_no_floor() {
    let trace = model("erlang,k=1");
    for time in [700.0, 1e5] {
        let observations = Observations::new([Observation::once(Event::After(time))]).unwrap();
        let found = trace.log_likelihood_gradient(&[1.0], &observations).unwrap();
        within(found.value, found.error_bound, -time);
        within(found.gradient[0], found.gradient_errors[0], -time);
    }
    let observations = Observations::new([Observation::once(Event::At(1e4))]).unwrap();
    let found = trace.log_likelihood_gradient(&[2.0], &observations).unwrap();
    within(found.value, found.error_bound, 2f64.ln() - 2e4);
    within(found.gradient[0], found.gradient_errors[0], 0.5 - 1e4);
    let between = Event::Between { after: 1e4, until: 1.2e4 };
    let observations = Observations::new([Observation::once(between)]).unwrap();
    let found = trace.log_likelihood_gradient(&[1.0], &observations).unwrap();
    within(found.value, found.error_bound, -1e4);
    within(found.gradient[0], found.gradient_errors[0], -1e4);
}

#[test]
fn gradients_of_curves_go_on_where_doubles_end() {
    let found = &model("erlang,k=1").distribution_gradient(&[1.0], &[650.0, 1e4]).unwrap();
    let e = f64::exp(-650.0);
    within(found[0].density.values[0], found[0].density.errors[0], (1.0 - 650.0) * e);
    within(found[0].cdf.values[0], found[0].cdf.errors[0], 650.0 * e);
    for (point, time) in found.iter().zip([650.0, 1e4]) {
        within(point.log_survival.values[0], point.log_survival.errors[0], -time);
        within(point.log_density.values[0], point.log_density.errors[0], 1.0 - time);
        assert!((point.hazard.values[0] - 1.0).abs() <= point.hazard.errors[0] + 1e-12);
    }
}

#[test]
fn a_self_loop_that_rounding_nearly_closes_keeps_its_digits() {
    // 1 - 0.3 - b of the doubles as they are, b so near to 0.7 that the sum is one to rounding.
    let b = 0.7 - 3.0 * f64::EPSILON;
    let trace = chain(Kind::Discrete, 4, &[(1, 1.0)], &[(1, 2, 0.3), (1, 3, b), (2, 3, 1.0)]);
    let stays = (1.0 - b) - 0.3;
    let found = at_times(&trace, &[], &[9.0]).points[0];
    within(found.log_survival, found.errors.log_survival, 8.0 * stays.ln() + (stays + 0.3).ln());
}
