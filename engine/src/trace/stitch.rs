//! From plans to a trace.

use std::sync::Arc;

use super::{Block, Boundary, CanonicalHash, Eliminated, Stitched, Trace};
use crate::chain::{ABSORBED, Chain};
use crate::decomposition::{Component, Decomposition};
use crate::plan::{Plan, TooMuchFill};

/// Plans that do not belong to the components they are stitched into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StitchError {
    /// Another number of plans than of patterns.
    #[error("{found} plans for {expected} patterns")]
    Count {
        /// Plans given.
        found: usize,
        /// Distinct patterns of the chain's components.
        expected: usize,
    },
    /// A plan of another pattern.
    #[error("the plan given for pattern {pattern} was recorded for another one")]
    OtherPattern {
        /// Number of the pattern among [`Decomposition::patterns`].
        pattern: usize,
    },
}

impl Trace {
    /// Records a chain's trace, all of it in the calling thread.
    ///
    /// # Errors
    /// If a component fills in beyond what can be numbered.
    pub fn record(chain: &Chain) -> Result<Trace, TooMuchFill> {
        let decomposition = Decomposition::new(chain);
        let (mut plans, mut factors) = (Vec::new(), Vec::new());
        for pattern in decomposition.patterns() {
            let (plan, rows) = Plan::record_with_factors(pattern)?;
            plans.push(Arc::new(plan));
            factors.push(rows);
        }
        let stitched = Stitching::new(chain, &decomposition, &plans).finish();
        Ok(stitched.in_state(Eliminated { factors }))
    }
}

impl Trace<Stitched> {
    /// Puts plans together: one for each of the decomposition's patterns, in their order. The same bytes come out
    /// as from [`Trace::record`], whoever recorded the plans.
    ///
    /// # Errors
    /// If there are more or fewer plans than patterns, or one is of another pattern.
    pub fn stitch(
        chain: &Chain,
        decomposition: &Decomposition,
        plans: &[Arc<Plan>],
    ) -> Result<Trace<Stitched>, StitchError> {
        let expected = decomposition.patterns().len();
        if plans.len() != expected {
            return Err(StitchError::Count { found: plans.len(), expected });
        }
        let mut pairs = decomposition.patterns().iter().zip(plans);
        match pairs.position(|(pattern, plan)| !pattern.is(&plan.pattern)) {
            Some(pattern) => Err(StitchError::OtherPattern { pattern }),
            None => Ok(Stitching::new(chain, decomposition, plans).finish()),
        }
    }
}

/// A trace in the making.
struct Stitching<'a> {
    chain: &'a Chain,
    /// Vertex of the chain at each position.
    vertices: Vec<u32>,
    position: Vec<u32>,
    blocks: Vec<Block>,
    plans: &'a [Arc<Plan>],
    boundary: Boundary,
    inner_weights: Vec<u32>,
}

impl<'a> Stitching<'a> {
    fn new(chain: &'a Chain, decomposition: &Decomposition, plans: &'a [Arc<Plan>]) -> Stitching<'a> {
        let mut stitching = Stitching {
            chain,
            vertices: Vec::with_capacity(chain.len()),
            position: vec![0; chain.len()],
            blocks: Vec::new(),
            plans,
            boundary: Boundary::default(),
            inner_weights: Vec::new(),
        };
        let inner = stitching.place(decomposition);
        stitching.bind(inner);
        stitching
    }

    /// Gives each vertex its position; the number of edges inside components.
    fn place(&mut self, decomposition: &Decomposition) -> usize {
        let mut inner = 0;
        for component in decomposition.components() {
            let first = self.vertices.len() as u32;
            match component {
                Component::Single { vertex } => {
                    match self.blocks.last_mut() {
                        Some(Block::Acyclic { size, .. }) => *size += 1,
                        _ => self.blocks.push(Block::Acyclic { first, size: 1 }),
                    }
                    self.vertices.push(vertex);
                }
                Component::Cyclic { pattern, vertices } => {
                    let plan = &self.plans[pattern as usize];
                    self.blocks.push(Block::Cyclic { first, plan: pattern, first_edge: inner as u32 });
                    self.vertices.extend(plan.order.iter().map(|&k| vertices[k as usize]));
                    inner += plan.edge_count();
                }
            }
        }
        for (&vertex, position) in self.vertices.iter().zip(0..) {
            self.position[vertex as usize] = position;
        }
        inner
    }

    /// Parts the edges of each vertex into those inside its component, in the plan's order, and those that
    /// leave it, in the chain's.
    fn bind(&mut self, inner: usize) {
        let outer = self.chain.edge_count() - inner;
        self.inner_weights.reserve_exact(inner);
        self.boundary.to.reserve_exact(outer);
        self.boundary.weight.reserve_exact(outer);
        self.boundary.first.reserve_exact(self.vertices.len() + 1);
        self.boundary.first.push(0);
        let mut inside = Vec::new();
        for &block in &self.blocks {
            let (first, size) = match block {
                Block::Acyclic { first, size } => (first, size),
                Block::Cyclic { first, plan, .. } => (first, self.plans[plan as usize].size() as u32),
            };
            let columns = if matches!(block, Block::Acyclic { .. }) { 0 } else { size };
            for position in first..first + size {
                let (targets, weights) = self.chain.row(self.vertices[position as usize]);
                for (&target, &weight) in targets.iter().zip(weights) {
                    let to = self.position.get(target as usize).copied().unwrap_or(ABSORBED);
                    if to.wrapping_sub(first) < columns {
                        // Sorted as one number.
                        inside.push(u64::from(to) << 32 | u64::from(weight));
                    } else {
                        self.boundary.to.push(to);
                        self.boundary.weight.push(weight);
                    }
                }
                inside.sort_unstable();
                self.inner_weights.extend(inside.drain(..).map(|edge| edge as u32));
                self.boundary.first.push(self.boundary.to.len() as u32);
            }
        }
    }

    fn finish(self) -> Trace<Stitched> {
        let chain = self.chain;
        let placed = |pairs: &[(u32, u32)]| {
            let place = |t: u32| self.position.get(t as usize).copied().unwrap_or(ABSORBED);
            let mut pairs: Vec<(u32, u32)> = pairs.iter().map(|&(t, w)| (place(t), w)).collect();
            pairs.sort_unstable();
            pairs
        };
        Trace {
            kind: chain.kind,
            hash: CanonicalHash::default(),
            rows: chain.rows,
            start_row: chain.start_row,
            graph_edges: chain.graph_edges,
            position_rows: self.vertices.iter().map(|&v| chain.vertex_rows[v as usize]).collect(),
            start: placed(&chain.start),
            loops: placed(&chain.loops),
            blocks: self.blocks,
            plans: self.plans.to_vec(),
            boundary: self.boundary,
            inner_weights: self.inner_weights,
            weights: Arc::clone(&chain.weights),
            state: Stitched,
        }
    }
}
