//! Rates and initial probabilities at the parameter vectors of a tile.

use super::linear::{Product, Sum};
use super::pack::Lanes;
use super::rates::SNAP;
use super::tile::Tile;
use crate::trace::Trace;

/// Largest rate with which lanes are trusted: sums of as many as a row may have, and one divided by them, are
/// normal numbers.
const LARGEST: f64 = f64::MAX / 4_294_967_296.0 / 4_294_967_296.0;

/// Least of the sizes that are moderate, 2^-300; the largest is its reciprocal. Where rates are below that, and solutions
/// and adjoints moderate or zero, what products lose below the normal numbers (2^-1074 each) is far below a rounding of
/// anything that matters: an error e of a rate changes a solution by e lambda_i (x_j - x_i).
const MODERATE: f64 = 4.909_093_465_297_727e-91;

impl<P: Lanes> Tile<P> {
    /// Notes in `rate_error` the lanes in which solutions are not moderate.
    #[inline(always)]
    pub(super) fn look_at_solutions(&mut self, trace: &Trace) {
        for x in &self.solutions {
            self.rate_error += moderate(&x[..trace.len()]);
        }
    }

    /// Notes the lanes in which an equation's adjoints are not moderate.
    #[inline(always)]
    pub(super) fn look_at_adjoints(&mut self, trace: &Trace, q: usize) {
        self.rate_error += moderate(&self.adjoints[q][..trace.len()]);
    }

    /// Evaluates rates and initial probabilities. What comes back is not a number in the lanes that cannot be worked on.
    /// With `ranges` bounds on their errors are kept.
    #[inline(always)]
    pub(super) fn evaluate_rates(&mut self, trace: &Trace, ranges: bool) -> P {
        let mut fault = self.evaluate_forms(ranges);
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
    /// total is zero or infinite are faulty. The error of a quotient of forms with errors e, in a row of k of them, is at
    /// most 2 e + k + 1 roundings; nothing is known of it where the total is not moderate, since forms may be subnormal.
    #[inline(always)]
    fn divide(&mut self, trace: &Trace) -> P {
        let forms = trace.weights.forms();
        let (mut fault, mut least, mut most) = (P::splat(0.0), P::splat(1.0), 0);
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
            (least, most) = (least.min(total), most.max(terms.len()));
        }
        self.rate_error = P::splat(2.0) * self.rate_error
            + P::splat((most + 1) as f64)
            + P::splat(MODERATE).fault_outside(least);
        fault
    }

    /// Takes derivatives with respect to quotients, and their magnitudes, back to the forms that they are made of, as
    /// [`Rates::pull_back`](super::Rates::pull_back) does.
    #[inline(always)]
    pub(super) fn pull_back(&mut self, trace: &Trace) {
        let forms = trace.weights.forms();
        for ((range, terms), &total) in trace.weights.quotients().iter().zip(&self.totals) {
            let (mut mean, mut magnitude) = (P::splat(0.0), P::splat(0.0));
            for quotient in range.clone() {
                mean += self.by_weight[forms + quotient] * self.rates[forms + quotient];
                magnitude += self.magnitudes[forms + quotient] * self.rates[forms + quotient];
            }
            for (quotient, &(form, count)) in range.zip(terms) {
                let count = P::splat(f64::from(count));
                let own = self.by_weight[forms + quotient] - count * mean;
                self.by_weight[form as usize] += own / total;
                let own = self.magnitudes[forms + quotient] + count * magnitude;
                self.magnitudes[form as usize] += own / total;
            }
        }
    }

    /// Evaluates the weights that depend on theta; the others are there. A rate that rounding alone keeps from zero is
    /// zero.
    #[inline(always)]
    fn evaluate_forms(&mut self, ranges: bool) -> P {
        let (rates, theta) = (&mut self.rates, &self.theta);
        let (mut lowest, mut highest) = (self.constant_range.0, self.constant_range.1);
        for &Product { weight, parameter, coefficient } in &self.forms.products {
            let rate = P::splat(coefficient) * theta[parameter as usize];
            rates[weight as usize] = rate;
            (lowest, highest) = (lowest.min(rate), highest.max(rate));
        }
        // One product is one rounding; a sum has two a term, of its terms' magnitudes.
        let mut error = P::splat(1.0);
        let mut begin = 0;
        for &Sum { weight, base, end } in &self.forms.sums {
            let base = P::splat(base);
            let (mut sum, mut magnitude) = (base, base.abs());
            for &(parameter, coefficient) in &self.forms.terms[begin..end] {
                let product = P::splat(coefficient) * theta[parameter as usize];
                sum += product;
                magnitude += product.abs();
            }
            let least = P::splat(SNAP) * magnitude;
            let rate = sum.abs().zero_unless_above(least, sum);
            if ranges {
                let roundings = P::splat(2.0 * (end - begin) as f64) * magnitude / sum;
                error = error.max(sum.abs().zero_unless_above(least, roundings));
            }
            rates[weight as usize] = rate;
            (lowest, highest) = (lowest.min(rate), highest.max(magnitude));
            begin = end;
        }
        self.rate_error = error + highest.fault_outside(P::splat(1.0 / MODERATE));
        let high = P::splat(LARGEST);
        let mut fault = lowest.fault_outside(high) + highest.fault_outside(high);
        for &t in theta {
            fault += t * P::splat(0.0); // not a number where a parameter is none or infinite
        }
        fault
    }
}

/// Not a number in the lanes where one is neither zero nor moderate; zero elsewhere.
#[inline(always)]
fn moderate<P: Lanes>(numbers: &[P]) -> P {
    let (mut lowest, mut highest) = (P::splat(1.0), P::splat(1.0));
    let (zero, one) = (P::splat(0.0), P::splat(1.0));
    for number in numbers {
        let size = number.abs();
        highest = highest.max(size);
        // One in the place of zero.
        lowest = lowest.min(size + (one - size.zero_unless_above(zero, one)));
    }
    highest.fault_outside(P::splat(1.0 / MODERATE)) + P::splat(MODERATE).fault_outside(lowest)
}
