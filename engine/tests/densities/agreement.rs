//! What must hold of any distribution, and methods against each other.

use proptest::prelude::*;
use sojourn_engine::density::{DistributionQuery, Method};
use sojourn_engine::{Kind, Query, Trace};

use crate::{at_times, chain, close, mixture, model};

fn everything(trace: &Trace, theta: &[f64], times: &[f64]) -> sojourn_engine::Distribution {
    let query = DistributionQuery {
        times: times.to_vec(),
        state_probabilities: true,
        occupancies: true,
        ..DistributionQuery::default()
    };
    trace.distribution(theta, &query).unwrap()
}

/// Probabilities of states sum to the survival, times in them to its integral, and in the end they are those of
/// the whole life.
fn check_states(trace: &Trace, theta: &[f64]) {
    let mean = trace.evaluate(theta, &Query { moments: 1, ..Query::default() }).unwrap().moments[0];
    let scale = [0.0, 0.125, 0.5, 1.0, 2.0, 200.0];
    let times: Vec<f64> = scale.iter().map(|s| s * mean).collect();
    let found = everything(trace, theta, &times);
    for (point, states) in found.points.iter().zip(&found.state_probabilities) {
        close(states.iter().sum(), point.survival, 1e-10);
    }
    for (time, spent) in times.iter().zip(&found.occupancies) {
        assert!(spent.iter().sum::<f64>() <= time * (1.0 + 1e-12) + 1e-300);
    }
    let whole = trace.occupancies(theta).unwrap();
    for (found, expected) in found.occupancies[5].iter().zip(&whole) {
        close(*found, *expected, 1e-9);
    }
}

#[test]
fn states_and_times_in_them_add_up_whichever_the_method() {
    for (spec, theta) in [
        ("islands,n=5", &[1.0, 0.3, 0.6][..]),
        ("coalescent,n=9", &[1.0]),
        ("mm1k,k=12", &[0.6, 1.0]),
        ("repair,n=8", &[1e-2, 1.0]),
    ] {
        check_states(&model(spec), theta);
    }
    let slow = [(1, 2, 1.0), (2, 1, 2.0), (2, 3, 1e-12)];
    check_states(&chain(Kind::Continuous, 4, &[(1, 1.0)], &slow), &[]);
}

#[test]
fn a_time_in_a_state_of_a_discrete_chain_counts_steps() {
    let trace = chain(Kind::Discrete, 3, &[(1, 1.0)], &[(1, 2, 0.25)]);
    let found = everything(&trace, &[], &[0.0, 1.0, 3.0]);
    for (spent, steps) in found.occupancies.iter().zip([0, 1, 3]) {
        close(spent[1], 4.0 * (1.0 - f64::powi(0.75, steps)), 1e-13);
    }
    close(found.state_probabilities[2][1], f64::powi(0.75, 3), 1e-13);
}

/// The same distribution twice: a chain of stages, and beside it one so fast, and so rarely entered, that only
/// the method changes.
fn stages(stages: u32, rate: f64, fast: f64) -> Trace {
    let mut edges: Vec<(u32, u32, f64)> = (1..=stages).map(|v| (v, v + 1, rate)).collect();
    edges.push((stages + 2, stages + 1, fast));
    chain(Kind::Continuous, stages + 3, &[(1, 1.0), (stages + 2, 1e-100)], &edges)
}

/// A random chain, and beside it a vertex of this rate that is hardly ever entered.
fn random(n: u32, fast: f64) -> Trace {
    let mut state = 7u32;
    let mut below = |bound: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % bound
    };
    let mut edges: Vec<(u32, u32, f64)> = Vec::new();
    for v in 1..=n {
        for _ in 0..3 {
            edges.push((v, 1 + below(n), f64::from(1 + below(9)) / 4.0));
        }
        edges.push((v, v % n + 1, 0.5));
    }
    edges.extend([(n / 2, n + 1, 2.0), (n, n + 1, 1.0), (n + 2, n + 1, fast)]);
    edges.retain(|e| e.0 != e.1);
    chain(Kind::Continuous, n + 3, &[(1, 1.0), (n / 3, 0.5), (n + 2, 1e-100)], &edges)
}

#[test]
fn every_method_gives_the_same_on_random_chains() {
    for (n, method) in [(40, Method::Doubling), (300, Method::Doubling)] {
        let (slow, fast) = (random(n, 1.0), random(n, 1e13));
        for time in [2.0, 20.0, 300.0] {
            let (a, b) = (at_times(&slow, &[], &[time]).points[0], at_times(&fast, &[], &[time]).points[0]);
            assert!(
                matches!(a.method, Method::Uniformisation | Method::Stationary) && b.method == method,
                "{a:?}, {b:?}"
            );
            let check = |found: f64, expected: f64| {
                let error = (found - expected).abs();
                assert!(error <= 1e-11 * expected, "{n} at {time}: {found:e}, not {expected:e}");
            };
            check(b.density, a.density);
            check(b.cdf, a.cdf);
            check(b.survival, a.survival);
        }
    }
}

#[test]
fn squaring_and_sweeping_agree_to_twelve_digits_of_each_number() {
    let (slow, fast) = (stages(20, 20.0, 1.0), stages(20, 20.0, 1e12));
    for time in [0.01, 0.3, 1.0, 2.5, 10.0] {
        let (a, b) = (at_times(&slow, &[], &[time]).points[0], at_times(&fast, &[], &[time]).points[0]);
        assert!(matches!(a.method, Method::Uniformisation | Method::Stationary), "{a:?}");
        assert_eq!(b.method, Method::Doubling);
        close(b.density, a.density, 1e-11);
        close(b.survival, a.survival, 1e-11);
    }
}

#[test]
fn contours_agree_with_a_formula_on_a_large_stiff_chain_within_their_stated_bound() {
    let (trace, rates) = mixture();
    for time in [1e-7, 1e-2, 1.0] {
        let point = at_times(&trace, &[], &[time]).points[0];
        assert_eq!(point.method, Method::Contour);
        assert!(point.errors.survival < 1e-10, "{point:?}");
        let mean = |f: &dyn Fn(f64) -> f64| rates.iter().map(|&r| f(r)).sum::<f64>() / rates.len() as f64;
        let within = |found: f64, expected: f64, scale: f64| {
            let error = (found - expected).abs();
            assert!(error <= (point.errors.survival + 1e-13) * scale, "{found}, not {expected}: {error:e}");
        };
        within(point.density, mean(&|r| r * f64::exp(-r * time)), 1.0 / time);
        within(point.survival, mean(&|r| f64::exp(-r * time)), 1.0);
        within(point.cdf, mean(&|r| -f64::exp_m1(-r * time)), 1.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn cdf_and_survival_make_one_and_the_density_is_their_slope(
        edges in proptest::collection::vec((1u32..8, 1u32..9, 0.01f64..4.0), 8..40),
        time in 0.01f64..8.0,
    ) {
        let ring = (1..8).map(|v| (v, v + 1, 0.5));
        let edges: Vec<_> = edges.into_iter().filter(|e| e.0 != e.1).chain(ring).collect();
        let trace = chain(Kind::Continuous, 9, &[(1, 2.0), (3, 1.0), (8, 0.5)], &edges);
        let width = 1e-4 * time;
        let found = at_times(&trace, &[], &[time - width, time, time + width]).points;
        for point in &found {
            close(point.cdf + point.survival, 1.0, 1e-11);
        }
        // The difference of the smaller numbers keeps more digits.
        let rise = match found[1].cdf < 0.5 {
            true => found[2].cdf - found[0].cdf,
            false => found[0].survival - found[2].survival,
        };
        close(rise / (2.0 * width), found[1].density, 1e-3);
        prop_assert!(found[0].cdf <= found[1].cdf && found[1].survival >= found[2].survival);
        let doubled = at_times(&trace, &[], &[0.0]);
        close(doubled.mass_at_zero, 0.5 / 3.5, 1e-14);
        close(doubled.points[0].cdf, 0.5 / 3.5, 1e-14);
    }
}
