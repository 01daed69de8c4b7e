//! Steps side by side.

use super::history::History;
use super::{Derivatives, Seeds, Steps, packed};
use crate::density::flow::Flow;
use crate::density::layout::Layout;
use crate::replay::{Lanes, Work, work};

/// The largest number that a step takes for zero: subnormal numbers are slow, and rounding lets the smallest stay for
/// ever.
const NOTHING: f64 = f64::from_bits(f64::MIN_POSITIVE.to_bits() - 1);

/// Step probabilities, a lane a chain: see [`Flow`].
#[derive(Debug)]
pub(super) struct Chains<P> {
    pub(super) probabilities: Vec<P>,
    pub(super) stay: Vec<P>,
    pub(super) exit: Vec<P>,
    pub(super) start: Vec<P>,
}

impl<P: Lanes> Chains<P> {
    /// One step: `next` is `v P`, of which the probability of being absorbed in a step more and the total are told.
    #[inline(always)]
    pub(super) fn step(&self, layout: &Layout, v: &[P], next: &mut [P]) -> (P, P) {
        let (mut leaving, mut mass) = (P::splat(0.0), P::splat(0.0));
        let places = self.stay.iter().zip(&self.exit).zip(v).zip(next).enumerate();
        for (p, (((&stay, &exit), &here), next)) in places {
            let stayed = here * stay;
            let mut sum = stayed.zero_unless_above(P::splat(NOTHING), stayed);
            for &(from, weight) in layout.entering(p) {
                sum += v[from as usize] * self.probabilities[weight as usize];
            }
            *next = sum;
            leaving += sum * exit;
            mass += sum;
        }
        (leaving, mass)
    }
}

/// Chains and where they are.
#[derive(Debug)]
pub(super) struct Side<P> {
    pub(super) chains: Chains<P>,
    v: Vec<P>,
    next: Vec<P>,
    steps: usize,
    pub(super) history: Option<History<P>>,
}

impl<P: Lanes> Side<P> {
    pub(super) fn new(flows: &[&Flow<'_>]) -> Side<P> {
        let chains = Chains {
            probabilities: packed(flows, |flow| &flow.probabilities),
            stay: packed(flows, |flow| &flow.stay),
            exit: packed(flows, |flow| &flow.exit),
            start: packed(flows, |flow| &flow.start),
        };
        let (v, next) = (chains.start.clone(), chains.start.clone());
        Side { chains, v, next, steps: 0, history: None }
    }
}

/// One step.
struct Step<'a, P> {
    side: &'a mut Side<P>,
    layout: &'a Layout,
}

impl<P: Lanes> Work for Step<'_, P> {
    type Output = (P, P);

    #[inline(always)]
    fn run(self) -> (P, P) {
        let Side { chains, v, next, .. } = self.side;
        let told = chains.step(self.layout, v, next);
        std::mem::swap(v, next);
        told
    }
}

fn spread<P: Lanes>((leaving, mass): (P, P), tell: &mut [(f64, f64)]) {
    for (lane, tell) in tell.iter_mut().enumerate() {
        *tell = (leaving.numbers()[lane], mass.numbers()[lane]);
    }
}

impl<P: Lanes> Side<P> {
    fn advance(&mut self, layout: &Layout) -> (P, P) {
        let told = work::<P, _>(Step { side: self, layout });
        self.steps += 1;
        if let Some(history) = &mut self.history {
            history.keep(&self.v);
        }
        told
    }
}

impl<P: Lanes> Steps for Side<P> {
    fn step(&mut self, layout: &Layout, tell: &mut [(f64, f64)]) {
        let told = self.advance(layout);
        spread(told, tell);
    }

    fn begin(&mut self, tell: &mut [(f64, f64)]) {
        let (mut leaving, mut mass) = (P::splat(0.0), P::splat(0.0));
        for (&v, &exit) in self.v.iter().zip(&self.chains.exit) {
            leaving += v * exit;
            mass += v;
        }
        spread((leaving, mass), tell);
    }

    fn probability(&self, position: usize, lane: usize) -> f64 {
        self.v[position].numbers()[lane]
    }

    fn remember(&mut self, layout: &Layout, expected: usize) {
        if self.history.is_some() {
            return;
        }
        let taken = std::mem::take(&mut self.steps);
        self.v.clone_from(&self.chains.start);
        let mut history = History::new(self.v.len() * P::COUNT, expected);
        history.keep(&self.v);
        self.history = Some(history);
        (0..taken).for_each(|_| {
            self.advance(layout);
        });
    }

    fn backwards(&mut self, layout: &Layout, seeds: &[Seeds]) -> Vec<Derivatives> {
        super::backwards::backwards(self, layout, seeds)
    }
}
