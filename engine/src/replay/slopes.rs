//! Derivatives of weights with respect to one parameter.

use super::Rates;
use crate::trace::Trace;

/// Derivatives of all weights of a trace with respect to one parameter, and the magnitudes of the terms that they are
/// made of: of a quotient q = w / s the derivative (w' - q s') / s is a difference, and rounding makes an error relative to
/// (|w'| + q |s'|) / s.
///
/// Error of a quotient's derivative: at most 3 k + 7 roundings of that, in a row of k distinct forms. That of a linear form
/// is a coefficient, and exact.
#[derive(Debug)]
pub(crate) struct WeightSlopes {
    values: Vec<f64>,
    magnitudes: Vec<f64>,
}

impl WeightSlopes {
    /// Returns the derivative of a weight.
    pub(crate) fn of(&self, weight: u32) -> f64 {
        self.values[weight as usize]
    }

    /// Returns the sum of the magnitudes of the terms of that.
    pub(crate) fn magnitude(&self, weight: u32) -> f64 {
        self.magnitudes[weight as usize]
    }
}

impl Rates {
    /// Returns the derivatives of all weights with respect to one parameter. No quotient changes where the total of its
    /// row is zero: the row is not left there.
    pub(crate) fn slopes(&self, trace: &Trace, parameter: usize) -> WeightSlopes {
        let forms = trace.weights.forms() as u32;
        let of = |form: u32| trace.weights.coefficients(form)[parameter];
        let mut values: Vec<f64> = (0..forms).map(of).collect();
        let mut magnitudes: Vec<f64> = values.iter().map(|slope| slope.abs()).collect();
        for ((_, terms), &total) in trace.weights.quotients().iter().zip(&self.totals) {
            let (mut change, mut magnitude) = (0.0, 0.0);
            for &(form, count) in terms {
                change += f64::from(count) * of(form);
                magnitude += f64::from(count) * of(form).abs();
            }
            for &(form, _) in terms {
                let number = values.len() as u32;
                let (slope, share) = (of(form), self.of(number));
                let over_total = |x: f64| if total == 0.0 { 0.0 } else { x / total };
                values.push(over_total(slope - share * change));
                magnitudes.push(over_total(slope.abs() + share * magnitude));
            }
        }
        WeightSlopes { values, magnitudes }
    }

    /// Takes magnitudes of derivatives with respect to the quotients back to the forms: bounds on the terms that
    /// [`Rates::pull_back`] adds up. That of w_k is (|d_k| + m_k sum of |d_j| q_j) / s.
    pub(crate) fn pull_back_magnitudes(&self, trace: &Trace, by_weight: &mut [f64]) {
        self.pull_back_with(trace, by_weight, |own, shared| own + shared);
    }

    /// Takes derivatives with respect to the quotients, which stand behind those with respect to the forms, back to the
    /// forms: that of w_k is (d_k - m_k sum of d_j q_j) / s, where d_j is that of q_j.
    pub(crate) fn pull_back(&self, trace: &Trace, by_weight: &mut [f64]) {
        self.pull_back_with(trace, by_weight, |own, shared| own - shared);
    }

    fn pull_back_with(&self, trace: &Trace, by_weight: &mut [f64], of: impl Fn(f64, f64) -> f64) {
        let (by_form, by_quotient) = by_weight.split_at_mut(trace.weights.forms());
        let quotients = &self.values[by_form.len()..];
        let rows = trace.weights.quotients().iter().zip(&self.totals).filter(|(_, total)| **total != 0.0);
        for ((range, terms), &total) in rows {
            let (d, q) = (&by_quotient[range.clone()], &quotients[range]);
            // What is never entered may have an infinite derivative.
            let mean = d.iter().zip(q).fold(0.0, |sum, (&d, &q)| sum + if q == 0.0 { 0.0 } else { d * q });
            for (&d, &(form, count)) in d.iter().zip(terms) {
                by_form[form as usize] += of(d, f64::from(count) * mean) / total;
            }
        }
    }
}
