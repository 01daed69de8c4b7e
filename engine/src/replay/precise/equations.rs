//! Right-hand sides, and the solutions of all equations.

use super::super::{Operand, Term, all_edges};
use super::{Derived, WideFactors};
use crate::chain::ABSORBED;
use crate::wide::WideFloat;

/// Solutions by equation and position.
pub(super) type Solutions<const N: usize> = Vec<Vec<WideFloat<N>>>;

impl Derived<'_> {
    /// Solves all equations.
    pub(super) fn solve<const N: usize>(&self, factors: &WideFactors<'_, N>) -> Solutions<N> {
        let (mut solutions, mut steps): (Solutions<N>, Solutions<N>) = (Vec::new(), Vec::new());
        for equation in self.equations {
            let mut x = vec![WideFloat::ZERO; self.trace.len()];
            for term in &equation.0 {
                for (p, y) in x.iter_mut().enumerate() {
                    let multiple = self.multiple(term, p);
                    *y += match term.operand {
                        Operand::One => multiple,
                        Operand::Solution(of) => multiple * solutions[of][p],
                        Operand::Step(of) => multiple * steps[of][p],
                    };
                }
            }
            factors.solve(&mut x);
            let mut terms = self.equations.iter().flat_map(|e| &e.0);
            let stepped = terms.any(|term| term.operand == Operand::Step(solutions.len()));
            steps.push(if stepped { self.step(factors, &x) } else { Vec::new() });
            solutions.push(x);
        }
        solutions
    }

    /// The factor of a term's operand.
    pub(super) fn multiple<const N: usize>(&self, term: &Term, p: usize) -> WideFloat<N> {
        let mut multiple = WideFloat::of(term.factor);
        if let Some((reward, power)) = term.reward {
            let earned = WideFloat::of(self.rewards[reward][p]);
            (0..power).for_each(|_| multiple = multiple * earned);
        }
        multiple
    }

    /// N x: what a row lacks to one is a self-loop.
    fn step<const N: usize>(&self, factors: &WideFactors<'_, N>, x: &[WideFloat<N>]) -> Vec<WideFloat<N>> {
        let staying = self.staying(factors).into_iter().zip(x);
        let mut next: Vec<WideFloat<N>> = staying.map(|(stays, x)| stays * *x).collect();
        for (from, to, weight) in all_edges(self.trace).filter(|edge| edge.1 != ABSORBED) {
            next[from as usize] += factors.rates[weight as usize] * x[to as usize];
        }
        next
    }

    /// Probabilities of self-loops.
    pub(super) fn staying<const N: usize>(&self, factors: &WideFactors<'_, N>) -> Vec<WideFloat<N>> {
        let mut stays = vec![WideFloat::of(1.0); self.trace.len()];
        for (from, _, weight) in all_edges(self.trace) {
            stays[from as usize] = stays[from as usize] - factors.rates[weight as usize];
        }
        // Rows may sum to a little more than one.
        let none = |stays: &&mut WideFloat<N>| !stays.is_positive();
        stays.iter_mut().filter(none).for_each(|stays| *stays = WideFloat::ZERO);
        stays
    }
}
