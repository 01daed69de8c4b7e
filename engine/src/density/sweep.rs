//! Uniformisation: one sweep of steps serves every time. What is kept of a step is its mass, what leaves in
//! it, and what has left before; each time weighs them by how many steps it may hold.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use super::Values;
use super::adjoint::{Derivatives, Seeds};
use super::event::{Form, Operand};
use super::flow::Flow;
use super::lanes::{Steps, side_by_side};
use super::layout::Layout;
use super::poisson::Weights;

/// Steps taken so far by chains of one trace side by side. As many are taken as the one that needs most asks for, and
/// no number of a chain depends on the others.
#[derive(Debug)]
pub(super) struct Sweeps<'a> {
    layout: &'a Layout,
    steps: Box<dyn Steps>,
    /// Room for what a step tells.
    told: Vec<(f64, f64)>,
    lanes: Vec<Swept<'a>>,
    remembers: bool,
}

/// What is kept of a chain's steps.
#[derive(Debug)]
struct Swept<'a> {
    flow: &'a Flow<'a>,
    /// Probability of being absorbed in step k + 1.
    leaving: Vec<f64>,
    /// Probability of not being absorbed by step k.
    mass: Vec<f64>,
    /// Probability of being absorbed by step k, mass at zero included.
    absorbed: Vec<f64>,
    /// Nothing changes any more after the last step kept.
    at_rest: bool,
}

impl Swept<'_> {
    fn keep(&mut self, (leaving, mass): (f64, f64)) {
        self.leaving.push(leaving);
        self.mass.push(mass);
        let absorbed = self.absorbed[self.leaving.len() - 1];
        self.absorbed.push(absorbed + leaving);
    }

    /// The step that stands for this one, if it is among those kept.
    fn kept(&self, step: usize) -> usize {
        step.min(self.mass.len() - 1)
    }
}

impl<'a> Sweeps<'a> {
    /// Of chains that have this layout, at most sixteen.
    pub(super) fn new(layout: &'a Layout, flows: &[&'a Flow<'a>]) -> Sweeps<'a> {
        let nothing = |&flow: &&'a Flow<'a>| Swept {
            flow,
            leaving: Vec::new(),
            mass: Vec::new(),
            absorbed: vec![flow.mass_at_zero],
            at_rest: false,
        };
        let mut sweeps = Sweeps {
            layout,
            steps: side_by_side(flows),
            told: vec![(0.0, 0.0); flows.len()],
            lanes: flows.iter().map(nothing).collect(),
            remembers: false,
        };
        sweeps.steps.begin(&mut sweeps.told);
        sweeps.lanes.iter_mut().zip(&sweeps.told).for_each(|(lane, &told)| lane.keep(told));
        sweeps
    }

    /// Each chain's part.
    pub(super) fn share(self) -> Vec<Sweep<'a>> {
        let count = self.lanes.len();
        let shared = Rc::new(RefCell::new(self));
        (0..count).map(|lane| Sweep { shared: Rc::clone(&shared), lane, asked: 0 }).collect()
    }

    fn step(&mut self) {
        self.steps.step(self.layout, &mut self.told);
        for (number, (lane, &told)) in self.lanes.iter_mut().zip(&self.told).enumerate() {
            if !lane.at_rest {
                lane.keep(told);
                let steps = &self.steps;
                // Nothing leaves a chain at rest: the rest is looked at only then.
                lane.at_rest = told.0 == 0.0 && lane.flow.is_at_rest(|p| steps.probability(p, number));
            }
        }
    }

    /// Takes steps until this one of a chain is kept; the number of the step that stands for it.
    fn reach(&mut self, lane: usize, step: usize) -> usize {
        while self.lanes[lane].mass.len() <= step && !self.lanes[lane].at_rest {
            self.step();
        }
        self.lanes[lane].kept(step)
    }

    /// Remembers where the chains are, in a sweep that is expected to take so many steps at most.
    pub(super) fn remember(&mut self, expected: usize) {
        self.steps.remember(self.layout, expected);
        self.remembers = true;
    }

    /// The derivatives of what each chain's seeds say. Where the chains were must be remembered.
    pub(super) fn backwards(&mut self, seeds: &[Seeds]) -> Vec<Derivatives> {
        if !self.remembers {
            self.remember(seeds.iter().map(Seeds::steps).max().unwrap_or(0));
        }
        for (lane, seeds) in seeds.iter().enumerate() {
            self.reach(lane, seeds.steps());
        }
        self.steps.backwards(self.layout, seeds)
    }
}

/// A chain's part in steps that several take side by side.
#[derive(Debug)]
pub(super) struct Sweep<'a> {
    shared: Rc<RefCell<Sweeps<'a>>>,
    lane: usize,
    /// The last step that this chain has asked for: what the others need may be further.
    asked: usize,
}

impl<'a> Sweep<'a> {
    /// What is shared with the other chains.
    pub(super) fn shared(&self) -> RefMut<'_, Sweeps<'a>> {
        self.shared.borrow_mut()
    }

    /// Whether every step to come is like the last one asked for.
    pub(super) fn is_steady(&self) -> bool {
        let lane = &self.shared.borrow().lanes[self.lane];
        lane.at_rest && lane.mass.len() <= self.asked + 1
    }

    /// Density, cdf and survival at the time whose number of steps has this distribution, each to a relative
    /// truncation error of `tolerance`; and how many steps were looked at.
    pub(super) fn weighted(&mut self, weights: &Weights, tolerance: f64) -> (Values, usize) {
        let shared = &mut *self.shared.borrow_mut();
        let flow = shared.lanes[self.lane].flow;
        let most = flow.exit.iter().copied().fold(0.0, f64::max);
        let mut sum = Values::default();
        let mut step = weights.first;
        for (&weight, &beyond) in weights.mass.iter().zip(&weights.beyond) {
            let k = shared.reach(self.lane, step);
            let swept = &shared.lanes[self.lane];
            sum.density += weight * swept.leaving[k];
            sum.cdf += weight * swept.absorbed[k];
            sum.survival += weight * swept.mass[k];
            // Masses fall from step to step, and no more can leave than there is.
            let rest = beyond * swept.mass[k];
            if rest * most <= tolerance * sum.density
                && rest <= tolerance * sum.survival
                && beyond <= tolerance * sum.cdf
            {
                sum.cdf += beyond * swept.absorbed[k]; // at least so much has left by any later step
                break;
            }
            step += 1;
        }
        self.asked = self.asked.max(step);
        sum.density *= flow.rate;
        (sum, step)
    }

    /// The value of a form, whose terms are nonnegative, to a relative truncation error of `tolerance`; and the last
    /// step that was looked at.
    pub(super) fn form(&mut self, form: &Form, tolerance: f64) -> (f64, usize) {
        let shared = &mut *self.shared.borrow_mut();
        let mut sum = form.at_zero * shared.lanes[self.lane].flow.mass_at_zero;
        let mut step = form.first;
        for (&factor, &rest) in form.factors.iter().zip(&form.rest) {
            let k = shared.reach(self.lane, step);
            let swept = &shared.lanes[self.lane];
            sum += factor * if form.operand == Operand::Mass { swept.mass[k] } else { swept.leaving[k] };
            if rest * swept.mass[k] <= tolerance * sum {
                break;
            }
            step += 1;
        }
        self.asked = self.asked.max(step);
        (sum, step)
    }

    /// Mass function, cdf and survival after so many steps of a discrete chain.
    pub(super) fn after(&mut self, steps: usize) -> Values {
        let shared = &mut *self.shared.borrow_mut();
        self.asked = self.asked.max(steps);
        let k = shared.reach(self.lane, steps);
        let swept = &shared.lanes[self.lane];
        let density = match steps.checked_sub(1) {
            Some(before) => swept.leaving[swept.kept(before)],
            None => swept.flow.mass_at_zero,
        };
        Values { density, cdf: swept.absorbed[k], survival: swept.mass[k] }
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
