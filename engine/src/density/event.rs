//! What an observation says about T, and how it weighs the steps of a chain.

use super::flow::Flow;
use super::poisson::Weights;
use crate::graph::Kind;

/// Something that can be known of the time to absorption T. Times are numbers >= 0; those of discrete chains count
/// steps and are rounded down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// T is this time. Its likelihood is the density of a continuous chain and the probability of this many steps
    /// of a discrete one; at time zero it is the mass at zero, if the graph has a start edge to absorption.
    At(f64),
    /// T is this time or shorter, zero included: censored on the left.
    Until(f64),
    /// T is longer than this time, or infinite: censored on the right.
    After(f64),
    /// T is in (after, until]: censored to an interval.
    Between {
        /// T is longer than this.
        after: f64,
        /// T is this or shorter.
        until: f64,
    },
}

impl Event {
    /// The last time that it speaks of.
    pub(crate) fn last(self) -> f64 {
        match self {
            Event::At(t) | Event::Until(t) | Event::After(t) => t,
            Event::Between { until, .. } => until,
        }
    }

    /// The event itself, with whole times where the chain counts steps.
    pub(crate) fn of_kind(self, kind: Kind) -> Event {
        let whole = |t: f64| if kind == Kind::Discrete { t.floor() } else { t };
        match self {
            Event::At(t) => Event::At(whole(t)),
            Event::Until(t) => Event::Until(whole(t)),
            Event::After(t) => Event::After(whole(t)),
            Event::Between { after, until } => Event::Between { after: whole(after), until: whole(until) },
        }
    }
}

/// What the factors of a form multiply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operand {
    /// Probability of being absorbed in step k + 1.
    Leaving,
    /// Probability of not being absorbed by step k.
    Mass,
}

/// A likelihood as a sum over steps whose terms are all nonnegative.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Form {
    /// Factor of the mass at zero.
    pub(super) at_zero: f64,
    pub(super) operand: Operand,
    /// The first step that has a factor.
    pub(super) first: usize,
    pub(super) factors: Vec<f64>,
    /// What the terms after each step sum up to at most, as a multiple of the mass left.
    pub(super) rest: Vec<f64>,
}

impl Form {
    /// The form of an event, whose times are whole in a discrete chain. `has_atom` says whether T may be zero.
    pub(super) fn new(flow: &Flow, event: Event, has_atom: bool) -> Form {
        let weights = |t: f64| match flow.kind {
            Kind::Continuous => Weights::poisson(t * flow.rate),
            Kind::Discrete => Weights::exactly(t as usize),
        };
        match event {
            Event::At(t) if t == 0.0 && (has_atom || flow.kind == Kind::Discrete) => Form::atom(),
            Event::At(t) => Form::density(flow, if flow.kind == Kind::Discrete { t - 1.0 } else { t }),
            Event::After(t) => {
                let Weights { first, mass, beyond } = weights(t);
                Form { at_zero: 0.0, operand: Operand::Mass, first, factors: mass, rest: beyond }
            }
            Event::Until(t) => {
                let weights = weights(t);
                let end = weights.first + weights.mass.len();
                Form::leaving(1.0, 0, (0..end).map(|k| weights.more_than(k)).collect())
            }
            Event::Between { after, until } => match flow.kind {
                Kind::Discrete => {
                    Form::leaving(0.0, after as usize, vec![1.0; (until - after).max(0.0) as usize])
                }
                Kind::Continuous => {
                    let (first, factors) = Weights::between(after * flow.rate, (until - after) * flow.rate);
                    Form::leaving(0.0, first, factors)
                }
            },
        }
    }

    fn atom() -> Form {
        Form::leaving(1.0, 0, Vec::new())
    }

    fn density(flow: &Flow, time: f64) -> Form {
        let weights = match flow.kind {
            Kind::Continuous => Weights::poisson(time * flow.rate),
            Kind::Discrete => Weights::exactly(time as usize),
        };
        let most = flow.exit.iter().copied().fold(0.0, f64::max);
        Form {
            at_zero: 0.0,
            operand: Operand::Leaving,
            first: weights.first,
            factors: weights.mass.iter().map(|w| w * flow.rate).collect(),
            // No more can leave in a step than is there, nor more than the fastest exit lets out.
            rest: weights.beyond.iter().map(|w| w * flow.rate * most).collect(),
        }
    }

    fn leaving(at_zero: f64, first: usize, factors: Vec<f64>) -> Form {
        // All that is left may leave at the step with the largest factor.
        let mut rest = vec![0.0; factors.len()];
        for i in (1..factors.len()).rev() {
            rest[i - 1] = f64::max(rest[i], factors[i]);
        }
        Form { at_zero, operand: Operand::Leaving, first, factors, rest }
    }
}
