//! One sweep over the components, sinks first, that solves a list of equations.

use super::factor::{Workspace, product};
use super::{Care, Equation, Operand, Rates, Trapped};
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
    let infinite = |y: f64| if y == 0.0 { 0.0 } else { f64::INFINITY * y.signum() };
    let attempt = |care| Sweep::new(trace, rates, rewards, equations, care).run(infinite);
    // With care there is no error: the second attempt always delivers.
    attempt(Care::None).or_else(|Trapped| attempt(Care::Traps)).unwrap_or_default()
}

/// Probability of ending in any of the marked positions, which must be closed classes, by position.
pub(crate) fn entering(trace: &Trace, rates: &Rates, marked: &[bool]) -> Vec<f64> {
    let nothing = [Equation(Vec::new())];
    let mut sweep = Sweep::new(trace, rates, &[], &nothing, Care::Traps);
    sweep.marked = marked;
    sweep.run(|_| 0.0).map(|mut solutions| solutions.swap_remove(0)).unwrap_or_default()
}

struct Sweep<'a> {
    trace: &'a Trace,
    rates: &'a Rates,
    rewards: &'a [Vec<f64>],
    equations: &'a [Equation],
    care: Care,
    /// Positions whose solution is one whatever the equations say; none if empty.
    marked: &'a [bool],
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
        care: Care,
    ) -> Sweep<'a> {
        let stepped = |q| if Equation::any_steps(equations, q) { trace.len() } else { 0 };
        Sweep {
            trace,
            rates,
            rewards,
            equations,
            care,
            marked: &[],
            solutions: vec![vec![0.0; trace.len()]; equations.len()],
            steps: (0..equations.len()).map(|q| vec![0.0; stepped(q)]).collect(),
            workspace: Workspace::default(),
        }
    }

    fn run(mut self, trapped: impl Fn(f64) -> f64 + Copy) -> Result<Solutions, Trapped> {
        for &block in self.trace.blocks.iter().rev() {
            match block {
                Block::Acyclic { first, size } => {
                    for position in (first..first + size).rev() {
                        self.substitute(position as usize, trapped)?;
                    }
                }
                Block::Cyclic { first, plan, first_edge } => {
                    self.solve_component(first as usize, plan as usize, first_edge as usize, trapped)?;
                }
            }
        }
        Ok(self.solutions)
    }

    /// A vertex to which the chain does not return.
    fn substitute(&mut self, position: usize, trapped: impl Fn(f64) -> f64) -> Result<(), Trapped> {
        let leaving: f64 = self.trace.boundary.of(position).map(|(_, w)| self.rates.of(w)).sum();
        if leaving == 0.0 && self.care == Care::None {
            return Err(Trapped);
        }
        for q in 0..self.equations.len() {
            let y = self.right_hand_side(q, position);
            self.solutions[q][position] = match leaving {
                _ if self.is_marked(position) => 1.0,
                0.0 => trapped(y),
                _ => y / leaving,
            };
            if !self.steps[q].is_empty() {
                self.steps[q][position] = self.step(q, position, std::iter::empty());
            }
        }
        Ok(())
    }

    fn solve_component(
        &mut self,
        first: usize,
        plan: usize,
        first_edge: usize,
        trapped: impl Fn(f64) -> f64 + Copy,
    ) -> Result<(), Trapped> {
        let plan = &self.trace.plans[plan];
        let inner = &self.trace.inner_weights[first_edge..first_edge + plan.edge_count()];
        let (factors, extent) = (&plan.factors, first..first + plan.size());
        self.workspace.eliminate(self.trace, self.rates, factors, first, inner, self.care)?;
        for q in 0..self.equations.len() {
            for position in extent.clone() {
                self.solutions[q][position] = self.right_hand_side(q, position);
            }
            let x = &mut self.solutions[q][extent.clone()];
            match self.care {
                Care::None => self.workspace.solve(factors, x),
                Care::Traps => self.workspace.solve_with_traps(factors, x, trapped),
            }
            if !self.marked.is_empty() {
                self.mark(q, extent.clone());
            }
            if !self.steps[q].is_empty() {
                for position in extent.clone() {
                    let edges = factors.edges.range(position - first);
                    let inside = factors.edges.columns[edges.clone()].iter().zip(&inner[edges]);
                    let inside = inside.map(|(&c, &w)| (first as u32 + c, w));
                    self.steps[q][position] = self.step(q, position, inside);
                }
            }
        }
        Ok(())
    }

    fn is_marked(&self, position: usize) -> bool {
        self.marked.get(position).copied().unwrap_or(false)
    }

    fn mark(&mut self, q: usize, extent: std::ops::Range<usize>) {
        for position in extent {
            if self.is_marked(position) {
                self.solutions[q][position] = 1.0;
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
