//! A query made ready for a trace, and answered at one parameter vector after the other.

use super::careful;
use super::system::System;
use super::{EvaluateError, Numbers, Query};
use crate::replay::{Lanes, Pack, Program, Tile};
use crate::trace::Trace;

/// A query over a trace. Memory is taken at the first vectors and kept: for each vector worked on at a time (1, 8 or
/// 16) eight bytes a distinct weight, a vertex and equation, and an entry of L and U of the largest component.
#[derive(Debug)]
pub struct Replay<'t> {
    trace: &'t Trace,
    query: Query,
    system: System,
    program: Program,
    tiles: Tiles,
    numbers: Numbers,
}

/// Room for as many vectors as are worked on together, each taken when it is first used.
#[derive(Debug, Default)]
struct Tiles {
    one: Option<Tile<f64>>,
    eight: Option<Tile<Pack<8>>>,
    sixteen: Option<Tile<Pack<16>>>,
}

impl<'t> Replay<'t> {
    pub(super) fn new(trace: &'t Trace, query: &Query) -> Result<Replay<'t>, EvaluateError> {
        let system = System::new(trace, query)?;
        let program = system.program(trace, query);
        let (query, numbers) = (query.clone(), Numbers::default());
        Ok(Replay { trace, query, system, program, tiles: Tiles::default(), numbers })
    }

    /// Answers at `theta`.
    ///
    /// # Errors
    /// As [`Trace::evaluate`].
    pub fn at(&mut self, theta: &[f64]) -> Result<&Numbers, EvaluateError> {
        let Replay { trace, query, system, program, tiles, numbers } = self;
        let tile = tiles.one.get_or_insert_with(|| Tile::new(trace, program));
        if theta.len() == trace.parameters() && tile.replay(trace, program, theta).is_finite() {
            numbers.take(query, system, tile, 0);
            if numbers.are_finite() {
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
        let most = self.lanes();
        let mut done = 0;
        while done < thetas.len() {
            let left = &thetas[done..];
            let count = left.len().min(most);
            let mut tell = |lane, numbers: Result<&Numbers, EvaluateError>| take(done + lane, numbers);
            match count {
                0..=2 => {
                    left[..count].iter().enumerate().for_each(|(lane, t)| tell(lane, self.at(t.as_ref())));
                }
                3..=8 => self.together(|tiles| &mut tiles.eight, &left[..count], &mut tell),
                _ => self.together(|tiles| &mut tiles.sixteen, &left[..count], &mut tell),
            }
            done += count;
        }
    }

    /// How many vectors are worked on together: as many as leave the factors of a component in the nearer caches.
    fn lanes(&self) -> usize {
        let entries = |plan: &std::sync::Arc<crate::plan::Plan>| plan.entries();
        let largest = self.trace.plans.iter().map(entries).max().unwrap_or(0);
        if largest <= 4096 { 16 } else { 8 }
    }

    fn together<P: Lanes, T: AsRef<[f64]>>(
        &mut self,
        tile: impl Fn(&mut Tiles) -> &mut Option<Tile<P>>,
        thetas: &[T],
        tell: &mut dyn FnMut(usize, Result<&Numbers, EvaluateError>),
    ) {
        let Replay { trace, query, system, program, tiles, numbers } = self;
        let tile = tile(tiles).get_or_insert_with(|| Tile::new(trace, program));
        let mut packed = vec![P::splat(0.0); trace.parameters()];
        for lane in 0..P::COUNT {
            // Lanes left over go along with the last vector.
            let theta = thetas[lane.min(thetas.len() - 1)].as_ref();
            for (k, pack) in packed.iter_mut().enumerate() {
                // One that is too short is not a number, and told so below.
                pack.set_lane(lane, theta.get(k).copied().unwrap_or(f64::NAN));
            }
        }
        let fault = tile.replay(trace, program, &packed);
        for (lane, theta) in thetas.iter().enumerate() {
            let theta = theta.as_ref();
            numbers.take(query, system, tile, lane);
            let sound = theta.len() == trace.parameters() && fault.lane(lane).is_finite();
            if sound && numbers.are_finite() {
                tell(lane, Ok(numbers));
                continue;
            }
            match careful::evaluate(trace, theta, query, system) {
                Ok(found) => tell(lane, Ok(&found)),
                Err(error) => tell(lane, Err(error)),
            }
        }
    }
}

impl Numbers {
    /// What a tile has in a lane.
    fn take<P: Lanes>(&mut self, query: &Query, system: &System, tile: &Tile<P>, lane: usize) {
        let expected = |q: usize| tile.expected[q].lane(lane);
        self.moments.clear();
        self.moments.extend(system.time.moments(expected));
        self.mass_at_zero = tile.mass_at_zero.lane(lane);
        if !query.rewards.is_empty() {
            self.expected_reward.clear();
            self.expected_reward.extend(system.rewarded.iter().map(|r| expected(r.first)));
        }
        if query.gradient {
            let derivative = |q: usize, k: usize| tile.gradients[q][k].lane(lane);
            let parameters = tile.gradients.first().map_or(0, Vec::len);
            self.gradient = Some(system.gradient(query, derivative, parameters));
        }
        if query.covariance {
            let count = system.rewarded.len();
            let at =
                |i: usize, j: usize| tile.covariances[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)].lane(lane);
            self.covariance = Some((0..count).map(|i| (0..count).map(|j| at(i, j)).collect()).collect());
        }
        if !query.rewards.is_empty() && query.reward_moments > 0 {
            self.reward_moments.resize_with(system.rewarded.len(), Vec::new);
            for (moments, recurrence) in self.reward_moments.iter_mut().zip(&system.rewarded) {
                moments.clear();
                moments.extend(recurrence.moments(expected));
            }
        }
    }
}
