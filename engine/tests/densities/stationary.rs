//! Chains that have forgotten how they began.

use sojourn_engine::density::Method;
use sojourn_engine::{Event, Kind, Observation, Observations, Trace};

use crate::{at_times, chain, close, model};

/// A queue of up to `n` that is served until it is empty, and beside it a vertex of this rate that is hardly ever entered.
fn queue(n: u32, fast: f64) -> Trace {
    let mut edges: Vec<(u32, u32, f64)> = (1..n).map(|v| (v, v + 1, 0.5)).collect();
    edges.extend((1..=n).map(|v| (v, if v == 1 { n + 1 } else { v - 1 }, 1.0)));
    edges.push((n + 2, n + 1, fast));
    chain(Kind::Continuous, n + 3, &[(1, 1.0), (n / 2, 1.0), (n + 2, 1e-100)], &edges)
}

#[test]
fn far_into_the_tail_of_a_queue_all_digits_are_those_of_squaring() {
    let (slow, fast) = (queue(5, 1.0), queue(5, 1e9));
    for time in [300.0, 600.0, 1200.0] {
        let (a, b) = (at_times(&slow, &[], &[time]).points[0], at_times(&fast, &[], &[time]).points[0]);
        assert_eq!((a.method, b.method), (Method::Stationary, Method::Doubling));
        for (a_value, b_value) in [(a.density, b.density), (a.cdf, b.cdf), (a.survival, b.survival)] {
            close(a_value, b_value, a.error_bound.number() + b.error_bound.number());
            close(a_value, b_value, 1e-9);
        }
        assert!(a.error_bound.number() < 1e-9, "{a:?}");
        if time > 1e3 {
            assert!(a.survival < 1e-45, "{a:?}: no tail at all");
        }
    }
}

#[test]
fn a_chain_that_is_still_on_its_way_is_swept_to_the_end() {
    // Sixty stages, of which the last is left slowest by little: shares change for long.
    let mut edges: Vec<(u32, u32, f64)> = (1..60).map(|v| (v, v + 1, 1.0)).collect();
    edges.push((60, 61, 0.999));
    // Steps come twice as fast as stages end: one that is hardly ever entered does that.
    edges.push((62, 61, 2.0));
    let trace = chain(Kind::Continuous, 63, &[(1, 1.0), (62, 1e-100)], &edges);
    for time in [60.0, 300.0, 600.0] {
        assert_eq!(at_times(&trace, &[], &[time]).points[0].method, Method::Uniformisation);
    }
}

#[test]
fn a_chain_of_two_steps_in_turn_never_falls_alike() {
    // Absorbed in every second step alone: what is left is never distributed as it was a step before.
    let edges = [(1, 2, 1.0), (2, 1, 0.9), (2, 3, 0.1)];
    let trace = chain(Kind::Discrete, 4, &[(1, 1.0)], &edges);
    for steps in [1000u32, 1001] {
        let point = at_times(&trace, &[], &[f64::from(steps)]).points[0];
        assert_eq!(point.method, Method::Powers);
        close(point.survival, f64::powf(0.9, f64::from(steps / 2)), 1e-12);
        let density = if steps % 2 == 0 { 0.1 * f64::powf(0.9, f64::from(steps / 2 - 1)) } else { 0.0 };
        close(point.density, density, 1e-12);
    }
}

#[test]
fn mass_that_stays_for_ever_and_mass_that_leaves_do_not_fall_alike() {
    // A quarter is trapped. What is left falls by less and less, what leaves by the same factor always.
    let edges = [(1, 2, 0.3), (1, 4, 0.1), (4, 5, 1.0), (5, 4, 1.0), (6, 3, 1.0), (2, 3, 1.0)];
    let trace = chain(Kind::Continuous, 7, &[(1, 1.0), (6, 1e-9)], &edges);
    for time in [200.0, 1000.0] {
        let point = at_times(&trace, &[], &[time]).points[0];
        assert_eq!(point.method, Method::Uniformisation);
        close(point.survival, 0.25, 1e-8);
        // Through the second vertex: rates 0.4 and 1.
        close(point.density, 0.3 * (f64::exp(-0.4 * time) - f64::exp(-time)) / 0.6, 1e-8);
    }
}

#[test]
fn likelihoods_of_the_tail_have_the_gradient_that_all_steps_give() {
    // A queue whose rates are all multiplied by theta, which scales time: t f'(theta t) and the like.
    let trace = model("mm1k,k=12");
    let (theta, time) = ([0.5, 1.0], 2500.0);
    let observed = |event| Observations::new([Observation::once(event)]).unwrap();
    for event in [Event::After(time), Event::At(time)] {
        let found = trace.log_likelihood_gradient(&theta, &observed(event)).unwrap();
        assert_eq!(found.methods, [Method::Stationary]);
        assert!(found.error_bound < 1e-9, "{found:?}");
        // Euler: the derivative along theta is that with respect to time.
        let along: f64 = found.gradient.iter().zip(&theta).map(|(d, t)| d * t).sum();
        let hazard = at_times(&trace, &theta, &[time]).points[0].hazard.unwrap();
        let expected = -hazard * time + if event == Event::At(time) { 1.0 } else { 0.0 };
        close(along, expected, 1e-9);
    }
}
