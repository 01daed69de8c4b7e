//! Sums over steps, which end where the rest may be missed.

use super::{Sweeps, Swept};
use crate::density::event::Operand;
use crate::density::flow::Flow;
use crate::density::poisson::{self, Sum};

/// A chain among those that are swept side by side.
pub(super) struct Lane<'s, 'a> {
    pub(super) sweeps: &'s mut Sweeps<'a>,
    pub(super) lane: usize,
}

impl<'a> Lane<'_, 'a> {
    pub(super) fn reach(&mut self, step: usize) -> usize {
        self.sweeps.reach(self.lane, step)
    }

    pub(super) fn get(&self) -> &Swept<'a> {
        &self.sweeps.lanes[self.lane]
    }

    pub(super) fn flow(&self) -> &'a Flow<'a> {
        self.get().flow
    }

    /// Most that is left, and has left, by any step from this one on: masses fall from step to step.
    fn most_after(&self, step: usize) -> (f64, f64) {
        let swept = self.get();
        (swept.mass[swept.kept(step)], 1.0)
    }

    /// The same up to this one.
    fn most_before(&self, step: usize) -> (f64, f64) {
        let swept = self.get();
        (swept.mass[0], swept.absorbed[swept.kept(step)])
    }
}

/// Density (divided by the rate), cdf and survival, summed together.
pub(super) struct PointSum<'s, 'a> {
    pub(super) swept: Lane<'s, 'a>,
    /// Of each side.
    tolerance: f64,
    pub(super) values: [f64; 3],
}

impl<'s, 'a> PointSum<'s, 'a> {
    pub(super) fn new(sweeps: &'s mut Sweeps<'a>, lane: usize, tolerance: f64) -> PointSum<'s, 'a> {
        PointSum { swept: Lane { sweeps, lane }, tolerance: tolerance / 2.0, values: [0.0; 3] }
    }

    /// Whether so much may be missing, in which probabilities are no larger than these.
    fn may_miss(&self, rest: f64, mass: f64, absorbed: f64) -> bool {
        let [density, cdf, survival] = self.values;
        // No more can leave than is there.
        rest * mass * self.swept.get().fastest <= self.tolerance * density
            && rest * mass <= self.tolerance * survival
            && rest * absorbed <= self.tolerance * cdf
    }
}

impl Sum for PointSum<'_, '_> {
    fn add(&mut self, step: usize, weight: f64) {
        let k = self.swept.reach(step);
        let swept = self.swept.get();
        self.values[0] += weight * swept.leaving[k];
        self.values[1] += weight * swept.absorbed[k];
        self.values[2] += weight * swept.mass[k];
    }

    fn may_end(&self, step: usize, rest: f64) -> bool {
        let (mass, absorbed) = self.swept.most_after(step);
        self.may_miss(rest, mass, absorbed)
    }

    fn may_begin(&self, step: usize, rest: f64) -> bool {
        let (mass, absorbed) = self.swept.most_before(step);
        self.may_miss(rest, mass, absorbed)
    }
}

/// What a sum over steps is for, and so how far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::density) enum SumReach {
    /// For its value: a step at which hardly anything is left adds hardly anything.
    Value,
    /// For its derivatives, of which that is not so.
    Derivatives,
}

impl SumReach {
    /// What may be missing of the sum of all weights, relative to it: of derivatives all that is left out is weighed.
    fn missing(self) -> f64 {
        if self == SumReach::Value { poisson::MISSING } else { poisson::LEAST }
    }

    /// What is left, and has left, at most, as far as it bounds what is summed.
    pub(super) fn most(self, most: (f64, f64)) -> (f64, f64) {
        if self == SumReach::Value { most } else { (1.0, 1.0) }
    }
}

/// One operand.
pub(super) struct OperandSum<'s, 'a> {
    pub(super) swept: Lane<'s, 'a>,
    pub(super) operand: Operand,
    /// Of each side.
    pub(super) tolerance: f64,
    /// Whether as many steps are looked at as derivatives need.
    pub(super) reach: SumReach,
    pub(super) sum: f64,
}

impl OperandSum<'_, '_> {
    fn may_miss(&self, rest: f64, mass: f64, absorbed: f64) -> bool {
        let most = match self.operand {
            Operand::Leaving => mass * self.swept.get().fastest,
            Operand::Mass => mass,
            Operand::Absorbed => absorbed,
        };
        rest * most <= self.tolerance * self.sum
    }
}

impl Sum for OperandSum<'_, '_> {
    fn add(&mut self, step: usize, weight: f64) {
        let k = self.swept.reach(step);
        self.sum += weight * self.swept.get().of(self.operand, k);
    }

    fn may_end(&self, step: usize, rest: f64) -> bool {
        let (mass, absorbed) = self.reach.most(self.swept.most_after(step));
        self.may_miss(rest, mass, absorbed)
    }

    fn may_begin(&self, step: usize, rest: f64) -> bool {
        let (mass, absorbed) = self.reach.most(self.swept.most_before(step));
        self.may_miss(rest, mass, absorbed)
    }

    fn missing(&self) -> f64 {
        self.reach.missing()
    }
}
