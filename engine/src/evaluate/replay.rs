//! A query made ready for a trace, and answered at one parameter vector after the other.

use std::sync::Arc;

use super::careful;
use super::system::{Gradients, System};
use super::{EvaluateError, Numbers, Query};
use crate::plan::Plan;
use crate::replay::{AnyTile, Derivatives, Outcome, Program, tile};
use crate::trace::Trace;

/// Most entries of L and U of a component that sixteen vectors are worked on together.
const ENTRIES_FOR_SIXTEEN: usize = 4096;

/// A query over a trace. Memory is taken at the first vectors and kept: for each vector worked on at a time (1, 8 or
/// 16) eight bytes a distinct weight, a vertex and equation, and an entry of L and U of the largest component.
#[derive(Debug)]
pub struct Replay<'t> {
    trace: &'t Trace,
    query: Query,
    system: System,
    program: Program,
    /// How many vectors are worked on together.
    lanes: usize,
    tiles: Tiles,
    numbers: Numbers,
}

/// Room for as many vectors as are worked on together, each taken when it is first used.
#[derive(Debug, Default)]
struct Tiles {
    one: Option<Box<dyn AnyTile>>,
    eight: Option<Box<dyn AnyTile>>,
    sixteen: Option<Box<dyn AnyTile>>,
}

impl<'t> Replay<'t> {
    pub(super) fn new(trace: &'t Trace, query: &Query) -> Result<Replay<'t>, EvaluateError> {
        let system = System::new(trace, query)?;
        let program = system.program(trace, query);
        let (query, numbers, lanes) = (query.clone(), Numbers::default(), lanes(trace));
        Ok(Replay { trace, query, system, program, lanes, tiles: Tiles::default(), numbers })
    }

    /// Answers at `theta`.
    ///
    /// # Errors
    /// As [`Trace::evaluate`].
    pub fn at(&mut self, theta: &[f64]) -> Result<&Numbers, EvaluateError> {
        let Replay { trace, query, system, program, tiles, numbers, .. } = self;
        if theta.len() == trace.parameters() {
            let one = tiles.one.get_or_insert_with(|| tile(1, trace, program));
            one.replay(trace, program, &[theta]);
            if one.outcome().is_sound(0) {
                numbers.take(trace, query, system, (one.outcome(), 0), theta)?;
                return Ok(numbers);
            }
        }
        *numbers = careful::evaluate(trace, theta, query, system)?;
        Ok(numbers)
    }

    /// Answers at each of many vectors, in their order: several at a time, with the same bits as one by one.
    pub fn each<T: AsRef<[f64]>>(
        &mut self,
        thetas: &[T],
        mut take: impl FnMut(usize, Result<&Numbers, EvaluateError>),
    ) {
        let most = self.lanes;
        for (number, chunk) in thetas.chunks(most).enumerate() {
            let mut few: [&[f64]; 16] = [&[]; 16];
            few.iter_mut().zip(chunk).for_each(|(theta, given)| *theta = given.as_ref());
            let few = &few[..chunk.len()];
            let complete = few.iter().all(|theta| theta.len() == self.trace.parameters());
            let mut tell =
                |lane, numbers: Result<&Numbers, EvaluateError>| take(number * most + lane, numbers);
            match few.len() {
                3.. if complete => self.together(few, &mut tell),
                _ => few.iter().enumerate().for_each(|(lane, theta)| tell(lane, self.at(theta))),
            }
        }
    }

    fn together(&mut self, thetas: &[&[f64]], tell: &mut dyn FnMut(usize, Result<&Numbers, EvaluateError>)) {
        let Replay { trace, query, system, program, tiles, numbers, .. } = self;
        let (room, lanes) = if thetas.len() > 8 { (&mut tiles.sixteen, 16) } else { (&mut tiles.eight, 8) };
        let tile = room.get_or_insert_with(|| tile(lanes, trace, program));
        tile.replay(trace, program, thetas);
        for (lane, theta) in thetas.iter().enumerate() {
            if tile.outcome().is_sound(lane) {
                match numbers.take(trace, query, system, (tile.outcome(), lane), theta) {
                    Ok(()) => tell(lane, Ok(numbers)),
                    Err(error) => tell(lane, Err(error)),
                }
                continue;
            }
            match careful::evaluate(trace, theta, query, system) {
                Ok(found) => tell(lane, Ok(&found)),
                Err(error) => tell(lane, Err(error)),
            }
        }
    }
}

/// As many vectors as leave the factors of a component in the nearer caches.
fn lanes(trace: &Trace) -> usize {
    let entries = |plan: &Arc<Plan>| plan.entries();
    let largest = trace.plans.iter().map(entries).max().unwrap_or(0);
    if largest <= ENTRIES_FOR_SIXTEEN { 16 } else { 8 }
}

impl Numbers {
    /// Takes what a tile has in a lane, which worked on `theta`; gradients that are lost there are found anew.
    ///
    /// # Errors
    /// If a derivative cannot be had.
    pub(crate) fn take(
        &mut self,
        trace: &Trace,
        query: &Query,
        system: &System,
        (outcome, lane): (&Outcome, usize),
        theta: &[f64],
    ) -> Result<(), EvaluateError> {
        let expected = |q: usize| outcome.expected(q, lane);
        system.time.write_moments(&mut self.moments, expected);
        self.mass_at_zero = outcome.mass_at_zero(lane);
        if !query.rewards.is_empty() {
            self.expected_reward.clear();
            self.expected_reward.extend(system.rewarded.iter().map(|r| expected(r.first)));
        }
        if !query.rewards.is_empty() && query.reward_moments > 0 {
            self.reward_moments.resize_with(system.rewarded.len(), Vec::new);
            for (moments, recurrence) in self.reward_moments.iter_mut().zip(&system.rewarded) {
                recurrence.write_moments(moments, expected);
            }
        }
        match system.gradients {
            Gradients::None => {}
            Gradients::Adjoints => {
                let found = match system.derivatives_of_lane(outcome, lane, theta) {
                    Some(found) => found,
                    None => system.derivatives_in_wide(trace, theta)?,
                };
                let gradient = self.gradient.get_or_insert_default();
                let bounds = self.gradient_error_bound.get_or_insert_default();
                system.write_derivatives(query, &found, gradient, bounds);
            }
            Gradients::Scaling => self.scale_gradient(system, outcome.rate_error(lane), theta[0])?,
        }
        if query.covariance {
            let count = system.rewarded.len();
            match system.covariance_bounds_of_lane(trace, outcome, lane) {
                Some(bounds) => {
                    let row = |i| (0..count).map(|j| outcome.covariance(i, j, lane)).collect();
                    self.covariance = Some((0..count).map(row).collect());
                    self.covariance_error_bound = Some(symmetric(count, &bounds));
                }
                None => self.take_covariances(count, &system.covariances_in_wide(trace, theta)?),
            }
        }
        Ok(())
    }

    /// Takes covariances of so many rewards, and bounds on their errors.
    pub(super) fn take_covariances(&mut self, count: usize, found: &Derivatives) {
        self.covariance = Some(symmetric(count, &found.values));
        self.covariance_error_bound = Some(symmetric(count, &found.bounds));
    }

    /// Writes gradients in a chain whose only parameter scales time.
    fn scale_gradient(&mut self, system: &System, rate_error: f64, theta: f64) -> Result<(), EvaluateError> {
        let (gradient, bounds) = (self.gradient.take(), self.gradient_error_bound.take());
        let (mut gradient, mut bounds) = (gradient.unwrap_or_default(), bounds.unwrap_or_default());
        gradient.write_scaling(self, theta);
        bounds.write_scaling_bounds(self, theta, |k| system.scaling_error(k as usize, rate_error));
        let finite = gradient.is_finite();
        (self.gradient, self.gradient_error_bound) = (Some(gradient), Some(bounds));
        if finite { Ok(()) } else { Err(EvaluateError::NoGradient) }
    }
}

/// A symmetric matrix by its rows up to the diagonal.
fn symmetric(count: usize, rows: &[f64]) -> Vec<Vec<f64>> {
    let at = |i: usize, j: usize| rows[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)];
    (0..count).map(|i| (0..count).map(|j| at(i, j)).collect()).collect()
}
