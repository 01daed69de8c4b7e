//! Rates from the doubles of their linear forms.

use super::super::Rates;
use crate::trace::Trace;
use crate::wide::WideFloat;

/// The value of each distinct weight.
pub(super) struct WideRates<const N: usize> {
    pub(super) values: Vec<WideFloat<N>>,
    /// Of each row of quotients, one divided by their total; zero where that is.
    pub(super) over_totals: Vec<WideFloat<N>>,
    /// Bound on their relative errors, in roundings: where terms of both signs nearly cancel, that of the sum is as much
    /// larger as their magnitudes are.
    pub(super) error: f64,
}

impl<const N: usize> WideRates<N> {
    /// Evaluates them. Those that count as zero in doubles are zero.
    pub(super) fn new(trace: &Trace, theta: &[f64], rounded: &Rates) -> WideRates<N> {
        let mut rates = WideRates {
            values: Vec::with_capacity(trace.weights.len()),
            over_totals: Vec::new(),
            error: 0.0,
        };
        for weight in 0..trace.weights.forms() as u32 {
            let base = trace.weights.base(weight);
            let (mut sum, mut magnitude, mut operations) = (WideFloat::of(base), base.abs(), 0.0);
            for (&c, &t) in trace.weights.coefficients(weight).iter().zip(theta) {
                if c != 0.0 {
                    sum += WideFloat::of(c) * WideFloat::of(t);
                    magnitude += (c * t).abs();
                    operations += 2.0;
                }
            }
            if rounded.of(weight) == 0.0 {
                rates.values.push(WideFloat::ZERO);
                continue;
            }
            let size = sum.to_f64();
            // A double that is not zero is right but for some units of the terms' magnitudes, and the sum is positive:
            // else nothing is known.
            let error =
                if sum.is_positive() { operations * f64::max(magnitude / size, 1.0) } else { f64::INFINITY };
            rates.error = rates.error.max(error * 1.01);
            rates.values.push(sum);
        }
        rates.divide(trace, rounded);
        rates
    }

    /// Divides the weights of normalised rows by their totals, as [`Rates`] does: a quotient has twice the error of a form,
    /// and a rounding for each of the k terms of its total and two more.
    fn divide(&mut self, trace: &Trace, rounded: &Rates) {
        let mut most = None;
        for (_, terms) in trace.weights.quotients().iter() {
            let mut total = WideFloat::ZERO;
            for &(form, count) in terms {
                total += WideFloat::of(f64::from(count)) * self.values[form as usize];
            }
            let over_total = if total.is_zero() { WideFloat::ZERO } else { total.reciprocal() };
            for &(form, _) in terms {
                let vanishes = rounded.of(self.values.len() as u32) == 0.0;
                let quotient = self.values[form as usize] * over_total;
                self.values.push(if vanishes { WideFloat::ZERO } else { quotient });
            }
            self.over_totals.push(over_total);
            most = most.max(Some(terms.len()));
        }
        if let Some(most) = most {
            self.error = 1.01 * (2.0 * self.error + most as f64 + 3.0);
        }
    }
}
