//! Families of chains, each with nodes, seconds, bound and true error of its times.

use std::time::Instant;

use super::{by_contour, chain, model};
use crate::density::DistributionQuery;
use crate::trace::Trace;

/// Survival and density, with a bound on the relative error of each.
type Truth = (f64, f64, f64);

/// Asks the contour, checks its bounds and prints a line.
fn check(name: &str, trace: &Trace, theta: &[f64], time: f64, truth: impl Fn(f64) -> Truth) {
    let started = Instant::now();
    let found = by_contour(trace, theta, time);
    let seconds = started.elapsed().as_secs_f64();
    match found {
        Ok(found) => {
            let (survival, density, relative) = truth(time);
            let off = (found.survival - survival).abs();
            let density_off = (found.density - density).abs() * time;
            println!(
                "{name:28} t {time:8.1e} nodes {:6} {seconds:8.3} s  S {survival:9.2e}  bound {:8.1e} {:8.1e}  off {off:8.1e} {density_off:8.1e}",
                found.nodes, found.survival_error, found.density_error * time
            );
            assert!(off <= found.survival_error + relative * survival, "{name} at {time}: {found:?}, not {survival:e}");
            assert!(
                density_off <= (found.density_error + relative * density) * time,
                "{name} at {time}: {found:?}, not {density:e}"
            );
        }
        Err(refusal) => println!("{name:28} t {time:8.1e} {seconds:8.3} s  refused: {refusal}"),
    }
}

/// What the other methods say.
fn otherwise<'a>(trace: &'a Trace, theta: &'a [f64]) -> impl Fn(f64) -> Truth + 'a {
    move |time| {
        let query = DistributionQuery { times: vec![time], ..DistributionQuery::default() };
        let point = trace.distribution(theta, &query).unwrap().points[0];
        assert!(point.method != crate::density::Method::Contour, "{point:?}");
        (point.survival, point.density, 1e-11)
    }
}

/// A queue with equal rates of one: its eigenvalues are known.
fn balanced(states: u32) -> (Trace, impl Fn(f64) -> Truth) {
    let mut edges = vec![(1, states + 1, 1.0)];
    for v in 1..states {
        edges.extend([(v, v + 1, 1.0), (v + 1, v, 1.0)]);
    }
    let truth = move |time: f64| {
        let (mut survival, mut density) = (0.0, 0.0);
        let whole = f64::from(2 * states + 1);
        for k in 1..=states {
            let half = std::f64::consts::PI * f64::from(2 * k - 1) / whole / 2.0;
            let rate = 4.0 * half.sin().powi(2);
            let term = 4.0 / whole * half.cos().powi(2) * f64::exp(-rate * time);
            survival += term;
            density += term * rate;
        }
        (survival, density, 1e-12)
    };
    (chain(states + 2, &[(1, 1.0)], &edges), truth)
}

/// A cycle of slow vertices behind a fast one; from the last, one in two leaves.
fn slow_ring(vertices: u32, fast: f64) -> Trace {
    let mut edges = vec![(1, 2, fast)];
    edges.extend((2..=vertices).map(|v| (v, v + 1, 1.0)));
    edges.extend([(vertices + 1, vertices + 2, 0.5), (vertices + 1, 2, 0.5)]);
    chain(vertices + 3, &[(1, 1.0)], &edges)
}

/// Blocks of a few vertices in a ring, each left for the next at a small rate; from the last, one in three leaves.
fn block_ring(blocks: u32, size: u32, slow: f64) -> Trace {
    let mut edges = Vec::new();
    for b in 0..blocks {
        let first = 1 + b * size;
        for v in 0..size {
            edges.push((first + v, first + (v + 1) % size, 1.0 + f64::from(v)));
            edges.push((first + v, first + (v + 2) % size, 0.5));
        }
        edges.push((first + size - 1, 1 + (b + 1) % blocks * size, slow));
    }
    edges.push((blocks * size, blocks * size + 1, slow / 2.0));
    chain(blocks * size + 2, &[(1, 1.0)], &edges)
}

#[test]
fn table() {
    for states in [1_000, 10_000] {
        let (trace, truth) = balanced(states);
        for time in [1e3, 1e6, 1e12] {
            check(&format!("balanced queue {states}"), &trace, &[], time, &truth);
        }
    }
    let one = |name: &str, theta: &[f64], times: &[f64]| {
        let trace = model(name);
        times.iter().for_each(|&t| check(name, &trace, theta, t, otherwise(&trace, theta)));
    };
    one("mm1k,k=200", &[0.9, 1.0], &[10.0, 1e3, 1e5]);
    one("mm1k,k=200", &[1.0, 0.9], &[10.0, 1e3, 1e5]);
    one("birth-death,n=100", &[1.0, 1.0], &[10.0, 1e3, 1e4]);
    one("coalescent,n=20", &[1.0], &[0.1, 1.0, 3.0]);
    one("coalescent,n=200", &[1.0], &[0.1, 1.0, 3.0]);
    one("islands,n=6", &[1.0, 0.4, 0.7], &[0.1, 1.0, 5.0]);
    one("erlang,k=20", &[1.0], &[5.0, 20.0, 60.0]);
    one("tandem,k=10", &[1.0, 1.5, 1.5], &[5.0, 20.0, 60.0]);
    for vertices in [20, 50, 100] {
        let trace = slow_ring(vertices, 1e7);
        let name = format!("slow ring {vertices}");
        for share in [0.1, 1.0, 3.0, 10.0] {
            check(&name, &trace, &[], share * f64::from(vertices), otherwise(&trace, &[]));
        }
    }
    for (blocks, slow) in [(4, 1e-3), (30, 1e-3), (60, 1e-1), (60, 1e-6)] {
        let trace = block_ring(blocks, 4, slow);
        for time in [1.0, 1.0 / slow, 10.0 * f64::from(blocks) / slow] {
            check(&format!("block ring {blocks} {slow:e}"), &trace, &[], time, otherwise(&trace, &[]));
        }
    }
    one("random,n=200,degree=3", &[1.0, 0.5, 2.0], &[1.0, 30.0, 1e3]);
    one("random,n=1000,degree=3", &[1.0, 0.5, 2.0], &[30.0]);
    one("islands,n=20", &[1.0, 1e-3, 1e-6], &[1.0, 1e3, 1e6]);
    one("repair,n=10", &[0.1, 1.0], &[5.0, 1e3, 1e5]);
}
