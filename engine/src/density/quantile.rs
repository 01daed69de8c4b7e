//! Quantiles: Newton's method on the distribution function, kept within a bracket; and a bracket that is certain.

use super::query::QuantileError;
use super::solver::Solver;
use crate::graph::Kind;
use crate::replay::EvaluateError;

/// Relative width of a bracket that passes for its middle.
const WIDTH: f64 = 16.0 * f64::EPSILON;

/// The least time whose cdf reaches `p`; infinite where none does. And how far off it may be.
pub(super) fn quantile(
    solver: &mut Solver<'_>,
    p: f64,
    mass_in_traps: f64,
) -> Result<(f64, QuantileError), EvaluateError> {
    if p <= solver.flow.mass_at_zero {
        return Ok((0.0, QuantileError::default()));
    }
    // What is left to survive at the quantile, traps apart: exact where p is near one.
    if 1.0 - p <= mass_in_traps || solver.flow.start.iter().all(|&a| a == 0.0) {
        return Ok((f64::INFINITY, QuantileError::default()));
    }
    let (low, high) = bracket(solver, p)?;
    let time = match solver.flow.kind {
        Kind::Discrete => step(solver, p, low, high)?,
        Kind::Continuous => newton(solver, p, low, high)?,
    };
    Ok((time, error(solver, p, time)?))
}

/// The distribution at a time beside p.
struct Beside {
    /// How far it is beyond p, on the side where fewer digits cancel.
    excess: f64,
    /// Bound on the error of that.
    error: f64,
    density: f64,
}

fn beside(solver: &mut Solver<'_>, p: f64, time: f64) -> Result<Beside, EvaluateError> {
    let point = solver.at(time)?;
    let (excess, error) = match p <= 0.5 {
        true => (point.cdf - p, point.errors.cdf),
        false => ((1.0 - p) - point.survival, point.errors.survival),
    };
    // 1 - p is rounded as well.
    let error = error + f64::EPSILON * f64::min(p, 1.0 - p);
    Ok(Beside { excess, error, density: point.density })
}

/// How far the distribution at a time is beyond p, on the side where fewer digits cancel, and the density.
fn beyond(solver: &mut Solver<'_>, p: f64, time: f64) -> Result<(f64, f64), EvaluateError> {
    beside(solver, p, time).map(|found| (found.excess, found.density))
}

/// How far off a quantile may be: so far that the distribution is below p before, and above it after, whatever the
/// errors of both.
fn error(solver: &mut Solver<'_>, p: f64, time: f64) -> Result<QuantileError, EvaluateError> {
    let Beside { excess, error, density } = beside(solver, p, time)?;
    let discrete = solver.flow.kind == Kind::Discrete;
    // In steps p is reached, and seldom met.
    let off = if discrete { f64::max(error - excess, 0.0) } else { excess.abs() + error };
    let mut apart = match discrete {
        true => 0.0,
        false => f64::max(if density > 0.0 { 2.0 * off / density } else { 0.0 }, WIDTH * time),
    };
    while apart <= time {
        let (low, high) = match discrete {
            true => (time - apart - 1.0, time + apart),
            false => (time - apart, time + apart),
        };
        let is_below = |found: Beside| found.excess + found.error < 0.0;
        let is_before = low < 0.0 || is_below(beside(solver, p, low)?);
        let after = beside(solver, p, high)?;
        if is_before && after.excess - after.error >= 0.0 {
            return Ok(QuantileError { cdf: off, time: apart });
        }
        apart = if apart == 0.0 { 1.0 } else { 4.0 * apart };
    }
    Ok(QuantileError { cdf: off, time: f64::INFINITY })
}

/// A time before the quantile and one at or after it. Once sweeping gets long the search goes on at the mean, so that
/// a stiff chain is not swept to times at which it has not begun to live.
fn bracket(solver: &mut Solver<'_>, p: f64) -> Result<(f64, f64), EvaluateError> {
    let (mut low, mut high) = (0.0, 1.0 / solver.flow.rate);
    while beyond(solver, p, high)?.0 < 0.0 {
        low = high;
        high *= 2.0;
        if solver.is_near(low) && !solver.is_near(high) {
            let mean = match solver.flow.kind {
                Kind::Discrete => solver.mean().ceil(),
                Kind::Continuous => solver.mean(),
            };
            high = if mean.is_finite() { high.max(mean) } else { high };
        }
        if !high.is_finite() {
            return Err(EvaluateError::Overflow { what: format!("the quantile of {p}") });
        }
    }
    Ok((low, high))
}

/// The least whole number of steps, by bisection.
fn step(solver: &mut Solver<'_>, p: f64, mut low: f64, mut high: f64) -> Result<f64, EvaluateError> {
    while high - low > 1.0 && high - low > high * WIDTH {
        let middle = (low + (high - low) / 2.0).floor();
        if beyond(solver, p, middle)?.0 < 0.0 { low = middle } else { high = middle }
    }
    Ok(high)
}

fn newton(solver: &mut Solver<'_>, p: f64, mut low: f64, mut high: f64) -> Result<f64, EvaluateError> {
    let mut time = low + (high - low) / 2.0;
    // A step that would leave the bracket is a bisection; these alone would end after some 1100.
    for _ in 0..2_000 {
        let (excess, density) = beyond(solver, p, time)?;
        if excess < 0.0 {
            low = time;
        } else {
            high = time;
        }
        let step = excess / density;
        if step.abs() <= WIDTH * time || high - low <= WIDTH * high {
            return Ok(time);
        }
        let next = time - step;
        time = if next > low && next < high { next } else { low + (high - low) / 2.0 };
    }
    Ok(time)
}
