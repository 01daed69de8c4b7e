//! One step of a uniformised chain, and how it changes with a parameter, in numbers that neither overflow nor underflow:
//! rates may be more than 1e308 apart.

use crate::density::flow::Flow;
use crate::graph::Kind;
use crate::replay::{Rates, WeightSlopes};
use crate::scaled::ScaledNumber;

/// Probabilities of one step, or their derivatives, the rate of uniformisation held fixed.
#[derive(Debug)]
pub(super) struct StepMatrix<'a> {
    /// Edges that leave position p are `first[p]..first[p + 1]`.
    pub(super) first: &'a [usize],
    pub(super) to: &'a [u32],
    /// By edge.
    pub(super) moves: Vec<ScaledNumber>,
    /// By position, of staying.
    pub(super) stay: Vec<ScaledNumber>,
    /// By position, of being absorbed.
    pub(super) exit: Vec<ScaledNumber>,
}

impl<'a> StepMatrix<'a> {
    /// Returns the probabilities of a step.
    pub(super) fn new(flow: &'a Flow<'_>, rates: &Rates) -> StepMatrix<'a> {
        let of = |weight: u32| ScaledNumber::from(rates.of(weight)) / flow.rate.into();
        let stay = flow.stay.iter().map(|&x| ScaledNumber::from(x)).collect();
        StepMatrix::with(flow, of, stay)
    }

    /// Returns the derivatives with respect to the parameter of these slopes.
    pub(super) fn change(flow: &'a Flow<'_>, slopes: &WeightSlopes) -> StepMatrix<'a> {
        let of = |weight: u32| ScaledNumber::from(slopes.of(weight)) / flow.rate.into();
        let mut change = StepMatrix::with(flow, of, vec![ScaledNumber::ZERO; flow.len()]);
        for p in 0..flow.len() {
            let moves = change.moves[flow.layout.first[p]..flow.layout.first[p + 1]].iter().copied();
            change.stay[p] = match flow.layout.is_divided[p] {
                true => ScaledNumber::ZERO,
                false => -(moves.sum::<ScaledNumber>() + change.exit[p]),
            };
        }
        // The self-loop of a row that is divided by its sum has a weight of its own.
        flow.layout.loops.iter().for_each(|&(p, weight)| change.stay[p as usize] = of(weight));
        change
    }

    fn with(flow: &'a Flow<'_>, of: impl Fn(u32) -> ScaledNumber, stay: Vec<ScaledNumber>) -> StepMatrix<'a> {
        let layout = flow.layout;
        let mut exit = vec![ScaledNumber::ZERO; flow.len()];
        layout.exits.iter().for_each(|&(p, weight)| exit[p as usize] += of(weight));
        let moves = layout.weight.iter().map(|&weight| of(weight)).collect();
        StepMatrix { first: &layout.first, to: &layout.to, moves, stay, exit }
    }

    /// Returns the number of positions.
    pub(super) fn len(&self) -> usize {
        self.stay.len()
    }

    /// Returns a row times the matrix of a step.
    pub(super) fn left(&self, row: &[ScaledNumber]) -> Vec<ScaledNumber> {
        let mut next = vec![ScaledNumber::ZERO; row.len()];
        for (p, &x) in row.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
            next[p] += x * self.stay[p];
            for e in self.first[p]..self.first[p + 1] {
                next[self.to[e] as usize] += x * self.moves[e];
            }
        }
        next
    }
}

/// Probabilities of so many steps, and of more than so many, within a time in which few are expected.
#[derive(Debug)]
pub(super) struct ShortTime {
    pub(super) exactly: Vec<ScaledNumber>,
    pub(super) more: Vec<ScaledNumber>,
}

impl ShortTime {
    /// Returns those of one step.
    pub(super) fn one_step() -> ShortTime {
        let (zero, one) = (ScaledNumber::ZERO, ScaledNumber::ONE);
        ShortTime { exactly: vec![zero, one], more: vec![one, zero] }
    }

    /// Returns Poisson probabilities of a mean of at most 1/16, as many as are asked for; what is left out is less than
    /// `mean^terms / terms!`.
    pub(super) fn poisson(mean: f64, terms: usize) -> ShortTime {
        let mut term = ScaledNumber::from((-mean).exp());
        let mut exactly = vec![term];
        for k in 1..terms {
            term = term * mean / ScaledNumber::from(k as f64);
            exactly.push(term);
        }
        let mut more = vec![ScaledNumber::ZERO; terms];
        for k in (1..terms).rev() {
            more[k - 1] = more[k] + exactly[k];
        }
        ShortTime { exactly, more }
    }

    /// Returns those of a time of a chain: of one step of a discrete one.
    pub(super) fn of(flow: &Flow<'_>, time: f64, terms: usize) -> ShortTime {
        match flow.kind {
            Kind::Discrete => ShortTime::one_step(),
            Kind::Continuous => ShortTime::poisson(flow.rate * time, terms),
        }
    }
}
