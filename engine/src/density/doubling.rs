//! Small chains and long times: the transition matrix over a short time, squared again and again. What leaves
//! is carried along, and every row is kept at a total of one, so that a chain that leaves once in 1e26 steps
//! keeps the digits of that (as in elimination, the diagonal is what the rest of a row leaves over).
//!
//! Rows have exponents of their own (see [`rows`]), so that what is left over has its digits however little it is. What
//! underflow takes nevertheless is bounded on the way; where it counts, small chains are squared once more with an
//! exponent for each number (see [`entries`]).
//!
//! Cost: 2 n^3 operations a level, a sixth of that where the chain goes one way; a level for each doubling of the time,
//! from a sixteenth of a step on. Derivatives take two products more a level and parameter.

mod change;
mod entries;
mod ladder;
mod level;
mod matrix;
mod product;
mod rows;
mod steps;
mod travel;

use super::bounds::{ErrorBound, PointBounds};
use super::event::Event;
use super::flow::Flow;
use crate::replay::{Rates, WeightSlopes};
use crate::scaled::ScaledNumber;
use entries::ScaledEntries;
use ladder::LevelLadder;
use matrix::dot;
use rows::ScaledRows;
use steps::StepMatrix;

pub(super) use travel::{ChainPlace, Journey, PlaceSlope};

/// Most multiplications with an exponent for each number: some seconds.
const MOST_SCALED: f64 = 2e9;
/// What underflow may take, relative to a number, before it counts.
const UNRESOLVED: f64 = 1e-17;

/// Relative bounds beyond this are stated as absolute ones.
const WORST: f64 = 1e-3;

/// A chain that is squared.
#[derive(Debug)]
pub(super) struct Doubling<'a> {
    flow: &'a Flow<'a>,
    steps: StepMatrix<'a>,
    with_visits: bool,
    rows: Option<LevelLadder<ScaledRows>>,
    entries: Option<LevelLadder<ScaledEntries>>,
}

impl<'a> Doubling<'a> {
    pub(super) fn new(flow: &'a Flow<'a>, rates: &Rates, with_visits: bool) -> Doubling<'a> {
        Doubling { flow, steps: StepMatrix::new(flow, rates), with_visits, rows: None, entries: None }
    }

    /// Returns where the chain begins.
    pub(super) fn start(&self) -> ChainPlace {
        ChainPlace::new(self.flow.start.iter().map(|&a| a.into()).collect())
    }

    /// Returns where the chain is after a time, with all digits of what is left, of what has been absorbed and of what is
    /// absorbed next; of each state as well, if `of_states`, where an exponent for each number can be had.
    pub(super) fn after(&mut self, place: &ChainPlace, time: f64, of_states: bool) -> ChainPlace {
        let (flow, steps) = (self.flow, &self.steps);
        let rows = ready(&mut self.rows, flow, steps, time, self.with_visits);
        let found = rows.after(flow, steps, place.clone(), time);
        let is_resolved = self.is_resolved(&found) && (!of_states || found.has_all_states());
        if is_resolved || !self.is_small(time) {
            return found;
        }
        let entries = ready(&mut self.entries, flow, &self.steps, time, self.with_visits);
        entries.after(flow, &self.steps, place.clone(), time)
    }

    /// Takes each journey to its end.
    pub(super) fn travel(&mut self, slopes: &WeightSlopes, journeys: &mut [Journey]) {
        let (flow, steps) = (self.flow, &self.steps);
        let change = StepMatrix::change(flow, slopes);
        let longest = journeys.iter().map(|journey| journey.time).fold(0.0, f64::max);
        let rows = ready(&mut self.rows, flow, steps, longest, self.with_visits);
        let mut found = journeys.to_vec();
        rows.travel(flow, steps, &change, &mut found);
        if !found.iter().all(|journey| self.is_resolved(&journey.place)) && self.is_small(longest) {
            found.clone_from_slice(journeys);
            let entries = ready(&mut self.entries, flow, &self.steps, longest, self.with_visits);
            entries.travel(flow, &self.steps, &change, &mut found);
        }
        journeys.clone_from_slice(&found);
    }

    /// Returns the derivatives of the initial probabilities, from those of a slope.
    pub(super) fn start_change(&self, start: &[f64]) -> PlaceSlope {
        PlaceSlope::new(start.iter().map(|&x| x.into()).collect())
    }

    /// Returns the probability of being absorbed in the next step.
    pub(super) fn leaving(&self, place: &ChainPlace) -> ScaledNumber {
        dot(&place.states, &self.steps.exit)
    }

    /// Returns the derivative of that.
    pub(super) fn leaving_change(&self, slopes: &WeightSlopes, journey: &Journey) -> ScaledNumber {
        let change = StepMatrix::change(self.flow, slopes);
        dot(&journey.change.states, &self.steps.exit) + dot(&journey.place.states, &change.exit)
    }

    /// Whether what underflow has taken is nothing beside what there is: of all that is left, of what has been absorbed and
    /// of what is absorbed next.
    fn is_resolved(&self, place: &ChainPlace) -> bool {
        is_nothing(place.lost, place.left())
            && is_nothing(place.lost_absorbed, place.absorbed)
            && is_nothing(place.lost * matrix::largest(&self.steps.exit), self.leaving(place))
    }

    /// Whether an exponent for each number can be had.
    fn is_small(&self, time: f64) -> bool {
        (levels(self.flow, time) + 16.0) * (self.flow.len() as f64).powi(3) <= MOST_SCALED
    }

    /// Returns bounds on the errors of density, cdf and survival at a time: relative, but where underflow has taken more
    /// of a number than counts for nothing, or rounding may have taken all of its digits.
    pub(super) fn bounds(&self, time: f64, place: &ChainPlace) -> PointBounds {
        let (survival, density) = (place.left(), self.leaving(place) * self.flow.rate);
        let cdf = place.absorbed + self.flow.mass_at_zero.into();
        let relative = self.rounding(time, lives(survival));
        let fastest = matrix::largest(&self.steps.exit) * self.flow.rate;
        PointBounds {
            density: bound(density, relative, place.lost * fastest),
            // Where half has been absorbed, what is left has the digits.
            cdf: bound(cdf, self.rounding(time, lives(survival).min(2.0)), place.lost_absorbed),
            survival: bound(survival, relative, place.lost),
        }
    }

    /// Returns the bound on the relative error of the likelihood of an event at whose last time the chain is there.
    pub(super) fn event_error(&self, event: Event, place: &ChainPlace, value: ScaledNumber) -> f64 {
        let bounds = self.bounds(event.last(), place);
        let bound = match event {
            Event::At(_) => bounds.density,
            Event::After(_) => bounds.survival,
            Event::Until(_) => bounds.cdf,
            Event::Between { .. } => {
                bound(value, self.rounding(event.last(), lives(place.left())), place.lost_absorbed)
            }
        };
        bound.relative(value)
    }

    /// Returns the bound on the absolute error of a derivative of a number; infinite where underflow has taken
    /// of what it comes from. Each level disturbs the derivative as it disturbs the number, of which a derivative is at
    /// most `2 n lives` times the largest derivative of the logarithm of a rate, the steepness.
    pub(super) fn slope_error(
        &self,
        time: f64,
        place: &ChainPlace,
        steepness: ScaledNumber,
        of: ScaledNumber,
        slope: ScaledNumber,
    ) -> ScaledNumber {
        let lives = lives(place.left());
        let factor = 4.0 * self.flow.len() as f64 * lives;
        let error = (slope.abs() + of * steepness * factor) * self.rounding(time, lives);
        // Also where a rate of zero changes, and where nothing is left.
        match self.is_resolved(place) && error >= ScaledNumber::ZERO {
            true => error,
            false => f64::INFINITY.into(),
        }
    }

    /// Bound on the relative error of what [`Doubling::after`] gives, but for what underflow has taken, to first order:
    /// each level may disturb every entry by the rounding of a scalar product, and no probability of a chain of n states
    /// is disturbed by more than 2n times that (O'Cinneide, *Entrywise perturbation theory and error analysis for Markov
    /// chains*, 1993); where the chain has left with near certainty, by that for each time it has.
    fn rounding(&self, time: f64, lives: f64) -> f64 {
        let n = self.flow.len();
        let sums = 2.0 * (n.min(16) + n.div_ceil(16)) as f64;
        let roundings = product::roundings(n) + sums + 6.0;
        lives * levels(self.flow, time) * n as f64 * roundings * f64::EPSILON
    }
}

/// Returns whether what underflow has taken of a number counts for nothing.
fn is_nothing(lost: ScaledNumber, of: ScaledNumber) -> bool {
    lost <= of * UNRESOLVED
}

/// Returns how many levels a time takes, the series of the first counted as some.
pub(super) fn levels(flow: &Flow<'_>, time: f64) -> f64 {
    (time / ladder::unit(flow)).max(1.0).log2() + 4.0
}

/// Returns whether so many levels of so many vertices are kept for other times.
pub(super) fn are_kept(vertices: usize, levels: f64, with_visits: bool) -> bool {
    levels <= ladder::most_kept(vertices, with_visits) as f64
}

/// Returns how many times the chain has left with near certainty; infinite where nothing is left.
fn lives(survival: ScaledNumber) -> f64 {
    1.0 - survival.ln().min(0.0)
}

/// Returns the bound on the error of a number, by that of rounding and by what underflow may have taken of it.
fn bound(of: ScaledNumber, relative: f64, lost: ScaledNumber) -> ErrorBound {
    let taken = (lost / of).to_f64();
    match relative + taken < WORST {
        true => ErrorBound::Relative(relative + taken),
        // Not more than a probability, and rounded up.
        false => {
            let rounding = if of.is_zero() { ScaledNumber::ZERO } else { of * relative };
            ErrorBound::Absolute((lost + rounding).to_f64().max(f64::MIN_POSITIVE))
        }
    }
}

/// Returns levels that are good for a time.
fn ready<'l, M: matrix::ScaledMatrix>(
    ladder: &'l mut Option<LevelLadder<M>>,
    flow: &Flow<'_>,
    steps: &StepMatrix<'_>,
    time: f64,
    with_visits: bool,
) -> &'l mut LevelLadder<M> {
    let terms = ladder::terms((time / ladder::unit(flow)).max(1.0).log2());
    if !ladder.as_ref().is_some_and(|ladder| ladder.has_terms(terms)) {
        *ladder = None;
    }
    ladder.get_or_insert_with(|| LevelLadder::new(flow, steps, terms, with_visits))
}
