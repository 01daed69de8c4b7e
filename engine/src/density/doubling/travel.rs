//! Where a chain is, and how that changes with a parameter.

use super::is_nothing;
use super::matrix::dot;
use super::steps::{ShortTime, StepMatrix};
use crate::scaled::ScaledNumber;

/// Where a chain is, and was.
#[derive(Debug, Clone)]
pub(in crate::density) struct ChainPlace {
    /// Probability of each position.
    pub(in crate::density) states: Vec<ScaledNumber>,
    /// Expected number of steps begun in each position; zeros if nobody asked.
    pub(in crate::density) visits: Vec<ScaledNumber>,
    /// Probability of having been absorbed on the way.
    pub(in crate::density) absorbed: ScaledNumber,
    /// Bound on what underflow has taken of all positions together.
    pub(in crate::density) lost: ScaledNumber,
    /// The same of what has been absorbed.
    pub(in crate::density) lost_absorbed: ScaledNumber,
}

/// Derivatives of a [`ChainPlace`] with respect to one parameter.
#[derive(Debug, Clone)]
pub(in crate::density) struct PlaceSlope {
    pub(in crate::density) states: Vec<ScaledNumber>,
    pub(in crate::density) absorbed: ScaledNumber,
    /// Of all positions and what has been absorbed together, which does not change on the way.
    pub(in crate::density) total: ScaledNumber,
}

/// Where a chain is, how that changes with one parameter, and how much longer it goes on.
#[derive(Debug, Clone)]
pub(in crate::density) struct Journey {
    pub(in crate::density) place: ChainPlace,
    pub(in crate::density) change: PlaceSlope,
    pub(in crate::density) time: f64,
}

impl ChainPlace {
    /// Begins with these probabilities.
    pub(in crate::density) fn new(states: Vec<ScaledNumber>) -> ChainPlace {
        let zero = ScaledNumber::ZERO;
        ChainPlace {
            visits: vec![zero; states.len()],
            states,
            absorbed: zero,
            lost: zero,
            lost_absorbed: zero,
        }
    }

    /// Goes on from here, with nothing absorbed yet.
    pub(in crate::density) fn anew(&self) -> ChainPlace {
        ChainPlace { lost: self.lost, ..ChainPlace::new(self.states.clone()) }
    }

    /// Returns the probability of not having been absorbed.
    pub(in crate::density) fn left(&self) -> ScaledNumber {
        self.states.iter().copied().sum()
    }

    /// Returns whether what underflow has taken counts for nothing beside each state that is reached.
    pub(super) fn has_all_states(&self) -> bool {
        self.states.iter().filter(|x| !x.is_zero()).all(|&x| is_nothing(self.lost, x))
    }

    /// Goes on for a short time, step by step.
    pub(super) fn wait(&mut self, steps: &StepMatrix<'_>, short: &ShortTime) {
        let mut power = std::mem::take(&mut self.states);
        self.states = vec![ScaledNumber::ZERO; power.len()];
        for (&exactly, &more) in short.exactly.iter().zip(&short.more) {
            add(&mut self.states, exactly, &power);
            add(&mut self.visits, more, &power);
            self.absorbed += more * dot(&power, &steps.exit);
            power = steps.left(&power);
        }
        self.lost_absorbed += self.lost;
    }
}

/// Adds numbers, each multiplied by a factor.
pub(super) fn add(into: &mut [ScaledNumber], factor: ScaledNumber, numbers: &[ScaledNumber]) {
    into.iter_mut().zip(numbers).for_each(|(sum, &x)| *sum += factor * x);
}

impl PlaceSlope {
    /// Begins with these derivatives of the probabilities.
    pub(in crate::density) fn new(states: Vec<ScaledNumber>) -> PlaceSlope {
        PlaceSlope { total: states.iter().copied().sum(), states, absorbed: ScaledNumber::ZERO }
    }

    /// Goes on from here, with nothing absorbed yet.
    pub(in crate::density) fn anew(&self) -> PlaceSlope {
        PlaceSlope::new(self.states.clone())
    }

    /// Returns the derivative of the probability of not having been absorbed.
    pub(in crate::density) fn left(&self) -> ScaledNumber {
        self.states.iter().copied().sum()
    }
}

impl Journey {
    /// Goes on for a short time, step by step.
    pub(super) fn wait(&mut self, steps: &StepMatrix<'_>, change: &StepMatrix<'_>, short: &ShortTime) {
        let n = self.place.states.len();
        let (mut power, mut slope) = (self.place.states.clone(), std::mem::take(&mut self.change.states));
        self.change.states = vec![ScaledNumber::ZERO; n];
        for (&exactly, &more) in short.exactly.iter().zip(&short.more) {
            add(&mut self.change.states, exactly, &slope);
            self.change.absorbed += more * (dot(&slope, &steps.exit) + dot(&power, &change.exit));
            slope = steps.left(&slope);
            add(&mut slope, ScaledNumber::ONE, &change.left(&power));
            power = steps.left(&power);
        }
        self.place.wait(steps, short);
        self.balance();
    }

    /// Brings the derivatives of the states and of what has been absorbed to their total: where most is left, those of the
    /// states, as a derivative of the factor that scales them to what is left; else that of what has been absorbed.
    pub(super) fn balance(&mut self) {
        let left = self.place.left();
        if left.is_zero() || self.place.absorbed > left {
            self.change.absorbed = self.change.total - self.change.left();
        } else {
            let missing = self.change.total - self.change.absorbed - self.change.left();
            add(&mut self.change.states, missing / left, &self.place.states);
        }
    }
}
