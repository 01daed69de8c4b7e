//! A measure of the positions in whose mean square the chain has a narrow numerical range. Any positive numbers give
//! right bounds, since the certificate is computed from the numbers themselves; good ones give wide sectors:
//!
//! - within a component the reversible measure, where there is one: its sector is half a plane;
//! - else the time that is spent in each position, alpha (s - Q)^-1 with a small s: then what enters is what leaves;
//! - from component to component the time again, but `growth` times as much for each component on the way, so that
//!   what is passed on weighs less than what stays.
//!
//! Numbers have exponents of their own: queues have measures of 1e-30000. Cost: one solve, one look at each edge.

use super::net::RateNet;
use crate::density::shifted::solve_transposed;
use crate::replay::Rates;
use crate::scaled::ScaledNumber;
use crate::trace::Trace;

/// How far the products of rates around a cycle may differ for the chain to pass for reversible.
const REVERSIBLE: f64 = 1e-11;

/// Measures that a certificate may be sought with.
#[derive(Debug)]
pub(super) struct MeasureChoice {
    /// Time in each position, of a chain killed at a small rate.
    times: Vec<ScaledNumber>,
    /// The reversible measure of each component of two positions and more that has one.
    reversible: Vec<Option<Vec<ScaledNumber>>>,
}

/// A positive number for each position that the chain enters.
#[derive(Debug, Clone)]
pub(super) struct PositionMeasure {
    pub(super) mu: Vec<ScaledNumber>,
    /// Logarithm of sqrt(sum of alpha^2 / mu, times the sum of mu).
    pub(super) ln_scale: f64,
    /// Logarithm of the sum of mu.
    pub(super) ln_of_all: f64,
}

impl MeasureChoice {
    /// Looks for measures of a chain that is asked about times of one over `killing`, or less.
    pub(super) fn new(trace: &Trace, rates: &Rates, net: &RateNet, killing: f64) -> MeasureChoice {
        let times = solve_transposed(trace, rates, ScaledNumber::from(killing), &net.alpha);
        let reversible = (0..net.components.len()).map(|c| reversible(net, c)).collect();
        MeasureChoice { times, reversible }
    }

    /// Returns whether any component is reversible.
    pub(super) fn is_any_reversible(&self) -> bool {
        self.reversible.iter().any(Option::is_some)
    }

    /// Returns the measure in which each component weighs `growth` times as much as those that lead to it.
    pub(super) fn measure(&self, net: &RateNet, with_reversible: bool, growth: f64) -> PositionMeasure {
        let mut mu = vec![ScaledNumber::ZERO; net.len()];
        for (c, positions) in net.components.iter().enumerate() {
            let own = self.reversible[c].as_ref().filter(|_| with_reversible);
            let shape = |p: usize| own.map_or(self.times[p], |own| own[p - positions.start]);
            let mut scale = ScaledNumber::ZERO;
            for p in net.members(c) {
                let alpha = ScaledNumber::from(net.alpha[p]);
                let (mut entering, mut weighed) = (alpha, alpha);
                for (from, rate) in net.inward(p) {
                    entering += self.times[from] * rate;
                    weighed += mu[from] * rate * growth;
                }
                if !entering.is_zero() {
                    let needed = weighed * self.times[p] / (shape(p) * entering);
                    scale = if needed > scale { needed } else { scale };
                }
            }
            net.members(c).for_each(|p| mu[p] = shape(p) * scale);
        }
        let (mut start, mut all) = (ScaledNumber::ZERO, ScaledNumber::ZERO);
        for p in (0..net.len()).filter(|&p| net.is_reached[p]) {
            all += mu[p];
            if net.alpha[p] > 0.0 {
                let alpha = ScaledNumber::from(net.alpha[p]);
                start += alpha * alpha / mu[p];
            }
        }
        PositionMeasure { mu, ln_scale: (start.ln() + all.ln()) / 2.0, ln_of_all: all.ln() }
    }
}

/// Returns the measure by which a component of two positions or more goes along each edge as often as back.
fn reversible(net: &RateNet, component: usize) -> Option<Vec<ScaledNumber>> {
    let positions = net.components[component].clone();
    let first = positions.start;
    if positions.len() < 2 {
        return None;
    }
    let within = |p: usize| net.out.of(p).iter().filter(|edge| positions.contains(&(edge.0 as usize)));
    let mut mu = vec![ScaledNumber::ZERO; positions.len()];
    // At this theta some of the component may not be entered, or only one way.
    let start = net.members(component).next()?;
    mu[start - first] = ScaledNumber::ONE;
    let mut open = vec![start];
    while let Some(p) = open.pop() {
        for &(to, rate) in within(p) {
            let back = net.out.rate(to as usize, p as u32);
            if back == 0.0 {
                return None;
            }
            let expected = mu[p - first] * rate / ScaledNumber::from(back);
            let there = &mut mu[to as usize - first];
            if there.is_zero() {
                *there = expected;
                open.push(to as usize);
            } else if ((*there / expected).to_f64() - 1.0).abs() > REVERSIBLE {
                return None;
            }
        }
    }
    net.members(component).all(|p| !mu[p - first].is_zero()).then_some(mu)
}
