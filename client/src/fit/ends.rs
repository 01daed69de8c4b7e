//! Maxima at a bound and at infinity.
//!
//! Where a search has become flat, the likelihood may still rise, by less than rounding, towards a bound or without end.
//! Coordinates along which it is hardly curved are therefore taken to their ends: to the bound itself, or by a factor of
//! 1e8 and further. Where the likelihood does not fall on the way, the parameter is held there and the others are
//! searched again; at last each end is tested once more, and a parameter that the likelihood draws back is let go.

use super::eigen::Matrix;
use super::objective::{Halt, Objective, Point, beside};
use super::scale::Limit;
use super::search::{Descended, descend};
use sojourn_engine::{EvaluateError, LikelihoodError};

/// A coordinate with less curvature, of one observation, is taken to its ends.
const WEAK: f64 = 1e-4;
/// A coordinate that has moved by more, in logarithms, has been drawn there.
const MOVED: f64 = 3.0;
/// How far infinity is, in logarithms: a factor of 1e8; nearer if there is no likelihood so far out.
const DISTANCES: [f64; 3] = [18.42, 9.21, 4.61];
/// Places beside a bound that stand for it if it has no likelihood itself.
const BESIDE_BOUND: [f64; 3] = [f64::INFINITY, 36.0, 18.0];
/// Times a search is taken up again after parameters were taken to their ends, or let go.
const ROUNDS: u32 = 12;

/// What became of a coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The likelihood falls on both sides.
    Inside,
    /// It is at a bound.
    Bound,
    /// The likelihood does not fall as it grows, or falls, without end.
    Infinity,
    /// The likelihood does not depend on it.
    Ignored,
    /// It is where the graph ends to be one: at a probability of one, say.
    Wall,
}

/// Where a search ended.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) point: Point,
    /// Of each coordinate.
    pub(super) fates: Vec<Fate>,
    /// Coordinates inside.
    pub(super) active: Vec<usize>,
    /// With respect to the active coordinates.
    pub(super) hessian: Matrix,
    pub(super) converged: bool,
    /// Why it could not go on, if it ended beside parameters without a likelihood.
    pub(super) blocked: Option<LikelihoodError>,
    pub(super) iterations: u64,
}

impl Settled {
    /// Whether it is a maximum with all parameters inside.
    fn is_inside(&self) -> bool {
        self.converged && self.fates.iter().all(|fate| *fate == Fate::Inside)
    }
}

/// A search under way.
struct Search<'o, 'a> {
    objective: &'o Objective<'a>,
    settled: Settled,
    start: Vec<f64>,
    /// Where coordinates were before they were held, and whether they were let go again.
    home: Vec<f64>,
    released: Vec<bool>,
    iterations: u64,
}

/// Searches from a start. What earlier searches have `found` is not found out again.
pub(super) fn search(
    objective: &Objective<'_>,
    start: Point,
    found: &[&Settled],
    iterations: u64,
) -> Result<Settled, Halt> {
    let n = start.place.len();
    let mut search = Search {
        objective,
        start: start.place.clone(),
        home: start.place.clone(),
        released: vec![false; n],
        settled: Settled {
            point: start,
            fates: vec![Fate::Inside; n],
            active: Vec::new(),
            hessian: Vec::new(),
            converged: false,
            blocked: None,
            iterations: 0,
        },
        iterations,
    };
    let known: Vec<&Settled> = found.iter().copied().filter(|found| found.is_inside()).collect();
    let maxima: Vec<Point> = known.iter().map(|found| found.point.clone()).collect();
    for round in 0..ROUNDS {
        let ended = search.descend(if round == 0 { &maxima } else { &[] })?;
        let changed = match ended {
            Descended::Exhausted => return Ok(search.settled),
            Descended::Known(number) => {
                let iterations = search.settled.iterations;
                return Ok(Settled { iterations, ..known[number].clone() });
            }
            Descended::Blocked(error) if !search.hold_at_wall(&error) => {
                search.settled.blocked = Some(error);
                return Ok(search.settled);
            }
            Descended::Blocked(_) => true,
            Descended::Flat => search.take_to_ends()? || search.let_go()?,
        };
        if !changed {
            let walls = search.settled.fates.iter().filter(|fate| **fate == Fate::Wall).count();
            // Along several walls at once the likelihood may still rise.
            search.settled.converged = walls < 2;
            return Ok(search.settled);
        }
    }
    Ok(search.settled)
}

impl Search<'_, '_> {
    fn descend(&mut self, maxima: &[Point]) -> Result<Descended, Halt> {
        let settled = &mut self.settled;
        settled.active = (0..settled.fates.len()).filter(|&k| settled.fates[k] == Fate::Inside).collect();
        if settled.active.is_empty() {
            settled.hessian = Vec::new();
            return Ok(Descended::Flat);
        }
        let left = self.iterations.saturating_sub(settled.iterations);
        let found = descend(self.objective, settled.point.clone(), &settled.active, maxima, left)?;
        settled.point = found.point;
        settled.hessian = found.hessian;
        settled.iterations += found.iterations;
        Ok(found.ended)
    }

    /// Takes coordinates of little curvature to their ends. Returns whether one is held that was not before.
    fn take_to_ends(&mut self) -> Result<bool, Halt> {
        let active = self.settled.active.clone();
        let weak = |i: usize| self.settled.hessian[i][i] <= WEAK && !self.released[active[i]];
        let weak: Vec<usize> = (0..active.len()).filter(|&i| weak(i)).map(|i| active[i]).collect();
        if weak.len() > 2 && self.take_all(&weak)? {
            return Ok(true);
        }
        let mut changed = false;
        for k in weak {
            let point = self.settled.point.clone();
            let (up, down) = (self.end(&point, k, true)?, self.end(&point, k, false)?);
            let reached = |end: &Option<Point>| {
                end.as_ref().is_some_and(|end| end.value <= point.value + point.tolerance(end))
            };
            let (grows, to) = match (reached(&up), reached(&down), up, down) {
                (true, true, Some(up), Some(down)) => match self.way(&point, k, &up, &down)? {
                    Some(true) => (true, up),
                    Some(false) => (false, down),
                    None => {
                        self.settled.fates[k] = Fate::Ignored;
                        changed = true;
                        continue;
                    }
                },
                (true, false, Some(up), _) => (true, up),
                (false, true, _, Some(down)) => (false, down),
                _ => continue,
            };
            self.hold(k, grows);
            self.settled.point =
                if self.settled.fates[k] == Fate::Infinity { self.further(to, k)? } else { to };
            changed = true;
        }
        Ok(changed)
    }

    /// Takes several coordinates of little curvature to the ends to which they have moved since the start, at once, if
    /// the likelihood does not fall. Far from the start, where rates are stiff, likelihoods are expensive.
    fn take_all(&mut self, weak: &[usize]) -> Result<bool, Halt> {
        let point = &self.settled.point;
        let moved: Vec<usize> =
            weak.iter().copied().filter(|&k| (point.place[k] - self.start[k]).abs() > MOVED).collect();
        let grows: Vec<bool> = moved.iter().map(|&k| point.place[k] > self.start[k]).collect();
        let mut place = point.place.clone();
        for (&k, &grows) in moved.iter().zip(&grows) {
            let sign = if grows { 1.0 } else { -1.0 };
            place[k] += sign
                * match self.objective.scale.limit(k, grows) {
                    Limit::Bound => BESIDE_BOUND[0],
                    Limit::Infinity => DISTANCES[0],
                };
        }
        let Ok(to) = self.objective.at(&place)? else { return Ok(false) };
        if moved.is_empty() || to.value > point.value + point.tolerance(&to) {
            return Ok(false);
        }
        moved.iter().zip(grows).for_each(|(&k, grows)| self.hold(k, grows));
        self.settled.point = to;
        Ok(true)
    }

    fn hold(&mut self, k: usize, grows: bool) {
        self.home[k] = self.settled.point.place[k];
        self.settled.fates[k] = match self.objective.scale.limit(k, grows) {
            Limit::Bound => Fate::Bound,
            Limit::Infinity => Fate::Infinity,
        };
    }

    /// Of a coordinate along which the likelihood is level both ways, the way it came from a lower likelihood, if it
    /// came from one; none if it has always been level.
    fn way(&self, point: &Point, k: usize, up: &Point, down: &Point) -> Result<Option<bool>, Halt> {
        let tolerance = f64::max(point.tolerance(up), point.tolerance(down));
        if (up.value - down.value).abs() > tolerance {
            return Ok(Some(up.value < down.value));
        }
        let mut place = point.place.clone();
        place[k] = self.start[k];
        let from = self.objective.at(&place)?;
        let lower = from.is_ok_and(|from| from.value > point.value + point.tolerance(&from));
        Ok(lower.then_some(point.place[k] > self.start[k]))
    }

    /// The likelihood at the end of a coordinate, or as near to it as there is one.
    fn end(&self, point: &Point, k: usize, grows: bool) -> Result<Option<Point>, Halt> {
        let sign = if grows { 1.0 } else { -1.0 };
        let distances = match self.objective.scale.limit(k, grows) {
            Limit::Bound => BESIDE_BOUND,
            Limit::Infinity => DISTANCES,
        };
        for distance in distances {
            if let Ok(found) = self.objective.at(&beside(point, k, sign * distance))? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Goes on towards infinity for as long as the likelihood rises by more than rounding, a few times.
    fn further(&self, mut point: Point, k: usize) -> Result<Point, Halt> {
        let step = (point.place[k] - self.home[k]).signum() * DISTANCES[0];
        for _ in 0..4 {
            match self.objective.at(&beside(&point, k, step))? {
                Ok(next) if next.value < point.value - point.tolerance(&next) => point = next,
                _ => break,
            }
        }
        Ok(point)
    }

    /// Lets a coordinate go that the likelihood draws back from its end, now that the others have moved. Each is let go
    /// once.
    fn let_go(&mut self) -> Result<bool, Halt> {
        for k in 0..self.home.len() {
            if self.released[k] || !self.is_drawn_back(k)? {
                continue;
            }
            self.released[k] = true;
            let mut place = self.settled.point.place.clone();
            place[k] = self.home[k];
            if let Ok(point) = self.objective.at(&place)? {
                self.settled.point = point;
                self.settled.fates[k] = Fate::Inside;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_drawn_back(&self, k: usize) -> Result<bool, Halt> {
        let point = &self.settled.point;
        match self.settled.fates[k] {
            Fate::Inside | Fate::Ignored | Fate::Wall => Ok(false),
            // Beside the bound the likelihood changes by the derivative times the distance from it.
            Fate::Bound if point.place[k].is_infinite() => {
                let p = self.objective.scale.free[k];
                let inwards = self.objective.scale.inwards(k, point.place[k], point.likelihood.gradient[p]);
                let mut place = point.place.clone();
                place[k] = self.home[k];
                let size = self.objective.scale.theta(&place)[p] - point.theta[p];
                Ok(inwards * size.abs() > 1e3 * point.noise())
            }
            Fate::Bound => Ok(false),
            Fate::Infinity => {
                let step = (point.place[k] - self.home[k]).signum() * DISTANCES[2];
                let further = self.objective.at(&beside(point, k, step))?;
                Ok(further.is_ok_and(|next| next.value > point.value + point.tolerance(&next)))
            }
        }
    }

    /// Holds the coordinate that draws most where the graph ends to be one. Returns whether there is one; beside places
    /// whose likelihood cannot be computed nothing is held.
    fn hold_at_wall(&mut self, error: &LikelihoodError) -> bool {
        let fate = match error {
            LikelihoodError::Evaluate(
                EvaluateError::ThetaNotFinite { .. } | EvaluateError::Overflow { .. },
            ) => Fate::Infinity,
            LikelihoodError::Evaluate(
                EvaluateError::Rate { .. }
                | EvaluateError::RowSum { .. }
                | EvaluateError::NoInitialProbability { .. },
            ) => Fate::Wall,
            _ => return false,
        };
        let settled = &mut self.settled;
        let slope = |k: usize| settled.point.gradient[k].abs();
        let steepest = settled.active.iter().copied().max_by(|&a, &b| slope(a).total_cmp(&slope(b)));
        let Some(k) = steepest.filter(|&k| slope(k) > 0.0) else { return false };
        settled.fates[k] = fate;
        self.released[k] = true;
        true
    }
}
