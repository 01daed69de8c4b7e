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

    /// The pattern of a component of a chain in the chain's own order, not in canonical numbering. `members` are
    /// its vertices, ascending; `local` is scratch of the chain's length, filled with `u32::MAX` before and after.
    pub(crate) fn of_members(chain: &Chain, members: &[u32], local: &mut [u32]) -> Pattern {
        members.iter().zip(0..).for_each(|(&v, i)| local[v as usize] = i);
        let inside = |&t: &u32| local.get(t as usize).copied().filter(|&i| i != u32::MAX);
        let mut pattern =
            Pattern { first: vec![0], to: Vec::new(), leaves: Vec::with_capacity(members.len()) };
        for &v in members {
            let (targets, before) = (chain.targets(v), pattern.to.len());
            pattern.to.extend(targets.iter().filter_map(inside));
            pattern.first.push(pattern.to.len() as u32);
            pattern.leaves.push(pattern.to.len() - before < targets.len());
        }
        members.iter().for_each(|&v| local[v as usize] = u32::MAX);
        pattern
    }

    /// The same pattern in canonical numbering, and the vertex of this one that has canonical number i, for
    /// each i.
    pub(crate) fn canonical(&self) -> (Pattern, Vec<u32>) {
        let n = self.size() as u32;
        let mut entering = vec![0u32; self.size()];
        self.to.iter().for_each(|&t| entering[t as usize] += 1);
        let colour = |v: u32| {
            let (degree, leaves) = (self.targets(v).len() as u64, self.leaves[v as usize]);
            degree << 32 | u64::from(entering[v as usize]) << 1 | u64::from(leaves)
        };
        let edges = (0..n).flat_map(|v| self.targets(v).iter().map(move |&t| (v, t, 1)));
        let order = canonical_order(&Digraph::new((0..n).map(colour).collect(), edges));
        (self.relabelled(&order), order)
    }

    fn relabelled(&self, order: &[u32]) -> Pattern {
        let mut number = vec![0u32; order.len()];
        order.iter().zip(0..).for_each(|(&old, new)| number[old as usize] = new);
        let mut first = vec![0];
        let mut to: Vec<u32> = Vec::with_capacity(self.to.len());
        for &old in order {
            let begin = to.len();
            to.extend(self.targets(old).iter().map(|&t| number[t as usize]));
            to[begin..].sort_unstable();
            first.push(to.len() as u32);
        }
        Pattern { first, to, leaves: order.iter().map(|&v| self.leaves[v as usize]).collect() }
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
