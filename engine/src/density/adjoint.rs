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
use super::history::History;
use crate::replay::Rates;
use crate::sensitivity::Sensitivity;
use crate::trace::Trace;

/// What is summed: factors of what leaves in a step and of what is left after it.
#[derive(Debug, Default)]
pub(super) struct Seeds {
    leaving: Vec<f64>,
    mass: Vec<f64>,
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

    /// The derivative with respect to each weight.
    pub(super) fn sensitivity(
        &self,
        trace: &Trace,
        rates: &Rates,
        flow: &Flow,
        history: &History,
    ) -> Sensitivity {
        let n = flow.len();
        let (mut later, mut now) = (vec![0.0; n], vec![0.0; n]);
        let (mut edges, mut exits) = (vec![0.0; flow.to.len()], vec![0.0; n]);
        if let Some(last) = self.leaving.len().max(self.mass.len()).checked_sub(1) {
            let of = |factors: &[f64], k: usize| factors.get(k).copied().unwrap_or(0.0);
            history.backwards(flow, last, |k, v| {
                let (gamma, mu) = (of(&self.leaving, k), of(&self.mass, k));
                for i in 0..n {
                    let (here, stays) = (v[i], later[i]);
                    let mut sum = gamma * flow.exit[i] + mu + flow.stay[i] * stays;
                    for e in flow.first[i]..flow.first[i + 1] {
                        let moves = later[flow.to[e] as usize];
                        sum += flow.probability[e] * moves;
                        edges[e] += here * (moves - stays);
                    }
                    exits[i] += here * (gamma - stays);
                    now[i] = if sum.abs() < f64::MIN_POSITIVE { 0.0 } else { sum };
                }
                std::mem::swap(&mut now, &mut later);
            });
        }
        let mut sensitivity = Sensitivity::new(trace);
        flow.weight.iter().zip(&edges).for_each(|(&w, d)| sensitivity.add(w, d / flow.rate));
        flow.exits.iter().for_each(|&(i, w)| sensitivity.add(w, exits[i as usize] / flow.rate));
        sensitivity.add_initial(trace, rates, &later, self.at_zero);
        sensitivity
    }
}
