//! Sweeps with scaled numbers, for tails below the doubles.
//!
//! An ordinary sweep ([`super::sweep`]) drops what is below the smallest normal double, 2^-1022. After K steps of a chain
//! with n positions and m edges less than `K (n + m) 2^-1022` has been dropped of mass and of what was absorbed, and
//! Poisson weights below 1e-300 of the largest: so results of at least [`PLAIN`] have lost less than a rounding.
//! What is smaller is computed here, where every number has an exponent of its own and nothing is dropped: v_k = alpha P^k,
//! the mass v_k 1 that is left after k steps, what leaves in the next, v_k e, and what was absorbed before. Poisson
//! probabilities start at exp(-m), whose exponent is found in double-double, and follow by `w_(k+1) = w_k m / (k + 1)`.
//!
//! All terms are nonnegative. Each rounding adds half an epsilon to the relative error of its number, so that of a sum over K
//! steps is at most `(terms + 8) (K + m + 1)` epsilons ([`ScaledSweep::rounding`]): `terms + 2` roundings a step, two a weight,
//! one a sum, and `|k - m|` for the rounding of the mean m. It costs some ten times an ordinary sweep.

mod change;
mod sum;

use super::flow::Flow;
use crate::graph::Kind;
use crate::replay::{Rates, all_edges};
use crate::scaled::ScaledNumber;
use crate::trace::Trace;

pub(super) use change::{BoundedDerivative, ScaledSlopes};
pub(super) use sum::StepSum;

/// The smallest result that an ordinary sweep is trusted with.
pub(super) const PLAIN: f64 = 1e-280;

/// What is known of a chain after each number of steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StepRecord {
    /// Probability of being absorbed in the next step.
    pub(super) leaving: ScaledNumber,
    /// Probability of not having been absorbed.
    pub(super) mass: ScaledNumber,
    /// Probability of having been absorbed, mass at zero included.
    pub(super) absorbed: ScaledNumber,
}

/// Step probabilities of a chain as scaled numbers.
#[derive(Debug)]
pub(super) struct ScaledFlow<'a> {
    flow: &'a Flow<'a>,
    /// By number of the weight.
    probabilities: Vec<ScaledNumber>,
    stay: Vec<ScaledNumber>,
    exit: Vec<ScaledNumber>,
    /// Largest probability of being absorbed in a step.
    fastest: ScaledNumber,
}

impl<'a> ScaledFlow<'a> {
    /// Returns the step probabilities of a chain.
    pub(super) fn new(trace: &Trace, rates: &Rates, flow: &'a Flow<'a>) -> ScaledFlow<'a> {
        let rate = ScaledNumber::from(flow.rate);
        let step = |weight: u32| ScaledNumber::from(rates.of(weight)) / rate;
        let probabilities = (0..trace.weights.len() as u32).map(step).collect();
        let mut exit = vec![ScaledNumber::ZERO; flow.len()];
        for (from, _, weight) in all_edges(trace).filter(|edge| edge.1 == crate::chain::ABSORBED) {
            exit[from as usize] += step(weight);
        }
        let fastest = exit.iter().fold(ScaledNumber::ZERO, |most, &e| if e > most { e } else { most });
        let stay = flow.stay.iter().map(|&stay| stay.into()).collect();
        ScaledFlow { flow, probabilities, stay, exit, fastest }
    }

    fn leaving(&self, v: &[ScaledNumber]) -> ScaledNumber {
        v.iter().zip(&self.exit).map(|(&v, &exit)| v * exit).sum()
    }

    /// Takes one step: `next` is `v P`.
    fn step(&self, v: &[ScaledNumber], next: &mut [ScaledNumber]) {
        for (p, next) in next.iter_mut().enumerate() {
            let mut sum = v[p] * self.stay[p];
            for &(from, weight) in self.flow.layout.entering(p) {
                let mass = v[from as usize];
                if !mass.is_zero() {
                    sum += mass * self.probabilities[weight as usize];
                }
            }
            *next = sum;
        }
    }
}

/// A chain in steps, from the first on; as many are kept as were asked for.
#[derive(Debug)]
pub(super) struct ScaledSweep<'a> {
    pub(super) chain: ScaledFlow<'a>,
    v: Vec<ScaledNumber>,
    next: Vec<ScaledNumber>,
    records: Vec<StepRecord>,
}

impl<'a> ScaledSweep<'a> {
    /// Returns the sweep of a chain from its start.
    pub(super) fn new(trace: &Trace, rates: &Rates, flow: &'a Flow<'a>) -> ScaledSweep<'a> {
        let start: Vec<ScaledNumber> = flow.start.iter().map(|&a| a.into()).collect();
        ScaledSweep::from_start(ScaledFlow::new(trace, rates, flow), start, flow.mass_at_zero.into())
    }

    /// Returns the sweep of a chain that begins in `start`, having been absorbed with probability `absorbed`.
    fn from_start(
        chain: ScaledFlow<'a>,
        start: Vec<ScaledNumber>,
        absorbed: ScaledNumber,
    ) -> ScaledSweep<'a> {
        let first =
            StepRecord { leaving: chain.leaving(&start), mass: start.iter().copied().sum(), absorbed };
        ScaledSweep { chain, next: start.clone(), v: start, records: vec![first] }
    }

    /// Returns the record of a step; takes steps until there is one.
    pub(super) fn record(&mut self, step: usize) -> StepRecord {
        while self.records.len() <= step {
            self.advance();
        }
        self.records[step]
    }

    fn advance(&mut self) {
        let last = self.records[self.records.len() - 1];
        self.chain.step(&self.v, &mut self.next);
        std::mem::swap(&mut self.v, &mut self.next);
        self.records.push(StepRecord {
            leaving: self.chain.leaving(&self.v),
            mass: self.v.iter().copied().sum(),
            absorbed: last.absorbed + last.leaving,
        });
    }

    /// Returns the largest probability of being absorbed in a step.
    pub(super) fn fastest(&self) -> ScaledNumber {
        self.chain.fastest
    }

    /// Returns the number of positions: after so many steps what is still zero remains so.
    pub(super) fn len(&self) -> usize {
        self.v.len()
    }

    /// Returns the bound on the relative error of a sum over the steps up to `last`, of Poisson mean `mean`.
    pub(super) fn rounding(&self, last: usize, mean: f64) -> f64 {
        (self.chain.flow.layout.terms + 8.0) * (last as f64 + mean + 1.0) * f64::EPSILON
    }

    /// Returns the sweep that begins where this chain is at the time by which `mean` steps are expected (in a discrete
    /// chain after exactly so many), with nothing absorbed yet; and the last step that was looked at. The terms left out of
    /// the probability of each position sum up to `tolerance` of it at most.
    pub(super) fn from_time(
        trace: &Trace,
        rates: &Rates,
        flow: &'a Flow<'a>,
        mean: f64,
        tolerance: f64,
    ) -> (ScaledSweep<'a>, usize) {
        let sweep = ScaledSweep::new(trace, rates, flow);
        let (chain, states, last) = sweep.into_states(mean, tolerance);
        (ScaledSweep::from_start(chain, states, ScaledNumber::ZERO), last)
    }

    /// Returns the probability of each position at the time by which `mean` steps are expected (in a discrete chain after
    /// exactly so many), and the last step that was looked at, of a sweep that has taken no step. The terms left out of each
    /// sum up to at most `tolerance` of it: all the mass that is left could still come to any position.
    pub(super) fn into_states(
        mut self,
        mean: f64,
        tolerance: f64,
    ) -> (ScaledFlow<'a>, Vec<ScaledNumber>, usize) {
        if self.chain.flow.kind == Kind::Discrete {
            self.record(mean as usize);
            return (self.chain, self.v, mean as usize);
        }
        let mut states = vec![ScaledNumber::ZERO; self.len()];
        let mut weights = sum::PoissonWeights::new(mean);
        let mut step = 0;
        loop {
            let mass = self.record(step).mass;
            states.iter_mut().zip(&self.v).for_each(|(sum, &v)| *sum += weights.weight() * v);
            // What is zero after as many steps as there are positions remains so.
            let counts = |p: &&ScaledNumber| step < self.len() || !p.is_zero();
            let least = states.iter().filter(counts).copied().reduce(|a, b| if b < a { b } else { a });
            if least.is_none_or(|least| weights.rest() * mass <= least * tolerance) {
                return (self.chain, states, step);
            }
            weights.advance();
            step += 1;
        }
    }
}
