//! A chain in steps: where it goes from each position, with what probability. A continuous chain is
//! uniformised: its steps come at the highest rate out of any vertex, and slower vertices stay more often.

use crate::chain::ABSORBED;
use crate::graph::Kind;
use crate::replay::{Initial, Rates, all_edges};
use crate::trace::Trace;

/// The sum of numbers; zero, not minus zero, of none.
pub(super) fn total(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |sum, x| sum + x)
}

/// Step probabilities, all of them nonnegative.
#[derive(Debug)]
pub(super) struct Flow {
    /// Edges of position p are `first[p]..first[p + 1]`, those whose rate is zero here among them.
    pub(super) first: Vec<usize>,
    pub(super) to: Vec<u32>,
    /// Number of each edge's weight.
    pub(super) weight: Vec<u32>,
    pub(super) probability: Vec<f64>,
    /// Edges to absorption: (position, number of the weight).
    pub(super) exits: Vec<(u32, u32)>,
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

impl Flow {
    pub(super) fn new(trace: &Trace, rates: &Rates, initial: &Initial) -> Flow {
        let n = trace.len();
        let (mut out, mut exit, mut first) = (vec![0.0; n], vec![0.0; n], vec![0; n + 1]);
        let mut exits = Vec::new();
        for (from, to, weight) in all_edges(trace) {
            out[from as usize] += rates.of(weight);
            if to == ABSORBED {
                exit[from as usize] += rates.of(weight);
                exits.push((from, weight));
            } else {
                first[from as usize + 1] += 1;
            }
        }
        (0..n).for_each(|p| first[p + 1] += first[p]);
        let highest = out.iter().copied().fold(0.0, f64::max);
        let rate = if trace.kind() == Kind::Discrete || highest == 0.0 { 1.0 } else { highest };
        let mut next = first.clone();
        let (mut to, mut weights, mut probability) =
            (vec![0; first[n]], vec![0; first[n]], vec![0.0; first[n]]);
        for (from, target, weight) in all_edges(trace).filter(|e| e.1 != ABSORBED) {
            let at = &mut next[from as usize];
            (to[*at], weights[*at], probability[*at]) = (target, weight, rates.of(weight) / rate);
            *at += 1;
        }
        let mut start = vec![0.0; n];
        initial.alpha.iter().for_each(|&(p, a)| start[p as usize] = a);
        Flow {
            first,
            to,
            weight: weights,
            probability,
            exits,
            stay: out.iter().map(|o| f64::max(1.0 - o / rate, 0.0)).collect(),
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
        (self.to.len() + 2 * self.len() + 1) as f64
    }

    /// Most terms that a step adds up in one position, self-loop included, and so what it may lose to rounding.
    pub(super) fn terms(&self) -> f64 {
        let mut entering = vec![1u32; self.len()];
        self.to.iter().for_each(|&t| entering[t as usize] += 1);
        entering.iter().copied().max().map_or(1.0, f64::from)
    }

    /// Probability of being absorbed in the next step.
    pub(super) fn leaving(&self, v: &[f64]) -> f64 {
        v.iter().zip(&self.exit).fold(0.0, |sum, (v, e)| sum + v * e)
    }

    /// Whether all mass is where the chain never leaves. That a step changes nothing would not say so: rates
    /// of less than 1e-16 of the highest are lost in one step, and not in many.
    pub(super) fn is_at_rest(&self, v: &[f64]) -> bool {
        v.iter().zip(&self.is_left).all(|(&mass, &is_left)| mass == 0.0 || !is_left)
    }

    /// One step: `next` is `v P`.
    pub(super) fn step(&self, v: &[f64], next: &mut [f64]) {
        // Subnormal numbers are slow, and rounding lets the smallest stay for ever.
        let kept = |mass: f64| if mass < f64::MIN_POSITIVE { 0.0 } else { mass };
        next.iter_mut().zip(v.iter().zip(&self.stay)).for_each(|(next, (v, stay))| *next = kept(v * stay));
        for (p, &mass) in v.iter().enumerate() {
            if mass == 0.0 {
                continue;
            }
            let range = self.first[p]..self.first[p + 1];
            for (&to, &probability) in self.to[range.clone()].iter().zip(&self.probability[range]) {
                next[to as usize] += mass * probability;
            }
        }
    }
}
