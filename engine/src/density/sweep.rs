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
use super::poisson::{self, Sum, Walk, Weights};
use super::stationary::{self, Tail};

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

/// Which terms of a form were looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Looked {
    /// Those from the first to the one of this step.
    Until(usize),
    /// Those that a walk has met.
    Walk(Walk),
}

impl Looked {
    /// The last step.
    pub(super) fn last(&self) -> usize {
        match self {
            Looked::Until(last) => *last,
            Looked::Walk(walk) => walk.steps.end - 1,
        }
    }
}

/// A chain among those that are swept side by side.
struct Lane<'s, 'a> {
    sweeps: &'s mut Sweeps<'a>,
    lane: usize,
}

impl<'a> Lane<'_, 'a> {
    fn reach(&mut self, step: usize) -> usize {
        self.sweeps.reach(self.lane, step)
    }

    fn get(&self) -> &Swept<'a> {
        &self.sweeps.lanes[self.lane]
    }

    fn flow(&self) -> &'a Flow<'a> {
        self.get().flow
    }
}

/// Density, cdf and survival, summed together.
struct PointSum<'s, 'a> {
    swept: Lane<'s, 'a>,
    /// Of each side.
    tolerance: f64,
    values: Values,
}

impl<'s, 'a> PointSum<'s, 'a> {
    fn new(sweeps: &'s mut Sweeps<'a>, lane: usize, tolerance: f64) -> PointSum<'s, 'a> {
        PointSum { swept: Lane { sweeps, lane }, tolerance: tolerance / 2.0, values: Values::default() }
    }

    /// Whether so much may be missing, in which probabilities are no larger than these.
    fn may_miss(&self, rest: f64, mass: f64, absorbed: f64) -> bool {
        let Values { density, cdf, survival } = self.values;
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
        self.values.density += weight * swept.leaving[k];
        self.values.cdf += weight * swept.absorbed[k];
        self.values.survival += weight * swept.mass[k];
    }

    fn may_end(&self, step: usize, rest: f64) -> bool {
        // Masses fall from step to step.
        let swept = self.swept.get();
        self.may_miss(rest, swept.mass[swept.kept(step)], 1.0)
    }

    fn may_begin(&self, step: usize, rest: f64) -> bool {
        let swept = self.swept.get();
        self.may_miss(rest, swept.mass[0], swept.absorbed[swept.kept(step)])
    }
}

/// One of them.
struct OperandSum<'s, 'a> {
    swept: Lane<'s, 'a>,
    operand: Operand,
    /// Of each side.
    tolerance: f64,
    sum: f64,
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
        let swept = self.swept.get();
        self.may_miss(rest, swept.mass[swept.kept(step)], 1.0)
    }

    fn may_begin(&self, step: usize, rest: f64) -> bool {
        let swept = self.swept.get();
        self.may_miss(rest, swept.mass[0], swept.absorbed[swept.kept(step)])
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
        lane.at_rest && lane.tail.is_none() && lane.mass.len() <= self.asked + 1
    }

    /// Bound on the relative error that is made by taking no step after a chain has forgotten how it began, of what is
    /// said of this one; nothing if the step is taken.
    pub(super) fn stationary_error(&self, step: usize) -> Option<f64> {
        let tail = self.shared.borrow().lanes[self.lane].tail?;
        (step > tail.from).then(|| tail.error(step))
    }

    /// Density, cdf and survival of a continuous chain at the time by which so many steps are expected, each to a
    /// relative truncation error of `tolerance`; and how many steps were looked at.
    pub(super) fn weighted(&mut self, mean: f64, tolerance: f64) -> (Values, usize) {
        let mut sweeps = self.shared.borrow_mut();
        let mut sum = PointSum::new(&mut sweeps, self.lane, tolerance);
        let walk = poisson::walk(mean, &mut sum);
        let PointSum { values, swept, .. } = sum;
        let last = walk.steps.end - 1;
        let rate = swept.flow().rate;
        // At least so much has left by any later step, and so much was left after any earlier one.
        let cdf = values.cdf + walk.later * swept.get().absorbed[swept.get().kept(last)];
        let survival = values.survival + walk.earlier * swept.get().mass[swept.get().kept(walk.steps.start)];
        self.asked = self.asked.max(last);
        let values = Values {
            density: rate * (values.density / walk.total),
            cdf: cdf / walk.total,
            survival: survival / walk.total,
        };
        (values, last)
    }

    /// The value of a form, whose terms are nonnegative, to a relative truncation error of `tolerance`; and which of
    /// them were looked at.
    pub(super) fn form(&mut self, form: &Form, tolerance: f64) -> (f64, Looked) {
        let mut sweeps = self.shared.borrow_mut();
        let mut swept = Lane { sweeps: &mut sweeps, lane: self.lane };
        let (value, looked) = match form {
            Form::Poisson { operand, mean, factor } => {
                let mut sum = OperandSum { swept, operand: *operand, tolerance: tolerance / 2.0, sum: 0.0 };
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
                    if rest * swept.get().mass[k] <= tolerance * sum {
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
