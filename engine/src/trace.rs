//! Elimination traces: the plans of a chain's components put together, with the table of rates. A trace is
//! recorded once, and replayed for any number of parameter vectors.

mod decode;
mod encode;
mod hash;
mod stitch;
mod summary;
mod units;

use std::sync::Arc;

use crate::encoding::DecodeError;
use crate::graph::{Kind, Weight, WeightTable, is_one};
use crate::plan::Plan;
use crate::symbolic::Factors;

use hash::CanonicalHash;
pub use stitch::StitchError;
pub use summary::{ComponentSummary, Summary};

/// An elimination trace. Vertices are numbered by *position*: components one after the other, each before
/// those it leads to, and within a component in the order of elimination.
///
/// The rows of L and U, which replay needs and bytes do not keep, are there in a `Trace`, and not in a
/// `Trace<Stitched>`, which is all that it takes to store a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace<S = Eliminated> {
    pub(crate) kind: Kind,
    hash: CanonicalHash,
    /// Rows of the graph.
    pub(crate) rows: u32,
    /// Row of the start.
    pub(crate) start_row: u32,
    /// Edges of the graph as written.
    pub(crate) graph_edges: u32,
    /// Row of the graph at each position.
    pub(crate) position_rows: Vec<u32>,
    pub(crate) blocks: Vec<Block>,
    /// Distinct plans, in order of first use.
    pub(crate) plans: Vec<Arc<Plan>>,
    /// Edges that leave their component, by position; all edges of vertices that are components alone.
    pub(crate) boundary: Boundary,
    /// Weights of the edges inside components: component by component, in the order of the plan's edges.
    pub(crate) inner_weights: Vec<u32>,
    /// (position entered or [`crate::chain::ABSORBED`], weight).
    pub(crate) start: Vec<(u32, u32)>,
    /// (position, weight) of self-loops of a discrete chain.
    pub(crate) loops: Vec<(u32, u32)>,
    pub(crate) weights: Arc<WeightTable>,
    /// [`Eliminated`] or [`Stitched`].
    pub(crate) state: S,
}

/// A trace with the rows of L and U of its plans: it can be replayed.
#[derive(Debug, Clone, PartialEq)]
pub struct Eliminated {
    /// By plan.
    factors: Vec<Arc<Factors>>,
}

/// A trace put together from plans: it can be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stitched;

/// A run of positions that are solved together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    /// Components of one vertex each: solved by substitution.
    Acyclic {
        /// First position.
        first: u32,
        /// Number of positions.
        size: u32,
    },
    /// One component of two or more vertices.
    Cyclic {
        /// First position; the plan says how many there are.
        first: u32,
        /// Number of its plan.
        plan: u32,
        /// Where its edges begin in [`Trace::inner_weights`].
        first_edge: u32,
    },
}

/// Edges by the position they leave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Boundary {
    pub(crate) first: Vec<u32>,
    /// Position entered, or [`crate::chain::ABSORBED`]; in the order of the graph's rows within a row, absorption
    /// last.
    pub(crate) to: Vec<u32>,
    pub(crate) weight: Vec<u32>,
}

impl Boundary {
    /// (position entered or absorbed, weight) of the edges that leave a position.
    pub(crate) fn of(&self, position: usize) -> impl Iterator<Item = (u32, u32)> {
        let range = self.first[position] as usize..self.first[position + 1] as usize;
        self.to[range.clone()].iter().copied().zip(self.weight[range].iter().copied())
    }
}

impl Trace {
    /// What the bytes of every trace begin with.
    pub const MAGIC: [u8; 8] = *b"sjrntrc\0";

    /// (position entered or absorbed, weight) of all edges that leave a position of a block.
    pub(crate) fn edges_of(&self, block: Block, position: usize) -> impl Iterator<Item = (u32, u32)> {
        let inside = match block {
            Block::Acyclic { .. } => None,
            Block::Cyclic { first, plan, first_edge } => Some((first, &self.factors(plan).edges, first_edge)),
        };
        let inside = inside.into_iter().flat_map(move |(first, edges, first_edge)| {
            edges
                .range(position - first as usize)
                .map(move |e| (first + edges.columns[e], self.inner_weights[first_edge as usize + e]))
        });
        self.boundary.of(position).chain(inside)
    }

    /// Rows of L and U of a plan.
    pub(crate) fn factors(&self, plan: u32) -> &Factors {
        &self.state.factors[plan as usize]
    }
}

impl Trace<Stitched> {
    /// Finds the rows of L and U, unless its plans were recorded in this process and have them.
    ///
    /// # Errors
    /// [`DecodeError::Cost`] where a plan was forged, and costs other than it states.
    pub fn eliminate(self) -> Result<Trace, DecodeError> {
        let factors = self.plans.iter().map(|plan| plan.eliminate()).collect::<Result<_, _>>()?;
        Ok(self.in_state(Eliminated { factors }))
    }
}

impl From<Trace> for Trace<Stitched> {
    fn from(trace: Trace) -> Trace<Stitched> {
        trace.in_state(Stitched)
    }
}

impl<S> Trace<S> {
    fn in_state<T>(self, state: T) -> Trace<T> {
        Trace {
            kind: self.kind,
            hash: self.hash,
            rows: self.rows,
            start_row: self.start_row,
            graph_edges: self.graph_edges,
            position_rows: self.position_rows,
            blocks: self.blocks,
            plans: self.plans,
            boundary: self.boundary,
            inner_weights: self.inner_weights,
            start: self.start,
            loops: self.loops,
            weights: self.weights,
            state,
        }
    }

    /// Continuous or discrete.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Number of rows of the graph; reward vectors have one number a row.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// Number of parameters, the length of theta.
    pub fn parameters(&self) -> usize {
        self.weights.parameters()
    }

    /// Whether no weight depends on a parameter: every theta has the same numbers.
    pub fn is_constant(&self) -> bool {
        (0..self.weights.forms() as u32).all(|form| matches!(self.weights.get(form), Weight::Constant(_)))
    }

    /// Whether there is one parameter, and the weights that depend on it are multiples of it.
    pub fn is_multiple_of_its_parameter(&self) -> bool {
        let has_no_base = |weight| !matches!(weight, Weight::Linear { base, .. } if base != 0.0);
        self.parameters() == 1
            && (0..self.weights.forms() as u32).all(|form| has_no_base(self.weights.get(form)))
    }

    /// Whether the weights of each row that a parameter changes are divided by their sum
    /// ([`crate::Graph::is_normalised`]); rows of constants were divided when the chain was made.
    pub fn divides_rows(&self) -> bool {
        !self.weights.quotients().is_empty()
    }

    /// The sum of the start's weights, where no parameter changes them and it is not one, beyond rounding: they are
    /// divided by it.
    pub fn start_sum_other_than_one(&self) -> Option<f64> {
        let weights = || self.start.iter().map(|&(_, weight)| self.weights.get(weight));
        let values = weights().map(|weight| match weight {
            Weight::Constant(value) => Some(value),
            Weight::Linear { .. } => None,
        });
        let sum = values.sum::<Option<f64>>()?;
        (!is_one(sum, self.start.len())).then_some(sum)
    }

    /// Number of positions: vertices that the start reaches and that can be left.
    pub fn len(&self) -> usize {
        self.position_rows.len()
    }

    /// Whether absorption comes at time zero in every case.
    pub fn is_empty(&self) -> bool {
        self.position_rows.is_empty()
    }

    /// Returns whether the weights could be probabilities, though the chain is continuous: necessary, not sufficient,
    /// for [`crate::Graph::looks_discrete`], and found without the graph.
    pub fn may_count_steps(&self) -> bool {
        if self.kind != Kind::Continuous {
            return false;
        }
        let fits = |weight: u32| {
            self.weights.coefficients(weight).iter().all(|&c| c == 0.0)
                && self.weights.base(weight) <= 1.0 + 1e-12
        };
        // Start edges share the table, and their weights may be any.
        let mut may: Vec<bool> = (0..self.weights.len() as u32).map(fits).collect();
        self.start.iter().for_each(|&(_, weight)| may[weight as usize] = true);
        may.into_iter().all(|may| may)
    }

    /// First position and number of positions of a block.
    pub(crate) fn extent(&self, block: Block) -> (usize, usize) {
        match block {
            Block::Acyclic { first, size } => (first as usize, size as usize),
            Block::Cyclic { first, plan, .. } => (first as usize, self.plans[plan as usize].size()),
        }
    }
}
