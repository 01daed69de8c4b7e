//! Adjoints, and what rates do to an expectation by them: sums with the magnitudes of their terms.

use super::super::{Operand, all_edges};
use super::equations::Solutions;
use super::{Derived, Start, Sum, WideFactors};
use crate::chain::ABSORBED;
use crate::wide::WideFloat;

impl Derived<'_> {
    /// Sums up the derivative of the target's expectation with respect to each parameter.
    pub(super) fn sums<const N: usize>(
        &self,
        factors: &WideFactors<'_, N>,
        solutions: &Solutions<N>,
        (start, over_totals): (&Start<N>, &[WideFloat<N>]),
        target: usize,
    ) -> Vec<Sum<N>> {
        let weights = &self.trace.weights;
        let mut by_weight = vec![Sum::ZERO; weights.len()];
        let forms = weights.forms() as u32;
        // Rows that no parameter changes have no quotients.
        let varies = |weight: u32| weight >= forms || weights.coefficients(weight).iter().any(|&c| c != 0.0);
        let varying: Vec<bool> = (0..weights.len() as u32).map(varies).collect();
        let at = |x: &[WideFloat<N>], to: u32| if to == ABSORBED { WideFloat::ZERO } else { x[to as usize] };
        for (x, y) in solutions.iter().zip(self.adjoints(factors, start, target)) {
            for (from, to, weight) in all_edges(self.trace).filter(|edge| varying[edge.2 as usize]) {
                let (through, here, there) = (y[from as usize], x[from as usize], at(x, to));
                by_weight[weight as usize].add(through * (there - here), through * (there + here));
            }
        }
        let x = &solutions[target];
        let mean = start.mean(x);
        for &(to, weight, _) in &start.edges {
            let there = at(x, to);
            by_weight[weight as usize].add((there - mean) * start.over_sum, (there + mean) * start.over_sum);
        }
        self.pull_back(factors.rates, over_totals, &mut by_weight);
        let mut gradient = vec![Sum::ZERO; weights.parameters()];
        for (weight, sum) in (0..forms).zip(by_weight) {
            for (derivative, &c) in gradient.iter_mut().zip(weights.coefficients(weight)) {
                let c = WideFloat::of(c);
                derivative.add(c * sum.value, c.abs() * sum.magnitude);
            }
        }
        gradient
    }

    /// Takes derivatives with respect to quotients back to the forms that they are made of, as [`crate::replay::Rates::pull_back`] does.
    fn pull_back<const N: usize>(
        &self,
        rates: &[WideFloat<N>],
        over_totals: &[WideFloat<N>],
        by_weight: &mut [Sum<N>],
    ) {
        let forms = self.trace.weights.forms();
        for ((range, terms), &over_total) in self.trace.weights.quotients().iter().zip(over_totals) {
            let mut mean = Sum::ZERO;
            for quotient in range.clone() {
                let (Sum { value, magnitude }, share) =
                    (by_weight[forms + quotient], rates[forms + quotient]);
                mean.add(value * share, magnitude * share);
            }
            for (quotient, &(form, count)) in range.zip(terms) {
                let (own, count) = (by_weight[forms + quotient], WideFloat::of(f64::from(count)));
                by_weight[form as usize].add(
                    (own.value - count * mean.value) * over_total,
                    (own.magnitude + count * mean.magnitude) * over_total,
                );
            }
        }
    }

    /// Adjoints of the equations up to the target, by equation and position; what N x stands for changes with the rates
    /// as x does, so both adjoints are added.
    fn adjoints<const N: usize>(
        &self,
        factors: &WideFactors<'_, N>,
        start: &Start<N>,
        target: usize,
    ) -> Solutions<N> {
        let mut arriving: Solutions<N> = vec![vec![WideFloat::ZERO; self.trace.len()]; target + 1];
        let mut sensed = arriving.clone();
        for &(to, _, probability) in start.edges.iter().filter(|edge| edge.0 != ABSORBED) {
            arriving[target][to as usize] += probability;
        }
        for q in (0..=target).rev() {
            let mut y = std::mem::take(&mut arriving[q]);
            if y.iter().all(|y| y.is_zero()) {
                continue;
            }
            factors.solve_transposed(&mut y);
            for term in &self.equations[q].0 {
                let through = y.iter().enumerate().map(|(p, y)| self.multiple(term, p) * *y);
                match term.operand {
                    Operand::One => {}
                    Operand::Solution(of) => add(&mut arriving[of], through),
                    Operand::Step(of) => {
                        let through: Vec<WideFloat<N>> = through.collect();
                        add(&mut sensed[of], through.iter().copied());
                        let staying = self.staying(factors).into_iter().zip(&through);
                        add(&mut arriving[of], staying.map(|(stays, y)| stays * *y));
                        for (from, to, weight) in all_edges(self.trace).filter(|edge| edge.1 != ABSORBED) {
                            let through = through[from as usize];
                            arriving[of][to as usize] += factors.rates[weight as usize] * through;
                        }
                    }
                }
            }
            add(&mut sensed[q], y.into_iter());
        }
        sensed
    }
}

fn add<const N: usize>(sum: &mut [WideFloat<N>], terms: impl Iterator<Item = WideFloat<N>>) {
    sum.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
}
