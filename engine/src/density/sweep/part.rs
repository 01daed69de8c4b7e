//! What one chain asks of steps that several take.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use super::Sweeps;
use super::sums::{Lane, OperandSum, PointSum, SumReach};
use crate::density::Values;
use crate::density::event::{Form, Looked};
use crate::density::poisson;

/// A chain's part in steps that several take side by side.
#[derive(Debug)]
pub(in crate::density) struct Sweep<'a> {
    pub(super) shared: Rc<RefCell<Sweeps<'a>>>,
    pub(super) lane: usize,
    /// The last step that this chain has asked for: what the others need may be further.
    pub(super) asked: usize,
}

impl<'a> Sweep<'a> {
    /// What is shared with the other chains.
    pub(in crate::density) fn shared(&self) -> RefMut<'_, Sweeps<'a>> {
        self.shared.borrow_mut()
    }

    /// Whether every step to come is like the last one asked for.
    pub(in crate::density) fn is_steady(&self) -> bool {
        let lane = &self.shared.borrow().lanes[self.lane];
        lane.at_rest && lane.tail.is_none() && lane.mass.len() <= self.asked + 1
    }

    /// Bound on the relative error that is made by taking no step after a chain has forgotten how it began, of what is
    /// said of this one; nothing if the step is taken.
    pub(in crate::density) fn stationary_error(&self, step: usize) -> Option<f64> {
        let tail = self.shared.borrow().lanes[self.lane].tail?;
        (step > tail.from).then(|| tail.error(step))
    }

    /// Density, cdf and survival of a continuous chain at the time by which so many steps are expected, each to a
    /// relative truncation error of `tolerance`; and how many steps were looked at.
    pub(in crate::density) fn weighted(&mut self, mean: f64, tolerance: f64) -> (Values, usize) {
        let mut sweeps = self.shared.borrow_mut();
        let mut sum = PointSum::new(&mut sweeps, self.lane, tolerance);
        let walk = poisson::walk(mean, &mut sum);
        let PointSum { values, swept, .. } = sum;
        let last = walk.steps.end - 1;
        let rate = swept.flow().rate;
        // At least so much has left by any later step, and so much was left after any earlier one.
        let cdf = values[1] + walk.later * swept.get().absorbed[swept.get().kept(last)];
        let survival = values[2] + walk.earlier * swept.get().mass[swept.get().kept(walk.steps.start)];
        self.asked = self.asked.max(last);
        let density = values[0] / walk.total;
        let plain = Values::plain(density, cdf / walk.total, survival / walk.total);
        // A rate may be small enough for the product to be no double.
        let values = Values { density: plain.density * rate, ..plain };
        (values, last)
    }

    /// The value of a form, whose terms are nonnegative, to a relative truncation error of `tolerance`; and which of
    /// them were looked at.
    pub(in crate::density) fn form(&mut self, form: &Form, tolerance: f64, reach: SumReach) -> (f64, Looked) {
        let mut sweeps = self.shared.borrow_mut();
        let mut swept = Lane { sweeps: &mut sweeps, lane: self.lane };
        let (value, looked) = match form {
            Form::Poisson { operand, mean, factor } => {
                let (operand, tolerance) = (*operand, tolerance / 2.0);
                let mut sum = OperandSum { swept, operand, tolerance, reach, sum: 0.0 };
                let walk = poisson::walk(*mean, &mut sum);
                (factor * (sum.sum / walk.total), Looked::Walk(walk))
            }
            Form::Step { operand, step } => {
                let k = swept.reach(*step);
                (swept.get().of(*operand, k), Looked::Until(*step))
            }
            Form::Leaving { at_zero, first, factors, rest } => {
                let mut sum = at_zero * swept.flow().mass_at_zero;
                let mut step = *first;
                for (&factor, &rest) in factors.iter().zip(rest) {
                    let k = swept.reach(step);
                    sum += factor * swept.get().leaving[k];
                    let (mass, _) = reach.most((swept.get().mass[k], 1.0));
                    if rest * mass <= tolerance * sum {
                        break;
                    }
                    step += 1;
                }
                (sum, Looked::Until(step))
            }
        };
        self.asked = self.asked.max(looked.last());
        (value, looked)
    }

    /// Mass function, cdf and survival after so many steps of a discrete chain.
    pub(in crate::density) fn after(&mut self, steps: usize) -> Values {
        let shared = &mut *self.shared.borrow_mut();
        self.asked = self.asked.max(steps);
        let k = shared.reach(self.lane, steps);
        let swept = &shared.lanes[self.lane];
        let density = match steps.checked_sub(1) {
            Some(before) => swept.leaving[swept.kept(before)],
            None => swept.flow.mass_at_zero,
        };
        Values::plain(density, swept.absorbed[k], swept.mass[k])
    }
}
