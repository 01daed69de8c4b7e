//! Random chains against numbers of 384 bits.

use proptest::prelude::*;

use super::precise::{PreciseChain, PreciseDistribution, PreciseNumber};
use super::{by_contour, recorded, slopes_by_contour};
use crate::graph::{GraphBuilder, Kind, Weight};
use crate::trace::Trace;

/// A chain, its edges linear in two parameters.
#[derive(Debug, Clone)]
struct RandomChain {
    vertices: usize,
    edges: Vec<(usize, Option<usize>, Vec<f64>)>,
    theta: [f64; 2],
    time: f64,
}

impl RandomChain {
    fn trace(&self) -> Trace {
        let mut builder = GraphBuilder::new(Kind::Continuous, 2, 0).unwrap();
        (0..self.vertices + 2).for_each(|_| {
            builder.vertex(&[]).unwrap();
        });
        for v in 0..2.min(self.vertices as u32) {
            builder.start_edge(v + 1, Weight::Constant(0.5)).unwrap();
        }
        for (from, to, factors) in &self.edges {
            let to = to.map_or(self.vertices as u32 + 1, |to| to as u32 + 1);
            let weight = Weight::Linear { base: 0.0, coefficients: factors };
            builder.edge(*from as u32 + 1, to, weight).unwrap();
        }
        recorded(&builder.finish().unwrap())
    }

    fn precise(&self) -> PreciseChain {
        let start = (0..self.vertices).map(|v| if v < 2 { 0.5 } else { 0.0 }).collect();
        PreciseChain { vertices: self.vertices, edges: self.edges.clone(), start }
    }
}

/// A number of twelve bits, so that products with another, and sums of two such products, are exact: rates are then those of
/// the numbers of 384 bits.
fn short(number: f64) -> f64 {
    let unit = (number.log2().floor() - 11.0).exp2();
    (number / unit).round() * unit
}

/// Chains of a few vertices whose rates span some orders of magnitude, to times of about their scale.
fn chains() -> impl Strategy<Value = RandomChain> {
    let rate = |spread: f64| (-spread..spread).prop_map(|power: f64| short(f64::exp(power)));
    let edge = (0..100usize, 0..100usize, rate(7.0), 0..2usize);
    let parts =
        (3..8usize, prop::collection::vec(edge, 4..20), rate(1.0), rate(1.0), rate(3.0), any::<bool>());
    parts.prop_map(|(vertices, more, a, b, time, is_ring)| {
        let mut edges: Vec<(usize, Option<usize>, Vec<f64>)> = Vec::new();
        let mut add = |from: usize, to: Option<usize>, factors: Vec<f64>| {
            if Some(from) != to && !edges.iter().any(|e| (e.0, e.1) == (from, to)) {
                edges.push((from, to, factors));
            }
        };
        // All are reached, and all can leave.
        for v in 0..vertices {
            let next = (v + 1 < vertices || is_ring).then_some((v + 1) % vertices);
            add(v, next, vec![1.0, 0.25]);
        }
        add(vertices - 1, None, vec![0.5, 0.0]);
        for (from, to, rate, which) in more {
            let to = to % (vertices + 1);
            let factors = if which == 0 { vec![rate, 0.0] } else { vec![0.125, rate] };
            add(from % vertices, (to < vertices).then_some(to), factors);
        }
        RandomChain { vertices, edges, theta: [a, b], time }
    })
}

/// Checks a number against the true one.
fn check(what: &str, found: f64, error: f64, truth: PreciseNumber) {
    let off = (truth - PreciseNumber::from(found)).scaled().abs().to_f64();
    assert!(off <= error, "{what}: {found:e}, off by {off:e}, with a bound of {error:e}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn bounds_hold_on_random_chains(chain in chains()) {
        let trace = chain.trace();
        let truth: PreciseDistribution = chain.precise().distribution(&chain.theta, chain.time);
        let found = by_contour(&trace, &chain.theta, chain.time).unwrap();
        check("survival", found.survival, found.survival_error, truth.survival);
        check("cdf", found.cdf, found.cdf_error, truth.cdf);
        check("density", found.density, found.density_error, truth.density);
        prop_assert!(found.survival_error < 1e-14 && found.density_error * chain.time < 1e-13, "{:?}", found);
        let slopes = slopes_by_contour(&trace, &chain.theta, chain.time).unwrap();
        for (r, [density, cdf, survival]) in truth.slopes.into_iter().enumerate() {
            let bound = |error: crate::scaled::ScaledNumber| error.to_f64();
            let (s, f) = (&slopes.survival, &slopes.density);
            check("slope of survival", s.values[r].to_f64(), bound(s.errors[r]), survival);
            check("slope of cdf", -s.values[r].to_f64(), bound(s.errors[r]), cdf);
            check("slope of density", f.values[r].to_f64(), bound(f.errors[r]), density);
            prop_assert!(bound(s.errors[r]) * chain.theta[r] < 1e-12, "{:?}", slopes);
        }
    }
}
