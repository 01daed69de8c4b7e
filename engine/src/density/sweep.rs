//! Uniformisation: one sweep of steps serves every time. What is kept of a step is its mass, what leaves in
//! it, and what has left before; each time weighs them by how many steps it may hold.

use super::Values;
use super::event::{Form, Operand};
use super::flow::{Flow, total};
use super::history::History;
use super::poisson::Weights;

/// Steps taken so far.
#[derive(Debug)]
pub(super) struct Sweep {
    v: Vec<f64>,
    next: Vec<f64>,
    /// Probability of being absorbed in step k + 1.
    leaving: Vec<f64>,
    /// Probability of not being absorbed by step k.
    mass: Vec<f64>,
    /// Probability of being absorbed by step k, mass at zero included.
    absorbed: Vec<f64>,
    /// Nothing changes any more after the last step kept.
    steady: bool,
    /// Where the chain was, if gradients need it.
    history: Option<History>,
}

impl Sweep {
    pub(super) fn new(flow: &Flow) -> Sweep {
        let mut sweep = Sweep {
            v: flow.start.clone(),
            next: vec![0.0; flow.len()],
            leaving: Vec::new(),
            mass: Vec::new(),
            absorbed: vec![flow.mass_at_zero],
            steady: false,
            history: None,
        };
        sweep.keep(flow);
        sweep
    }

    /// A sweep that remembers where the chain was, and is expected to take so many steps at most.
    pub(super) fn remembering(flow: &Flow, steps: usize) -> Sweep {
        let mut sweep = Sweep::new(flow);
        let mut history = History::new(flow, steps);
        history.keep(&sweep.v);
        sweep.history = Some(history);
        sweep
    }

    /// Where the chain was, if it was remembered.
    pub(super) fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    fn keep(&mut self, flow: &Flow) {
        let leaving = flow.leaving(&self.v);
        self.leaving.push(leaving);
        self.mass.push(total(&self.v));
        let absorbed = self.absorbed[self.leaving.len() - 1];
        self.absorbed.push(absorbed + leaving);
    }

    /// Whether every step to come is like the last one.
    pub(super) fn is_steady(&self) -> bool {
        self.steady
    }

    /// Takes steps until this one is kept, or nothing changes any more.
    pub(super) fn reach_step(&mut self, flow: &Flow, step: usize) {
        self.reach(flow, step);
    }

    /// Takes steps until this one is kept; the number of the step that stands for it.
    fn reach(&mut self, flow: &Flow, step: usize) -> usize {
        while self.mass.len() <= step && !self.steady {
            flow.step(&self.v, &mut self.next);
            std::mem::swap(&mut self.v, &mut self.next);
            self.keep(flow);
            if let Some(history) = &mut self.history {
                history.keep(&self.v);
            }
            self.steady = flow.is_at_rest(&self.v);
        }
        step.min(self.mass.len() - 1)
    }

    /// Density, cdf and survival at the time whose number of steps has this distribution, each to a relative
    /// truncation error of `tolerance`; and how many steps were looked at.
    pub(super) fn weighted(&mut self, flow: &Flow, weights: &Weights, tolerance: f64) -> (Values, usize) {
        let most = flow.exit.iter().copied().fold(0.0, f64::max);
        let mut sum = Values::default();
        let mut step = weights.first;
        for (&weight, &beyond) in weights.mass.iter().zip(&weights.beyond) {
            let k = self.reach(flow, step);
            sum.density += weight * self.leaving[k];
            sum.cdf += weight * self.absorbed[k];
            sum.survival += weight * self.mass[k];
            // Masses fall from step to step, and no more can leave than there is.
            let rest = beyond * self.mass[k];
            if rest * most <= tolerance * sum.density
                && rest <= tolerance * sum.survival
                && beyond <= tolerance * sum.cdf
            {
                sum.cdf += beyond * self.absorbed[k]; // at least so much has left by any later step
                break;
            }
            step += 1;
        }
        sum.density *= flow.rate;
        (sum, step)
    }

    /// The value of a form, whose terms are nonnegative, to a relative truncation error of `tolerance`; and the last
    /// step that was looked at.
    pub(super) fn form(&mut self, flow: &Flow, form: &Form, tolerance: f64) -> (f64, usize) {
        let mut sum = form.at_zero * flow.mass_at_zero;
        let mut step = form.first;
        for (&factor, &rest) in form.factors.iter().zip(&form.rest) {
            let k = self.reach(flow, step);
            sum += factor * if form.operand == Operand::Mass { self.mass[k] } else { self.leaving[k] };
            if rest * self.mass[k] <= tolerance * sum {
                break;
            }
            step += 1;
        }
        (sum, step)
    }

    /// Mass function, cdf and survival after so many steps of a discrete chain.
    pub(super) fn after(&mut self, flow: &Flow, steps: usize) -> Values {
        let before = steps.checked_sub(1).map(|before| self.reach(flow, before));
        let density = before.map_or(flow.mass_at_zero, |k| self.leaving[k]);
        let k = self.reach(flow, steps);
        Values { density, cdf: self.absorbed[k], survival: self.mass[k] }
    }
}

/// Where a chain is, and was, after a random number of steps.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    /// Probability of each position.
    pub(super) states: Vec<f64>,
    /// Expected number of steps begun in each position.
    pub(super) visits: Vec<f64>,
    /// Probability of being absorbed.
    pub(super) absorbed: f64,
}

/// One sweep for several distributions of the number of steps. What is left out has a probability of less than
/// `tolerance`.
pub(super) fn spread(flow: &Flow, start: &[f64], times: &[Weights], tolerance: f64) -> Vec<Spread> {
    let nothing = Spread { states: vec![0.0; flow.len()], visits: vec![0.0; flow.len()], absorbed: 0.0 };
    let mut all = vec![nothing; times.len()];
    let (mut v, mut next) = (start.to_vec(), vec![0.0; flow.len()]);
    let mut absorbed = 0.0;
    for step in 0.. {
        for (spread, weights) in all.iter_mut().zip(times) {
            let (here, later) = (weights.of(step), weights.more_than(step));
            spread.absorbed += here * absorbed;
            if here > 0.0 {
                spread.states.iter_mut().zip(&v).for_each(|(sum, v)| *sum += here * v);
            }
            if later > 0.0 {
                spread.visits.iter_mut().zip(&v).for_each(|(sum, v)| *sum += later * v);
            }
        }
        if times.iter().all(|weights| weights.more_than(step) <= tolerance) {
            break;
        }
        absorbed += flow.leaving(&v);
        flow.step(&v, &mut next);
        std::mem::swap(&mut v, &mut next);
    }
    all
}
