//! A tile: as many parameter vectors as there are lanes, worked on together.

use super::kernel::{Eliminated, Lower, Part, Place, Run};
use super::linear::LinearForms;
use super::outcome::{Outcome, spread};
use super::pack::Lanes;
use super::program::{Factor, Program};
use super::row_sums::RowSums;
use crate::chain::ABSORBED;
use crate::graph::Kind;
use crate::trace::{Block, Trace};

/// Values of a trace at the parameter vectors of a tile. Memory is taken once and kept from tile to tile.
#[derive(Debug)]
pub(crate) struct Tile<P> {
    /// Of each distinct weight.
    pub(super) rates: Vec<P>,
    /// What the quotients of each normalised row are divided by.
    pub(super) totals: Vec<P>,
    pub(super) forms: LinearForms,
    /// Least and largest of the constant rates.
    pub(super) constant_range: (P, P),
    /// Probability of each start edge.
    pub(super) initial: Vec<P>,
    /// By equation and position, and a zero behind for what is absorbed.
    pub(super) solutions: Vec<Vec<P>>,
    /// N x of the solutions that need it; empty for the others.
    steps: Vec<Vec<P>>,
    pub(super) eliminated: Eliminated<P>,
    lower: Lower,
    /// Where the values of each block stand, if all are kept.
    pub(super) places: Vec<Place>,
    pub(super) row_sums: RowSums,
    /// The parameter vectors, a pack a parameter.
    pub(super) theta: Vec<P>,
    /// Expectation of each solution, over where the chain starts.
    pub(super) expected: Vec<P>,
    /// By equation and position, where gradients or covariances are asked for.
    pub(super) adjoints: Vec<Vec<P>>,
    /// Derivatives of a result with respect to each distinct weight.
    pub(super) by_weight: Vec<P>,
    /// Magnitudes of the terms of these: y_i (x_i + x_j), where the term is y_i (x_j - x_i).
    pub(super) magnitudes: Vec<P>,
    /// Derivatives of a result with respect to each parameter, and the magnitudes of their terms.
    pub(super) gradient: Vec<(P, P)>,
    /// Bound on the relative errors of rates, in units of half a last place; not a number in lanes whose numbers are of
    /// such sizes that products may have left the normal ones.
    pub(super) rate_error: P,
    /// What came of it.
    pub(super) outcome: Outcome,
}

impl<P: Lanes> Tile<P> {
    pub(super) fn new(trace: &Trace, program: &Program) -> Tile<P> {
        let zeros = |len| vec![P::splat(0.0); len];
        let adjoint = if program.has_adjoints() { trace.len() + 1 } else { 0 };
        let lower = if program.keeps_lower() { Lower::Kept } else { Lower::Passing };
        let largest = Place::of_any(trace);
        let (places, room) =
            if program.has_adjoints() { Place::of_blocks(trace) } else { (Vec::new(), largest) };
        let stepped = |&stepped: &bool| if stepped { zeros(trace.len()) } else { Vec::new() };
        let forms = LinearForms::new(&trace.weights);
        let mut rates = zeros(trace.weights.len());
        let (mut lowest, mut highest) = (f64::MAX, 0.0_f64);
        for &(weight, value) in &forms.constants {
            rates[weight as usize] = P::splat(value);
            (lowest, highest) = (lowest.min(value), highest.max(value));
        }
        Tile {
            rates,
            totals: zeros(trace.weights.quotients().rows()),
            forms,
            constant_range: (P::splat(lowest), P::splat(highest)),
            initial: zeros(trace.start.len()),
            solutions: program.equations.iter().map(|_| zeros(trace.len() + 1)).collect(),
            steps: program.stepped.iter().map(stepped).collect(),
            eliminated: Eliminated::with_room(room, largest, lower),
            lower,
            row_sums: RowSums::new(trace),
            expected: zeros(program.equations.len()),
            theta: zeros(trace.parameters()),
            adjoints: program.equations.iter().map(|_| zeros(adjoint)).collect(),
            by_weight: Vec::new(),
            magnitudes: Vec::new(),
            places,
            gradient: vec![(P::splat(0.0), P::splat(0.0)); trace.parameters()],
            rate_error: P::splat(0.0),
            outcome: Outcome::new(P::COUNT),
        }
    }

    /// Everything at the parameter vectors, into the outcome. Lanes left over go along with the last vector.
    #[inline(always)]
    pub(super) fn run(&mut self, trace: &Trace, program: &Program, thetas: &[&[f64]]) {
        for lane in 0..P::COUNT {
            let theta = thetas[lane.min(thetas.len() - 1)];
            self.theta.iter_mut().zip(theta).for_each(|(pack, &t)| pack.numbers_mut()[lane] = t);
        }
        let mut fault = self.evaluate_rates(trace, program.ranges);
        fault += self.sweep(trace, program);
        self.outcome.clear();
        fault += self.expect(trace);
        if program.has_adjoints() {
            fault += self.differentiate(trace, program);
        }
        if program.ranges {
            self.look_at_solutions(trace);
            spread(&mut self.outcome.rate_error, self.rate_error);
        }
        spread(&mut self.outcome.fault, fault);
    }

    /// Expectations over where the chain starts.
    #[inline(always)]
    fn expect(&mut self, trace: &Trace) -> P {
        let mut fault = P::splat(0.0);
        let mut mass_at_zero = P::splat(0.0);
        for (&(to, _), &probability) in trace.start.iter().zip(&self.initial) {
            if to == ABSORBED {
                mass_at_zero += probability;
            }
        }
        spread(&mut self.outcome.mass_at_zero, mass_at_zero);
        for (expected, x) in self.expected.iter_mut().zip(&self.solutions) {
            *expected = P::splat(0.0);
            for (&(to, _), &probability) in trace.start.iter().zip(&self.initial) {
                *expected += probability * x[(to as usize).min(trace.len())];
            }
            spread(&mut self.outcome.expected, *expected);
            fault += *expected * P::splat(0.0);
        }
        fault
    }

    #[inline(always)]
    fn differentiate(&mut self, trace: &Trace, program: &Program) -> P {
        let mut fault = P::splat(0.0);
        for target in 0..if program.gradients { program.equations.len() } else { 0 } {
            fault += self.gradient(trace, program, target);
        }
        if let Some(&(any, _)) = program.covaried.first() {
            self.solve_adjoints(trace, program, any, false);
            fault += self.covary(trace, program, any);
        }
        fault
    }

    /// Covariances by the expected times, lambda, which are the adjoint of any target: with x_r = M^-1 r it is
    /// lambda . (r x_s + s x_r) - (alpha x_r)(alpha x_s), and lambda . (r s) less in a discrete chain, where a step's
    /// own reward would be counted twice.
    #[inline(always)]
    fn covary(&mut self, trace: &Trace, program: &Program, any: usize) -> P {
        let time = &self.adjoints[any];
        let mut fault = P::splat(0.0);
        for (i, (q, r)) in program.covaried.iter().enumerate() {
            for (o, s) in &program.covaried[..=i] {
                let (xr, xs) = (&self.solutions[*q], &self.solutions[*o]);
                let mut sum = P::splat(0.0);
                for p in 0..trace.len() {
                    let own = if program.kind == Kind::Discrete { r[p] * s[p] } else { 0.0 };
                    let earned = P::splat(r[p]) * xs[p] + P::splat(s[p]) * xr[p] - P::splat(own);
                    sum += time[p] * earned;
                }
                let covariance = sum - self.expected[*q] * self.expected[*o];
                spread(&mut self.outcome.covariances, covariance);
                fault += covariance * P::splat(0.0);
            }
        }
        fault
    }

    /// Solves the equations, components that are reached last first. What comes back is not a number in the lanes
    /// whose solutions are worth nothing.
    #[inline(always)]
    fn sweep(&mut self, trace: &Trace, program: &Program) -> P {
        let mut fault = P::splat(0.0);
        for (x, equation) in self.solutions.iter_mut().zip(&program.equations) {
            equation.constant.write(&mut x[..trace.len()]);
        }
        let lower = self.lower;
        for (number, &block) in trace.blocks.iter().enumerate().rev() {
            let place = self.places.get(number).copied().unwrap_or_default();
            for q in 0..program.equations.len() {
                self.add_products(trace, program, block, q);
                let (rates, x, boundary) = (&self.rates, &mut self.solutions[q], &trace.boundary);
                match block {
                    Block::Acyclic { first, size } => {
                        let run = Run { boundary, first: first as usize, size: size as usize, place };
                        match q {
                            0 => fault += self.eliminated.substitute_first(run, rates, x),
                            _ => self.eliminated.substitute_next(run, rates, x),
                        }
                    }
                    Block::Cyclic { .. } => {
                        let part = Part::of(trace, block, place);
                        match q {
                            0 => fault += self.eliminated.solve_first(part, rates, x, lower),
                            _ => self.eliminated.solve_next(part, rates, x),
                        }
                    }
                }
                if program.stepped[q] {
                    self.step(trace, block, q);
                }
            }
        }
        fault
    }

    /// Adds to the right-hand side of an equation, which stands where its solution will, what is made of solutions
    /// before.
    #[inline(always)]
    fn add_products(&mut self, trace: &Trace, program: &Program, block: Block, q: usize) {
        let products = &program.equations[q].products;
        if products.is_empty() {
            return;
        }
        let (first, size) = trace.extent(block);
        let (before, rest) = self.solutions.split_at_mut(q);
        for (multiple, factor) in products {
            let operand = match *factor {
                Factor::Solution(of) => &before[of],
                Factor::Step(of) => &self.steps[of],
            };
            for (p, y) in (first..).zip(&mut rest[0][first..first + size]) {
                *y += P::splat(multiple.at(p)) * operand[p];
            }
        }
    }

    /// N x of a block of a discrete chain: what a row lacks to one is a self-loop.
    #[inline(always)]
    fn step(&mut self, trace: &Trace, block: Block, q: usize) {
        let (first, size) = trace.extent(block);
        let (rates, x) = (&self.rates, &self.solutions[q]);
        for p in first..first + size {
            let (mut sum, mut stays) = (P::splat(0.0), P::splat(1.0));
            for (to, weight) in trace.edges_of(block, p) {
                let probability = rates[weight as usize];
                stays = stays - probability;
                sum += probability * x[(to as usize).min(trace.len())];
            }
            self.steps[q][p] = sum + stays.max(P::splat(0.0)) * x[p];
        }
    }
}
