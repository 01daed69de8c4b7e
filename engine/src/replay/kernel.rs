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

use std::ops::AddAssign;

use super::pack::Lanes;
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
    /// Where the values of each block stand if all are kept, and where they end.
    pub(crate) fn of_blocks(trace: &Trace) -> (Vec<Place>, Place) {
        let mut next = Place::default();
        let place = |&block: &Block| {
            let here = next;
            next += Place::extent(trace, block);
            here
        };
        (trace.blocks.iter().map(place).collect(), next)
    }

    /// Room for any block of a trace, one at a time.
    pub(super) fn of_any(trace: &Trace) -> Place {
        let extents = trace.blocks.iter().map(|&block| Place::extent(trace, block));
        extents.fold(Place::default(), |most, of| Place {
            lower: most.lower.max(of.lower),
            upper: most.upper.max(of.upper),
            vertex: most.vertex.max(of.vertex),
        })
    }

    /// How many values a block has.
    fn extent(trace: &Trace, block: Block) -> Place {
        let vertex = trace.extent(block).1;
        match block {
            Block::Acyclic { .. } => Place { vertex, ..Place::default() },
            Block::Cyclic { plan, .. } => {
                let factors = trace.factors(plan);
                Place { lower: factors.lower.columns.len(), upper: factors.upper.columns.len(), vertex }
            }
        }
    }
}

impl AddAssign for Place {
    fn add_assign(&mut self, by: Place) {
        let Place { lower, upper, vertex } = by;
        self.lower += lower;
        self.upper += upper;
        self.vertex += vertex;
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

impl<P: Lanes> Eliminated<P> {
    /// Room for so many values, of which components have at most `largest`.
    pub(super) fn with_room(room: Place, largest: Place, lower: Lower) -> Eliminated<P> {
        let zeros = |len| vec![P::splat(0.0); len];
        Eliminated {
            lower: zeros(if lower == Lower::Kept { room.lower } else { 0 }),
            upper: zeros(room.upper),
            inverse: zeros(room.vertex),
            leaving: zeros(largest.vertex),
            row: zeros(largest.vertex),
        }
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
