//! From plans to a trace.

use std::sync::Arc;

use super::{Block, Boundary, Eliminated, Stitched, Trace};
use crate::canonical::graph_key;
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
        let stitched = Stitching::new(chain, &decomposition, &plans).finish(graph_key(chain));
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
        match pairs.position(|(pattern, plan)| *pattern != plan.pattern) {
            Some(pattern) => Err(StitchError::OtherPattern { pattern }),
            None => Ok(Stitching::new(chain, decomposition, plans).finish(graph_key(chain))),
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
    plans: Vec<Arc<Plan>>,
    boundary: Boundary,
    inner_weights: Vec<u32>,
}

impl<'a> Stitching<'a> {
    fn new(chain: &'a Chain, decomposition: &Decomposition, plans: &[Arc<Plan>]) -> Stitching<'a> {
        let mut stitching = Stitching {
            chain,
            vertices: Vec::with_capacity(chain.len()),
            position: vec![0; chain.len()],
            blocks: Vec::new(),
            plans: plans.to_vec(),
            boundary: Boundary { first: vec![0], ..Boundary::default() },
            inner_weights: Vec::new(),
        };
        stitching.place(decomposition);
        stitching.bind();
        stitching
    }

    /// Gives each vertex its position.
    fn place(&mut self, decomposition: &Decomposition) {
        for component in decomposition.components() {
            match component {
                Component::Single { vertex } => self.place_single(*vertex),
                Component::Cyclic { pattern, vertices } => self.place_cyclic(*pattern, vertices),
            }
        }
        for (position, &vertex) in self.vertices.iter().enumerate() {
            self.position[vertex as usize] = position as u32;
        }
    }

    fn place_single(&mut self, vertex: u32) {
        match self.blocks.last_mut() {
            Some(Block::Acyclic { size, .. }) => *size += 1,
            _ => self.blocks.push(Block::Acyclic { first: self.vertices.len() as u32, size: 1 }),
        }
        self.vertices.push(vertex);
    }

    fn place_cyclic(&mut self, plan: u32, vertices: &[u32]) {
        self.blocks.push(Block::Cyclic { first: self.vertices.len() as u32, plan, first_edge: 0 });
        let order = &self.plans[plan as usize].order;
        self.vertices.extend(order.iter().map(|&k| vertices[k as usize]));
    }

    /// Parts the edges of each vertex into those inside its component, in the plan's order, and those that
    /// leave it.
    fn bind(&mut self) {
        let (mut inner, mut outer) = (Vec::new(), Vec::new());
        for b in 0..self.blocks.len() {
            let (first, size) = match &mut self.blocks[b] {
                Block::Acyclic { first, size } => (*first, *size),
                Block::Cyclic { first, plan, first_edge } => {
                    *first_edge = self.inner_weights.len() as u32;
                    (*first, self.plans[*plan as usize].size() as u32)
                }
            };
            let cyclic = matches!(self.blocks[b], Block::Cyclic { .. });
            for position in first..first + size {
                for (to, weight) in self.chain.edges(self.vertices[position as usize]) {
                    let to = if to == ABSORBED { ABSORBED } else { self.position[to as usize] };
                    let inside = cyclic && (first..first + size).contains(&to);
                    if inside { &mut inner } else { &mut outer }.push((to, weight));
                }
                inner.sort_unstable();
                outer.sort_unstable();
                self.inner_weights.extend(inner.drain(..).map(|e| e.1));
                for (to, weight) in outer.drain(..) {
                    self.boundary.to.push(to);
                    self.boundary.weight.push(weight);
                }
                self.boundary.first.push(self.boundary.to.len() as u32);
            }
        }
    }

    fn finish(self, hash: [u8; 32]) -> Trace<Stitched> {
        let chain = self.chain;
        let place = |t: u32| if t == ABSORBED { ABSORBED } else { self.position[t as usize] };
        let mut start: Vec<(u32, u32)> = chain.start.iter().map(|&(t, w)| (place(t), w)).collect();
        start.sort_unstable();
        let mut loops: Vec<(u32, u32)> = chain.loops.iter().map(|&(v, w)| (place(v), w)).collect();
        loops.sort_unstable();
        Trace {
            kind: chain.kind,
            hash,
            rows: chain.rows,
            start_row: chain.start_row,
            graph_edges: chain.graph_edges,
            position_rows: self.vertices.iter().map(|&v| chain.vertex_rows[v as usize]).collect(),
            blocks: self.blocks,
            plans: self.plans,
            boundary: self.boundary,
            inner_weights: self.inner_weights,
            start,
            loops,
            weights: chain.weights.clone(),
            state: Stitched,
        }
    }
}
