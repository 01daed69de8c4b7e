//! Uniformisation: one sweep of steps serves every time. What is kept of a step is its mass, what leaves in
//! it, and what has left before; each time weighs them by how many steps it may hold.

mod part;
mod sums;

use std::cell::RefCell;
use std::rc::Rc;

use super::adjoint::{Derivatives, Seeds};
use super::event::Operand;
use super::flow::Flow;
use super::lanes::{Steps, side_by_side};
use super::layout::Layout;
use super::stationary::{self, Tail};

pub(super) use part::Sweep;
pub(super) use sums::SumReach;

/// Steps taken so far by chains of one trace side by side. As many are taken as the one that needs most asks for, and
/// no number of a chain depends on the others.
#[derive(Debug)]
pub(super) struct Sweeps<'a> {
    layout: &'a Layout,
    steps: Box<dyn Steps>,
    /// Room for what a step tells.
    told: Vec<(f64, f64)>,
    lanes: Vec<Swept<'a>>,
    /// Number of steps taken.
    taken: usize,
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
    /// Nothing changes any more.
    at_rest: bool,
    /// How it goes on from a step on, if that has been found out: it takes part in no step for itself after it.
    tail: Option<Tail>,
    /// Probability of being absorbed in a step from where that is most likely.
    fastest: f64,
}

impl Swept<'_> {
    fn keep(&mut self, (leaving, mass): (f64, f64)) {
        self.leaving.push(leaving);
        self.mass.push(mass);
        let absorbed = self.absorbed[self.leaving.len() - 1];
        self.absorbed.push(absorbed + leaving);
    }

    /// Keeps all steps up to this one, or to that after which nothing is left, of a chain that has forgotten how it
    /// began.
    fn go_on(&mut self, step: usize) {
        let Some(tail) = self.tail else { return };
        while let (Some(&leaving), Some(&mass)) = (self.leaving.last(), self.mass.last())
            && self.mass.len() <= step
            && mass > 0.0
        {
            let kept = |x: f64| if x < f64::MIN_POSITIVE { 0.0 } else { x };
            self.keep((kept(leaving * tail.factor), kept(mass * tail.factor)));
        }
    }

    /// An operand after a step that is kept.
    fn of(&self, operand: Operand, step: usize) -> f64 {
        match operand {
            Operand::Leaving => self.leaving[step],
            Operand::Mass => self.mass[step],
            Operand::Absorbed => self.absorbed[step],
        }
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
            tail: None,
            fastest: flow.exit.iter().copied().fold(0.0, f64::max),
        };
        let mut sweeps = Sweeps {
            layout,
            steps: side_by_side(flows),
            told: vec![(0.0, 0.0); flows.len()],
            lanes: flows.iter().map(nothing).collect(),
            taken: 0,
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
        self.taken += 1;
        let terms = self.layout.terms;
        for (number, (lane, &told)) in self.lanes.iter_mut().zip(&self.told).enumerate() {
            if lane.at_rest {
                continue;
            }
            let steps = &self.steps;
            let probability = |p: usize| steps.probability(p, number);
            if lane.tail.is_none() {
                lane.keep(told);
                if stationary::is_due(self.taken)
                    && stationary::may_be_stationary(&lane.leaving, &lane.mass, terms)
                {
                    let v: Vec<f64> = (0..self.layout.len()).map(probability).collect();
                    lane.tail = stationary::look(lane.flow, self.taken, &v, terms);
                }
            }
            // Nothing leaves a chain at rest: the rest is looked at only then.
            lane.at_rest = told.0 == 0.0 && lane.flow.is_at_rest(probability);
        }
    }

    /// Takes steps until this one of a chain is kept; the number of the step that stands for it.
    #[inline]
    fn reach(&mut self, lane: usize, step: usize) -> usize {
        if step < self.lanes[lane].mass.len() { step } else { self.go(lane, step) }
    }

    fn go(&mut self, lane: usize, step: usize) -> usize {
        while self.lanes[lane].mass.len() <= step {
            if self.lanes[lane].tail.is_some() {
                self.lanes[lane].go_on(step);
                break;
            }
            if self.lanes[lane].at_rest {
                break;
            }
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
        let steps = seeds.iter().map(Seeds::steps).max().unwrap_or(0);
        while self.taken < steps && !self.lanes.iter().all(|lane| lane.at_rest) {
            self.step();
        }
        self.steps.backwards(self.layout, seeds)
    }
}
