//! Elimination of a component that is a path: nothing fills in, and what the next row needs stays in registers.
#![expect(
    unsafe_code,
    reason = "indices of a trace are checked once, where it is made, and not at every use"
)]

use super::super::pack::Lanes;
use super::entry::{at, entries, of};
use super::{Eliminated, Lower, Part};

/// What the row before hands on.
struct Previous<P> {
    leaving: P,
    inverse: P,
    y: P,
}

impl<P: Lanes> Eliminated<P> {
    /// [`Eliminated::solve_first`] for a path: the same operations in the same order, without rows to look up.
    #[inline(always)]
    pub(super) fn solve_path(&mut self, part: Part<'_>, rates: &[P], x: &mut [P], keep: Lower) -> P {
        let Part { factors, inner, boundary, first, place } = part;
        let (size, end) = (factors.size(), x.len() - 1);
        let last = size - 1;
        assert!(first + size <= end && first + size < boundary.first.len() && inner.len() == 2 * last);
        let lower = match keep {
            Lower::Kept => &mut self.lower[place.lower..][..last],
            Lower::Passing => &mut [],
        };
        let upper = &mut self.upper[place.upper..][..last];
        let inverses = &mut self.inverse[place.vertex..][..size];
        let mut fault = P::splat(0.0);
        let mut previous = Previous { leaving: P::splat(0.0), inverse: P::splat(0.0), y: P::splat(0.0) };
        for k in 0..size {
            // SAFETY: the path lies within `x` and `boundary`, and there is room for its values, as checked above; row
            // k has the edges 2 k - 1, which leads back, and 2 k, which leads on, where there are such rows. Weights of
            // a trace are in its table, positions entered below its length or ABSORBED.
            unsafe {
                let (mut leaving, mut y) = (P::splat(0.0), at(x, first + k));
                for e in entries(&boundary.first, first + k) {
                    let rate = at(rates, at(&boundary.weight, e) as usize);
                    leaving += rate;
                    y += rate * at(x, (at(&boundary.to, e) as usize).min(end));
                }
                if k > 0 {
                    let l = at(rates, at(inner, 2 * k - 1) as usize) * previous.inverse;
                    if keep == Lower::Kept {
                        *of(lower, k - 1) = l;
                    }
                    leaving += l * previous.leaving;
                    y += l * previous.y;
                }
                let mut diagonal = leaving;
                if k < last {
                    let u = at(rates, at(inner, 2 * k) as usize);
                    *of(upper, k) = u;
                    diagonal += u;
                }
                let inverse = diagonal.reciprocal();
                *of(inverses, k) = inverse;
                *of(x, first + k) = y;
                fault += diagonal * inverse;
                previous = Previous { leaving, inverse, y };
            }
        }
        let mut after = previous.y * previous.inverse;
        x[first + last] = after;
        for k in (0..last).rev() {
            // SAFETY: as above.
            unsafe {
                after = (at(x, first + k) + at(upper, k) * after) * at(inverses, k);
                *of(x, first + k) = after;
            }
        }
        fault
    }
}
