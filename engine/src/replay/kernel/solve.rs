//! Solutions by factors that are there, and substitution where there is nothing to factor.
#![expect(
    unsafe_code,
    reason = "indices of a trace are checked once, where it is made, and not at every use"
)]

use super::super::pack::Lanes;
use super::entry::{at, entries, of};
use super::{Eliminated, Part, Run};

impl<P: Lanes> Eliminated<P> {
    /// Solves for a further right-hand side, by the values of L kept.
    #[inline(always)]
    pub(in super::super) fn solve_next(&self, part: Part<'_>, rates: &[P], x: &mut [P]) {
        let Part { factors, boundary, first, place, .. } = part;
        let (size, end) = (factors.size(), x.len() - 1);
        assert!(first + size <= end && self.lower.len() >= place.lower + factors.lower.columns.len());
        for k in 0..size {
            // SAFETY: as in `solve_first`.
            unsafe {
                let mut y = at(x, first + k);
                for e in entries(&boundary.first, first + k) {
                    let rate = at(rates, at(&boundary.weight, e) as usize);
                    y += rate * at(x, (at(&boundary.to, e) as usize).min(end));
                }
                for e in entries(&factors.lower.first, k) {
                    y += at(&self.lower, place.lower + e)
                        * at(x, first + at(&factors.lower.columns, e) as usize);
                }
                *of(x, first + k) = y;
            }
        }
        self.substitute_back(part, x);
    }

    /// x = (D - U)^-1 y, where `x` holds y.
    #[inline(always)]
    pub(super) fn substitute_back(&self, part: Part<'_>, x: &mut [P]) {
        let Part { factors, first, place, .. } = part;
        let size = factors.size();
        assert!(first + size < x.len() && self.upper.len() >= place.upper + factors.upper.columns.len());
        for k in (0..size).rev() {
            // SAFETY: as in `solve_first`.
            unsafe {
                let mut y = at(x, first + k);
                for e in entries(&factors.upper.first, k) {
                    y += at(&self.upper, place.upper + e)
                        * at(x, first + at(&factors.upper.columns, e) as usize);
                }
                *of(x, first + k) = y * at(&self.inverse, place.vertex + k);
            }
        }
    }
}

/// Vertices to which the chain does not return, substituted last first.
impl<P: Lanes> Eliminated<P> {
    /// Solves for a first right-hand side, as [`Eliminated::solve_first`] does for a component.
    #[inline(always)]
    pub(in super::super) fn substitute_first(&mut self, run: Run<'_>, rates: &[P], x: &mut [P]) -> P {
        let Run { boundary, first, size, place } = run;
        let end = x.len() - 1;
        assert!(first + size <= end && first + size < boundary.first.len());
        assert!(place.vertex + size <= self.inverse.len());
        let mut fault = P::splat(0.0);
        for k in (0..size).rev() {
            // SAFETY: positions lie within `x` and `boundary`, and there is room for them, as checked above; the
            // rest as in `solve_first`.
            unsafe {
                let (mut leaving, mut y) = (P::splat(0.0), at(x, first + k));
                for e in entries(&boundary.first, first + k) {
                    let rate = at(rates, at(&boundary.weight, e) as usize);
                    leaving += rate;
                    y += rate * at(x, (at(&boundary.to, e) as usize).min(end));
                }
                let inverse = leaving.reciprocal();
                *of(&mut self.inverse, place.vertex + k) = inverse;
                *of(x, first + k) = y * inverse;
                fault += leaving * inverse;
            }
        }
        fault
    }

    /// Solves for a further one.
    #[inline(always)]
    pub(in super::super) fn substitute_next(&self, run: Run<'_>, rates: &[P], x: &mut [P]) {
        let Run { boundary, first, size, place } = run;
        let end = x.len() - 1;
        assert!(first + size <= end && first + size < boundary.first.len());
        assert!(place.vertex + size <= self.inverse.len());
        for k in (0..size).rev() {
            // SAFETY: as in `substitute_first`.
            unsafe {
                let mut y = at(x, first + k);
                for e in entries(&boundary.first, first + k) {
                    let rate = at(rates, at(&boundary.weight, e) as usize);
                    y += rate * at(x, (at(&boundary.to, e) as usize).min(end));
                }
                *of(x, first + k) = y * at(&self.inverse, place.vertex + k);
            }
        }
    }
}
