//! Adjoints of a tile's equations: how much a result rests on the right-hand side at each position, whence its
//! gradient at the price of one transposed solve an equation, whatever the number of parameters.
//!
//! The result is alpha . x of one equation, the target. Its own adjoint y solves y M = alpha, which are the expected
//! times in each position. An equation whose solution stands in a right-hand side, m o x, has the adjoint of that
//! one, times m, on its own right-hand side. As M is the sum of the rates out of a vertex less the rates to others,
//! the rate of an edge i -> j changes the result by y_i (x_j - x_i) for each equation. Adjoints are found without
//! subtraction; gradients are sums of differences, whose errors are relative to sums of y_i (x_j + x_i), which are found
//! beside them ([`super::Roundings`]).

use std::ops::Range;

use super::kernel::{Eliminated, Gains, Part, Pass, Place, Run, Sense, flow_on, sense_boundary, sense_inner};
use super::outcome::spread;
use super::pack::Lanes;
use super::program::{Factor, Program};
use super::tile::Tile;
use crate::chain::ABSORBED;
use crate::trace::{Block, Trace};

impl<P: Lanes> Tile<P> {
    /// Fills the adjoints of the equations that a target rests on, itself included. With `sensed` what they say of each
    /// weight is added up on the way.
    #[inline(always)]
    pub(super) fn solve_adjoints(&mut self, trace: &Trace, program: &Program, target: usize, sensed: bool) {
        let active = program.rests_on(target);
        for &q in &active {
            self.adjoints[q].fill(P::splat(0.0));
        }
        for (&(to, _), &probability) in trace.start.iter().zip(&self.initial) {
            self.adjoints[target][(to as usize).min(trace.len())] += probability;
        }
        for (&block, number) in trace.blocks.iter().zip(0..) {
            let place = self.places[number];
            for &q in active.iter().rev() {
                let (first, size) = trace.extent(block);
                self.gather(program, &active, (q, Factor::Solution(q)), first..first + size);
                let (x, y) = (&self.solutions[q], &mut self.adjoints[q]);
                let (rates, eliminated) = (&self.rates, &self.eliminated);
                if sensed {
                    let mut gains =
                        Gains { x, by_weight: &mut self.by_weight, magnitudes: &mut self.magnitudes };
                    solve_block(trace, block, eliminated, place, rates, y, &mut gains);
                    if let Block::Cyclic { .. } = block {
                        sense_inner(Part::of(trace, block, place), y, &mut gains, self.rates.len());
                    }
                } else {
                    solve_block(trace, block, eliminated, place, rates, y, &mut Pass);
                }
                self.scatter_steps(trace, program, block, q);
            }
        }
    }

    /// Adds to the adjoint of an equation, at some positions, those of the `active` equations whose right-hand sides are
    /// made of `factor`, which is of this equation.
    #[inline(always)]
    fn gather(
        &mut self,
        program: &Program,
        active: &[usize],
        (q, factor): (usize, Factor),
        positions: Range<usize>,
    ) {
        let (before, later) = self.adjoints.split_at_mut(q + 1);
        for &user in active.iter().filter(|&&user| user > q) {
            for (multiple, _) in program.equations[user].products.iter().filter(|(_, of)| *of == factor) {
                for p in positions.clone() {
                    before[q][p] += P::splat(multiple.at(p)) * later[user - q - 1][p];
                }
            }
        }
    }

    /// Where a right-hand side is made of N x, it rests on x wherever a step may lead.
    #[inline(always)]
    fn scatter_steps(&mut self, trace: &Trace, program: &Program, block: Block, user: usize) {
        let (first, size) = trace.extent(block);
        for (multiple, factor) in &program.equations[user].products {
            let &Factor::Step(q) = factor else { continue };
            let (before, later) = self.adjoints.split_at_mut(user);
            let (y, on) = (&mut before[q], &later[0]);
            let rates = &self.rates;
            for p in first..first + size {
                let through = P::splat(multiple.at(p)) * on[p];
                let mut stays = P::splat(1.0);
                for (to, weight) in trace.edges_of(block, p) {
                    let probability = rates[weight as usize];
                    stays = stays - probability;
                    y[(to as usize).min(trace.len())] += probability * through;
                }
                y[p] += stays.max(P::splat(0.0)) * through;
            }
        }
    }

    /// The derivative of a target's expectation with respect to each parameter, into the outcome, with the magnitudes of
    /// the terms that it is a sum of.
    #[inline(always)]
    pub(super) fn gradient(&mut self, trace: &Trace, program: &Program, target: usize) -> P {
        for sums in [&mut self.by_weight, &mut self.magnitudes] {
            sums.resize(trace.weights.len(), P::splat(0.0));
            sums.fill(P::splat(0.0));
        }
        // Where right-hand sides are made of N x, what is sensed is known only when all adjoints are.
        let at_once = !program.stepped.contains(&true);
        self.solve_adjoints(trace, program, target, at_once);
        let active = program.rests_on(target);
        for &q in &active {
            self.look_at_adjoints(trace, q);
            if !at_once {
                // What N x stands for changes with the rates as x does, along every edge by what x gains: both adjoints
                // are added before the edges are gone through.
                self.gather(program, &active, (q, Factor::Step(q)), 0..trace.len());
                self.sense(trace, q);
            }
        }
        self.sense_start(trace, target);
        self.pull_back(trace);
        let gradient = &mut self.gradient;
        gradient.fill((P::splat(0.0), P::splat(0.0)));
        let forms = trace.weights.forms();
        let by_form = self.by_weight[..forms].iter().zip(&self.magnitudes[..forms]);
        for (w, (&sensitivity, &magnitude)) in (0..).zip(by_form) {
            for (sum, &c) in gradient.iter_mut().zip(trace.weights.coefficients(w)) {
                sum.0 += P::splat(c) * sensitivity;
                sum.1 += P::splat(c.abs()) * magnitude;
            }
        }
        let mut fault = P::splat(0.0);
        for &(derivative, magnitude) in gradient.iter() {
            spread(&mut self.outcome.gradients, derivative);
            spread(&mut self.outcome.magnitudes, magnitude);
            fault += derivative * P::splat(0.0);
        }
        fault
    }

    #[inline(always)]
    fn sense(&mut self, trace: &Trace, q: usize) {
        let (x, y) = (&self.solutions[q], &self.adjoints[q]);
        let mut gains = Gains { x, by_weight: &mut self.by_weight, magnitudes: &mut self.magnitudes };
        for (&block, &place) in trace.blocks.iter().zip(&self.places) {
            let (first, size) = trace.extent(block);
            let run = Run { boundary: &trace.boundary, first, size, place };
            sense_boundary(run, y, &mut gains, self.rates.len());
            if let Block::Cyclic { .. } = block {
                sense_inner(Part::of(trace, block, place), y, &mut gains, self.rates.len());
            }
        }
    }

    /// Initial probabilities are weights divided by their sum.
    #[inline(always)]
    fn sense_start(&mut self, trace: &Trace, target: usize) {
        let mut sum = P::splat(0.0);
        for &(_, weight) in &trace.start {
            sum += self.rates[weight as usize];
        }
        let mean = self.expected[target];
        for &(to, weight) in &trace.start {
            let x = if to == ABSORBED { P::splat(0.0) } else { self.solutions[target][to as usize] };
            self.by_weight[weight as usize] += (x - mean) / sum;
            self.magnitudes[weight as usize] += (x + mean) / sum;
        }
    }
}

/// Solves the transposed system of a block, and passes on what leaves it.
#[inline(always)]
fn solve_block<P: Lanes, S: Sense<P>>(
    trace: &Trace,
    block: Block,
    eliminated: &Eliminated<P>,
    place: Place,
    rates: &[P],
    y: &mut [P],
    sense: &mut S,
) {
    match block {
        Block::Acyclic { first, size } => {
            let run = Run { boundary: &trace.boundary, first: first as usize, size: size as usize, place };
            eliminated.substitute_transposed(run, rates, y, sense);
        }
        Block::Cyclic { .. } => {
            let part = Part::of(trace, block, place);
            eliminated.solve_transposed(part, y);
            flow_on(part, rates, y, sense);
        }
    }
}
