//! Quantiles.

use sojourn_engine::density::DistributionQuery;
use sojourn_engine::{Kind, Trace};

use crate::{at_times, chain, close, mixture, model};

fn quantiles(trace: &Trace, theta: &[f64], quantiles: &[f64]) -> Vec<f64> {
    let query = DistributionQuery { quantiles: quantiles.to_vec(), ..DistributionQuery::default() };
    trace.distribution(theta, &query).unwrap().quantiles
}

#[test]
fn quantiles_of_an_exponential_are_logarithms_far_into_both_tails() {
    let trace = model("erlang,k=1");
    let wanted = [1e-200, 1e-12, 0.3, 0.5, 0.999, 1.0 - 1e-13];
    for (found, p) in quantiles(&trace, &[4.0], &wanted).into_iter().zip(wanted) {
        close(found, -f64::ln_1p(-p) / 4.0, 1e-11);
    }
}

#[test]
fn the_cdf_of_a_quantile_is_its_probability_also_on_a_stiff_chain() {
    let wanted = [0.001, 0.25, 0.5, 0.75, 0.999];
    for (spec, theta) in [
        ("islands,n=7", &[1.0, 0.2, 0.9][..]),
        ("coalescent,n=12", &[1.0]),
        ("mm1k,k=30", &[0.9, 1.0]),
        ("repair,n=10", &[1e-2, 1.0]),
    ] {
        let trace = model(spec);
        let times = quantiles(&trace, theta, &wanted);
        for (point, p) in at_times(&trace, theta, &times).points.iter().zip(wanted) {
            close(point.cdf, p, 1e-10);
        }
    }
}

#[test]
fn quantiles_of_a_large_stiff_chain_need_no_sweep_to_them() {
    let (trace, rates) = mixture();
    let wanted = [0.5, 0.9, 0.99, 0.999_9];
    for (time, p) in quantiles(&trace, &[], &wanted).into_iter().zip(wanted) {
        let cdf = rates.iter().map(|r| -f64::exp_m1(-r * time)).sum::<f64>() / rates.len() as f64;
        assert!((cdf - p).abs() < 1e-9, "{p}: {time}, whose cdf is {cdf}");
    }
}

#[test]
fn a_quantile_of_steps_is_the_least_number_that_reaches_the_probability() {
    let trace = chain(Kind::Discrete, 3, &[(1, 3.0), (2, 1.0)], &[(1, 2, 0.01)]);
    for p in [0.1, 0.25, 0.26, 0.5, 0.9, 0.999_999] {
        let steps = quantiles(&trace, &[], &[p])[0];
        let cdf = |steps: f64| at_times(&trace, &[], &[steps]).points[0].cdf;
        assert!(cdf(steps) >= p, "{p}: {steps}");
        assert!(steps == 0.0 || cdf(steps - 1.0) < p, "{p}: {steps}");
    }
}

#[test]
fn what_never_comes_has_an_infinite_quantile_and_what_comes_at_once_the_quantile_zero() {
    // A half is absorbed at time zero, a quarter later, a quarter never.
    let edges = [(1, 3, 1.0), (1, 2, 1.0), (2, 4, 1.0), (4, 2, 1.0)];
    let trace = chain(Kind::Continuous, 5, &[(1, 1.0), (3, 1.0)], &edges);
    let found = quantiles(&trace, &[], &[0.0, 0.5, 0.6, 0.74, 0.75, 0.9, 1.0]);
    assert_eq!(found[..2], [0.0, 0.0]);
    close(found[2], -f64::ln(0.6) / 2.0, 1e-11);
    close(found[3], -f64::ln(0.04) / 2.0, 1e-11);
    assert_eq!(found[4..], [f64::INFINITY; 3]);
}

#[test]
fn a_quantile_is_off_by_no_more_than_it_says_and_says_little() {
    let trace = model("erlang,k=1");
    let wanted = [1e-200, 1e-12, 0.3, 0.5, 0.999, 1.0 - 1e-13];
    let query = DistributionQuery { quantiles: wanted.to_vec(), ..DistributionQuery::default() };
    let found = trace.distribution(&[4.0], &query).unwrap();
    for ((time, error), p) in found.quantiles.into_iter().zip(found.quantile_errors).zip(wanted) {
        let off = (time + f64::ln_1p(-p) / 4.0).abs();
        assert!(off <= error.time && error.time <= 1e-10 * time, "{p}: {time}, off by {off:e}, {error:?}");
        let cdf = (-f64::exp_m1(-4.0 * time) - p).abs();
        assert!(cdf <= error.cdf + f64::EPSILON * p && error.cdf <= 1e-10 * p.min(1.0 - p), "{p}: {error:?}");
    }
}

#[test]
fn a_quantile_of_a_contour_says_what_contours_do_not_know() {
    let (trace, rates) = mixture();
    let query = DistributionQuery { quantiles: vec![0.5, 0.999], ..DistributionQuery::default() };
    let found = trace.distribution(&[], &query).unwrap();
    for ((time, error), p) in found.quantiles.iter().zip(&found.quantile_errors).zip([0.5, 0.999]) {
        // What is left has more digits than what has gone.
        let left = |time: f64| rates.iter().map(|r| f64::exp(-r * time)).sum::<f64>() / rates.len() as f64;
        let (more, less) = ((1.0 - p) * (1.0 + f64::EPSILON), (1.0 - p) * (1.0 - f64::EPSILON));
        assert!(left(time - error.time) > less && left(time + error.time) < more, "{p}: {time}, {error:?}");
        assert!(error.time < 1e-6 * time, "{error:?}");
    }
}

#[test]
fn a_quantile_of_steps_is_certain_unless_the_probability_is_met() {
    let trace = chain(Kind::Discrete, 3, &[(1, 1.0)], &[(1, 2, 0.5)]);
    // After three steps an eighth is left.
    let query = DistributionQuery { quantiles: vec![0.9, 0.875], ..DistributionQuery::default() };
    let found = trace.distribution(&[], &query).unwrap();
    assert_eq!((found.quantiles, found.quantile_errors[0].time), (vec![4.0, 3.0], 0.0));
    assert_eq!(found.quantile_errors[1].time, 1.0, "rounding may have decided");
}
