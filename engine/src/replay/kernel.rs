//! The arithmetic of replay, block by block, for all lanes of a tile.
//!
//! Its modules are the only ones of the engine that index without a check. What makes that sound is in one place: a
//! [`Trace`] is made by stitching, or by decoding, which checks that columns of a plan are below its size, rows
//! contiguous and ascending, weights in the trace's table, and positions entered later than the one left or
//! [`crate::chain::ABSORBED`]. Lengths of what is lent to a kernel are checked where it begins.

mod adjoint;
mod eliminate;
mod entry;
mod path;
mod solve;

pub(super) use adjoint::{flow_on, sense_boundary, sense_inner};

use crate::symbolic::Factors;
use crate::trace::{Block, Boundary, Trace};

/// A component of a trace at work.
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    /// Rows of L and U of its plan.
    pub(super) factors: &'t Factors,
    /// Weights of its edges, in the order of the plan's.
    pub(super) inner: &'t [u32],
    /// Edges of the whole trace that leave components.
    pub(super) boundary: &'t Boundary,
    /// Its first position.
    pub(super) first: usize,
    /// Where its values stand.
    pub(super) place: Place,
}

impl<'t> Part<'t> {
    /// A block of a trace that is a component.
    ///
    /// # Panics
    /// If it is none.
    #[inline(always)]
    pub(super) fn of(trace: &'t Trace, block: Block, place: Place) -> Part<'t> {
        let Block::Cyclic { first, plan, first_edge } = block else { panic!("{block:?} is no component") };
        let factors = trace.factors(plan);
        let inner = &trace.inner_weights[first_edge as usize..][..factors.edges.columns.len()];
        Part { factors, inner, boundary: &trace.boundary, first: first as usize, place }
    }
}

/// Where the values of a component, or of a run, begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// In the values of L.
    pub(crate) lower: usize,
    /// In the values of U.
    pub(crate) upper: usize,
    /// In what there is one of for each vertex.
    pub(crate) vertex: usize,
}

impl Place {
    /// Where the values of each block stand if all are kept.
    pub(crate) fn of_blocks(trace: &Trace) -> Vec<Place> {
        let mut next = Place::default();
        let place = |&block: &Block| {
            let here = next;
            next.vertex += trace.extent(block).1;
            if let Block::Cyclic { plan, .. } = block {
                let factors = trace.factors(plan);
                next.lower += factors.lower.columns.len();
                next.upper += factors.upper.columns.len();
            }
            here
        };
        trace.blocks.iter().map(place).collect()
    }
}

/// A run of vertices to which the chain does not return.
#[derive(Clone, Copy)]
pub(super) struct Run<'t> {
    /// Edges of the whole trace that leave components.
    pub(super) boundary: &'t Boundary,
    /// Its first position.
    pub(super) first: usize,
    /// Number of positions.
    pub(super) size: usize,
    /// Where its values of D begin.
    pub(super) place: Place,
}

/// L, U and D of a component: M = (I - L)(D - U).
#[derive(Debug)]
pub(super) struct Eliminated<P> {
    /// Values of L, in the order of plans; only where they are kept.
    lower: Vec<P>,
    /// Values of U, in the order of plans.
    upper: Vec<P>,
    /// One divided by D.
    inverse: Vec<P>,
    /// What leaves the component from each vertex, through eliminated vertices included.
    leaving: Vec<P>,
    /// The row at work, by column; zero between rows.
    row: Vec<P>,
}

impl<P> Default for Eliminated<P> {
    fn default() -> Self {
        let (lower, upper, inverse) = (Vec::new(), Vec::new(), Vec::new());
        Eliminated { lower, upper, inverse, leaving: Vec::new(), row: Vec::new() }
    }
}

/// Whether the values of L are needed after the elimination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lower {
    /// For further right-hand sides.
    Kept,
    /// Each is used once, and gone.
    Passing,
}
