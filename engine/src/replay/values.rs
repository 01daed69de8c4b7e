//! Rates and initial probabilities at the parameter vectors of a tile.

use super::pack::Lanes;
use super::rates::SNAP;
use super::tile::Tile;
use crate::graph::{Kind, WeightTable};
use crate::trace::Trace;

/// Largest rate with which lanes are trusted: sums of as many as a row may have, and one divided by them, are
/// normal numbers.
const LARGEST: f64 = f64::MAX / 4_294_967_296.0 / 4_294_967_296.0;

impl<P: Lanes> Tile<P> {
    /// Evaluates rates and initial probabilities. What comes back is not a number in the lanes that cannot be worked on.
    #[inline(always)]
    pub(super) fn evaluate_rates(&mut self, trace: &Trace) -> P {
        let mut fault = P::splat(0.0);
        for (w, rate) in (0..).zip(&mut self.rates) {
            let (sum, magnitude) = sum_of_terms(&trace.weights, w, &self.theta);
            // Rounding is no rate. (An infinite sum passes for it here; times zero it is not a number.)
            *rate = sum.abs().zero_unless_above(P::splat(SNAP) * magnitude, sum);
            fault += rate.fault_outside(P::splat(LARGEST)) + magnitude * P::splat(0.0);
        }
        if trace.kind() == Kind::Discrete {
            fault += self.row_sums(trace);
        }
        let mut sum = P::splat(0.0);
        for &(_, weight) in &trace.start {
            sum += self.rates[weight as usize];
        }
        for (probability, &(_, weight)) in self.initial.iter_mut().zip(&trace.start) {
            *probability = self.rates[weight as usize] / sum;
        }
        fault + sum * sum.reciprocal()
    }

    /// Not a number where the probabilities of a row sum to more than one.
    #[inline(always)]
    fn row_sums(&mut self, trace: &Trace) -> P {
        let rates = &self.rates;
        let sums = &mut self.sums;
        sums.resize(trace.len(), P::splat(0.0));
        sums.fill(P::splat(0.0));
        for &(p, weight) in &trace.loops {
            sums[p as usize] += rates[weight as usize];
        }
        let mut fault = P::splat(0.0);
        for &block in &trace.blocks {
            let (first, size) = trace.extent(block);
            for (p, &staying) in (first..).zip(&sums[first..first + size]) {
                let (mut sum, mut terms) = (staying, 0);
                for (_, weight) in trace.edges_of(block, p) {
                    sum += rates[weight as usize];
                    terms += 1;
                }
                fault += sum.fault_outside(P::splat(1.0 + f64::from(terms) * SNAP));
            }
        }
        fault
    }
}

/// A weight's base plus products in the order of the parameters, and the sum of their magnitudes.
#[inline(always)]
fn sum_of_terms<P: Lanes>(weights: &WeightTable, weight: u32, theta: &[P]) -> (P, P) {
    let base = P::splat(weights.base(weight));
    let (mut sum, mut magnitude) = (base, base.abs());
    for (&c, &t) in weights.coefficients(weight).iter().zip(theta) {
        let product = P::splat(c) * t;
        sum += product;
        magnitude += product.abs();
    }
    (sum, magnitude)
}
