//! The pattern of a component: which vertex has which edges inside, and which have edges that leave. Plans
//! depend on nothing else, so components that differ only in coefficients share one.

use crate::canonical::{Digraph, canonical_order};
use crate::chain::Chain;
use crate::components::Components;
use crate::encoding::{DecodeError, Reader, Writer, inconsistent};
use crate::graph::{MAX_EDGES, MAX_VERTICES};

const MAGIC: &[u8; 8] = b"sjrnpat\0";
const VERSION: u32 = 1;
const WHAT: &str = "a component's pattern";

/// A strongly connected digraph of two or more vertices in canonical numbering, without self-loops.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// Edges of vertex v are `first[v]..first[v + 1]`.
    pub(crate) first: Vec<u32>,
    /// Vertex entered, ascending within a row.
    pub(crate) to: Vec<u32>,
    /// Which vertices have edges that leave the component; none of them: a closed class.
    pub(crate) leaves: Vec<bool>,
}

/// A component's pattern with the way back to its vertices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The pattern, in canonical numbering.
    pub pattern: Pattern,
    /// Vertex of the chain that has canonical number i, for each i.
    pub vertices: Vec<u32>,
}

impl Pattern {
    /// Number of vertices.
    pub fn size(&self) -> usize {
        self.leaves.len()
    }

    /// Number of edges inside.
    pub fn edge_count(&self) -> usize {
        self.to.len()
    }

    /// Vertices entered from a vertex, ascending.
    pub(crate) fn targets(&self, vertex: u32) -> &[u32] {
        &self.to[self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize]
    }

    /// The pattern of a component of a chain, in canonical numbering. `local` is scratch of the chain's
    /// length, filled with `u32::MAX` before and after.
    pub(crate) fn of_component(chain: &Chain, members: &[u32], local: &mut [u32]) -> Canonical {
        members.iter().enumerate().for_each(|(i, &v)| local[v as usize] = i as u32);
        let inside = |t: u32| if (t as usize) < local.len() { local[t as usize] } else { u32::MAX };
        let edges: Vec<(u32, u32, u64)> = members
            .iter()
            .enumerate()
            .flat_map(|(i, &v)| chain.targets(v).iter().map(move |&t| (i as u32, t)))
            .filter_map(|(i, t)| Some((i, inside(t), 1)).filter(|e| e.1 != u32::MAX))
            .collect();
        let mut degree = vec![(0u32, 0u32); members.len()];
        for &(from, to, _) in &edges {
            degree[from as usize].0 += 1;
            degree[to as usize].1 += 1;
        }
        let leaves = |i: usize| chain.targets(members[i]).len() > degree[i].0 as usize;
        let colours = (0..members.len())
            .map(|i| u64::from(degree[i].0) << 32 | u64::from(degree[i].1) << 1 | u64::from(leaves(i)))
            .collect();
        let order = canonical_order(&Digraph::new(colours, edges.iter().copied()));
        let pattern = Pattern::relabelled(&edges, &order, leaves);
        members.iter().for_each(|&v| local[v as usize] = u32::MAX);
        Canonical { pattern, vertices: order.iter().map(|&i| members[i as usize]).collect() }
    }

    fn relabelled(edges: &[(u32, u32, u64)], order: &[u32], leaves: impl Fn(usize) -> bool) -> Pattern {
        let mut number = vec![0u32; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| number[old as usize] = new as u32);
        let mut first = vec![0u32; order.len() + 1];
        edges.iter().for_each(|e| first[number[e.0 as usize] as usize + 1] += 1);
        (0..order.len()).for_each(|v| first[v + 1] += first[v]);
        let mut next = first.clone();
        let mut to = vec![0; edges.len()];
        for e in edges {
            let row = number[e.0 as usize] as usize;
            to[next[row] as usize] = number[e.1 as usize];
            next[row] += 1;
        }
        (0..order.len()).for_each(|v| to[first[v] as usize..first[v + 1] as usize].sort_unstable());
        Pattern { first, to, leaves: order.iter().map(|&v| leaves(v as usize)).collect() }
    }

    /// The pattern as bytes: the payload of a job that asks for its plan. Their digest is the pattern's key.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_magic(MAGIC, VERSION);
        self.write(&mut w);
        w.finish()
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.u32(self.size() as u32);
        w.u32(self.to.len() as u32);
        w.u32s(&self.first);
        w.u32s(&self.to);
        self.leaves.iter().for_each(|&leaves| w.u8(leaves.into()));
    }

    /// A pattern from bytes that nobody vouches for. Whether its numbering is the canonical one is not
    /// checked: another numbering has another key, and harms nobody but its sender.
    ///
    /// # Errors
    /// If they are not what [`Pattern::encode`] writes.
    pub fn decode(bytes: &[u8]) -> Result<Pattern, DecodeError> {
        let mut r = Reader::new(bytes);
        r.expect_magic(MAGIC, VERSION, WHAT)?;
        let pattern = Pattern::read(&mut r)?;
        r.finish()?;
        Ok(pattern)
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Pattern, DecodeError> {
        let (n, m) = (r.u32(WHAT)? as usize, r.u32(WHAT)? as usize);
        if n > MAX_VERTICES || m > MAX_EDGES {
            return Err(inconsistent(WHAT, format!("{n} vertices and {m} edges are over the limits")));
        }
        let first = r.pointers(n, WHAT)?;
        let to = r.u32s(m, WHAT)?;
        let leaves = r.take(n, WHAT)?;
        if n == 0 || first[n] as usize != m || leaves.iter().any(|&b| b > 1) {
            return Err(inconsistent(WHAT, "its sections do not fit each other"));
        }
        let pattern = Pattern { first, to, leaves: leaves.iter().map(|&b| b == 1).collect() };
        for v in 0..n as u32 {
            let targets = pattern.targets(v);
            let ascending = targets.windows(2).all(|p| p[0] < p[1]);
            if !ascending || targets.last().is_some_and(|&t| t as usize >= n) || targets.contains(&v) {
                return Err(inconsistent(WHAT, format!("edges of vertex {v}")));
            }
        }
        // Orderings rely on it.
        if n < 2 || Components::new(n, |v| pattern.targets(v)).len() != 1 {
            return Err(inconsistent(WHAT, "it is not strongly connected"));
        }
        Ok(pattern)
    }
}
