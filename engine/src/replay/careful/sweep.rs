//! One sweep over the components, sinks first, that solves a list of equations.

use super::super::{Equation, Operand, Rates};
use super::factor::{Workspace, product};
use crate::chain::ABSORBED;
use crate::trace::{Block, Trace};

/// Solutions by position, one vector an equation.
pub(crate) type Solutions = Vec<Vec<f64>>;

/// Solves the equations, each of which may refer to those before it. `rewards` are by position. The factors
/// of a component live only while it is at work.
///
/// Vertices that cannot be left have an infinite solution where something accumulates in them, and zero
/// where nothing does.
pub(crate) fn sweep(trace: &Trace, rates: &Rates, rewards: &[Vec<f64>], equations: &[Equation]) -> Solutions {
    Sweep::new(trace, rates, rewards, equations).run()
}

/// Probability of ending in any of the marked positions, which must be closed classes, by position. All other
/// closed classes are ends from which they are not reached.
pub(crate) fn entering(trace: &Trace, rates: &Rates, marked: &[bool]) -> Vec<f64> {
    let nothing = [Equation(Vec::new())];
    let mut sweep = Sweep::new(trace, rates, &[], &nothing);
    sweep.marked = Some(marked);
    sweep.run().swap_remove(0)
}

struct Sweep<'a> {
    trace: &'a Trace,
    rates: &'a Rates,
    rewards: &'a [Vec<f64>],
    equations: &'a [Equation],
    /// Positions whose solution is one whatever the equations say, all others that cannot be left having
    /// zero; without it, what accumulates there is infinite.
    marked: Option<&'a [bool]>,
    solutions: Solutions,
    /// N x of the solutions that need it; empty for the others.
    steps: Solutions,
    workspace: Workspace,
}

impl<'a> Sweep<'a> {
    fn new(
        trace: &'a Trace,
        rates: &'a Rates,
        rewards: &'a [Vec<f64>],
        equations: &'a [Equation],
    ) -> Sweep<'a> {
        let stepped = |q| if Equation::any_steps(equations, q) { trace.len() } else { 0 };
        Sweep {
            trace,
            rates,
            rewards,
            equations,
            marked: None,
            solutions: vec![vec![0.0; trace.len()]; equations.len()],
            steps: (0..equations.len()).map(|q| vec![0.0; stepped(q)]).collect(),
            workspace: Workspace::default(),
        }
    }

    fn run(mut self) -> Solutions {
        for &block in self.trace.blocks.iter().rev() {
            match block {
                Block::Acyclic { first, size } => {
                    for position in (first..first + size).rev() {
                        self.substitute(position as usize);
                    }
                }
                Block::Cyclic { first, plan, first_edge } => {
                    self.solve_component(first as usize, plan, first_edge as usize);
                }
            }
        }
        self.solutions
    }

    /// A vertex to which the chain does not return.
    fn substitute(&mut self, position: usize) {
        let leaving: f64 = self.trace.boundary.of(position).map(|(_, w)| self.rates.of(w)).sum();
        for q in 0..self.equations.len() {
            let y = self.right_hand_side(q, position);
            self.solutions[q][position] =
                if leaving == 0.0 { at_trap(self.marked, position, y) } else { y / leaving };
            if !self.steps[q].is_empty() {
                self.steps[q][position] = self.step(q, position, std::iter::empty());
            }
        }
    }

    fn solve_component(&mut self, first: usize, plan: u32, first_edge: usize) {
        let (factors, plan) = (self.trace.factors(plan), &self.trace.plans[plan as usize]);
        let inner = &self.trace.inner_weights[first_edge..first_edge + plan.edge_count()];
        let extent = first..first + plan.size();
        self.workspace.eliminate(self.trace, self.rates, factors, first, inner);
        for q in 0..self.equations.len() {
            for position in extent.clone() {
                self.solutions[q][position] = self.right_hand_side(q, position);
            }
            let marked = self.marked;
            let x = &mut self.solutions[q][extent.clone()];
            self.workspace.solve(factors, x, |k, y| at_trap(marked, first + k, y));
            if !self.steps[q].is_empty() {
                for position in extent.clone() {
                    let edges = factors.edges.range(position - first);
                    let inside = factors.edges.columns[edges.clone()].iter().zip(&inner[edges]);
                    let inside = inside.map(|(&c, &w)| (first as u32 + c, w));
                    self.steps[q][position] = self.step(q, position, inside);
                }
            }
        }
    }

    /// Terms of the equation and what flows in from later components.
    fn right_hand_side(&self, q: usize, position: usize) -> f64 {
        let mut y = 0.0;
        for term in &self.equations[q].0 {
            let operand = match term.operand {
                Operand::One => 1.0,
                Operand::Solution(of) => self.solutions[of][position],
                Operand::Step(of) => self.steps[of][position],
            };
            let reward = term.reward.map_or(1.0, |(r, power)| self.rewards[r][position].powi(power));
            y += product(term.factor * reward, operand);
        }
        for (to, weight) in self.trace.boundary.of(position) {
            if to != ABSORBED {
                y += product(self.rates.of(weight), self.solutions[q][to as usize]);
            }
        }
        y
    }

    /// (N x) at a position: what a row of a discrete chain lacks to one is a self-loop.
    fn step(&self, q: usize, position: usize, inside: impl Iterator<Item = (u32, u32)>) -> f64 {
        let x = &self.solutions[q];
        let (mut sum, mut stays) = (0.0, 1.0);
        for (to, weight) in self.trace.boundary.of(position).chain(inside) {
            let probability = self.rates.of(weight);
            stays -= probability;
            if to != ABSORBED {
                sum += product(probability, x[to as usize]);
            }
        }
        sum + product(f64::max(stays, 0.0), x[position])
    }
}

/// Solution at a vertex that cannot be left, where `y` accumulates.
fn at_trap(marked: Option<&[bool]>, position: usize, y: f64) -> f64 {
    match marked {
        Some(marked) => f64::from(u8::from(marked[position])),
        None if y == 0.0 => 0.0,
        None => f64::INFINITY * y.signum(),
    }
}
