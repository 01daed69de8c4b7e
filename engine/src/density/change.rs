//! How a chain in steps changes with one parameter: derivatives carried along with the steps themselves, so that one
//! sweep gives them for every time.
//!
//! What a row of derivatives lacks to zero is that of staying, or of having left: probabilities sum to one. So
//! derivatives of probabilities of 1e-12 keep the digits that differences of those near one have lost.

use super::flow::{Flow, total};
use super::poisson::Weights;
use super::spread::Spread;
use crate::chain::ABSORBED;
use crate::replay::Rates;
use crate::trace::Trace;

/// Derivatives of the step probabilities, the rate of uniformisation held fixed.
#[derive(Debug)]
pub(super) struct Slope {
    /// By edge of the flow.
    edges: Vec<f64>,
    /// By position, of being absorbed.
    pub(super) exit: Vec<f64>,
    /// By position, of moving at all or being absorbed.
    out: Vec<f64>,
    /// Of the initial probabilities, by position.
    pub(super) start: Vec<f64>,
    /// Of the mass at zero.
    pub(super) mass_at_zero: f64,
}

impl Slope {
    /// With respect to one parameter.
    pub(super) fn new(trace: &Trace, rates: &Rates, flow: &Flow, parameter: usize) -> Slope {
        let (forms, quotients) = (trace.weights.forms(), rates.quotient_slopes(trace, parameter));
        let of = |weight: u32| match (weight as usize).checked_sub(forms) {
            None => trace.weights.coefficients(weight)[parameter],
            Some(quotient) => quotients[quotient],
        };
        let edges: Vec<f64> = flow.layout.weight.iter().map(|&w| of(w) / flow.rate).collect();
        let mut exit = vec![0.0; flow.len()];
        flow.layout.exits.iter().for_each(|&(p, w)| exit[p as usize] += of(w) / flow.rate);
        let out = (0..flow.len())
            .map(|p| edges[flow.layout.first[p]..flow.layout.first[p + 1]].iter().sum::<f64>() + exit[p])
            .collect();
        let sum: f64 = trace.start.iter().map(|&(_, w)| rates.of(w)).sum();
        let slope: f64 = trace.start.iter().map(|&(_, w)| of(w)).sum();
        let (mut start, mut mass_at_zero) = (vec![0.0; flow.len()], 0.0);
        for &(to, w) in &trace.start {
            let change = (of(w) - rates.of(w) / sum * slope) / sum;
            if to == ABSORBED {
                mass_at_zero += change;
            } else {
                start[to as usize] += change;
            }
        }
        Slope { edges, exit, out, start, mass_at_zero }
    }

    /// The derivative of what is absorbed in the next step.
    pub(super) fn leaving(&self, flow: &Flow, v: &[f64], change: &[f64]) -> f64 {
        flow.leaving(change) + v.iter().zip(&self.exit).fold(0.0, |sum, (v, e)| sum + v * e)
    }

    /// One step: `next` is the derivative of `v P`.
    fn step(&self, flow: &Flow, v: &[f64], change: &[f64], next: &mut [f64]) {
        let kept = |x: f64| if x.abs() < f64::MIN_POSITIVE { 0.0 } else { x };
        for p in 0..v.len() {
            next[p] = kept(change[p] * flow.stay[p] - v[p] * self.out[p]);
        }
        for p in (0..v.len()).filter(|&p| v[p] != 0.0 || change[p] != 0.0) {
            for e in flow.layout.first[p]..flow.layout.first[p + 1] {
                next[flow.layout.to[e] as usize] += change[p] * flow.probability(e) + v[p] * self.edges[e];
            }
        }
    }
}

/// Derivatives of a [`Spread`].
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) states: Vec<f64>,
    /// Of the probability of being absorbed.
    pub(super) absorbed: f64,
}

/// What [`super::spread::spread`] gives for one distribution of the number of steps, but for the visits, and its
/// derivatives: the chain begins in `start`, which changes by `change`.
pub(super) fn spread(
    flow: &Flow,
    slopes: &[Slope],
    start: &[f64],
    changes: &[Vec<f64>],
    weights: &Weights,
) -> (Spread, Vec<Change>) {
    let n = flow.len();
    let mut spread = Spread { states: vec![0.0; n], visits: Vec::new(), absorbed: 0.0 };
    let mut result = vec![Change { states: vec![0.0; n], absorbed: 0.0 }; slopes.len()];
    let mut sweep = Changing::new(start, changes);
    for step in 0.. {
        let (here, later) = (weights.of(step), weights.more_than(step));
        if here > 0.0 {
            let add =
                |sum: &mut [f64], v: &[f64]| sum.iter_mut().zip(v).for_each(|(sum, v)| *sum += here * v);
            add(&mut spread.states, &sweep.v);
            result.iter_mut().zip(&sweep.changes).for_each(|(sum, change)| add(&mut sum.states, change));
        }
        if later <= 0.0 {
            break;
        }
        spread.absorbed += later * flow.leaving(&sweep.v);
        for ((sum, slope), change) in result.iter_mut().zip(slopes).zip(&sweep.changes) {
            sum.absorbed += later * slope.leaving(flow, &sweep.v, change);
        }
        sweep.step(flow, slopes);
    }
    (spread, result)
}

/// A chain and its derivatives after some steps.
struct Changing {
    v: Vec<f64>,
    changes: Vec<Vec<f64>>,
    next: Vec<f64>,
}

impl Changing {
    fn new(start: &[f64], changes: &[Vec<f64>]) -> Changing {
        Changing { v: start.to_vec(), changes: changes.to_vec(), next: vec![0.0; start.len()] }
    }

    fn step(&mut self, flow: &Flow, slopes: &[Slope]) {
        for (slope, change) in slopes.iter().zip(&mut self.changes) {
            slope.step(flow, &self.v, change, &mut self.next);
            std::mem::swap(change, &mut self.next);
        }
        flow.step(&self.v, &mut self.next);
        std::mem::swap(&mut self.v, &mut self.next);
    }
}

/// Derivatives of density (or mass function), cdf and survival at one time: of each, one a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PointChange {
    pub(super) density: Vec<f64>,
    pub(super) cdf: Vec<f64>,
    /// Minus that of the cdf, with other digits: where hardly any chain is left, the cdf's have cancelled.
    pub(super) survival: Vec<f64>,
}

/// One sweep for several distributions of the number of steps, each up to its last step. The density weighs what
/// leaves in step k + 1 by the probability of k steps: `densities`; the cdf by that of more than k, and the survival function what is left
/// after step k by that of k: `cdfs`.
pub(super) fn points(
    flow: &Flow,
    slopes: &[Slope],
    densities: &[Weights],
    cdfs: &[Weights],
    last: &[usize],
) -> Vec<PointChange> {
    let at_zero: Vec<f64> = slopes.iter().map(|s| s.mass_at_zero).collect();
    let zeros = vec![0.0; slopes.len()];
    let nothing = PointChange { density: zeros.clone(), cdf: at_zero, survival: zeros };
    let mut result = vec![nothing; last.len()];
    let starts: Vec<Vec<f64>> = slopes.iter().map(|s| s.start.clone()).collect();
    let mut sweep = Changing::new(&flow.start, &starts);
    for step in 0..=last.iter().copied().max().unwrap_or(0) {
        let leaving: Vec<f64> = slopes
            .iter()
            .zip(&sweep.changes)
            .map(|(slope, change)| slope.leaving(flow, &sweep.v, change))
            .collect();
        let left: Vec<f64> = sweep.changes.iter().map(|change| total(change)).collect();
        for (t, point) in result.iter_mut().enumerate().filter(|(t, _)| step <= last[*t]) {
            let (here, later) = (densities[t].of(step) * flow.rate, cdfs[t].more_than(step));
            let now = cdfs[t].of(step);
            for (r, (leaving, left)) in leaving.iter().zip(&left).enumerate() {
                point.density[r] += here * leaving;
                point.cdf[r] += later * leaving;
                point.survival[r] += now * left;
            }
        }
        sweep.step(flow, slopes);
    }
    result
}
