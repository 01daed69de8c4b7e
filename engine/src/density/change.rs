//! How a chain in steps changes with one parameter: derivatives carried along with the steps themselves, so that one
//! sweep gives them for every time.
//!
//! What a row of derivatives lacks to zero is that of staying, or of having left: probabilities sum to one. So
//! derivatives of probabilities of 1e-12 keep the digits that differences of those near one have lost.

mod points;

use super::flow::Flow;
use super::layout::Layout;
use crate::chain::ABSORBED;
use crate::replay::Rates;
use crate::trace::Trace;

pub(super) use points::{PointChange, TimeWeights, points};

/// Derivatives of the step probabilities, the rate of uniformisation held fixed.
#[derive(Debug)]
pub(super) struct Slope {
    /// By edge of the flow.
    pub(super) edges: Vec<f64>,
    /// The sum of the magnitudes of what each is made of.
    pub(super) edge_magnitudes: Vec<f64>,
    /// By position, of being absorbed.
    pub(super) exit: Vec<f64>,
    /// By position, of moving at all or being absorbed.
    pub(super) out: Vec<f64>,
    /// By position, the sum of the magnitudes of what `out` is made of.
    pub(super) out_magnitudes: Vec<f64>,
    /// By position, the sum of the magnitudes of what `exit` is made of.
    pub(super) exit_magnitudes: Vec<f64>,
    /// Of the initial probabilities, by position.
    pub(super) start: Vec<f64>,
    /// The magnitudes of the terms that `start` is made of, each times the number of its roundings.
    pub(super) start_magnitudes: Vec<f64>,
    /// Of the mass at zero.
    pub(super) mass_at_zero: f64,
    /// The magnitudes of the terms that it is made of, likewise.
    pub(super) zero_magnitude: f64,
}

impl Slope {
    /// With respect to one parameter.
    pub(super) fn new(trace: &Trace, rates: &Rates, flow: &Flow, parameter: usize) -> Slope {
        let slopes = rates.slopes(trace, parameter);
        let of = |weight: u32| slopes.of(weight);
        let edges: Vec<f64> = flow.layout.weight.iter().map(|&w| of(w) / flow.rate).collect();
        let edge_magnitudes: Vec<f64> =
            flow.layout.weight.iter().map(|&w| slopes.magnitude(w) / flow.rate).collect();
        let (mut exit, mut exit_magnitudes) = (vec![0.0; flow.len()], vec![0.0; flow.len()]);
        for &(p, w) in &flow.layout.exits {
            exit[p as usize] += of(w) / flow.rate;
            exit_magnitudes[p as usize] += slopes.magnitude(w) / flow.rate;
        }
        let layout = flow.layout;
        let of_edges = |p: usize| layout.first[p]..layout.first[p + 1];
        let mut out: Vec<f64> =
            (0..flow.len()).map(|p| edges[of_edges(p)].iter().sum::<f64>() + exit[p]).collect();
        let mut out_magnitudes: Vec<f64> = (0..flow.len())
            .map(|p| edge_magnitudes[of_edges(p)].iter().fold(exit_magnitudes[p], |sum, d| sum + d))
            .collect();
        // Weights that are divided by their sum change by nothing together: what leaves is what does not stay.
        for p in (0..flow.len()).filter(|&p| layout.is_divided[p]) {
            (out[p], out_magnitudes[p]) = (0.0, 0.0);
        }
        for &(p, w) in &layout.loops {
            out[p as usize] = -of(w) / flow.rate;
            out_magnitudes[p as usize] = slopes.magnitude(w) / flow.rate;
        }
        let sum: f64 = trace.start.iter().map(|&(_, w)| rates.of(w)).sum();
        let slope: f64 = trace.start.iter().map(|&(_, w)| of(w)).sum();
        let magnitude: f64 = trace.start.iter().map(|&(_, w)| of(w).abs()).sum();
        let (mut start, mut mass_at_zero) = (vec![0.0; flow.len()], 0.0);
        let (mut start_magnitudes, mut zero_magnitude) = (vec![0.0; flow.len()], 0.0);
        for &(to, w) in &trace.start {
            let alpha = rates.of(w) / sum;
            let change = (of(w) - alpha * slope) / sum;
            // The sums of all weights have as many roundings as there are of them.
            let terms = (of(w).abs() + alpha * magnitude) / sum * trace.start.len() as f64;
            if to == ABSORBED {
                mass_at_zero += change;
                zero_magnitude += terms;
            } else {
                start[to as usize] += change;
                start_magnitudes[to as usize] += terms;
            }
        }
        Slope {
            edges,
            edge_magnitudes,
            exit,
            out,
            out_magnitudes,
            exit_magnitudes,
            start,
            start_magnitudes,
            mass_at_zero,
            zero_magnitude,
        }
    }

    /// Returns the most that one step adds to the magnitudes of derivatives, a probability: of what leaves a position, and
    /// of staying there.
    pub(super) fn most(&self, layout: &Layout) -> f64 {
        let of = |p: usize| {
            let edges = &self.edge_magnitudes[layout.first[p]..layout.first[p + 1]];
            edges.iter().fold(self.exit_magnitudes[p] + self.out_magnitudes[p], |sum, d| sum + d)
        };
        (0..layout.len()).map(of).fold(0.0, f64::max)
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
