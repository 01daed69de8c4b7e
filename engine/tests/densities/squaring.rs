//! Squaring against an exponential of 384 bits.

use super::precise::{PreciseChain, PreciseDistribution, PreciseNumber};
use sojourn_engine::density::Method;
use sojourn_engine::{
    Chain, DistributionQuery, Event, GraphBuilder, Kind, Observation, Observations, Query, Trace, Weight,
    formats,
};

use crate::{at_times, close, recorded};

/// A chain of an edge list: its trace, of which row v + 1 is vertex v, and the same in numbers of many bits.
struct ChainPair {
    trace: Trace,
    precise: PreciseChain,
}

/// (vertex left, vertex entered or none where absorbed, factor of each parameter).
type EdgeFactors = (usize, Option<usize>, Vec<f64>);

fn both(vertices: usize, edges: &[EdgeFactors], start: &[f64]) -> ChainPair {
    let parameters = edges[0].2.len();
    let mut builder = GraphBuilder::new(Kind::Continuous, parameters, 0).unwrap();
    (0..vertices + 2).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    let row = |vertex: usize| vertex as u32 + 1;
    for (v, &a) in start.iter().enumerate().filter(|(_, a)| **a > 0.0) {
        builder.start_edge(row(v), Weight::Constant(a)).unwrap();
    }
    for (from, to, factors) in edges {
        builder
            .edge(
                row(*from),
                row(to.unwrap_or(vertices)),
                Weight::Linear { base: 0.0, coefficients: factors },
            )
            .unwrap();
    }
    let trace = Trace::record(&Chain::new(&builder.finish().unwrap())).unwrap();
    ChainPair { trace, precise: PreciseChain { vertices, edges: edges.to_vec(), start: start.to_vec() } }
}

/// Two vertices that change a million times a unit of time, the second of which is left at rate theta.
fn ring() -> ChainPair {
    let edges = [(0, Some(1), vec![0.0, 1e6]), (1, Some(0), vec![0.0, 1e6]), (1, None, vec![1.0, 0.0])];
    both(2, &edges, &[1.0, 0.0])
}

/// Certified by ball arithmetic of 300 bits.
#[test]
fn the_exponential_of_many_bits_has_the_certified_values() {
    let found: PreciseDistribution = ring().precise.distribution(&[1.0, 1.0], 1000.0);
    let check =
        |found: PreciseNumber, expected: f64| assert!(found.relative_error(expected) < 1e-14, "{found:?}");
    check(found.survival, 7.12546881582151e-218);
    check(found.density, 3.56273351722715e-218);
    check(found.slopes[0][2], -3.56273262476219e-215);
    check(found.slopes[0][0], -1.77780313441297e-215);
    check(found.states[0] + found.states[1], 7.12546881582151e-218);
    let deep = ring().precise.distribution(&[1.0, 1.0], 5e5);
    assert!((deep.survival.scaled().ln() / std::f64::consts::LN_10 + 108573.593332299).abs() < 1e-8);
    assert!(deep.cdf.relative_error(1.0) < 1e-60);
}

/// Certified by ball arithmetic of 300 bits.
#[test]
fn tails_and_their_gradients_keep_their_digits_at_any_depth() {
    let trace = ring().trace;
    let slopes =
        [(200.0, -3.72016803973941e-42), (400.0, -2.76793075114265e-85), (1000.0, -3.56273262476219e-215)];
    for (time, expected) in slopes {
        let found = &trace.distribution_gradient(&[1.0, 1.0], &[time]).unwrap()[0];
        assert_eq!(found.point.method, Method::Doubling);
        close(-found.cdf.values[0], expected, 1e-12);
        assert!(found.cdf.errors[0] < 1e-4 * expected.abs());
    }
    let found = &trace.distribution_gradient(&[1.0, 1.0], &[1000.0]).unwrap()[0];
    close(found.point.survival, 7.12546881582151e-218, 1e-12);
    close(found.point.density, 3.56273351722715e-218, 1e-12);
    close(found.density.values[0], -1.77780313441297e-215, 1e-12);
    let deep = &trace.distribution_gradient(&[1.0, 1.0], &[5e5]).unwrap()[0];
    close(deep.point.log_survival / std::f64::consts::LN_10, -108573.593332299, 1e-14);
    close(deep.log_survival.values[0], -249999.875, 1e-8);
    assert!(deep.point.errors.log_survival < 1e-6, "{deep:?}");
}

#[test]
fn the_gradient_of_a_likelihood_far_out_is_the_certified_one() {
    let trace = ring().trace;
    let dead = (0..3).map(|_| Observation::once(Event::At(1.0)));
    let observed = Observations::new(dead.chain([Observation::once(Event::After(400.0))])).unwrap();
    for (theta, expected) in [(1.0, -198.499899000001), (2.0, -199.999798250002), (3.0, -200.499697500003)] {
        let found = trace.log_likelihood_gradient(&[theta, 1.0], &observed).unwrap();
        close(found.gradient[0], expected, 1e-12);
    }
}

/// Numbers that follow from a seed alone.
struct SeedLottery(u64);

impl SeedLottery {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// Ten to a power between these, two digits after the point.
    fn power(&mut self, low: i32, high: i32) -> f64 {
        let hundredths = self.below(100 * (high - low) as u64) as f64;
        10f64.powf(f64::from(low) + hundredths / 100.0)
    }
}

/// A random chain of 2 to 9 vertices with two parameters, the rates of which are up to 1e13 apart: a ring, so that all is
/// reached, or a path, and edges between any two vertices. One edge in ten depends on both parameters.
fn random(seed: u64) -> ChainPair {
    let mut lottery = SeedLottery(seed);
    (0..8).for_each(|_| {
        lottery.below(2);
    });
    let n = 2 + lottery.below(8) as usize;
    let spread = [1, 3, 7, 12][lottery.below(4) as usize];
    let mut edges: Vec<EdgeFactors> = Vec::new();
    let mut put = |lottery: &mut SeedLottery, from: usize, to: Option<usize>| {
        let rate = lottery.power(-spread / 2, spread - spread / 2 + 1);
        let factors = match lottery.below(10) {
            0 => vec![rate, rate / 4.0],
            1..5 => vec![rate, 0.0],
            _ => vec![0.0, rate],
        };
        edges.push((from, to, factors));
    };
    let is_ring = lottery.below(2) == 0;
    for v in 0..n {
        if v + 1 < n || is_ring {
            put(&mut lottery, v, Some((v + 1) % n));
        }
        for _ in 0..lottery.below(3) {
            let to = lottery.below(n as u64) as usize;
            if to != v {
                put(&mut lottery, v, Some(to));
            }
        }
    }
    put(&mut lottery, n - 1, None);
    if lottery.below(2) == 0 {
        put(&mut lottery, n / 2, None);
    }
    let mut start = vec![0.0; n];
    start[0] = 0.75;
    start[lottery.below(n as u64) as usize] += 0.25;
    both(n, &edges, &start)
}

/// The largest shares of their bounds that errors have been found to take.
#[derive(Debug, Default)]
struct BoundShares {
    value: f64,
    slope: f64,
    /// How many numbers were compared.
    count: usize,
}

impl BoundShares {
    fn compare(&mut self, chain: &ChainPair, theta: &[f64], time: f64, what: &str) {
        let found = &chain.trace.distribution_gradient(theta, &[time]).unwrap()[0];
        if found.point.method != Method::Doubling {
            return;
        }
        let expected = chain.precise.distribution(theta, time);
        let share = |expected: PreciseNumber, found: f64, bound: f64, of: &str| {
            let error = (expected - found.into()).abs().scaled().to_f64();
            // The other side is exact to 1e-110.
            let is_within = error <= bound + 1e-100 * time;
            assert!(is_within, "{what}, {of}: {found:e}, off by {error:e}, not {bound:e}");
            if error <= 1e-100 * time { 0.0 } else { error / bound }
        };
        let (point, errors) = (&found.point, &found.point.errors);
        for (expected, found, bound, of) in [
            (expected.density, point.density, errors.density, "density"),
            (expected.cdf, point.cdf, errors.cdf, "cdf"),
            (expected.survival, point.survival, errors.survival, "survival"),
        ] {
            assert!((0.0..=1.0).contains(&point.cdf) && found >= 0.0, "{point:?}");
            self.value = self.value.max(share(expected, found, bound, of));
        }
        let log = expected.survival.scaled().ln();
        assert!((point.log_survival - log).abs() <= errors.log_survival, "{what}: {log}, {point:?}");
        for r in 0..theta.len() {
            let [density, cdf, survival] = expected.slopes[r];
            self.slope =
                self.slope.max(share(density, found.density.values[r], found.density.errors[r], "df"));
            self.slope = self.slope.max(share(cdf, found.cdf.values[r], found.cdf.errors[r], "dF"));
            let quotient = (survival.scaled() / expected.survival.scaled()).to_f64();
            let (slope, bound) = (found.log_survival.values[r], found.log_survival.errors[r]);
            assert!((slope - quotient).abs() <= bound, "{what}: {slope:e}, not {quotient:e}, {bound:e}");
        }
        self.count += 1;
    }
}

#[test]
fn errors_on_random_chains_stay_within_their_bounds() {
    let (mut shares, theta) = (BoundShares::default(), [0.75, 2.5]);
    for seed in 0..320 {
        let chain = random(seed);
        let fastest =
            chain.precise.edges.iter().map(|(.., f)| f[0] * theta[0] + f[1] * theta[1]).fold(0.0, f64::max);
        let mean =
            chain.trace.evaluate(&theta, &Query { moments: 1, ..Query::default() }).unwrap().moments[0];
        for (early, late) in [(1e-3, 1.0), (30.0, 0.0)] {
            // Late enough for the steps to be too many to be taken.
            let time = f64::max(early * mean, 2e7 / fastest * late);
            shares.compare(&chain, &theta, time, &format!("seed {seed} at {time:e}"));
        }
    }
    assert!(shares.count > 300 && shares.slope > 1e-5, "{shares:?}");
}

/// Rates that are 1e300 apart, products of which are beyond doubles.
#[test]
fn rates_whose_quotients_are_beyond_doubles_are_told_apart() {
    let edges = [
        (0, Some(1), vec![1e150]),
        (1, Some(0), vec![3e150]),
        (1, Some(2), vec![1e-150]),
        (2, None, vec![2e-145]),
    ];
    let chain = both(3, &edges, &[1.0, 0.0, 0.0]);
    for time in [1e100, 1e149, 3e150] {
        let query = DistributionQuery {
            times: vec![time],
            state_probabilities: true,
            ..DistributionQuery::default()
        };
        let found = chain.trace.distribution(&[1.0], &query).unwrap();
        assert_eq!(found.points[0].method, Method::Doubling);
        // The fast vertices are as good as one, left at a quarter of the rate.
        let (a, b) = (0.25e-150, 2e-145);
        let left = f64::exp(-a * time);
        let middle = if b * time < 1e-3 { a * time } else { a / b * left };
        close(found.state_probabilities[0][1], 0.75 * left, 1e-12);
        close(found.state_probabilities[0][3], middle, 1e-4);
        close(found.points[0].survival, left, 1e-4);
    }
    // Far into the left tail: absorbed by two rare steps.
    let early = at_times(&chain.trace, &[1.0], &[1e-80]).points[0];
    close(early.log_cdf, (0.25e-150f64 * 1e-80).ln() + (2e-145f64 * 1e-80).ln() - 2f64.ln(), 1e-14);
    assert!(early.errors.log_cdf < 1e-9, "{early:?}");
}

fn fixture(name: &str) -> Trace {
    let path = format!("{}/tests/fixtures/stiff/{name}.json", env!("CARGO_MANIFEST_DIR"));
    recorded(&formats::read_json(&std::fs::read(path).unwrap(), false).unwrap())
}

/// Certified by ball arithmetic of 300 bits.
#[test]
fn a_ring_of_three_hundred_vertices_that_no_contour_follows_is_squared() {
    let trace = fixture("ring_slow_300");
    for (time, density, survival) in [
        (2000.0, 6.10918338645669e-6, 0.0155192986491625),
        (3000.0, 7.11275220835313e-6, 0.00146247277030859),
    ] {
        let point = at_times(&trace, &[], &[time]).points[0];
        assert_eq!(point.method, Method::Doubling);
        close(point.density, density, 1e-12);
        close(point.survival, survival, 1e-12);
        assert!(point.errors.density < 1e-8 * density && point.errors.survival < 1e-8 * survival);
    }
    let dead = [3000.0, 2000.0].map(|time| Observation::once(Event::At(time)));
    let found = trace.log_likelihood(&[], &Observations::new(dead).unwrap()).unwrap();
    close(found.value, -23.859338744951, 1e-12);
}

/// Certified by ball arithmetic of 300 bits; rates are up to 1e478 apart.
#[test]
fn rates_far_beyond_what_doubles_can_divide_have_the_certified_values() {
    let time = 1.0443434620427649e-52;
    close(at_times(&fixture("huge_356"), &[0.75], &[time]).points[0].density, 3.426478500391642e-150, 1e-12);
    let query = DistributionQuery {
        times: vec![3.893364026865314e-106],
        state_probabilities: true,
        ..DistributionQuery::default()
    };
    let found = fixture("huge_122").distribution(&[1.0], &query).unwrap();
    close(found.state_probabilities[0][2], 5.663833214883024e-165, 1e-12);
}

/// A path and rings are squared by the same blocks whether the chain goes one way or not.
#[test]
fn a_chain_of_more_vertices_than_a_block_agrees_with_its_sweep() {
    let path = |fast: f64| {
        let n = 300;
        let mut edges: Vec<(u32, u32, f64)> = (1..=n).map(|v| (v, v + 1, f64::from(n))).collect();
        edges.push((n + 2, n + 1, fast));
        crate::chain(Kind::Continuous, n + 3, &[(1, 1.0), (n + 2, 1e-100)], &edges)
    };
    for time in [0.7, 1.0, 1.5] {
        let swept = at_times(&path(300.0), &[], &[time]).points[0];
        let squared = at_times(&path(1e12), &[], &[time]).points[0];
        assert_eq!((swept.method, squared.method), (Method::Uniformisation, Method::Doubling));
        close(squared.density, swept.density, 1e-11);
        close(squared.survival, swept.survival, 1e-11);
        close(squared.cdf, swept.cdf, 1e-11);
    }
}
