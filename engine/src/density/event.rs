//! What an observation says about T, and how it weighs the steps of a chain.

use super::flow::Flow;
use super::poisson::{LEAST, Walk, Weights};
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

/// What a form weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operand {
    /// Probability of being absorbed in step k + 1.
    Leaving,
    /// Probability of not being absorbed by step k.
    Mass,
    /// Probability of being absorbed by step k, mass at zero included.
    Absorbed,
}

/// A likelihood as a sum over steps whose terms are all nonnegative.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// The sum of the operand at each step times the Poisson probability of the step, and times `factor`.
    Poisson { operand: Operand, mean: f64, factor: f64 },
    /// The sum of the probabilities of being absorbed in step k + 1, each times its factor.
    Leaving {
        /// Factor of the mass at zero.
        at_zero: f64,
        /// The first step that has a factor.
        first: usize,
        factors: Vec<f64>,
        /// What the factors after each step are at most.
        rest: Vec<f64>,
    },
    /// The operand at one step.
    Step { operand: Operand, step: usize },
}

/// Which terms of a form were looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Looked {
    /// Those from the first to the one of this step.
    Until(usize),
    /// Those that a walk has met.
    Walk(Walk),
}

impl Looked {
    /// The last step.
    pub(super) fn last(&self) -> usize {
        match self {
            Looked::Until(last) => *last,
            Looked::Walk(walk) => walk.steps.end - 1,
        }
    }
}

impl Form {
    /// The form of an event, whose times are whole in a discrete chain. `has_atom` says whether T may be zero.
    pub(super) fn new(flow: &Flow<'_>, event: Event, has_atom: bool) -> Form {
        let of = |operand: Operand, t: f64| match (flow.kind, operand) {
            (Kind::Continuous, Operand::Leaving) => {
                Form::Poisson { operand, mean: t * flow.rate, factor: flow.rate }
            }
            (Kind::Continuous, _) => Form::Poisson { operand, mean: t * flow.rate, factor: 1.0 },
            (Kind::Discrete, Operand::Leaving) => Form::Step { operand, step: (t - 1.0) as usize },
            (Kind::Discrete, _) => Form::Step { operand, step: t as usize },
        };
        match event {
            Event::At(t) if t == 0.0 && (has_atom || flow.kind == Kind::Discrete) => {
                Form::leaving(1.0, 0, Vec::new())
            }
            Event::At(t) => of(Operand::Leaving, t),
            Event::After(t) => of(Operand::Mass, t),
            Event::Until(t) => of(Operand::Absorbed, t),
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

    /// Bounds the sum of the factors of the terms that were not looked at, each times the steps before it (and
    /// two more).
    pub(super) fn missing(&self, looked: &Looked) -> f64 {
        match (self, looked) {
            (Form::Poisson { mean, factor, .. }, Looked::Walk(walk)) => {
                let (begin, end) = (walk.steps.start as f64, walk.steps.end as f64);
                // Later steps: the sum of k w_k, k = end + j, is at most that of a geometric series.
                let ratio = mean / (end + 1.0);
                let later = walk.later * (end + 2.0 + 1.0 / (1.0 - ratio));
                // Weights end where they are 1e-300 of the largest.
                let beyond = LEAST * (2.0 * end + 1000.0);
                factor * ((later + walk.earlier * (begin + 2.0)) / walk.total + beyond)
            }
            (Form::Leaving { first, factors, .. }, Looked::Until(last)) => {
                let rest = factors.iter().enumerate().skip((last + 1).saturating_sub(*first));
                rest.map(|(i, factor)| factor * ((first + i) as f64 + 2.0)).sum()
            }
            // One step, which is looked at.
            _ => 0.0,
        }
    }

    fn leaving(at_zero: f64, first: usize, factors: Vec<f64>) -> Form {
        // All that is left may leave at the step with the largest factor.
        let mut rest = vec![0.0; factors.len()];
        for i in (1..factors.len()).rev() {
            rest[i - 1] = f64::max(rest[i], factors[i]);
        }
        Form::Leaving { at_zero, first, factors, rest }
    }
}
