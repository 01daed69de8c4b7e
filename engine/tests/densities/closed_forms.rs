//! Densities that have a formula, and published ones.

use sojourn_engine::density::Method;
use sojourn_engine::{Kind, Query};

use crate::{at_times, chain, close, model};

#[test]
fn kingmans_density_of_ten_is_the_published_one() {
    let found = at_times(&model("coalescent,n=10"), &[1.0], &[0.5, 1.0, 1.5]);
    for (point, expected) in
        found.points.iter().zip([0.204722085110595, 0.525692918510965, 0.458310208129332])
    {
        close(point.density, expected, 1e-12);
    }
}

#[test]
fn an_exponential_keeps_its_digits_over_all_the_range_of_doubles() {
    let trace = model("erlang,k=1");
    for time in [0.0, 1e-300, 1e-9, 0.5, 10.0, 300.0] {
        let point = at_times(&trace, &[2.0], &[time]).points[0];
        close(point.survival, f64::exp(-2.0 * time), 1e-12);
        close(point.density, 2.0 * f64::exp(-2.0 * time), 1e-12);
        close(point.cdf, -f64::exp_m1(-2.0 * time), 1e-12);
        close(point.hazard.unwrap(), 2.0, 1e-12);
    }
}

#[test]
fn an_erlang_keeps_the_digits_of_both_tails() {
    let trace = model("erlang,k=20");
    let factorial: f64 = (1..20).map(f64::from).product();
    // At the first of these times nothing but the twentieth step counts; at the last hardly any has not come.
    for time in [1e-10, 1e-3, 0.2, 20.0, 60.0, 600.0] {
        let point = at_times(&trace, &[1.0], &[time]).points[0];
        close(point.density, f64::powi(time, 19) / factorial * f64::exp(-time), 1e-11);
        let (mut term, mut fewer) = (f64::exp(-time), 0.0);
        for k in 1..=20 {
            fewer += term;
            term *= time / f64::from(k);
        }
        close(point.survival, fewer, 1e-11);
        let mut more = 0.0;
        for k in 21..2000 {
            more += term;
            term *= time / f64::from(k);
        }
        close(point.cdf, more, 1e-11);
    }
}

#[test]
fn a_geometric_number_of_steps_is_counted_exactly() {
    // A tenth leaves in each step; a quarter has never entered.
    let trace = chain(Kind::Discrete, 3, &[(1, 3.0), (2, 1.0)], &[(1, 2, 0.1)]);
    for steps in [0u32, 1, 2, 10, 100, 1000, 5_000_000] {
        let point = at_times(&trace, &[], &[f64::from(steps)]).points[0];
        let left = 0.75 * f64::powf(0.9, f64::from(steps));
        let survival = if left < f64::MIN_POSITIVE { 0.0 } else { left };
        close(point.survival, survival, 1e-12);
        close(point.density, if steps == 0 { 0.25 } else { survival / 9.0 }, 1e-12);
        close(point.cdf, 1.0 - survival, 1e-12);
        match point.hazard {
            Some(hazard) => close(hazard, if steps == 0 { 0.25 } else { 0.1 }, 1e-12),
            None => assert_eq!(survival, 0.0),
        }
    }
    let between = at_times(&trace, &[], &[2.0, 2.75]).points;
    assert_eq!(between[0].cdf, between[1].cdf, "rounded down");
}

#[test]
fn numbers_of_segregating_sites_are_the_published_ones() {
    // Three lineages, then two: a mutation before they coalesce is a step that stays. The two coalescences are
    // steps, too.
    let edges = [(1, 2, 2.0 / 3.0), (2, 3, 1.0 / 2.0)];
    let trace = chain(Kind::Discrete, 4, &[(1, 1.0)], &edges);
    let found = at_times(&trace, &[], &[2.0, 3.0, 4.0]);
    for (point, expected) in found.points.iter().zip([1.0 / 3.0, 5.0 / 18.0, 19.0 / 108.0]) {
        close(point.density, expected, 1e-14);
    }
}

#[test]
fn a_chain_that_leaves_once_in_ten_to_the_thirty_steps_is_an_exponential_of_that_rate() {
    let mean = 1e30;
    let edges = [(1, 2, 1.0), (2, 1, 1.0), (1, 3, 1.0 / mean), (2, 3, 1.0 / mean)];
    let trace = chain(Kind::Continuous, 4, &[(1, 1.0)], &edges);
    for time in [1e-3, 0.1, 1.0, 30.0] {
        let point = at_times(&trace, &[], &[time * mean]).points[0];
        assert_eq!(point.method, Method::Doubling);
        close(point.survival, f64::exp(-time), 1e-12);
        close(point.density * mean, f64::exp(-time), 1e-12);
        close(point.cdf, -f64::exp_m1(-time), 1e-12);
    }
}

#[test]
fn laplace_transforms_are_those_of_the_formulas_and_begin_with_the_mean() {
    let erlang = model("erlang,k=7");
    for s in [0.0, 1e-12, 0.5, 3.0, 1e9] {
        close(erlang.laplace_transform(&[2.0], s).unwrap(), f64::powi(2.0 / (2.0 + s), 7), 1e-13);
    }
    let geometric = chain(Kind::Discrete, 3, &[(1, 1.0)], &[(1, 2, 0.1)]);
    for s in [0.0, 0.01, 2.0] {
        let z = f64::exp(-s);
        close(geometric.laplace_transform(&[], s).unwrap(), 0.1 * z / (1.0 - 0.9 * z), 1e-13);
    }
    let islands = model("islands,n=6");
    let theta = [1.0, 0.4, 0.7];
    let mean = islands.evaluate(&theta, &Query { moments: 1, ..Query::default() }).unwrap().moments[0];
    let s = 1e-7 / mean;
    close((1.0 - islands.laplace_transform(&theta, s).unwrap()) / s, mean, 1e-6);
    // By its definition, from the density.
    let times: Vec<f64> = (0..4000).map(|i| (f64::from(i) + 0.5) * mean / 100.0).collect();
    let found = at_times(&islands, &theta, &times);
    let sum: f64 = found.points.iter().map(|p| p.density * f64::exp(-p.time) * mean / 100.0).sum();
    close(islands.laplace_transform(&theta, 1.0).unwrap(), sum, 1e-3);
}
