//! What a trace is, in numbers. They stand first in its bytes, so that whoever wants no more need not decode
//! the rest.

use super::{Block, Trace};
use crate::chain::{kind_code, read_kind};
use crate::encoding::{DecodeError, Reader, Writer};
use crate::graph::Kind;
use crate::ordering::Ordering;
use crate::pattern::Pattern;

/// A trace in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Canonical hash of the graph.
    pub hash: [u8; 32],
    /// Continuous or discrete.
    pub kind: Kind,
    /// Rows of the graph, the start and absorbing ones included.
    pub vertices: usize,
    /// Vertices that the start reaches and that can be left.
    pub transient: usize,
    /// Edges of the graph as written, start edges included.
    pub edges: usize,
    /// Number of parameters.
    pub parameters: usize,
    /// Strongly connected components among the transient vertices, single ones included.
    pub components: usize,
    /// Those of two or more vertices.
    pub cyclic_components: usize,
    /// Vertices of the largest component.
    pub largest_component: usize,
    /// Distinct patterns among the components of two or more vertices.
    pub patterns: usize,
    /// Entries of L and U beyond the edges inside components, over all of them.
    pub fill_in: u64,
    /// Multiplications, additions and divisions of one replay for one right-hand side, evaluation of the
    /// rates apart.
    pub operations: u64,
    /// Distinct weights.
    pub weights: usize,
}

const WHAT: &str = "the summary of a trace";

impl Summary {
    /// The summary of an encoded trace, whose checksum is verified; the trace itself is not decoded, and so not
    /// checked beyond that.
    ///
    /// # Errors
    /// If the bytes are of another kind or version, or damaged.
    pub fn read(trace: &[u8]) -> Result<Summary, DecodeError> {
        Summary::read_from(&mut Reader::new(super::decode::sections(trace)?.1))
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.u8(kind_code(self.kind));
        w.raw(&self.hash);
        let sizes = [self.vertices, self.transient, self.edges, self.parameters, self.weights];
        let parts = [self.components, self.cyclic_components, self.largest_component, self.patterns];
        sizes.iter().chain(&parts).for_each(|&count| w.u32(count as u32));
        w.u64(self.fill_in);
        w.u64(self.operations);
    }

    pub(super) fn read_from(r: &mut Reader<'_>) -> Result<Summary, DecodeError> {
        let (kind, hash) = (read_kind(r)?, r.digest(WHAT)?);
        let mut counts = [0; 9];
        for count in &mut counts {
            *count = r.u32(WHAT)? as usize;
        }
        let [
            vertices,
            transient,
            edges,
            parameters,
            weights,
            components,
            cyclic_components,
            largest_component,
            patterns,
        ] = counts;
        let (fill_in, operations) = (r.u64(WHAT)?, r.u64(WHAT)?);
        Ok(Summary {
            hash,
            kind,
            vertices,
            transient,
            edges,
            parameters,
            components,
            cyclic_components,
            largest_component,
            patterns,
            fill_in,
            operations,
            weights,
        })
    }
}

/// A component of two or more vertices, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComponentSummary {
    /// Its vertices.
    pub size: usize,
    /// Its edges inside.
    pub edges: usize,
    /// Its edges that leave it.
    pub boundary_edges: usize,
    /// Entries of L and U.
    pub entries: usize,
    /// Elimination order that was cheapest.
    pub ordering: Ordering,
    /// Operations of one replay.
    pub operations: u64,
    /// Number of its pattern within the trace.
    pub pattern: usize,
    /// Whether nothing leaves it.
    pub closed: bool,
}

impl<S> Trace<S> {
    /// Multiplications, additions and divisions of one replay for one right-hand side, evaluation of the rates
    /// apart.
    pub fn operation_count(&self) -> u64 {
        let of_block = |&block: &Block| match block {
            Block::Acyclic { size, .. } => u64::from(size),
            Block::Cyclic { plan, .. } => self.plans[plan as usize].operations(),
        };
        // A boundary edge adds to the rate out of its vertex and to its right-hand side.
        3 * self.boundary.to.len() as u64 + self.blocks.iter().map(of_block).sum::<u64>()
    }

    /// The trace in numbers.
    pub fn summary(&self) -> Summary {
        let (mut components, mut cyclic, mut largest, mut fill_in) = (0, 0, 0, 0);
        for &block in &self.blocks {
            let (_, size) = self.extent(block);
            match block {
                Block::Acyclic { .. } => {
                    components += size;
                    largest = largest.max(1);
                }
                Block::Cyclic { plan, .. } => {
                    let plan = &self.plans[plan as usize];
                    components += 1;
                    cyclic += 1;
                    largest = largest.max(size);
                    fill_in += (plan.entries() - plan.edge_count()) as u64;
                }
            }
        }
        Summary {
            hash: self.hash(),
            kind: self.kind,
            vertices: self.rows(),
            transient: self.len(),
            edges: self.graph_edges as usize,
            parameters: self.parameters(),
            components,
            cyclic_components: cyclic,
            largest_component: largest,
            patterns: self.plans.len(),
            fill_in,
            operations: self.operation_count(),
            weights: self.weights.len(),
        }
    }

    /// The components of two or more vertices, sources to sinks.
    pub fn component_summaries(&self) -> impl Iterator<Item = ComponentSummary> {
        self.blocks.iter().filter_map(|&block| match block {
            Block::Acyclic { .. } => None,
            Block::Cyclic { first, plan: number, .. } => {
                let plan = &self.plans[number as usize];
                let rows = first as usize..=first as usize + plan.size();
                Some(ComponentSummary {
                    size: plan.size(),
                    edges: plan.edge_count(),
                    boundary_edges: (self.boundary.first[*rows.end()] - self.boundary.first[*rows.start()])
                        as usize,
                    entries: plan.entries(),
                    ordering: plan.ordering(),
                    operations: plan.operations(),
                    pattern: number as usize,
                    closed: plan.is_closed(),
                })
            }
        })
    }

    /// The distinct patterns of the components of two or more vertices, by [`ComponentSummary::pattern`].
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.plans.iter().map(|plan| plan.pattern())
    }
}
