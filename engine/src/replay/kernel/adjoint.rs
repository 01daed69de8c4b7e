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

    /// The same for vertices to which the chain does not return; what leaves them is passed on, as [`flow_on`] does.
    #[inline(always)]
    pub(in super::super) fn substitute_transposed<S: Sense<P>>(
        &self,
        run: Run<'_>,
        rates: &[P],
        y: &mut [P],
        sense: &mut S,
    ) {
        let Run { boundary, first, size, place } = run;
        let end = y.len() - 1;
        assert!(first + size <= end && first + size < boundary.first.len());
        assert!(place.vertex + size <= self.inverse.len() && sense.covers(y.len(), rates.len()));
        for k in 0..size {
            // SAFETY: positions lie within `y` and `boundary`, as checked above; weights of a trace are in its
            // table, and positions entered below its length or ABSORBED. `sense` has as many of both.
            unsafe {
                let through = at(y, first + k) * at(&self.inverse, place.vertex + k);
                *of(y, first + k) = through;
                let here = sense.solution(first + k);
                for e in entries(&boundary.first, first + k) {
                    let (to, weight) =
                        ((at(&boundary.to, e) as usize).min(end), at(&boundary.weight, e) as usize);
                    *of(y, to) += at(rates, weight) * through;
                    sense.edge(here, to, weight, through);
                }
            }
        }
    }
}

/// What is done at each edge along which an adjoint is passed on.
pub(in super::super) trait Sense<P> {
    /// Whether there are as many positions, the one of what is absorbed included, and weights. Whoever answers so is
    /// asked for positions and weights below these counts, without a check.
    fn covers(&self, positions: usize, weights: usize) -> bool;

    /// What is kept at hand of the position that edges leave.
    ///
    /// # Safety
    /// [`Sense::covers`] must have said yes to more positions.
    unsafe fn solution(&self, position: usize) -> P;

    /// Looks at an edge.
    ///
    /// # Safety
    /// [`Sense::covers`] must have said yes to more positions than `to`, and more weights.
    unsafe fn edge(&mut self, here: P, to: usize, weight: usize, through: P);
}

/// Nothing.
pub(in super::super) struct Pass;

impl<P: Lanes> Sense<P> for Pass {
    #[inline(always)]
    fn covers(&self, _: usize, _: usize) -> bool {
        true
    }

    #[inline(always)]
    unsafe fn solution(&self, _: usize) -> P {
        P::splat(0.0)
    }

    #[inline(always)]
    unsafe fn edge(&mut self, _: P, _: usize, _: usize, _: P) {}
}

/// Adds what the edge's rate does to a result: the adjoint where it begins, times what the solution gains along it. To
/// the magnitudes it adds the same with a sum in the place of the difference.
pub(in super::super) struct Gains<'a, P> {
    pub(in super::super) x: &'a [P],
    pub(in super::super) by_weight: &'a mut [P],
    pub(in super::super) magnitudes: &'a mut [P],
}

impl<P: Lanes> Sense<P> for Gains<'_, P> {
    #[inline(always)]
    fn covers(&self, positions: usize, weights: usize) -> bool {
        self.x.len() == positions && self.by_weight.len() == weights && self.magnitudes.len() == weights
    }

    #[inline(always)]
    unsafe fn solution(&self, position: usize) -> P {
        // SAFETY: `covers` says yes only to as many positions as `x` has, and there are more than this one.
        unsafe { at(self.x, position) }
    }

    #[inline(always)]
    unsafe fn edge(&mut self, here: P, to: usize, weight: usize, through: P) {
        // SAFETY: `covers` says yes only to as many positions as `x` has and as many weights as both sums have.
        unsafe {
            let there = at(self.x, to);
            *of(self.by_weight, weight) += through * (there - here);
            *of(self.magnitudes, weight) += through * (there + here);
        }
    }
}

/// Passes what leaves a component on to later ones.
#[inline(always)]
pub(in super::super) fn flow_on<P: Lanes, S: Sense<P>>(
    part: Part<'_>,
    rates: &[P],
    y: &mut [P],
    sense: &mut S,
) {
    let Part { factors, boundary, first, .. } = part;
    let (size, end) = (factors.size(), y.len() - 1);
    assert!(first + size <= end && first + size < boundary.first.len());
    assert!(sense.covers(y.len(), rates.len()));
    for p in first..first + size {
        // SAFETY: the component lies within `y` and `boundary`, and `sense` covers positions and weights, as checked
        // above; weights of a trace are in its table, and positions entered below its length or ABSORBED.
        unsafe {
            let (through, here) = (at(y, p), sense.solution(p));
            for e in entries(&boundary.first, p) {
                let (to, weight) =
                    ((at(&boundary.to, e) as usize).min(end), at(&boundary.weight, e) as usize);
                *of(y, to) += at(rates, weight) * through;
                sense.edge(here, to, weight, through);
            }
        }
    }
}

/// Looks at the edges that leave positions of a block, by the adjoint `y` where they begin.
#[inline(always)]
pub(in super::super) fn sense_boundary<P: Lanes, S: Sense<P>>(
    run: Run<'_>,
    y: &[P],
    sense: &mut S,
    weights: usize,
) {
    let Run { boundary, first, size, .. } = run;
    let end = y.len() - 1;
    assert!(first + size <= end && first + size < boundary.first.len() && sense.covers(y.len(), weights));
    for p in first..first + size {
        // SAFETY: as in `flow_on`.
        unsafe {
            let (here, through) = (sense.solution(p), at(y, p));
            for e in entries(&boundary.first, p) {
                let to = (at(&boundary.to, e) as usize).min(end);
                sense.edge(here, to, at(&boundary.weight, e) as usize, through);
            }
        }
    }
}

/// The same for edges inside a component.
#[inline(always)]
pub(in super::super) fn sense_inner<P: Lanes, S: Sense<P>>(
    part: Part<'_>,
    y: &[P],
    sense: &mut S,
    weights: usize,
) {
    let Part { factors, inner, first, .. } = part;
    let size = factors.size();
    assert!(first + size < y.len() && inner.len() == factors.edges.columns.len());
    assert!(sense.covers(y.len(), weights));
    for k in 0..size {
        // SAFETY: as in `solve_transposed` for positions, and as in `flow_on` for weights.
        unsafe {
            let (here, through) = (sense.solution(first + k), at(y, first + k));
            for e in entries(&factors.edges.first, k) {
                let to = first + at(&factors.edges.columns, e) as usize;
                sense.edge(here, to, at(inner, e) as usize, through);
            }
        }
    }
}
