//! Small digraphs with weights on edges and exits, and the graphs they make.

use std::collections::BTreeMap;

use sojourn_engine::{Chain, Decomposition, Graph, GraphBuilder, Kind, Pattern, Weight};

/// Vertices 0..n; weights are small integers, and what is not there has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digraph {
    pub(crate) n: u32,
    pub(crate) edges: BTreeMap<(u32, u32), u32>,
    /// Weight of the edge of each vertex to absorption, zero for none.
    pub(crate) exits: Vec<u32>,
    /// Start weight of each vertex, zero for none.
    pub(crate) starts: Vec<u32>,
}

impl Digraph {
    /// Unit weights, every vertex a start and none with an exit.
    pub(crate) fn new(n: u32, edges: impl IntoIterator<Item = (u32, u32)>) -> Digraph {
        let edges = edges.into_iter().map(|e| (e, 1)).collect();
        Digraph { n, edges, exits: vec![0; n as usize], starts: vec![1; n as usize] }
    }

    /// As [`Digraph::new`], each edge in both directions.
    pub(crate) fn symmetric(n: u32, edges: impl IntoIterator<Item = (u32, u32)>) -> Digraph {
        Digraph::new(n, edges.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]))
    }

    /// Exits of weight one.
    pub(crate) fn with_exits(mut self, vertices: impl IntoIterator<Item = u32>) -> Digraph {
        vertices.into_iter().for_each(|v| self.exits[v as usize] = 1);
        self
    }

    /// Vertex v becomes `name[v]`.
    pub(crate) fn renamed(&self, name: &[u32]) -> Digraph {
        let moved = |values: &[u32]| {
            let mut moved = vec![0; values.len()];
            values.iter().zip(name).for_each(|(&value, &new)| moved[new as usize] = value);
            moved
        };
        let to = |v: u32| name[v as usize];
        Digraph {
            n: self.n,
            edges: self.edges.iter().map(|(&(a, b), &w)| ((to(a), to(b)), w)).collect(),
            exits: moved(&self.exits),
            starts: moved(&self.starts),
        }
    }

    /// Only what a pattern knows: unit weights, and every vertex a start.
    pub(crate) fn shape(&self) -> Digraph {
        let one = |w: &u32| (*w).min(1);
        Digraph {
            n: self.n,
            edges: self.edges.keys().map(|&e| (e, 1)).collect(),
            exits: self.exits.iter().map(one).collect(),
            starts: vec![1; self.n as usize],
        }
    }

    /// The graph: row 0 is the start, row v + 1 vertex v, the last row absorbing.
    pub(crate) fn graph(&self) -> Graph {
        let mut builder = GraphBuilder::new(Kind::Continuous, 0, 0).unwrap();
        (0..self.n + 2).for_each(|_| {
            builder.vertex(&[]).unwrap();
        });
        let weight = |w: u32| Weight::Constant(f64::from(w) / 8.0);
        for v in 0..self.n {
            builder.start_edge(v + 1, weight(self.starts[v as usize])).unwrap();
            builder.edge(v + 1, self.n + 1, weight(self.exits[v as usize])).unwrap();
        }
        for (&(a, b), &w) in &self.edges {
            builder.edge(a + 1, b + 1, weight(w)).unwrap();
        }
        builder.finish().unwrap()
    }

    /// The pattern of its only component, as bytes; none where it is not strongly connected.
    pub(crate) fn pattern(&self) -> Option<Vec<u8>> {
        let decomposition = Decomposition::new(&Chain::new(&self.graph()));
        let only = decomposition.patterns().iter().find(|pattern| pattern.size() == self.n as usize);
        only.map(Pattern::encode)
    }
}
