//! Numeric elimination of one component.
#![expect(
    unsafe_code,
    reason = "indices of a trace are checked once, where it is made, and not at every use"
)]

use super::super::pack::Lanes;
use super::entry::{View, at, of, part_of};
use super::{Eliminated, Lower, Part};

impl<P: Lanes> Eliminated<P> {
    /// Whether a component's values fit.
    #[inline(always)]
    fn has_room(&self, part: Part<'_>, keep: Lower) -> bool {
        let Part { factors, place, .. } = part;
        let size = factors.size();
        let lower = keep == Lower::Passing || place.lower + factors.lower.columns.len() <= self.lower.len();
        lower
            && place.upper + factors.upper.columns.len() <= self.upper.len()
            && place.vertex + size <= self.inverse.len()
            && size <= self.leaving.len().min(self.row.len())
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
        keep: Lower,
    ) -> P {
        if part.factors.is_path {
            return self.solve_path(part, rates, x, keep);
        }
        let size = part.factors.size();
        assert!(part.first + size < x.len() && part.inner.len() == part.factors.edges.columns.len());
        assert!(part.factors.fourfold.len() == size && self.has_room(part, keep));
        let mut work = Work::new(self, part, rates, x);
        let mut fault = P::splat(0.0);
        for k in 0..size {
            // SAFETY: the component lies within `x`, and there is room for its rows, as checked above. Columns of a
            // plan are below its size, weights of a trace in its table (whose rates these are), positions entered
            // below its length or ABSORBED: decoding and stitching see to it.
            fault += unsafe { work.eliminate_row(k, keep) };
        }
        self.substitute_back(part, x);
        fault
    }
}

/// A component at work: every slice apart, so that none is looked up again where another is written.
struct Work<'a, P> {
    edges: View<'a>,
    inner: &'a [u32],
    boundary: View<'a>,
    boundary_weights: &'a [u32],
    lower: View<'a>,
    upper: View<'a>,
    fourfold: &'a [bool],
    rates: &'a [P],
    first: usize,
    /// Solutions of the whole trace.
    x: &'a mut [P],
    lower_values: &'a mut [P],
    upper_values: &'a mut [P],
    inverse: &'a mut [P],
    leaving: &'a mut [P],
    row: &'a mut [P],
}

/// What a row has gathered so far.
struct Row<P> {
    leaving: P,
    y: P,
}

impl<'a, P: Lanes> Work<'a, P> {
    #[inline(always)]
    fn new(eliminated: &'a mut Eliminated<P>, part: Part<'a>, rates: &'a [P], x: &'a mut [P]) -> Work<'a, P> {
        let Part { factors, inner, boundary, first, place } = part;
        Work {
            edges: View::of(&factors.edges),
            inner,
            boundary: View { first: &boundary.first, columns: &boundary.to },
            boundary_weights: &boundary.weight,
            lower: View::of(&factors.lower),
            upper: View::of(&factors.upper),
            fourfold: &factors.fourfold,
            rates,
            first,
            x,
            lower_values: eliminated.lower.get_mut(place.lower..).unwrap_or_default(),
            upper_values: &mut eliminated.upper[place.upper..],
            inverse: &mut eliminated.inverse[place.vertex..],
            leaving: &mut eliminated.leaving,
            row: &mut eliminated.row,
        }
    }

    /// # Safety
    /// `k` below the component's size, and slices as [`Eliminated::solve_first`] has them.
    #[inline(always)]
    unsafe fn eliminate_row(&mut self, k: usize, keep: Lower) -> P {
        let (first, end) = (self.first, self.x.len() - 1);
        // SAFETY: as required of the caller, for all of this function.
        unsafe {
            for e in self.edges.entries(k) {
                *of(self.row, self.edges.column(e)) = at(self.rates, at(self.inner, e) as usize);
            }
            let mut sums = Row { leaving: P::splat(0.0), y: at(self.x, first + k) };
            for e in self.boundary.entries(first + k) {
                let rate = at(self.rates, at(self.boundary_weights, e) as usize);
                sums.leaving += rate;
                sums.y += rate * at(self.x, self.boundary.column(e).min(end));
            }
            let mut lower = self.lower.entries(k);
            while let Some(e) = lower.next() {
                let i = self.lower.column(e);
                // Entries i to i + 3 of L follow each other where the rows of U do.
                if i + 3 < k && at(self.fourfold, i) {
                    self.apply_four(i, e, keep, &mut sums);
                    lower.start = e + 4;
                } else {
                    self.apply_one(i, e, keep, &mut sums);
                }
            }
            *of(self.row, k) = P::splat(0.0); // a self-loop costs no time
            let mut diagonal = sums.leaving;
            for e in self.upper.entries(k) {
                let j = self.upper.column(e);
                let u = at(self.row, j);
                *of(self.row, j) = P::splat(0.0);
                *of(self.upper_values, e) = u;
                diagonal += u;
            }
            let inverse = diagonal.reciprocal();
            *of(self.leaving, k) = sums.leaving;
            *of(self.inverse, k) = inverse;
            *of(self.x, first + k) = sums.y;
            // Neither zero nor infinite, or the product is not a number.
            diagonal * inverse
        }
    }

    /// Entry `e` of L, in column `i`: its value, which leaves the row.
    ///
    /// # Safety
    /// As [`Work::eliminate_row`].
    #[inline(always)]
    unsafe fn take(&mut self, i: usize, e: usize, keep: Lower, sums: &mut Row<P>) -> P {
        // SAFETY: as required of the caller.
        unsafe {
            let l = at(self.row, i) * at(self.inverse, i);
            *of(self.row, i) = P::splat(0.0);
            if keep == Lower::Kept {
                *of(self.lower_values, e) = l;
            }
            sums.leaving += l * at(self.leaving, i);
            sums.y += l * at(self.x, self.first + i);
            l
        }
    }

    /// Adds what leads through vertex `i`.
    ///
    /// # Safety
    /// As [`Work::eliminate_row`].
    #[inline(always)]
    unsafe fn apply_one(&mut self, i: usize, e: usize, keep: Lower, sums: &mut Row<P>) {
        // SAFETY: as required of the caller.
        unsafe {
            let l = self.take(i, e, keep, sums);
            for u in self.upper.entries(i) {
                *of(self.row, self.upper.column(u)) += l * at(self.upper_values, u);
            }
        }
    }

    /// Adds what leads through vertices `i` to `i + 3`, each of which leads to the next and wherever that leads: one
    /// pass over the row instead of four, in which every entry gathers the same terms in the same order.
    ///
    /// # Safety
    /// As [`Work::eliminate_row`]; `fourfold` of the first, and `i + 3 < k`.
    #[inline(always)]
    unsafe fn apply_four(&mut self, i: usize, e: usize, keep: Lower, sums: &mut Row<P>) {
        // SAFETY: as required of the caller: row i of U begins with columns i + 1, i + 2, i + 3, and so on.
        unsafe {
            let [a, b, c] = [0, 1, 2].map(|r| self.upper.entries(i + r).start);
            let tail = self.upper.entries(i + 3);
            let l0 = self.take(i, e, keep, sums);
            *of(self.row, i + 1) += l0 * at(self.upper_values, a);
            let l1 = self.take(i + 1, e + 1, keep, sums);
            *of(self.row, i + 2) += l0 * at(self.upper_values, a + 1);
            *of(self.row, i + 2) += l1 * at(self.upper_values, b);
            let l2 = self.take(i + 2, e + 2, keep, sums);
            *of(self.row, i + 3) += l0 * at(self.upper_values, a + 2);
            *of(self.row, i + 3) += l1 * at(self.upper_values, b + 1);
            *of(self.row, i + 3) += l2 * at(self.upper_values, c);
            let l3 = self.take(i + 3, e + 3, keep, sums);
            let (a, b, c) = (a + 3, b + 2, c + 1);
            let (upper, count) = (&*self.upper_values, tail.len());
            let (u0, u1) = (part_of(upper, a, count), part_of(upper, b, count));
            let (u2, u3) = (part_of(upper, c, count), part_of(upper, tail.start, count));
            let columns = part_of(self.upper.columns, tail.start, count);
            if P::COUNT == 1 && count > 4 && (columns[count - 1] - columns[0]) as usize == count - 1 {
                // Without gaps, so that even a number alone goes through vector instructions.
                let begin = columns[0] as usize;
                let row = &mut self.row[begin..begin + count];
                for t in 0..count {
                    row[t] = row[t] + l0 * u0[t] + l1 * u1[t] + l2 * u2[t] + l3 * u3[t];
                }
            } else {
                for t in 0..count {
                    let place = of(self.row, columns[t] as usize);
                    *place = *place + l0 * u0[t] + l1 * u1[t] + l2 * u2[t] + l3 * u3[t];
                }
            }
        }
    }
}
