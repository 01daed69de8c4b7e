//! Solutions of the transposed system, and what rates do to a result.
#![expect(
    unsafe_code,
    reason = "indices of a trace are checked once, where it is made, and not at every use"
)]

use super::super::pack::Lanes;
use super::entry::{at, entries, of};
use super::{Eliminated, Part, Run};

impl<P: Lanes> Eliminated<P> {
    /// Solves y M = b within a component whose factors are kept: `y` holds b at its positions, and y after.
    #[inline(always)]
    pub(in super::super) fn solve_transposed(&self, part: Part<'_>, y: &mut [P]) {
        let Part { factors, first, place, .. } = part;
        let size = factors.size();
        assert!(first + size < y.len() && self.inverse.len() >= place.vertex + size);
        assert!(self.lower.len() >= place.lower + factors.lower.columns.len());
        assert!(self.upper.len() >= place.upper + factors.upper.columns.len());
        // SAFETY, for both loops: the component lies within `y`, and its factors are there, as checked above;
        // columns of a plan are below its size.
        for k in 0..size {
            // SAFETY: as above.
            unsafe {
                let through = at(y, first + k) * at(&self.inverse, place.vertex + k);
                *of(y, first + k) = through;
                for e in entries(&factors.upper.first, k) {
                    let j = at(&factors.upper.columns, e) as usize;
                    *of(y, first + j) += at(&self.upper, place.upper + e) * through;
                }
            }
        }
        for k in (0..size).rev() {
            // SAFETY: as above.
            unsafe {
                let through = at(y, first + k);
                for e in entries(&factors.lower.first, k) {
                    let i = at(&factors.lower.columns, e) as usize;
                    *of(y, first + i) += at(&self.lower, place.lower + e) * through;
                }
            }
        }
    }

    /// The same for vertices to which the chain does not return; what leaves them is passed on.
    #[inline(always)]
    pub(in super::super) fn substitute_transposed(&self, run: Run<'_>, rates: &[P], y: &mut [P]) {
        let Run { boundary, first, size, place } = run;
        let end = y.len() - 1;
        assert!(first + size <= end && first + size < boundary.first.len());
        assert!(place.vertex + size <= self.inverse.len());
        for k in 0..size {
            // SAFETY: positions lie within `y` and `boundary`, as checked above; weights of a trace are in its
            // table, and positions entered below its length or ABSORBED.
            unsafe {
                let through = at(y, first + k) * at(&self.inverse, place.vertex + k);
                *of(y, first + k) = through;
                for e in entries(&boundary.first, first + k) {
                    let rate = at(rates, at(&boundary.weight, e) as usize);
                    *of(y, (at(&boundary.to, e) as usize).min(end)) += rate * through;
                }
            }
        }
    }
}

/// Passes what leaves a component on to later ones.
#[inline(always)]
pub(in super::super) fn flow_on<P: Lanes>(part: Part<'_>, rates: &[P], y: &mut [P]) {
    let Part { factors, boundary, first, .. } = part;
    let (size, end) = (factors.size(), y.len() - 1);
    assert!(first + size <= end && first + size < boundary.first.len());
    for p in first..first + size {
        // SAFETY: as in `substitute_transposed`.
        unsafe {
            let through = at(y, p);
            for e in entries(&boundary.first, p) {
                let rate = at(rates, at(&boundary.weight, e) as usize);
                *of(y, (at(&boundary.to, e) as usize).min(end)) += rate * through;
            }
        }
    }
}

/// Adds to `by_weight` what the rates of edges that leave positions of a block do to a result: the adjoint `y` where
/// an edge begins, times what the solution `x` gains along it.
#[inline(always)]
pub(in super::super) fn sense_boundary<P: Lanes>(run: Run<'_>, x: &[P], y: &[P], by_weight: &mut [P]) {
    let Run { boundary, first, size, .. } = run;
    let end = x.len() - 1;
    assert!(y.len() == x.len() && first + size <= end && first + size < boundary.first.len());
    for p in first..first + size {
        // SAFETY: as in `substitute_transposed`; there is a sensitivity for each weight.
        unsafe {
            let (here, through) = (at(x, p), at(y, p));
            for e in entries(&boundary.first, p) {
                let gain = at(x, (at(&boundary.to, e) as usize).min(end)) - here;
                *of(by_weight, at(&boundary.weight, e) as usize) += through * gain;
            }
        }
    }
}

/// The same for edges inside a component.
#[inline(always)]
pub(in super::super) fn sense_inner<P: Lanes>(part: Part<'_>, x: &[P], y: &[P], by_weight: &mut [P]) {
    let Part { factors, inner, first, .. } = part;
    let size = factors.size();
    assert!(y.len() == x.len() && first + size < x.len() && inner.len() == factors.edges.columns.len());
    for k in 0..size {
        // SAFETY: as in `solve_transposed`; there is a sensitivity for each weight.
        unsafe {
            let (here, through) = (at(x, first + k), at(y, first + k));
            for e in entries(&factors.edges.first, k) {
                let gain = at(x, first + at(&factors.edges.columns, e) as usize) - here;
                *of(by_weight, at(inner, e) as usize) += through * gain;
            }
        }
    }
}
