//! Chains that have forgotten how they began: those that are left are distributed as after the step before, and all
//! probabilities fall by the same factor a step. Where that is shown, no further step has to be taken.
//!
//! It is shown by enclosing: with v P <= high v in every position, v P^m <= high^m v. With w that part of v that falls
//! slowest, and w P >= low w there, v P^m >= w P^m >= low^m w (Collatz and Wielandt's bounds). What the two bounds
//! differ by, step by step, and what w lacks to v are errors that are made, and told.

use super::flow::{Flow, total};

/// The first step after which is looked.
const FIRST: usize = 64;

/// How a chain goes on that has forgotten how it began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tail {
    /// The step from which on it does.
    pub(super) from: usize,
    /// What probabilities are multiplied by in a step.
    pub(super) factor: f64,
    /// Relative error that a step adds.
    drift: f64,
    /// Relative error of all that is made of what is left.
    missing: f64,
}

impl Tail {
    /// Bound on the relative error of what is said of a step.
    pub(super) fn error(&self, step: usize) -> f64 {
        self.missing + step.saturating_sub(self.from) as f64 * self.drift
    }
}

/// Whether one looks after this step: less and less often, since each look may be as much work as some steps.
pub(super) fn is_due(step: usize) -> bool {
    let eighth = 1 << (step.max(1).ilog2() - 3.min(step.max(1).ilog2()));
    step >= FIRST && step.is_multiple_of(eighth)
}

/// The step after which was looked before this one.
fn before(step: usize) -> usize {
    let below = step - 1;
    let eighth = 1 << (below.ilog2() - 3);
    below - below % eighth
}

/// Whether it is worth while to look closely: what leaves is the same share of what is left as it was at the look
/// before. `leaving` and `mass` are those after each step so far.
pub(super) fn may_be_stationary(leaving: &[f64], mass: &[f64], terms: f64) -> bool {
    let step = mass.len() - 1;
    if step <= FIRST || leaving[step] <= 0.0 {
        return false;
    }
    let past = before(step);
    let (now, then) = (leaving[step] / mass[step], leaving[past] / mass[past]);
    (now - then).abs() <= tolerance(terms) * now
}

/// What rounding may make two ratios differ by that are the same.
fn tolerance(terms: f64) -> f64 {
    2.0 * (terms + 4.0) * f64::EPSILON
}

/// How a chain goes on that has come to `v` after a step, if all probabilities fall alike from there on.
pub(super) fn look(flow: &Flow<'_>, step: usize, v: &[f64], terms: f64) -> Option<Tail> {
    let mut next = vec![0.0; v.len()];
    flow.step(v, &mut next);
    let mut high = 0.0f64;
    for (&next, &v) in next.iter().zip(v) {
        match v > 0.0 {
            true => high = high.max(next / v),
            false if next > 0.0 => return None,
            false => {}
        }
    }
    let close = high * (1.0 - tolerance(terms));
    let slowest: Vec<f64> =
        v.iter().zip(&next).map(|(&v, &next)| if v > 0.0 && next >= close * v { v } else { 0.0 }).collect();
    flow.step(&slowest, &mut next);
    let ratios = next.iter().zip(&slowest).filter(|(_, w)| **w > 0.0).map(|(next, w)| next / w);
    let low = ratios.fold(high, f64::min);
    let rest: Vec<f64> = v.iter().zip(&slowest).map(|(v, w)| v - w).collect();
    let missing = f64::max(total(&rest) / total(v), flow.leaving(&rest) / flow.leaving(v));
    // What leaves is what is left less. Its share has more digits than a ratio of the positions.
    let factor = (1.0 - flow.leaving(v) / total(v)).clamp(low, high);
    let gap = (high - low) / low;
    let is_shown = gap <= tolerance(terms) && missing <= tolerance(terms);
    is_shown.then_some(Tail { from: step, factor, drift: gap + (terms + 4.0) * f64::EPSILON, missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_eight_to_each_doubling_of_the_steps() {
        let due: Vec<usize> = (0..200).filter(|&step| is_due(step)).collect();
        assert_eq!(due[..10], [64, 72, 80, 88, 96, 104, 112, 120, 128, 144]);
        due.windows(2).for_each(|pair| assert_eq!(before(pair[1]), pair[0]));
    }
}
