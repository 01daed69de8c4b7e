//! A chain in steps: where it goes from each position, with what probability. A continuous chain is
//! uniformised: its steps come at the highest rate out of any vertex, and slower vertices stay more often.

use super::layout::Layout;
use crate::graph::Kind;
use crate::replay::{Initial, Rates, all_edges};
use crate::trace::Trace;

/// The sum of numbers; zero, not minus zero, of none.
pub(super) fn total(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |sum, x| sum + x)
}

/// Step probabilities, all of them nonnegative.
#[derive(Debug)]
pub(super) struct Flow<'l> {
    pub(super) layout: &'l Layout,
    /// Step probability of an edge of each weight; of no meaning for weights that only the start or a self-loop has.
    pub(super) probabilities: Vec<f64>,
    /// Probability of staying.
    pub(super) stay: Vec<f64>,
    /// Probability of being absorbed.
    pub(super) exit: Vec<f64>,
    /// Whether the position can be left.
    is_left: Vec<bool>,
    /// Initial probabilities.
    pub(super) start: Vec<f64>,
    /// Probability that absorption comes at time zero.
    pub(super) mass_at_zero: f64,
    /// Steps a unit of time: the rate of uniformisation, one in a discrete chain.
    pub(super) rate: f64,
    pub(super) kind: Kind,
}

impl<'l> Flow<'l> {
    pub(super) fn new(trace: &Trace, layout: &'l Layout, rates: &Rates, initial: &Initial) -> Flow<'l> {
        let n = trace.len();
        let (mut out, mut exit) = (vec![0.0; n], vec![0.0; n]);
        // What the sums have lost to rounding: where nearly all leaves, the probability of staying is made of it.
        let mut lost = vec![0.0; n];
        for (from, _, weight) in all_edges(trace) {
            let (sum, lost) = (&mut out[from as usize], &mut lost[from as usize]);
            let (before, rate) = (*sum, rates.of(weight));
            *sum = before + rate;
            let added = *sum - before;
            *lost += (before - (*sum - added)) + (rate - added);
        }
        layout.exits.iter().for_each(|&(from, weight)| exit[from as usize] += rates.of(weight));
        let highest = out.iter().copied().fold(0.0, f64::max);
        let rate = if trace.kind() == Kind::Discrete || highest == 0.0 { 1.0 } else { highest };
        let mut start = vec![0.0; n];
        initial.alpha.iter().for_each(|&(p, a)| start[p as usize] = a);
        let mut stay: Vec<f64> =
            out.iter().zip(&lost).map(|(o, lost)| f64::max(((rate - o) - lost) / rate, 0.0)).collect();
        // What a row that was divided by its sum lacks to one is its self-loop, and rounding.
        (0..n).filter(|&p| layout.is_divided[p] && out[p] > 0.0).for_each(|p| stay[p] = 0.0);
        for &(p, weight) in layout.loops.iter().filter(|l| out[l.0 as usize] > 0.0) {
            stay[p as usize] = rates.of(weight);
        }
        Flow {
            layout,
            probabilities: (0..trace.weights.len() as u32).map(|w| rates.of(w) / rate).collect(),
            stay,
            exit: exit.iter().map(|e| e / rate).collect(),
            is_left: out.iter().map(|&o| o > 0.0).collect(),
            start,
            mass_at_zero: initial.mass_at_zero,
            rate,
            kind: trace.kind(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.stay.len()
    }

    /// Multiplications of one step.
    pub(super) fn work(&self) -> f64 {
        (self.layout.to.len() + 2 * self.len() + 1) as f64
    }

    /// Step probability of an edge.
    pub(super) fn probability(&self, edge: usize) -> f64 {
        self.probabilities[self.layout.weight[edge] as usize]
    }

    /// Probability of being absorbed in the next step.
    pub(super) fn leaving(&self, v: &[f64]) -> f64 {
        v.iter().zip(&self.exit).fold(0.0, |sum, (v, e)| sum + v * e)
    }

    /// Whether all mass is where the chain never leaves. That a step changes nothing would not say so: rates
    /// of less than 1e-16 of the highest are lost in one step, and not in many.
    pub(super) fn is_at_rest(&self, mut mass: impl FnMut(usize) -> f64) -> bool {
        self.is_left.iter().enumerate().all(|(p, &is_left)| !is_left || mass(p) == 0.0)
    }

    /// One step: `next` is `v P`.
    pub(super) fn step(&self, v: &[f64], next: &mut [f64]) {
        // Subnormal numbers are slow, and rounding lets the smallest stay for ever.
        let kept = |mass: f64| if mass < f64::MIN_POSITIVE { 0.0 } else { mass };
        for (p, next) in next.iter_mut().enumerate() {
            let mut sum = kept(v[p] * self.stay[p]);
            for &(from, weight) in self.layout.entering(p) {
                sum += v[from as usize] * self.probabilities[weight as usize];
            }
            *next = sum;
        }
    }
}
