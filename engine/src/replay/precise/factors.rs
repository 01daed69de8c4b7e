//! L, U and D of every component, and solutions by them: as [`super::super::careful`] has them.

use super::super::kernel::Place;
use crate::chain::ABSORBED;
use crate::trace::{Block, Trace};
use crate::wide::WideFloat;

/// M = (I - L)(D - U), component by component.
pub(super) struct WideFactors<'a, const N: usize> {
    pub(super) trace: &'a Trace,
    pub(super) rates: &'a [WideFloat<N>],
    /// Where the values of each block stand.
    places: Vec<Place>,
    lower: Vec<WideFloat<N>>,
    upper: Vec<WideFloat<N>>,
    /// One divided by D; zero of a vertex that cannot be left. Nothing accumulates in those that the start reaches, or
    /// there would be no finite number to differentiate.
    inverse: Vec<WideFloat<N>>,
}

/// One divided by it, and zero for zero.
fn inverse<const N: usize>(leaving: WideFloat<N>) -> WideFloat<N> {
    if leaving.is_zero() { leaving } else { leaving.reciprocal() }
}

impl<'a, const N: usize> WideFactors<'a, N> {
    pub(super) fn new(trace: &'a Trace, rates: &'a [WideFloat<N>]) -> WideFactors<'a, N> {
        let (places, room) = Place::of_blocks(trace);
        let zeros = |count| vec![WideFloat::ZERO; count];
        let [lower, upper, inverse] = [room.lower, room.upper, room.vertex].map(zeros);
        let mut factors = WideFactors { trace, rates, places, lower, upper, inverse };
        let mut leaving = Vec::new();
        for (number, &block) in trace.blocks.iter().enumerate() {
            leaving.clear();
            let (first, size) = trace.extent(block);
            for p in first..first + size {
                let mut sum = WideFloat::ZERO;
                trace.boundary.of(p).for_each(|(_, weight)| sum += rates[weight as usize]);
                leaving.push(sum);
            }
            factors.eliminate(block, factors.places[number], &mut leaving);
        }
        factors
    }

    /// Eliminates a block. `leaving` holds what leaves it from each vertex, and what leaves through eliminated ones
    /// as well after.
    fn eliminate(&mut self, block: Block, place: Place, leaving: &mut [WideFloat<N>]) {
        let Block::Cyclic { plan, first_edge, .. } = block else {
            let inverses = self.inverse[place.vertex..].iter_mut();
            inverses.zip(leaving).for_each(|(to, &mut sum)| *to = inverse(sum));
            return;
        };
        let factors = self.trace.factors(plan);
        let inner = &self.trace.inner_weights[first_edge as usize..];
        let mut row = vec![WideFloat::ZERO; leaving.len()];
        for k in 0..leaving.len() {
            for e in factors.edges.range(k) {
                row[factors.edges.columns[e] as usize] = self.rates[inner[e] as usize];
            }
            for e in factors.lower.range(k) {
                let i = factors.lower.columns[e] as usize;
                let rate = std::mem::replace(&mut row[i], WideFloat::ZERO);
                let l = rate * self.inverse[place.vertex + i];
                self.lower[place.lower + e] = l;
                // What enters a vertex that cannot be left never comes back.
                leaving[k] += if self.inverse[place.vertex + i].is_zero() { rate } else { l * leaving[i] };
                for u in factors.upper.range(i).filter(|_| !l.is_zero()) {
                    row[factors.upper.columns[u] as usize] += l * self.upper[place.upper + u];
                }
            }
            row[k] = WideFloat::ZERO; // a self-loop costs no time
            let mut diagonal = leaving[k];
            for e in factors.upper.range(k) {
                let u = std::mem::replace(&mut row[factors.upper.columns[e] as usize], WideFloat::ZERO);
                self.upper[place.upper + e] = u;
                diagonal += u;
            }
            self.inverse[place.vertex + k] = inverse(diagonal);
        }
    }

    /// Solves M x = b: `x` holds b by position, and the solution after.
    pub(super) fn solve(&self, x: &mut [WideFloat<N>]) {
        for (&block, &place) in self.trace.blocks.iter().zip(&self.places).rev() {
            let (first, size) = self.trace.extent(block);
            let Block::Cyclic { plan, .. } = block else {
                for p in (first..first + size).rev() {
                    self.add_later(p, x);
                    x[p] = x[p] * self.inverse[place.vertex + p - first];
                }
                continue;
            };
            let factors = self.trace.factors(plan);
            for k in 0..size {
                self.add_later(first + k, x);
                for e in factors.lower.range(k) {
                    let y = self.lower[place.lower + e] * x[first + factors.lower.columns[e] as usize];
                    x[first + k] += y;
                }
            }
            for k in (0..size).rev() {
                for e in factors.upper.range(k) {
                    let y = self.upper[place.upper + e] * x[first + factors.upper.columns[e] as usize];
                    x[first + k] += y;
                }
                x[first + k] = x[first + k] * self.inverse[place.vertex + k];
            }
        }
    }

    /// Adds what flows in from later blocks.
    fn add_later(&self, p: usize, x: &mut [WideFloat<N>]) {
        for (to, weight) in self.trace.boundary.of(p).filter(|edge| edge.0 != ABSORBED) {
            let y = self.rates[weight as usize] * x[to as usize];
            x[p] += y;
        }
    }

    /// Solves y M = b: `y` holds b by position, and the solution after.
    pub(super) fn solve_transposed(&self, y: &mut [WideFloat<N>]) {
        for (&block, &place) in self.trace.blocks.iter().zip(&self.places) {
            let (first, size) = self.trace.extent(block);
            if let Block::Cyclic { plan, .. } = block {
                let factors = self.trace.factors(plan);
                for k in 0..size {
                    let through = y[first + k] * self.inverse[place.vertex + k];
                    y[first + k] = through;
                    for e in factors.upper.range(k) {
                        y[first + factors.upper.columns[e] as usize] += self.upper[place.upper + e] * through;
                    }
                }
                for k in (0..size).rev() {
                    let through = y[first + k];
                    for e in factors.lower.range(k) {
                        y[first + factors.lower.columns[e] as usize] += self.lower[place.lower + e] * through;
                    }
                }
            } else {
                for p in first..first + size {
                    let through = y[p] * self.inverse[place.vertex + p - first];
                    y[p] = through;
                    self.flow_on(p, through, y);
                }
                continue;
            }
            (first..first + size).for_each(|p| self.flow_on(p, y[p], y));
        }
    }

    fn flow_on(&self, p: usize, through: WideFloat<N>, y: &mut [WideFloat<N>]) {
        for (to, weight) in self.trace.boundary.of(p).filter(|edge| edge.0 != ABSORBED) {
            y[to as usize] += self.rates[weight as usize] * through;
        }
    }
}
