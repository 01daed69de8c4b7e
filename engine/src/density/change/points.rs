//! Gradients at several times by one sweep, with bounds on their errors.
//!
//! `d v_(k+1) = d v_k P + v_k dP`, and beside it the same sum of the magnitudes of its terms, `a_(k+1) = a_k P + v_k |dP|`:
//! every term is a product of nonnegative numbers, each right to a relative gamma, with one coefficient, so that the error of
//! d v is at most gamma a. What is left out after the last step is bounded as in [`crate::density::tails`].

use super::Slope;
use crate::density::derivative::ScaledGradient;
use crate::density::flow::{Flow, total};
use crate::density::layout::Layout;
use crate::density::poisson::Weights;
use crate::scaled::ScaledNumber;

/// Derivatives of density (or mass function), cdf and survival at one time.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::density) struct PointChange {
    pub(in crate::density) density: ScaledGradient,
    pub(in crate::density) cdf: ScaledGradient,
    /// Minus that of the cdf, with other digits: where hardly any chain is left, the cdf's have cancelled.
    pub(in crate::density) survival: ScaledGradient,
}

/// How a time weighs the steps.
#[derive(Debug)]
pub(in crate::density) struct TimeWeights {
    /// Of what leaves in step k + 1, for the density.
    pub(in crate::density) density: Weights,
    /// Of what is left after step k, for the survival function; that of more than k of what leaves, for the cdf.
    pub(in crate::density) cdf: Weights,
    /// The steps that are expected: zero of a discrete chain, whose weights are exact.
    pub(in crate::density) mean: f64,
    /// The last step that counts.
    pub(in crate::density) last: usize,
}

/// A sum, and that of the magnitudes of its terms.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    value: f64,
    magnitude: f64,
}

impl Tally {
    fn add(&mut self, factor: f64, term: Tally) {
        self.value += factor * term.value;
        self.magnitude += factor * term.magnitude;
    }
}

/// A chain's derivative with respect to one parameter after some steps, by position.
struct Changing<'s> {
    slope: &'s Slope,
    /// Most that one step adds to the magnitudes.
    most: f64,
    change: Vec<f64>,
    magnitude: Vec<f64>,
}

impl<'s> Changing<'s> {
    fn new(slope: &'s Slope, layout: &Layout) -> Changing<'s> {
        let (change, magnitude) = (slope.start.clone(), slope.start_magnitudes.clone());
        Changing { slope, most: slope.most(layout), change, magnitude }
    }

    /// What leaves in the next step, and what is left.
    fn tell(&self, flow: &Flow, v: &[f64]) -> (Tally, Tally) {
        let value = self.slope.leaving(flow, v, &self.change);
        let own = v.iter().zip(&self.slope.exit_magnitudes).fold(0.0, |sum, (v, e)| sum + v * e);
        let leaving = Tally { value, magnitude: flow.leaving(&self.magnitude) + own };
        (leaving, Tally { value: total(&self.change), magnitude: total(&self.magnitude) })
    }

    fn step(&mut self, flow: &Flow, v: &[f64], next: &mut Vec<f64>) {
        self.slope.step(flow, v, &self.change, next);
        std::mem::swap(&mut self.change, next);
        let of = self.magnitude.iter().zip(&flow.stay).zip(v).zip(&self.slope.out_magnitudes);
        for (next, (((magnitude, stay), v), out)) in next.iter_mut().zip(of) {
            *next = magnitude * stay + v * out;
        }
        for (p, (&magnitude, &v)) in self.magnitude.iter().zip(v).enumerate() {
            for e in flow.layout.first[p]..flow.layout.first[p + 1] {
                let moves = magnitude * flow.probability(e) + v * self.slope.edge_magnitudes[e];
                next[flow.layout.to[e] as usize] += moves;
            }
        }
        std::mem::swap(&mut self.magnitude, next);
    }
}

/// Sums of one time with respect to one parameter.
#[derive(Debug, Clone, Copy, Default)]
struct TimeSums {
    density: Tally,
    cdf: Tally,
    survival: Tally,
    /// What may be missing of each.
    missing: [f64; 3],
}

/// Returns the gradients at several times.
pub(in crate::density) fn points(flow: &Flow, slopes: &[Slope], times: &[TimeWeights]) -> Vec<PointChange> {
    let at_zero = |slope: &Slope| {
        let atom = Tally { value: slope.mass_at_zero, magnitude: slope.zero_magnitude };
        TimeSums { cdf: atom, ..TimeSums::default() }
    };
    let mut sums: Vec<Vec<TimeSums>> = vec![slopes.iter().map(at_zero).collect(); times.len()];
    let mut changing: Vec<Changing<'_>> =
        slopes.iter().map(|slope| Changing::new(slope, flow.layout)).collect();
    let (mut v, mut next) = (flow.start.clone(), vec![0.0; flow.len()]);
    for step in 0..=times.iter().map(|time| time.last).max().unwrap_or(0) {
        for (r, change) in changing.iter().enumerate() {
            let (leaving, left) = change.tell(flow, &v);
            for (time, sums) in times.iter().zip(&mut sums).filter(|(time, _)| step <= time.last) {
                let sums = &mut sums[r];
                sums.density.add(time.density.of(step) * flow.rate, leaving);
                sums.cdf.add(time.cdf.more_than(step), leaving);
                sums.survival.add(time.cdf.of(step), left);
                if step == time.last {
                    sums.missing = missing(flow, time, change, &v);
                }
            }
        }
        changing.iter_mut().for_each(|change| change.step(flow, &v, &mut next));
        flow.step(&v, &mut next);
        std::mem::swap(&mut v, &mut next);
    }
    sums.iter().zip(times).map(|(sums, time)| finish(flow, sums, time)).collect()
}

/// Bounds what is missing after the last step of a time, of density, cdf and survival: the magnitude of a later
/// derivative is at most that after this step and, for each step more, `most` of the mass. And what an ordinary sweep drops.
fn missing(flow: &Flow, time: &TimeWeights, change: &Changing<'_>, v: &[f64]) -> [f64; 3] {
    let most = change.most;
    let (mass, magnitude) = (total(v), total(&change.magnitude));
    let last = time.last as f64;
    let dropped = (last + 2.0).powi(2) * flow.work() * (most * 1e-299 + f64::MIN_POSITIVE);
    // Of each term of the density, once the rate is multiplied.
    let rounded = (last + 2.0) * f64::MIN_POSITIVE;
    let rest = time.cdf.more_than(time.last);
    if rest == 0.0 {
        return [dropped * flow.rate + rounded, dropped, dropped];
    }
    let less = 1.0 - time.mean / (last + 2.0);
    let (excess, squares) = (rest / less, 2.0 * rest / (less * less));
    let survival = rest * magnitude + excess * most * mass + dropped;
    let cdf = excess * (magnitude + most * mass) + squares * most * mass + dropped;
    [survival * flow.rate + rest * most * mass * flow.rate + rounded, cdf, survival]
}

fn finish(flow: &Flow, sums: &[TimeSums], time: &TimeWeights) -> PointChange {
    let steps = time.last as f64 + time.mean + 1.0;
    let relative = ((flow.layout.terms + 8.0) * steps + flow.layout.degree + 8.0) * f64::EPSILON;
    let gradient = |of: fn(&TimeSums) -> Tally, place: usize| ScaledGradient {
        values: sums.iter().map(|sums| of(sums).value.into()).collect(),
        errors: sums
            .iter()
            .map(|sums| ScaledNumber::from(of(sums).magnitude * relative + sums.missing[place]))
            .collect(),
    };
    PointChange {
        density: gradient(|sums| sums.density, 0),
        cdf: gradient(|sums| sums.cdf, 1),
        survival: gradient(|sums| sums.survival, 2),
    }
}
