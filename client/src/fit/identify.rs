//! Combinations of parameters that observations do not determine: what they are, and whether they lead to infinity.

use super::ends::Settled;
use super::objective::{Halt, Objective, Point};

/// How far along a direction it is looked, in logarithms: a factor of 3e8.
const FAR: f64 = 20.0;
/// Parts of the way at which the likelihood may have fallen.
const PARTS: [f64; 4] = [0.05, 0.25, 0.5, 1.0];

/// How parameters may change together without a change of the likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// By powers: parameter k times `c^direction[k]`.
    Power,
    /// Along a line: parameter k plus `c * direction[k]`.
    Line,
    /// Along a curve whose tangent, in logarithms of parameters, is the direction.
    Tangent,
}

/// A combination of parameters that the observations do not determine.
#[derive(Debug, Clone, PartialEq)]
pub struct Combination {
    /// Numbers of the parameters.
    pub parameters: Vec<usize>,
    /// The direction, an entry each; the largest is 1.
    pub direction: Vec<f64>,
    /// What the direction is of.
    pub curve: Curve,
}

impl Combination {
    /// Returns what of two parameters is determined instead, such as `theta[0] * theta[1]`; none for more.
    pub fn determined(&self) -> Option<String> {
        let (&[p, q], &[a, b]) = (&self.parameters[..], &self.direction[..]) else { return None };
        let same = (a - b).abs() < 1e-3;
        let opposite = (a + b).abs() < 1e-3;
        let times = |factor: f64| {
            let rounded = (factor * 1e4).round() / 1e4;
            if rounded == 1.0 { String::new() } else { format!("{rounded} ") }
        };
        match self.curve {
            Curve::Power if opposite => Some(format!("theta[{p}] * theta[{q}]")),
            Curve::Power if same => Some(format!("theta[{p}] / theta[{q}]")),
            Curve::Line => {
                let sign = if a * b < 0.0 { '+' } else { '-' };
                let least = f64::min(a.abs(), b.abs());
                let (p_times, q_times) = (times(b.abs() / least), times(a.abs() / least));
                Some(format!("{p_times}theta[{p}] {sign} {q_times}theta[{q}]"))
            }
            Curve::Power | Curve::Tangent => None,
        }
    }
}

/// Where a flat direction leads.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Lead {
    /// Nowhere: the likelihood is as high on both sides.
    Around(Combination),
    /// The likelihood falls one way and does not fall the other way, along the direction given.
    Away(Vec<f64>),
}

/// Follows a flat direction both ways.
pub(super) fn follow(objective: &Objective<'_>, settled: &Settled, direction: &[f64]) -> Result<Lead, Halt> {
    let point = &settled.point;
    let direction: Vec<f64> = direction.iter().map(|d| simple(*d)).collect();
    let direction = &direction[..];
    let moved = |way: f64| {
        let steps = point.place.iter().zip(direction);
        steps.map(|(p, d)| if *d == 0.0 { *p } else { p + way * d }).collect::<Vec<f64>>()
    };
    let ways: Vec<f64> = [1.0, -1.0].iter().flat_map(|sign| PARTS.map(|part| sign * part * FAR)).collect();
    let found = objective.at_many(&ways.iter().map(|&way| moved(way)).collect::<Vec<_>>())?;
    let level = |found: &Result<Point, _>| match found {
        Ok(other) => other.value <= point.value + f64::max(point.tolerance(other), slack(point)),
        Err(_) => false,
    };
    let count = PARTS.len();
    let (up, down) = (found[..count].iter().all(level), found[count..].iter().all(level));
    match (up, down) {
        (true, false) => return Ok(Lead::Away(direction.to_vec())),
        (false, true) => return Ok(Lead::Away(direction.iter().map(|d| -d).collect())),
        _ => {}
    }
    Ok(Lead::Around(combination(objective, point, direction, up && down)?))
}

/// How much the likelihood may fall along a direction that differences gave: an error of 1e-6 in it, squared, and more.
fn slack(point: &Point) -> f64 {
    1e-9 * (1.0 + point.value.abs())
}

/// Returns the fraction of small numbers that is next, if it is so near that differences cannot tell.
fn simple(x: f64) -> f64 {
    let fractions = (1..=6).map(|n| (x * f64::from(n)).round() / f64::from(n));
    fractions.into_iter().find(|fraction| (x - fraction).abs() < 1e-4).unwrap_or(x)
}

/// Finds out whether the likelihood is level along powers or along a line.
fn combination(
    objective: &Objective<'_>,
    point: &Point,
    direction: &[f64],
    straight: bool,
) -> Result<Combination, Halt> {
    let scale = objective.scale;
    let coordinates: Vec<usize> = (0..direction.len()).filter(|&k| direction[k] != 0.0).collect();
    let parameters: Vec<usize> = coordinates.iter().map(|&k| scale.free[k]).collect();
    let slopes = scale.slopes(&point.theta);
    let line: Vec<f64> = coordinates.iter().map(|&k| direction[k] * slopes[k]).collect();
    let longest = line.iter().copied().fold(0.0, |most: f64, x| if x.abs() > most.abs() { x } else { most });
    let line: Vec<f64> = line.iter().map(|x| simple(x / longest)).collect();
    let powers = coordinates.iter().map(|&k| direction[k]).collect();
    if straight && coordinates.iter().all(|&k| scale.is_logarithm(k)) {
        return Ok(Combination { parameters, direction: powers, curve: Curve::Power });
    }
    // As far as the parameters allow: half of what the nearest to zero has.
    let room =
        |(&p, d): (&usize, &f64)| if *d == 0.0 { f64::INFINITY } else { (point.theta[p] / d).abs() / 2.0 };
    let way = parameters.iter().zip(&line).map(room).fold(f64::INFINITY, f64::min);
    let mut place = point.place.clone();
    for (&k, d) in coordinates.iter().zip(&line) {
        place[k] = scale.coordinate(k, point.theta[scale.free[k]] + way * d);
    }
    let is_line = place.iter().all(|u| !u.is_nan())
        && objective.at(&place)?.is_ok_and(|other| other.value <= point.value + slack(point));
    Ok(match is_line {
        true => Combination { parameters, direction: line, curve: Curve::Line },
        false => Combination { parameters, direction: powers, curve: Curve::Tangent },
    })
}
