//! Numeric elimination of one component.
#![expect(
    unsafe_code,
    reason = "indices of a trace are checked once, where it is made, and not at every use"
)]

use super::super::pack::Lanes;
use super::entry::{at, entries, of};
use super::{Eliminated, Lower, Part};

impl<P: Lanes> Eliminated<P> {
    /// Makes room for a component.
    #[inline(always)]
    fn fit(&mut self, part: Part<'_>, lower: Lower) {
        let Part { factors, place, .. } = part;
        let fit = |values: &mut Vec<P>, len: usize| {
            if values.len() < len {
                values.resize(len, P::splat(0.0));
            }
        };
        let size = factors.size();
        if lower == Lower::Kept {
            fit(&mut self.lower, place.lower + factors.lower.columns.len());
        }
        fit(&mut self.upper, place.upper + factors.upper.columns.len());
        fit(&mut self.inverse, place.vertex + size);
        fit(&mut self.leaving, size);
        fit(&mut self.row, size);
    }

    /// Eliminates a component, and carries one right-hand side along: `x` holds it at the component's positions, and
    /// solutions at later ones, with a zero behind the last for what is absorbed. After, it holds the solution.
    /// What comes back is not a number in the lanes where a vertex cannot be left, or a number is too large.
    #[inline(always)]
    pub(in super::super) fn solve_first(
        &mut self,
        part: Part<'_>,
        rates: &[P],
        x: &mut [P],
        lower: Lower,
    ) -> P {
        self.fit(part, lower);
        let size = part.factors.size();
        assert!(part.first + size < x.len() && part.inner.len() == part.factors.edges.columns.len());
        let mut fault = P::splat(0.0);
        for k in 0..size {
            // SAFETY: the component lies within `x`, and there is room for its rows, as checked above. Columns of a
            // plan are below its size, weights of a trace in its table (whose rates these are), positions entered
            // below its length or ABSORBED: decoding and stitching see to it.
            fault += unsafe { self.eliminate_row(part, k, rates, x, lower) };
        }
        self.substitute_back(part, x);
        fault
    }

    /// # Safety
    /// `k` below the component's size, which fits into `self`, and `x` as in [`Eliminated::solve_first`].
    #[inline(always)]
    unsafe fn eliminate_row(&mut self, part: Part<'_>, k: usize, rates: &[P], x: &mut [P], keep: Lower) -> P {
        let Part { factors, inner, boundary, first, place } = part;
        let (row, end) = (&mut self.row, x.len() - 1);
        // SAFETY: as required of the caller, for all of this function.
        unsafe {
            for e in entries(&factors.edges.first, k) {
                *of(row, at(&factors.edges.columns, e) as usize) = at(rates, at(inner, e) as usize);
            }
            let (mut leaving, mut y) = (P::splat(0.0), at(x, first + k));
            for e in entries(&boundary.first, first + k) {
                let rate = at(rates, at(&boundary.weight, e) as usize);
                leaving += rate;
                y += rate * at(x, (at(&boundary.to, e) as usize).min(end));
            }
            for e in entries(&factors.lower.first, k) {
                let i = at(&factors.lower.columns, e) as usize;
                let l = at(row, i) * at(&self.inverse, place.vertex + i);
                *of(row, i) = P::splat(0.0);
                if keep == Lower::Kept {
                    *of(&mut self.lower, place.lower + e) = l;
                }
                leaving += l * at(&self.leaving, i);
                y += l * at(x, first + i);
                for e in entries(&factors.upper.first, i) {
                    *of(row, at(&factors.upper.columns, e) as usize) += l * at(&self.upper, place.upper + e);
                }
            }
            *of(row, k) = P::splat(0.0); // a self-loop costs no time
            let mut diagonal = leaving;
            for e in entries(&factors.upper.first, k) {
                let j = at(&factors.upper.columns, e) as usize;
                let u = at(row, j);
                *of(row, j) = P::splat(0.0);
                *of(&mut self.upper, place.upper + e) = u;
                diagonal += u;
            }
            let inverse = diagonal.reciprocal();
            *of(&mut self.leaving, k) = leaving;
            *of(&mut self.inverse, place.vertex + k) = inverse;
            *of(x, first + k) = y;
            // Neither zero nor infinite, or the product is not a number.
            diagonal * inverse
        }
    }
}
