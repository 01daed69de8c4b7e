//! Transition matrices over a short time, twice that, four times that, ...

use std::rc::Rc;

use super::change::LevelChange;
use super::level::Level;
use super::matrix::ScaledMatrix;
use super::steps::{ShortTime, StepMatrix};
use super::travel::{ChainPlace, Journey};
use crate::density::flow::Flow;
use crate::graph::Kind;

/// Bytes that levels may take to be kept for other times.
const KEPT_BYTES: usize = 1 << 29;

/// Levels, each of twice the time of the one before.
#[derive(Debug)]
pub(super) struct LevelLadder<M> {
    /// The time of the first level: a power of two.
    unit: f64,
    terms: usize,
    /// From the first on, as many as may be kept.
    levels: Vec<Rc<Level<M>>>,
    most_kept: usize,
    /// A later level, and its number.
    passing: Option<(usize, Rc<Level<M>>)>,
    /// The number of the level whose square is itself: everything has left, or is where it stays.
    settled: Option<usize>,
}

/// Returns the time of the first level: in a continuous chain a power of two in which at most 1/16 of a step is expected
/// and, where that is a finite number, more than 1/32.
pub(super) fn unit(flow: &Flow<'_>) -> f64 {
    match flow.kind {
        Kind::Discrete => 1.0,
        Kind::Continuous => (-flow.rate.log2().ceil() - 4.0).min(1000.0).exp2(),
    }
}

/// Returns how many levels of so many positions are kept.
pub(super) fn most_kept(n: usize, with_visits: bool) -> usize {
    let bytes = n * n * size_of::<f64>() * if with_visits { 2 } else { 1 };
    (KEPT_BYTES / bytes.max(1)).max(1)
}

/// Returns how many terms of the series of the first level are needed where it is used `2^doublings` times. What is
/// left out are paths on which `terms` steps or more fall into one unit of time; steps fall where they like, whatever is
/// known of the path but their number, of which there are `d <= 1/8` a unit at most in the mean. So it is, relative to
/// the probability of any set of paths, `2^doublings d^terms / terms!`, which is made to be below 2^-60.
pub(super) fn terms(doublings: f64) -> usize {
    let (mut terms, mut bits) = (0, 0.0);
    while terms < 24 || bits < doublings + 60.0 {
        terms += 1;
        bits += 3.0 + f64::from(terms).log2();
    }
    terms as usize
}

impl<M: ScaledMatrix> LevelLadder<M> {
    pub(super) fn new(
        flow: &Flow<'_>,
        steps: &StepMatrix<'_>,
        terms: usize,
        with_visits: bool,
    ) -> LevelLadder<M> {
        let unit = unit(flow);
        let first = Level::first(steps, &ShortTime::of(flow, unit, terms), with_visits);
        let most_kept = most_kept(steps.len(), with_visits);
        LevelLadder { unit, terms, levels: vec![Rc::new(first)], most_kept, passing: None, settled: None }
    }

    /// Returns whether the first level has so many terms.
    pub(super) fn has_terms(&self, terms: usize) -> bool {
        self.terms >= terms
    }

    fn level(&mut self, number: usize) -> Rc<Level<M>> {
        while self.settled.is_none() && self.levels.len() <= number && self.levels.len() < self.most_kept {
            let last = &self.levels[self.levels.len() - 1];
            let next = last.squared();
            match next.is_as(last) {
                true => self.settled = Some(self.levels.len() - 1),
                false => self.levels.push(Rc::new(next)),
            }
        }
        let number = self.settled.map_or(number, |last| last.min(number));
        if let Some(level) = self.levels.get(number) {
            return level.clone();
        }
        let mut passing = match self.passing.take() {
            Some(passing) if passing.0 <= number => passing,
            _ => (self.levels.len() - 1, self.levels[self.levels.len() - 1].clone()),
        };
        while passing.0 < number {
            passing = (passing.0 + 1, Rc::new(passing.1.squared()));
        }
        self.passing.insert(passing).1.clone()
    }

    /// Lets a chain go on for a time.
    pub(super) fn after(
        &mut self,
        flow: &Flow<'_>,
        steps: &StepMatrix<'_>,
        mut place: ChainPlace,
        time: f64,
    ) -> ChainPlace {
        let (mut remaining, rest) = self.split(flow, time);
        if rest > 0.0 {
            place.wait(steps, &ShortTime::of(flow, rest, self.terms));
        }
        for level in 0.. {
            if remaining < 1.0 {
                break;
            }
            let half = remaining / 2.0;
            if half.fract() != 0.0 {
                let matrices = self.level(level);
                matrices.apply(&mut place, self.beyond(level));
            }
            remaining = half.floor();
        }
        place
    }

    /// Returns by how many levels one is beyond the last that makes a difference.
    fn beyond(&self, level: usize) -> usize {
        self.settled.map_or(0, |last| level.saturating_sub(last))
    }

    /// Returns a whole number of units, and what is left of a time; both exactly, the unit being a power of two.
    fn split(&self, flow: &Flow<'_>, time: f64) -> (f64, f64) {
        let whole = (time / self.unit).floor();
        let rest = if flow.kind == Kind::Continuous { time - whole * self.unit } else { 0.0 };
        (whole, rest)
    }

    /// Takes each journey to its end. Only one level's derivatives are kept: three products of matrices a level.
    pub(super) fn travel(
        &mut self,
        flow: &Flow<'_>,
        steps: &StepMatrix<'_>,
        change: &StepMatrix<'_>,
        journeys: &mut [Journey],
    ) {
        let mut remaining = Vec::with_capacity(journeys.len());
        for journey in journeys.iter_mut() {
            let (whole, rest) = self.split(flow, journey.time);
            if rest > 0.0 {
                journey.wait(steps, change, &ShortTime::of(flow, rest, self.terms));
            }
            remaining.push(whole);
        }
        let short = ShortTime::of(flow, self.unit, self.terms);
        let mut level = self.level(0);
        let mut slope = LevelChange::first(steps, change, &short, &level);
        for number in 0.. {
            for (remaining, journey) in remaining.iter_mut().zip(journeys.iter_mut()) {
                let half = *remaining / 2.0;
                if half.fract() != 0.0 {
                    slope.apply(&level, journey, self.beyond(number));
                }
                *remaining = half.floor();
            }
            if remaining.iter().all(|r| *r < 1.0) {
                break;
            }
            let next = self.level(number + 1);
            slope = slope.squared(&level, &next);
            level = next;
        }
    }
}
