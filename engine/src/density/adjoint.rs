//! The gradient of a sum of likelihoods by one sweep back in time.
//!
//! A form is a sum over steps k of factors of v_k e and v_k 1, where v_k = alpha P^k and e holds the probabilities of
//! being absorbed. With b_k what the steps from k on contribute for each position that the chain may be in,
//! b_k = gamma_k e + mu_k 1 + P b_{k+1}, the derivative with respect to the rate from i to j is
//! 1/q times the sum over k of v_k(i) (b_{k+1}(j) - b_{k+1}(i)), with respect to the rate of absorption from i
//! 1/q times the sum of v_k(i) (gamma_k - b_{k+1}(i)), and with respect to the initial probabilities b_0. The rate of
//! uniformisation q may be held fixed: no likelihood depends on it.

use super::event::{Form, Operand};
use super::flow::Flow;
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
    /// Adds a form, up to this step, multiplied by a factor.
    pub(super) fn add(&mut self, form: &Form, last: usize, factor: f64) {
        self.at_zero += factor * form.at_zero;
        let into = if form.operand == Operand::Mass { &mut self.mass } else { &mut self.leaving };
        let used = form.factors.len().min((last + 1).saturating_sub(form.first));
        if into.len() < form.first + used {
            into.resize(form.first + used, 0.0);
        }
        let into = &mut into[form.first..form.first + used];
        into.iter_mut().zip(&form.factors).for_each(|(sum, f)| *sum += factor * f);
    }

    /// The last step that has a factor; zero if there is none.
    pub(super) fn steps(&self) -> usize {
        self.leaving.len().max(self.mass.len()).saturating_sub(1)
    }
}

/// What a sweep back in time has found, the rate of uniformisation being one: derivatives with respect to the rate of
/// each edge, of absorption from each position, and to the initial probabilities.
#[derive(Debug)]
pub(super) struct Derivatives {
    pub(super) edges: Vec<f64>,
    pub(super) exits: Vec<f64>,
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
        sensitivity.add_initial(trace, rates, &self.start, seeds.at_zero);
        sensitivity
    }
}
