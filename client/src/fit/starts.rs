//! Where searches begin.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};
use sojourn_engine::evaluate::Query;
use sojourn_engine::{Event, Kind, Observations, Trace};

use super::objective::{Found, Halt, Objective};
use super::scale::Scale;

/// How far drawn starts are from the first, in logarithms: a factor of seven either way.
const SPREAD: f64 = 2.0;
/// How far every other of them has its parameters apart besides, in logarithms: a factor of thirty either way. Where parameters
/// differ by a hundred times in truth, starts at which they are alike may all lead to a bound.
const APART: f64 = 3.4;
/// Factors of all parameters that are tried, both ways, where the first guess has no likelihood.
const FACTORS: [f64; 9] = [2.0, 5.0, 10.0, 30.0, 100.0, 1e3, 1e4, 1e6, 1e9];
/// Times a drawn start is moved half way to the first before it is given up.
const HALVES: u32 = 6;

/// Draws starts around a place; Xoshiro256++ (Blackman and Vigna), its state from the seed as its authors do it.
pub(super) struct Draws {
    numbers: Xoshiro256PlusPlus,
    /// Starts drawn so far.
    drawn: usize,
}

impl Draws {
    pub(super) fn new(seed: u64) -> Draws {
        Draws { numbers: Xoshiro256PlusPlus::seed_from_u64(seed), drawn: 0 }
    }

    fn unit(&mut self) -> f64 {
        (self.numbers.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns how far a drawn start has a parameter from where it is drawn: nothing, or every other parameter up and those
    /// between down, then the other way round, and from the third time on as it is drawn.
    fn apart(&mut self, parameter: usize) -> f64 {
        let time = self.drawn / 2;
        match (self.drawn % 2, time) {
            (0, _) => 0.0,
            (_, 0 | 1) if (parameter + time).is_multiple_of(2) => APART,
            (_, 0 | 1) => -APART,
            _ if self.unit() < 0.5 => APART,
            _ => -APART,
        }
    }

    /// Draws a start around `middle`; moves it half way to there for as long as it has no likelihood.
    pub(super) fn around(
        &mut self,
        middle: &[f64],
        objective: &Objective<'_>,
    ) -> Result<(Vec<f64>, Found), Halt> {
        let mut place = Vec::with_capacity(middle.len());
        for (parameter, m) in middle.iter().enumerate() {
            place.push(m + SPREAD * (2.0 * self.unit() - 1.0) + self.apart(parameter));
        }
        self.drawn += 1;
        let mut found = objective.at(&place)?;
        for _ in 0..HALVES {
            if found.is_ok() {
                break;
            }
            place.iter_mut().zip(middle).for_each(|(p, m)| *p = m + (*p - m) / 2.0);
            found = objective.at(&place)?;
        }
        Ok((place, found))
    }
}

/// Looks for a multiple of a place's parameters that has a likelihood, and returns the likeliest; else the place.
pub(super) fn rescue(place: Vec<f64>, objective: &Objective<'_>) -> Result<(Vec<f64>, Found), Halt> {
    let first = objective.at(&place)?;
    if first.is_ok() {
        return Ok((place, first));
    }
    let scale = objective.scale;
    let theta = scale.theta(&place);
    let factors = FACTORS.iter().flat_map(|&factor| [factor, 1.0 / factor]);
    let places: Vec<Vec<f64>> = factors.filter_map(|factor| multiplied(&theta, factor, scale)).collect();
    let mut best: Option<(Vec<f64>, Found)> = None;
    for (place, found) in places.iter().zip(objective.at_many(&places)?) {
        let Ok(point) = &found else { continue };
        if !matches!(&best, Some((_, Ok(other))) if other.value <= point.value) {
            best = Some((place.clone(), found));
        }
    }
    Ok(best.unwrap_or((place, first)))
}

/// The place of a theta times a factor; parameters stay where they are that would leave their bounds.
fn multiplied(theta: &[f64], factor: f64, scale: &Scale) -> Option<Vec<f64>> {
    let mut moved = theta.to_vec();
    for &p in &scale.free {
        let scaled = theta[p] * factor;
        if scale.inside(p, scaled) && scaled.is_finite() && scaled != 0.0 {
            moved[p] = scaled;
        }
    }
    scale.place(&moved).ok()
}

/// Moves coordinates apart, from half below to half above: where parameters are exchangeable, the likelihood has a saddle
/// at equal ones, and the likelihoods beside it are nearly as flat.
fn spread(mut place: Vec<f64>) -> Vec<f64> {
    let count = place.len() as f64;
    place.iter_mut().enumerate().for_each(|(k, p)| *p += (k as f64 + 0.5) / count - 0.5);
    place
}

/// Guesses a place with parameters nearly alike, at which the mean is that of the observations: each step multiplies
/// parameters by the ratio of the means, which is right at once if rates are homogeneous. If the mean says nothing, all
/// are near one.
pub(super) fn guess(trace: &Trace, observations: &Observations, scale: &Scale) -> Vec<f64> {
    let place = spread(scale.middle());
    let ones = scale.theta(&place);
    // Between two bounds, and in steps, one is as good as another.
    if trace.kind() == Kind::Discrete {
        return place;
    }
    let target = mean_of(observations);
    let query = Query { moments: 1, ..Query::default() };
    let mean = |place: &[f64]| {
        let numbers = trace.evaluate(&scale.theta(place), &query).ok();
        numbers.map(|numbers| numbers.moments[0]).filter(|mean| *mean > 0.0 && mean.is_finite())
    };
    let mut found = place.clone();
    let mut factor = 1.0;
    for _ in 0..20 {
        let Some(mean) = mean(&found) else { break };
        let ratio = mean / target;
        if !(ratio.is_finite() && ratio > 0.0) || (ratio - 1.0).abs() < 0.05 {
            break;
        }
        factor *= ratio;
        match multiplied(&ones, factor, scale) {
            Some(next) if next != found => found = next,
            _ => break,
        }
    }
    if mean(&found).is_some() { found } else { place }
}

/// Time lived until an event, or until it was censored, over the number of events: the mean of an exponential.
fn mean_of(observations: &Observations) -> f64 {
    let (mut lived, mut events, mut all) = (0.0, 0.0, 0.0);
    for (event, weight) in observations.iter() {
        let (time, is_event) = match event {
            Event::At(t) => (t, 1.0),
            Event::After(t) => (t, 0.0),
            Event::Until(t) => (t / 2.0, 1.0),
            Event::Between { after, until } => (after + (until - after) / 2.0, 1.0),
        };
        lived += weight * time;
        events += weight * is_event;
        all += weight;
    }
    lived / if events > 0.0 { events } else { all }
}
