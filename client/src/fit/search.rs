//! One search, from one start, to where the likelihood is flat.

use super::eigen::{Matrix, Spectrum, dot, identity, largest, length, times};
use super::objective::{Found, Halt, Objective, Point};
use super::region;
use sojourn_engine::LikelihoodError;

/// Part of the reduction that the quadratic model promises, at which a step is taken.
const TAKEN: f64 = 1e-4;
/// The largest radius: a factor of a thousand in one parameter.
const LARGEST: f64 = 7.0;
/// Below this radius nothing is left of a step but rounding.
const SMALLEST: f64 = 1e-10;
/// Eigenvalues of a fresh Hessian that are smaller than this part of the largest are errors of differences.
const ROUGH: f64 = 1e-7;
/// Times the Hessian is computed again without a step that helps: then gradients are wrong, as where rates are very stiff.
const STUCK: u32 = 4;
/// Iterations over which the value must change by a relative 1e-10.
const SLOW: u32 = 25;
/// Distance after which it is tried whether the likelihood rises on and on the same way.
const FAR: f64 = 4.0;

/// How a descent ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Descended {
    /// Where no step lowers the value by more than rounding.
    Flat,
    /// After the most iterations, or where no step helps although the gradient says so.
    Exhausted,
    /// Beside places without a likelihood.
    Blocked(LikelihoodError),
    /// At a maximum that an earlier search has found, of this number.
    Known(usize),
}

/// Where a descent ended.
#[derive(Debug, Clone)]
pub(super) struct Descent {
    pub(super) point: Point,
    /// With respect to the active coordinates, in their order.
    pub(super) hessian: Matrix,
    pub(super) ended: Descended,
    pub(super) iterations: u64,
}

/// What a descent knows about the curvature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Knowledge {
    /// Updated from step to step.
    Secant,
    /// One-sided differences at this point.
    Rough,
    /// Symmetric differences at this point, or a last Newton step before it.
    Fine,
}

/// A descent under way.
struct Walk<'o, 'a> {
    objective: &'o Objective<'a>,
    active: &'o [usize],
    maxima: &'o [Point],
    point: Point,
    hessian: Matrix,
    knowledge: Knowledge,
    radius: f64,
    /// Steps taken since the Hessian was computed by differences.
    taken: usize,
    /// Steps refused one after another.
    refused: u32,
    /// Times the Hessian was computed again since a step was taken.
    stuck: u32,
    blocked: Option<LikelihoodError>,
    /// Where it was last tried whether the likelihood rises on and on.
    anchor: Vec<f64>,
    since_anchor: u32,
    /// The value when it was last looked at whether the search is slow, and iterations since.
    looked_at: f64,
    since_look: u32,
    slow: bool,
}

/// Goes down from a point over the active coordinates: a trust-region method with exact steps ([`region::step`]) and
/// exact gradients. The Hessian is computed by differences at first, where steps are refused, and at the end; in between
/// it is updated by the symmetric formula of rank one (Nocedal and Wright, *Numerical Optimization*, 6.2), which also
/// learns negative curvature and learns from refused steps. Far from the end an iteration costs one gradient; a search over n
/// parameters some 10 + 6 n. At the end Newton steps make the gradient as small as rounding allows.
///
/// Where the likelihood rises towards infinity or a bound, it does so like `a - b exp(-u)`, on which Newton's method
/// takes steps of one for ever; so after a distance of [`FAR`] the displacement is doubled for as long as that helps.
pub(super) fn descend(
    objective: &Objective<'_>,
    start: Point,
    active: &[usize],
    maxima: &[Point],
    iterations: u64,
) -> Result<Descent, Halt> {
    let hessian = objective.rough_curvature(&start, active)?;
    let mut walk = Walk {
        objective,
        active,
        maxima,
        anchor: start.place.clone(),
        looked_at: start.value,
        point: start,
        hessian,
        knowledge: Knowledge::Rough,
        radius: 1.0,
        taken: 0,
        refused: 0,
        stuck: 0,
        blocked: None,
        since_anchor: 0,
        since_look: 0,
        slow: false,
    };
    for iteration in 0..iterations {
        if let Some(ended) = walk.step()? {
            let Walk { point, hessian, .. } = walk;
            return Ok(Descent { point, hessian, ended, iterations: iteration });
        }
    }
    let Walk { point, hessian, .. } = walk;
    Ok(Descent { point, hessian, ended: Descended::Exhausted, iterations })
}

impl Walk<'_, '_> {
    fn slope(&self, point: &Point) -> Vec<f64> {
        self.active.iter().map(|&k| point.gradient[k]).collect()
    }

    fn moved(&self, step: &[f64]) -> Vec<f64> {
        let mut place = self.point.place.clone();
        self.active.iter().zip(step).for_each(|(&k, s)| place[k] += s);
        place
    }

    /// Takes a step, or finds that it is at the end.
    fn step(&mut self) -> Result<Option<Descended>, Halt> {
        let slope = self.slope(&self.point);
        let spectrum = self.spectrum();
        let step = region::step(&spectrum, &slope, self.radius);
        let predicted = -(dot(&slope, &step) + 0.5 * dot(&step, &times(&self.hessian, &step)));
        let noise = self.point.noise();
        if predicted.is_nan() {
            self.hessian = identity(self.active.len());
            self.radius = 1.0;
            return Ok(Some(Descended::Exhausted));
        }
        // Beside a wall steps are short, and promise little for that reason alone.
        if self.is_slow(&slope) || predicted <= noise && (self.radius >= 1e-3 || self.blocked.is_none()) {
            if let Some(number) = self.maxima.iter().position(|maximum| self.is_at(maximum)) {
                return Ok(Some(Descended::Known(number)));
            }
            self.polish()?;
            if self.knowledge == Knowledge::Fine {
                return Ok(Some(Descended::Flat));
            }
            self.refresh(Knowledge::Fine)?;
            return Ok(None);
        }
        if self.radius < SMALLEST || self.stuck > STUCK {
            return Ok(Some(match self.blocked.take() {
                Some(error) => Descended::Blocked(error),
                None => Descended::Exhausted,
            }));
        }
        let trial = self.objective.at(&self.moved(&step))?;
        self.judge(trial, &slope, &step, predicted)?;
        Ok(None)
    }

    /// Whether it is at a maximum already known, as far as can be told before the last steps.
    fn is_at(&self, maximum: &Point) -> bool {
        let mut apart = self.point.place.iter().zip(&maximum.place).map(|(a, b)| (a - b).abs());
        let level = 1e-10 * (1.0 + maximum.value.abs());
        (self.point.value - maximum.value).abs() <= level && apart.all(|apart| apart <= 1e-4)
    }

    /// Whether the value has hardly changed over many iterations where it is nearly flat: on a ridge that leads to
    /// infinity.
    fn is_slow(&mut self, slope: &[f64]) -> bool {
        if self.since_look < SLOW {
            self.since_look += 1;
            return self.slow;
        }
        let flat = 1.0 + self.point.value.abs();
        self.slow = self.looked_at - self.point.value <= 1e-10 * flat && largest(slope) <= 1e-6 * flat;
        (self.looked_at, self.since_look) = (self.point.value, 0);
        self.slow
    }

    /// The eigenvalues of the Hessian; of a fresh one, those that are errors of differences count as zero.
    fn spectrum(&self) -> Spectrum {
        let mut spectrum = Spectrum::of(&self.hessian);
        if self.knowledge > Knowledge::Secant {
            let rough = ROUGH * largest(&spectrum.values);
            spectrum
                .values
                .iter_mut()
                .filter(|value| **value < 0.0 && **value > -rough)
                .for_each(|v| *v = 0.0);
        }
        spectrum
    }

    fn judge(&mut self, trial: Found, slope: &[f64], step: &[f64], predicted: f64) -> Result<(), Halt> {
        let size = length(step);
        let new = match trial {
            Ok(new) => new,
            Err(error) => {
                self.blocked = Some(error);
                self.radius = 0.25 * size;
                return Ok(());
            }
        };
        let noise = self.point.noise();
        let kept = (self.point.value - new.value + noise) / (predicted + noise);
        self.learn(step, slope, &self.slope(&new));
        if kept < 0.25 {
            self.radius = 0.25 * size;
        } else if kept > 0.75 && size > 0.8 * self.radius {
            self.radius = f64::min(2.5 * self.radius, LARGEST);
        }
        if kept > TAKEN && new.value <= self.point.value + noise {
            self.point = new;
            self.knowledge = Knowledge::Secant;
            (self.refused, self.stuck) = (0, 0);
            self.taken += 1;
            self.since_anchor += 1;
            self.blocked = None;
            if self.taken > usize::max(12, 2 * self.active.len()) {
                self.refresh(Knowledge::Rough)?;
            }
            return self.follow();
        }
        self.refused += 1;
        self.blocked = None;
        if self.refused >= 2 && self.knowledge == Knowledge::Secant {
            self.stuck += 1;
            self.refresh(if self.stuck < 2 { Knowledge::Rough } else { Knowledge::Fine })?;
        }
        Ok(())
    }

    fn refresh(&mut self, knowledge: Knowledge) -> Result<(), Halt> {
        self.hessian = match knowledge {
            Knowledge::Fine => self.objective.curvature(&self.point, self.active, &self.hessian)?,
            _ => self.objective.rough_curvature(&self.point, self.active)?,
        };
        (self.knowledge, self.taken, self.refused) = (knowledge, 0, 0);
        if self.stuck == 0 {
            self.radius = f64::max(self.radius, 1e-2);
        }
        Ok(())
    }

    /// Updates the Hessian B by the change y of the gradient over a step s: `B + r r' / r's` with r = y - B s.
    fn learn(&mut self, step: &[f64], before: &[f64], after: &[f64]) {
        let bent = times(&self.hessian, step);
        let rest: Vec<f64> = (0..step.len()).map(|i| after[i] - before[i] - bent[i]).collect();
        let divisor = dot(&rest, step);
        if length(step) < 1e-7 || divisor.abs() <= 1e-8 * length(&rest) * length(step) {
            return;
        }
        for (row, r) in self.hessian.iter_mut().zip(&rest) {
            row.iter_mut().zip(&rest).for_each(|(entry, s)| *entry += r * s / divisor);
        }
        self.knowledge = Knowledge::Secant;
    }

    /// Goes on the way it came, twice as far each time, for as long as the value falls.
    fn follow(&mut self) -> Result<(), Halt> {
        let way: Vec<f64> = self.active.iter().map(|&k| self.point.place[k] - self.anchor[k]).collect();
        if self.since_anchor < 4 || largest(&way) < FAR {
            return Ok(());
        }
        let mut factor = 1.0;
        loop {
            let step: Vec<f64> = way.iter().map(|w| factor * w).collect();
            match self.objective.at(&self.moved(&step))? {
                Ok(new) if new.value < self.point.value => {
                    self.point = new;
                    self.knowledge = Knowledge::Secant;
                    factor *= 2.0;
                }
                _ => break,
            }
        }
        if factor > 1.0 {
            self.refresh(Knowledge::Rough)?;
        }
        self.anchor = self.point.place.clone();
        self.since_anchor = 0;
        Ok(())
    }

    /// Takes Newton steps for as long as they halve the gradient: values differ by less than rounding here, and
    /// gradients do not.
    fn polish(&mut self) -> Result<(), Halt> {
        let spectrum = self.spectrum();
        for _ in 0..4 {
            let slope = self.slope(&self.point);
            let step = region::step(&spectrum, &slope, 1e-3);
            if largest(&step) == 0.0 || spectrum.values[0] <= 0.0 {
                break;
            }
            match self.objective.at(&self.moved(&step))? {
                Ok(new) if largest(&self.slope(&new)) <= 0.5 * largest(&slope) => self.point = new,
                _ => break,
            }
        }
        Ok(())
    }
}
