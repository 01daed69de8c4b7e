//! Rates and initial probabilities at the parameter vectors of a tile.

use super::linear::{Product, Sum};
use super::pack::Lanes;
use super::rates::SNAP;
use super::tile::Tile;
use crate::trace::Trace;

/// Largest rate with which lanes are trusted: sums of as many as a row may have, and one divided by them, are
/// normal numbers.
const LARGEST: f64 = f64::MAX / 4_294_967_296.0 / 4_294_967_296.0;

impl<P: Lanes> Tile<P> {
    /// Evaluates rates and initial probabilities. What comes back is not a number in the lanes that cannot be worked on.
    #[inline(always)]
    pub(super) fn evaluate_rates(&mut self, trace: &Trace) -> P {
        let mut fault = self.evaluate_forms();
        if !trace.weights.quotients().is_empty() {
            fault += self.divide(trace);
        }
        fault += self.row_sums.fault(&self.rates);
        let mut sum = P::splat(0.0);
        for &(_, weight) in &trace.start {
            sum += self.rates[weight as usize];
        }
        for (probability, &(_, weight)) in self.initial.iter_mut().zip(&trace.start) {
            *probability = self.rates[weight as usize] / sum;
        }
        fault + sum * sum.reciprocal()
    }

    /// Divides the weights of normalised rows by their totals, in the order of [`Rates`](super::Rates). Lanes in which a
    /// total is zero or infinite are faulty.
    #[inline(always)]
    fn divide(&mut self, trace: &Trace) -> P {
        let forms = trace.weights.forms();
        let mut fault = P::splat(0.0);
        for ((range, terms), kept) in trace.weights.quotients().iter().zip(&mut self.totals) {
            let mut total = P::splat(0.0);
            for &(form, count) in terms {
                total += P::splat(f64::from(count)) * self.rates[form as usize];
            }
            for (quotient, &(form, _)) in range.zip(terms) {
                self.rates[forms + quotient] = self.rates[form as usize] / total;
            }
            fault += total * total.reciprocal() * P::splat(0.0);
            *kept = total;
        }
        fault
    }

    /// Takes derivatives with respect to quotients back to the forms that they are made of, as
    /// [`Rates::pull_back`](super::Rates::pull_back) does.
    #[inline(always)]
    pub(super) fn pull_back(&mut self, trace: &Trace) {
        let forms = trace.weights.forms();
        for ((range, terms), &total) in trace.weights.quotients().iter().zip(&self.totals) {
            let mut mean = P::splat(0.0);
            for quotient in range.clone() {
                mean += self.by_weight[forms + quotient] * self.rates[forms + quotient];
            }
            for (quotient, &(form, count)) in range.zip(terms) {
                let own = self.by_weight[forms + quotient] - P::splat(f64::from(count)) * mean;
                self.by_weight[form as usize] += own / total;
            }
        }
    }

    /// Evaluates the weights that depend on theta; the others are there. A rate that rounding alone keeps from zero is
    /// zero.
    #[inline(always)]
    fn evaluate_forms(&mut self) -> P {
        let (rates, theta) = (&mut self.rates, &self.theta);
        let (mut lowest, mut highest) = (self.constant_range.0, self.constant_range.1);
        for &Product { weight, parameter, coefficient } in &self.forms.products {
            let rate = P::splat(coefficient) * theta[parameter as usize];
            rates[weight as usize] = rate;
            (lowest, highest) = (lowest.min(rate), highest.max(rate));
        }
        let mut begin = 0;
        for &Sum { weight, base, end } in &self.forms.sums {
            let base = P::splat(base);
            let (mut sum, mut magnitude) = (base, base.abs());
            for &(parameter, coefficient) in &self.forms.terms[begin..end] {
                let product = P::splat(coefficient) * theta[parameter as usize];
                sum += product;
                magnitude += product.abs();
            }
            let rate = sum.abs().zero_unless_above(P::splat(SNAP) * magnitude, sum);
            rates[weight as usize] = rate;
            (lowest, highest) = (lowest.min(rate), highest.max(magnitude));
            begin = end;
        }
        let high = P::splat(LARGEST);
        let mut fault = lowest.fault_outside(high) + highest.fault_outside(high);
        for &t in theta {
            fault += t * P::splat(0.0); // not a number where a parameter is none or infinite
        }
        fault
    }
}
