//! Stated bounds on errors, against the same numbers in 384 bits: of the distribution, likelihoods, moments, and the
//! gradients of all of them, by every method that graphs in steps are computed with.

use proptest::prelude::*;
use sojourn_engine::density::{Method, ParameterGradient, PointGradient};
use sojourn_engine::{DistributionQuery, Event, Observation, Observations, Query};

use crate::cases::{Case, absorbed};
use crate::dense::{Dense, Dual};
use crate::number::PreciseNumber;
use crate::recorded;

type Precise = Dual<PreciseNumber>;

/// Checks that a number is within its bound, that there is one, and that it is of use.
#[track_caller]
fn within(what: &str, found: f64, bound: f64, exact: PreciseNumber, useful: f64) {
    let off = (PreciseNumber::from(found) - exact).abs();
    let expected = exact.scaled().to_f64();
    // 384 bits are not exact either.
    assert!(
        off <= PreciseNumber::from(bound) + 1e-100.into(),
        "{what}: {found:e}, not {expected:e} within {bound:e}"
    );
    assert!(bound <= useful, "{what}: {found:e} within {bound:e} only");
}

fn cases_with_all_slopes(case: &Case) -> [Dense<PreciseNumber>; 2] {
    [Dense::new(case, 0), Dense::new(case, 1)]
}

/// Checks values and gradients at times, whose method must be this one, to a part of the largest terms.
fn check_times(case: &Case, times: &[f64], method: Method, part: f64) {
    let trace = recorded(&case.graph());
    let points = trace.distribution_gradient(&case.theta, times).unwrap();
    let dense = cases_with_all_slopes(case);
    for (&time, found) in times.iter().zip(&points) {
        let found_by = found.point.method;
        let is_swept = found_by == Method::Stationary && method == Method::Powers;
        assert!(found_by == method || is_swept, "{found_by:?} at {time}");
        for (parameter, dense) in dense.iter().enumerate() {
            check_point(
                found,
                parameter,
                dense.after(time as u64),
                part * (1.0 + time / case.theta[parameter]),
            );
        }
    }
}

/// Checks one point: the density, the cdf and what is left are `exact`.
fn check_point(found: &PointGradient, parameter: usize, exact: [Precise; 3], part: f64) {
    let [density, cdf, left] = exact;
    let (point, errors) = (&found.point, &found.point.errors);
    within("density", point.density, errors.density, density.value, 1.0);
    within("cdf", point.cdf, errors.cdf, cdf.value, 1.0);
    within("survival", point.survival, errors.survival, left.value, 1.0);
    let of = |what: &str, gradient: &ParameterGradient, exact: PreciseNumber, useful: f64| {
        within(what, gradient.values[parameter], gradient.errors[parameter], exact, useful);
    };
    of("slope of the density", &found.density, density.slope, part);
    of("slope of the cdf", &found.cdf, cdf.slope, part);
    if !left.value.is_zero() {
        of("slope of the log-survival", &found.log_survival, left.slope / left.value, part);
    }
    if !density.value.is_zero() {
        of("slope of the log-density", &found.log_density, density.slope / density.value, part);
    }
}

/// Checks the gradient of the log-likelihood of an event that has this likelihood.
fn check_event(
    case: &Case,
    (event, time): (Event, f64),
    of: impl Fn(&Dense<PreciseNumber>) -> Precise,
    part: f64,
) {
    let trace = recorded(&case.graph());
    let observed = Observations::new([Observation::once(event)]).unwrap();
    for (parameter, dense) in cases_with_all_slopes(case).iter().enumerate() {
        let exact = of(dense);
        if exact.value.is_zero() {
            continue;
        }
        let found = trace.log_likelihood_gradient(&case.theta, &observed).unwrap();
        let (slope, error) = (found.gradient[parameter], found.gradient_errors[parameter]);
        let useful = part * (1.0 + time / case.theta[parameter]);
        within("slope of a log-likelihood", slope, error, exact.slope / exact.value, useful);
    }
}

proptest! {
    #[test]
    fn swept_gradients_are_within_their_bounds(case in absorbed()) {
        check_times(&case.exact(), &[1.0, 2.0, 3.0, 12.0, 40.0], Method::Powers, 1e-10);
    }

    #[test]
    fn gradients_of_tails_are_within_their_bounds(case in absorbed()) {
        check_times(&case.exact(), &[3000.0], Method::Powers, 1e-7);
    }

    #[test]
    fn squared_gradients_are_within_their_bounds(case in absorbed()) {
        check_times(&case.exact().slowed(2f64.powi(20)), &[5e6, 1e8], Method::Doubling, 1e-6);
    }

    #[test]
    fn gradients_of_likelihoods_are_within_their_bounds(case in absorbed(), steps in 1u64..60) {
        let (case, time) = (case.exact(), steps as f64);
        check_event(&case, (Event::At(time), time), |dense| dense.after(steps)[0], 1e-9);
        check_event(&case, (Event::Until(time), time), |dense| dense.after(steps)[1], 1e-9);
        check_event(&case, (Event::After(time), time), |dense| dense.after(steps)[2], 1e-9);
    }

    #[test]
    fn gradients_of_moments_are_within_their_bounds(case in absorbed(), slow in any::<bool>()) {
        let case = if slow { case.exact().slowed(2f64.powi(40)) } else { case.exact() };
        let rewards = vec![case.rewards.clone()];
        let query = Query { moments: 2, rewards, reward_moments: 2, gradient: true, ..Query::default() };
        let numbers = recorded(&case.graph()).evaluate(&case.theta, &query).unwrap();
        let (found, bounds) = (numbers.gradient.unwrap(), numbers.gradient_error_bound.unwrap());
        for (parameter, dense) in cases_with_all_slopes(&case).iter().enumerate() {
            let check = |found: &[Vec<f64>], bounds: &[Vec<f64>], exact: [Precise; 2]| {
                for ((found, bound), exact) in found.iter().zip(bounds).zip(exact) {
                    let useful = 1e-9 * (exact.slope.abs() + exact.value).scaled().to_f64();
                    within("slope of a moment", found[parameter], bound[parameter], exact.slope, useful);
                }
            };
            check(&found.moments, &bounds.moments, dense.moments(&vec![1.0; case.rows]));
            check(&found.reward_moments[0], &bounds.reward_moments[0], dense.moments(&case.rewards));
        }
    }
}

#[test]
fn what_leaves_at_once_keeps_nothing_of_rounding() {
    // Three edges of weights that do not divide: of a row without self-loop nothing stays.
    let c = |x: f64| (0.0, [x, 0.0]);
    let edges = [(1, 2, 1.0), (1, 3, 3.0), (1, 4, 7.0), (2, 4, 1.0), (2, 3, 0.3), (3, 4, 0.1)]
        .map(|(from, to, x)| (from, to, c(x).0, c(x).1));
    let edges = [(0, 1, 1.0, [0.0; 2])].into_iter().chain(edges).collect();
    let case = Case { rows: 5, edges, theta: [0.7, 1.0], rewards: vec![1.0; 5] };
    let query = DistributionQuery { times: vec![3.0, 4.0, 1e7], ..DistributionQuery::default() };
    for point in recorded(&case.graph()).distribution(&case.theta, &query).unwrap().points {
        assert_eq!((point.survival, point.cdf), (0.0, 1.0), "at {}", point.time);
    }
}
