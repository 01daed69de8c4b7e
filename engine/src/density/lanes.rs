//! Chains of one trace at several parameter vectors, a lane each: steps that they take side by side, and sweeps back
//! in time. Every lane has the bits that it has alone: a chain that is done goes on among zeros.

mod backwards;
mod forwards;
mod history;

use super::adjoint::{Derivatives, Seeds};
use super::flow::Flow;
use super::layout::Layout;
use crate::replay::{Lanes, Make, widest};
use forwards::Side;

/// Most bytes of probabilities that sixteen lanes keep of two steps: more than that does not stay near the processor.
const NEAR: usize = 1 << 19;

/// Chains side by side.
pub(super) trait Steps: std::fmt::Debug {
    /// Takes one step, and tells of each lane the probability of being absorbed in the next, and what is left.
    fn step(&mut self, layout: &Layout, tell: &mut [(f64, f64)]);

    /// What [`Steps::step`] tells, before the first of them.
    fn begin(&mut self, tell: &mut [(f64, f64)]);

    /// Probability of a position.
    fn probability(&self, position: usize, lane: usize) -> f64;

    /// Has where the chains are remembered, from the first step on, in a sweep that is expected to take so many at
    /// most; the steps taken already are taken again.
    fn remember(&mut self, layout: &Layout, expected: usize);

    /// Goes back in time, with seeds of as many lanes as there are chains.
    fn backwards(&mut self, layout: &Layout, seeds: &[Seeds]) -> Vec<Derivatives>;
}

/// How many chains of this size are worked on together.
pub(super) fn together(positions: usize) -> usize {
    if positions * 2 * 16 * size_of::<f64>() <= NEAR { 16 } else { 8 }
}

/// Sets chains, at most sixteen of one trace, side by side.
pub(super) fn side_by_side(flows: &[&Flow<'_>]) -> Box<dyn Steps> {
    let lanes = match flows.len() {
        0..=2 => 1,
        3..=8 => 8,
        _ => 16,
    };
    widest(lanes, Flows(flows))
}

struct Flows<'a>(&'a [&'a Flow<'a>]);

impl Make for Flows<'_> {
    type Made = Box<dyn Steps>;

    fn make<P: Lanes>(self) -> Box<dyn Steps> {
        Box::new(Side::<P>::new(self.0))
    }
}

/// Numbers of each flow as packs. Lanes left over are those of the last.
fn packed<'a, P: Lanes>(flows: &[&'a Flow<'a>], of: impl Fn(&'a Flow<'a>) -> &'a [f64]) -> Vec<P> {
    let mut packs = vec![P::splat(0.0); of(flows[0]).len()];
    for lane in 0..P::COUNT {
        let numbers = of(flows[lane.min(flows.len() - 1)]);
        packs.iter_mut().zip(numbers).for_each(|(pack, &x)| pack.numbers_mut()[lane] = x);
    }
    packs
}
