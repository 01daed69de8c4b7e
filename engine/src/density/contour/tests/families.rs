//! Families of chains, each with nodes, seconds, bound and true error of its times.

use std::time::Instant;

use super::{by_contour, chain, model, slopes_by_contour};
use crate::density::{DistributionQuery, Method};
use crate::trace::Trace;

/// Survival and density, with a bound on the relative error of each, where they are known.
type Truth = Option<(f64, f64, f64)>;

/// Asks the contour, checks its bounds and prints a line.
fn check(name: &str, trace: &Trace, theta: &[f64], time: f64, truth: impl Fn(f64) -> Truth) {
    let started = Instant::now();
    let found = by_contour(trace, theta, time);
    let seconds = started.elapsed().as_secs_f64();
    match found {
        Ok(found) => {
            let bounds = (found.survival_error, found.density_error * time);
            print!(
                "{name:26} t {time:8.1e} nodes {:6} {seconds:8.3} s  S {:8.2e}",
                found.nodes, found.survival
            );
            print!("  bound {:8.1e} {:8.1e}", bounds.0, bounds.1);
            let Some((survival, density, relative)) = truth(time) else {
                return println!("  off: no other method");
            };
            let off = ((found.survival - survival).abs(), (found.density - density).abs() * time);
            println!("  off {:8.1e} {:8.1e}", off.0, off.1);
            assert!(off.0 <= bounds.0 + relative * survival, "{name} at {time}: {found:?}, not {survival:e}");
            let allowed = bounds.1 + relative * density * time;
            assert!(off.1 <= allowed, "{name} at {time}: {found:?}, not {density:e}");
        }
        Err(refusal) => println!("{name:28} t {time:8.1e} {seconds:8.3} s  refused: {refusal}"),
    }
}

/// What the other methods say.
fn otherwise<'a>(trace: &'a Trace, theta: &'a [f64]) -> impl Fn(f64) -> Truth + 'a {
    move |time| {
        let query = DistributionQuery { times: vec![time], ..DistributionQuery::default() };
        let point = trace.distribution(theta, &query).ok()?.points[0];
        (point.method != Method::Contour).then_some((point.survival, point.density, 1e-11))
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
        Some((survival, density, 1e-12))
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

fn one(name: &str, theta: &[f64], times: &[f64]) {
    let trace = model(name);
    times.iter().for_each(|&t| check(name, &trace, theta, t, otherwise(&trace, theta)));
}

fn queues(states: &[u32], times: &[f64]) {
    for &states in states {
        let (trace, truth) = balanced(states);
        times.iter().for_each(|&t| check(&format!("balanced queue {states}"), &trace, &[], t, &truth));
    }
}

fn slow_rings(sizes: &[u32]) {
    for &vertices in sizes {
        let trace = slow_ring(vertices, 1e7);
        for share in [0.1, 1.0, 3.0, 10.0] {
            let time = share * f64::from(vertices);
            check(&format!("slow ring {vertices}"), &trace, &[], time, otherwise(&trace, &[]));
        }
    }
}

fn block_rings(rings: &[(u32, f64)]) {
    for &(blocks, slow) in rings {
        let trace = block_ring(blocks, 4, slow);
        for time in [1.0, 1.0 / slow, 10.0 * f64::from(blocks) / slow] {
            check(&format!("block ring {blocks} {slow:e}"), &trace, &[], time, otherwise(&trace, &[]));
        }
    }
}

#[test]
fn bounds_hold_on_all_families() {
    queues(&[1_000], &[1e3, 1e6, 1e12]);
    slow_rings(&[20, 50]);
    block_rings(&[(4, 1e-3), (30, 1e-3), (30, 1e-6)]);
    one("mm1k,k=200", &[0.9, 1.0], &[10.0, 1e3, 1e5]);
    one("mm1k,k=200", &[1.0, 0.9], &[10.0, 1e3, 1e5]);
    one("birth-death,n=100", &[1.0, 1.0], &[10.0, 1e3, 1e4]);
    one("coalescent,n=200", &[1.0], &[0.1, 1.0, 3.0]);
    one("islands,n=6", &[1.0, 0.4, 0.7], &[0.1, 1.0, 5.0]);
    one("islands,n=20", &[1.0, 1e-3, 1e-6], &[1.0, 1e3, 1e6]);
    one("erlang,k=20", &[1.0], &[5.0, 20.0, 60.0]);
    one("tandem,k=10", &[1.0, 1.5, 1.5], &[5.0, 20.0, 60.0]);
    one("repair,n=10", &[0.1, 1.0], &[5.0, 1e3, 1e5]);
    one("random,n=200,degree=3", &[1.0, 0.5, 2.0], &[1.0, 30.0, 1e3]);
}

#[test]
#[ignore = "takes minutes: the table of docs/accuracy.md, to be printed with --nocapture"]
fn bounds_hold_on_large_families() {
    queues(&[1_000, 10_000, 100_000], &[1e3, 1e9, 1e12]);
    slow_rings(&[100, 250, 500]);
    block_rings(&[(60, 1e-1), (60, 1e-6)]);
    one("mm1k,k=1000", &[0.9, 1.0], &[10.0, 1e3]);
    one("birth-death,n=1000", &[1.0, 1.0], &[1.0, 10.0, 100.0]);
    one("coalescent,n=1000", &[1.0], &[0.01, 1.0]);
    one("islands,n=60", &[1.0, 0.4, 0.7], &[0.1, 1.0, 5.0]);
    one("tandem,k=40", &[1.0, 1.5, 1.5], &[20.0, 200.0]);
    one("repair,n=500", &[0.1, 1.0], &[5.0, 50.0]);
    one("random,n=1000,degree=3", &[1.0, 0.5, 2.0], &[1.0, 30.0]);
    one("random,n=2000,degree=3", &[1.0, 0.5, 2.0], &[30.0]);
}

/// Where all rates are multiples of parameters, S depends on theta t: the derivatives with respect to the logarithms of
/// all parameters add up to that with respect to the logarithm of time, - t f.
#[test]
fn derivatives_add_up_to_that_of_time() {
    let cases: [(&str, &[f64], f64); 6] = [
        ("mm1k,k=3000", &[0.75, 1.0], 40.0),
        ("mm1k,k=1000", &[1.0, 1.0], 1e4),
        ("islands,n=20", &[1.0, 1e-3, 1e-6], 1e6),
        ("coalescent,n=100", &[0.5], 3.0),
        ("tandem,k=12", &[1.0, 1.5, 1.25], 60.0),
        ("random,n=150,degree=3", &[1.0, 0.5, 2.0], 20.0),
    ];
    for (name, theta, time) in cases {
        let trace = model(name);
        let found = by_contour(&trace, theta, time).unwrap();
        let slopes = slopes_by_contour(&trace, theta, time).unwrap();
        let (mut sum, mut bound) = (time * found.density, time * found.density_error);
        for (r, t) in theta.iter().enumerate() {
            sum += t * slopes.survival.values[r].to_f64();
            bound += t * slopes.survival.errors[r].to_f64();
        }
        println!(
            "{name:28} t {time:8.1e}  t f {:9.2e}  off {sum:8.1e}  bound {bound:8.1e}",
            time * found.density
        );
        // Rates, products and this sum are rounded.
        assert!(sum.abs() <= bound + 1e-13 * time * found.density, "{name}: {sum:e}, {bound:e}");
        assert!(bound < 1e-11, "{name}: {bound:e}");
    }
}
