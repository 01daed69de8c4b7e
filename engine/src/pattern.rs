//! The pattern of a component: which vertex has which edges inside, and which have edges that leave. Plans
//! depend on nothing else, so components that differ only in coefficients share one.

mod shape;

use std::sync::Arc;

use crate::components::Components;
use crate::encoding::{DecodeError, Reader, Writer, inconsistent};
use crate::graph::{MAX_EDGES, MAX_VERTICES};

pub(crate) use shape::Shape;

const MAGIC: &[u8; 8] = b"sjrnpat\0";
const VERSION: u32 = 1;
const WHAT: &str = "a component's pattern";

/// A strongly connected digraph of two or more vertices in canonical numbering, without self-loops. Cloning one
/// copies nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// As [`Shape`] reads them.
    words: Arc<[u32]>,
}

impl Pattern {
    /// The pattern that [`Shape::write`] wrote as these words.
    pub(crate) fn new(words: &[u32]) -> Pattern {
        Pattern { words: words.into() }
    }

    pub(crate) fn shape(&self) -> Shape<'_> {
        Shape::of(&self.words)
    }

    /// Number of vertices.
    pub fn size(&self) -> usize {
        self.shape().size()
    }

    /// Number of edges inside.
    pub fn edge_count(&self) -> usize {
        self.shape().to.len()
    }

    /// Whether the two are one and the same, or else equal.
    pub(crate) fn is(&self, other: &Pattern) -> bool {
        Arc::ptr_eq(&self.words, &other.words) || self == other
    }

    /// The pattern as bytes: the payload of a job that asks for its plan. Their digest is the pattern's key.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_magic(MAGIC, VERSION);
        self.write(&mut w);
        w.finish()
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        let shape = self.shape();
        w.u32(self.size() as u32);
        w.u32(shape.to.len() as u32);
        w.u32s(shape.first);
        w.u32s(shape.to);
        (0..self.size() as u32).for_each(|v| w.u8(shape.leaves(v).into()));
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
        let row = |v: usize| &to[first[v] as usize..first[v + 1] as usize];
        for v in 0..n {
            let targets = row(v);
            let ascending = targets.windows(2).all(|p| p[0] < p[1]);
            if !ascending || targets.last().is_some_and(|&t| t as usize >= n) || targets.contains(&(v as u32))
            {
                return Err(inconsistent(WHAT, format!("edges of vertex {v}")));
            }
        }
        // Orderings rely on it.
        if n < 2 || Components::new(n, |v| row(v as usize)).len() != 1 {
            return Err(inconsistent(WHAT, "it is not strongly connected"));
        }
        let mut words = Vec::with_capacity(Shape::words(n, m));
        Shape::write(&mut words, n, |v, targets| {
            targets.extend_from_slice(row(v));
            leaves[v] == 1
        });
        Ok(Pattern::new(&words))
    }
}
