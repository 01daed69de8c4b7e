//! The gradient of a sum of likelihoods by one sweep back in time.
//!
//! A form is a sum over steps k of factors of v_k e and v_k 1, where v_k = alpha P^k and e holds the probabilities of
//! being absorbed. With b_k what the steps from k on contribute for each position that the chain may be in,
//! b_k = gamma_k e + mu_k 1 + P b_{k+1}, the derivative with respect to the rate from i to j is
//! 1/q times the sum over k of v_k(i) (b_{k+1}(j) - b_{k+1}(i)), with respect to the rate of absorption from i
//! 1/q times the sum of v_k(i) (gamma_k - b_{k+1}(i)), and with respect to the initial probabilities b_0. The rate of
//! uniformisation q may be held fixed: no likelihood depends on it.

use super::event::{Form, Looked, Operand};
use super::flow::Flow;
use super::poisson;
use crate::replay::Rates;
use crate::sensitivity::Sensitivity;
use crate::trace::Trace;

/// What is summed: factors of what leaves in a step and of what is left after it.
#[derive(Debug, Default)]
pub(super) struct Seeds {
    pub(super) leaving: Vec<f64>,
    pub(super) mass: Vec<f64>,
    at_zero: f64,
}

impl Seeds {
    /// Adds a form, as far as a sweep has looked at its terms, multiplied by a factor.
    pub(super) fn add(&mut self, form: &Form, looked: &Looked, factor: f64) {
        match (form, looked) {
            (Form::Poisson { operand, mean, factor: own }, Looked::Walk(walk)) => {
                let probabilities = poisson::probabilities(*mean, walk);
                self.weigh(*operand, walk.steps.start, &probabilities, factor * own);
            }
            (Form::Leaving { at_zero, first, factors, .. }, Looked::Until(last)) => {
                self.at_zero += factor * at_zero;
                let used = factors.len().min((last + 1).saturating_sub(*first));
                add(&mut self.leaving, *first, &factors[..used], factor);
            }
            (Form::Step { operand, step }, _) => self.weigh(*operand, *step, &[1.0], factor),
            // A form is looked at in its own way.
            (Form::Poisson { .. }, Looked::Until(_)) | (Form::Leaving { .. }, Looked::Walk(_)) => {}
        }
    }

    /// Adds an operand at the steps from `first` on, each multiplied by its weight and by a factor.
    fn weigh(&mut self, operand: Operand, first: usize, weights: &[f64], factor: f64) {
        match operand {
            Operand::Leaving => add(&mut self.leaving, first, weights, factor),
            Operand::Mass => add(&mut self.mass, first, weights, factor),
            Operand::Absorbed => {
                // What leaves after step j is absorbed at all later ones.
                let mut later: Vec<f64> = vec![0.0; first + weights.len()];
                let mut sum = 0.0;
                for k in (1..later.len()).rev() {
                    sum += k.checked_sub(first).map_or(0.0, |i| weights[i]);
                    later[k - 1] = sum;
                }
                self.at_zero += factor * weights.iter().sum::<f64>();
                add(&mut self.leaving, 0, &later, factor);
            }
        }
    }

    /// Whether there is nothing to differentiate.
    pub(super) fn is_empty(&self) -> bool {
        self.leaving.is_empty() && self.mass.is_empty() && self.at_zero == 0.0
    }

    /// The last step that has a factor; zero if there is none.
    pub(super) fn steps(&self) -> usize {
        self.leaving.len().max(self.mass.len()).saturating_sub(1)
    }
}

/// Adds numbers, each multiplied by a factor, to those from `first` on.
fn add(into: &mut Vec<f64>, first: usize, numbers: &[f64], factor: f64) {
    if into.len() < first + numbers.len() {
        into.resize(first + numbers.len(), 0.0);
    }
    into[first..].iter_mut().zip(numbers).for_each(|(sum, x)| *sum += factor * x);
}

/// What a sweep back in time has found, the rate of uniformisation being one: derivatives with respect to the rate of
/// each edge, of absorption from each position, and to the initial probabilities.
#[derive(Debug)]
pub(super) struct Derivatives {
    pub(super) edges: Vec<f64>,
    pub(super) exits: Vec<f64>,
    /// By position i, the sum over k of v_k(i) b_{k+1}(i): what the derivatives above subtract, unless the self-loop has a
    /// weight of its own, of which this is the derivative. Where all seeds are
    /// nonnegative, a derivative plus twice this is the sum of the magnitudes of its terms.
    pub(super) stays: Vec<f64>,
    pub(super) start: Vec<f64>,
}

impl Derivatives {
    /// The derivative with respect to each weight, of what these seeds say.
    pub(super) fn sensitivity(
        &self,
        trace: &Trace,
        rates: &Rates,
        flow: &Flow<'_>,
        seeds: &Seeds,
    ) -> Sensitivity {
        let mut sensitivity = Sensitivity::new(trace);
        flow.layout.weight.iter().zip(&self.edges).for_each(|(&w, d)| sensitivity.add(w, d / flow.rate));
        let exits = flow.layout.exits.iter();
        exits.for_each(|&(i, w)| sensitivity.add(w, self.exits[i as usize] / flow.rate));
        let loops = flow.layout.loops.iter();
        loops.for_each(|&(i, w)| sensitivity.add(w, self.stays[i as usize] / flow.rate));
        sensitivity.add_initial(trace, rates, &self.start, seeds.at_zero);
        sensitivity
    }

    /// The sum of the magnitudes of the terms of each of these derivatives, of seeds that are nonnegative.
    pub(super) fn magnitudes(
        &self,
        trace: &Trace,
        rates: &Rates,
        flow: &Flow<'_>,
        seeds: &Seeds,
    ) -> Sensitivity {
        let mut sensitivity = Sensitivity::new(trace);
        let layout = flow.layout;
        let taken = |i: usize| if layout.is_divided[i] { 0.0 } else { 2.0 * self.stays[i] };
        layout.loops.iter().for_each(|&(i, w)| sensitivity.add(w, self.stays[i as usize] / flow.rate));
        for i in 0..layout.len() {
            for e in layout.first[i]..layout.first[i + 1] {
                let magnitude = self.edges[e].abs() + taken(i);
                sensitivity.add(layout.weight[e], magnitude / flow.rate);
            }
        }
        for &(i, w) in &layout.exits {
            let magnitude = self.exits[i as usize].abs() + taken(i as usize);
            sensitivity.add(w, magnitude / flow.rate);
        }
        sensitivity.add_initial_magnitudes(trace, rates, &self.start, seeds.at_zero);
        sensitivity
    }
}
