//! From a graph to its chain.

use std::sync::Arc;

use super::{ABSORBED, Chain};
use crate::graph::{Graph, Kind, Weight, WeightTable};

/// Marks rows that are no vertex of the chain.
const NOT_A_VERTEX: u32 = u32::MAX;

/// The weight of the one edge of a vertex that is never left.
const NEVER_LEFT: Weight<'static> = Weight::Constant(0.0);

impl From<&Graph> for Chain {
    fn from(graph: &Graph) -> Chain {
        Chain::new(graph)
    }
}

impl Chain {
    /// Returns the chain of a graph. Rows without any edge are absorbing. Rows that have edges, of which none leads
    /// elsewhere with a weight (self-loops, edges that are zero for every theta), are never left: they are vertices
    /// whose one edge, to absorption, has the constant weight zero. Linear in the edges, but for sorting each row.
    pub fn new(graph: &Graph) -> Chain {
        let outgoing = Outgoing::new(graph);
        let vertices = outgoing.reached_and_transient(graph);
        let mut vertex_of_row = vec![NOT_A_VERTEX; graph.vertices()];
        vertices.iter().enumerate().for_each(|(v, &row)| vertex_of_row[row as usize] = v as u32);

        let mut merge = Merge::new(graph.weights());
        let (mut first, mut to, mut weight) = (vec![0], Vec::new(), Vec::new());
        let mut row_edges = Vec::new();
        for &row in &vertices {
            row_edges.clear();
            row_edges.extend(outgoing.of(row).iter().map(|&(t, w)| (vertex_of_row[t as usize], w)));
            merge.row(&mut row_edges, |target, number| {
                to.push(target);
                weight.push(number);
            });
            if outgoing.of(row).is_empty() {
                // A row without a single edge would be absorbing: this one is never left.
                to.push(ABSORBED);
                weight.push(merge.target.intern(NEVER_LEFT));
            }
            first.push(to.len() as u32);
        }
        let mut start_edges: Vec<(u32, u32)> = graph
            .start_edge_table()
            .iter()
            .filter(|e| !graph.weights().get(e.1).is_identically_zero())
            .map(|&(t, w)| (vertex_of_row[t as usize], w))
            .collect();
        let mut start = Vec::new();
        merge.row(&mut start_edges, |target, number| start.push((target, number)));
        // Apart from what leads to absorption anyway: it alone tells whether the weights sum to more than one.
        if let Some((base, coefficients)) =
            graph.keeps_start_mass().then(|| graph.lacking_start_mass()).flatten()
        {
            let linear = Weight::Linear { base, coefficients: &coefficients };
            let lacking = if coefficients.is_empty() { Weight::Constant(base) } else { linear };
            start.push((ABSORBED, merge.target.intern(lacking)));
        }
        let loops = merge.loops(graph, &vertex_of_row);
        let chain = Chain {
            kind: graph.kind(),
            rows: graph.vertices() as u32,
            start_row: graph.start(),
            graph_edges: graph.edge_count() as u32,
            vertex_rows: vertices,
            first,
            to,
            weight,
            start,
            loops,
            weights: Arc::new(merge.target),
        };
        if graph.is_normalised() { chain.divided() } else { chain }
    }
}

/// Edges of a graph by the row they leave; self-loops and edges that are zero for every theta left out.
struct Outgoing {
    first: Vec<u32>,
    /// (row entered, weight), in the order of the graph.
    edges: Vec<(u32, u32)>,
    /// Whether a row has any edge, those left out included: rows that have none are absorbing.
    written: Vec<bool>,
}

impl Outgoing {
    fn new(graph: &Graph) -> Outgoing {
        let zero: Vec<bool> =
            (0..graph.weights().len() as u32).map(|w| graph.weights().get(w).is_identically_zero()).collect();
        let kept = |e: &&(u32, u32, u32)| e.0 != e.1 && !zero[e.2 as usize];
        let mut written = vec![false; graph.vertices()];
        graph.edge_table().iter().for_each(|edge| written[edge.0 as usize] = true);
        let mut first = vec![0u32; graph.vertices() + 1];
        for edge in graph.edge_table().iter().filter(kept) {
            first[edge.0 as usize + 1] += 1;
        }
        for row in 0..graph.vertices() {
            first[row + 1] += first[row];
        }
        let mut next = first.clone();
        let mut edges = vec![(0, 0); first[graph.vertices()] as usize];
        for &(from, to, weight) in graph.edge_table().iter().filter(kept) {
            edges[next[from as usize] as usize] = (to, weight);
            next[from as usize] += 1;
        }
        Outgoing { first, edges, written }
    }

    fn of(&self, row: u32) -> &[(u32, u32)] {
        &self.edges[self.first[row as usize] as usize..self.first[row as usize + 1] as usize]
    }

    /// Returns the rows that the start reaches and that are not absorbing, ascending.
    fn reached_and_transient(&self, graph: &Graph) -> Vec<u32> {
        let mut reached = vec![false; graph.vertices()];
        let mut stack = Vec::new();
        let visit = |row: u32, reached: &mut Vec<bool>, stack: &mut Vec<u32>| {
            if !std::mem::replace(&mut reached[row as usize], true) {
                stack.push(row);
            }
        };
        for &(to, weight) in graph.start_edge_table() {
            if !graph.weights().get(weight).is_identically_zero() {
                visit(to, &mut reached, &mut stack);
            }
        }
        while let Some(row) = stack.pop() {
            self.of(row).iter().for_each(|&(to, _)| visit(to, &mut reached, &mut stack));
        }
        (0..graph.vertices() as u32)
            .filter(|&row| reached[row as usize] && self.written[row as usize])
            .collect()
    }
}

/// Sums parallel edges and renumbers weights in order of first use.
struct Merge<'a> {
    source: &'a WeightTable,
    target: WeightTable,
    /// Number of what an edge alone with each weight of `source` sums to: nearly every edge has no parallel
    /// one, and few weights are distinct.
    alone: Vec<Option<u32>>,
}

impl Merge<'_> {
    fn new(source: &WeightTable) -> Merge<'_> {
        Merge { source, target: WeightTable::new(source.parameters()), alone: vec![None; source.len()] }
    }

    /// Sorts a row by target and hands out one edge for each.
    fn row(&mut self, edges: &mut [(u32, u32)], mut add: impl FnMut(u32, u32)) {
        edges.sort_by_key(|e| e.0);
        for parallel in edges.chunk_by_mut(|a, b| a.0 == b.0) {
            debug_assert_eq!(NOT_A_VERTEX, ABSORBED, "what is no vertex is absorbing");
            let weight = match *parallel {
                [(_, weight)] => self.alone(weight),
                _ => self.sum(parallel),
            };
            add(parallel[0].0, weight);
        }
    }

    fn alone(&mut self, weight: u32) -> u32 {
        if let Some(number) = self.alone[weight as usize] {
            return number;
        }
        let number = self.sum(&mut [(0, weight)]);
        self.alone[weight as usize] = Some(number);
        number
    }

    fn sum(&mut self, parallel: &mut [(u32, u32)]) -> u32 {
        if parallel.len() > 2 {
            // Rounding depends on the order of three and more, and the file's must not matter.
            let number = |w: u32| {
                std::iter::once(self.source.base(w)).chain(self.source.coefficients(w).iter().copied())
            };
            parallel
                .sort_by(|a, b| number(a.1).partial_cmp(number(b.1)).unwrap_or(std::cmp::Ordering::Equal));
        }
        let mut base = 0.0;
        let mut coefficients = vec![0.0; self.source.parameters()];
        for &mut (_, weight) in parallel {
            base += self.source.base(weight);
            coefficients.iter_mut().zip(self.source.coefficients(weight)).for_each(|(sum, c)| *sum += c);
        }
        self.target.intern(if coefficients.iter().all(|&c| c == 0.0) {
            Weight::Constant(base)
        } else {
            Weight::Linear { base, coefficients: &coefficients }
        })
    }

    fn loops(&mut self, graph: &Graph, vertex_of_row: &[u32]) -> Vec<(u32, u32)> {
        if graph.kind() == Kind::Continuous {
            return Vec::new();
        }
        let mut found: Vec<(u32, u32)> = graph
            .edge_table()
            .iter()
            .filter(|e| e.0 == e.1 && vertex_of_row[e.0 as usize] != NOT_A_VERTEX)
            .filter(|e| !graph.weights().get(e.2).is_identically_zero())
            .map(|e| (vertex_of_row[e.0 as usize], e.2))
            .collect();
        let mut loops = Vec::new();
        self.row(&mut found, |vertex, weight| loops.push((vertex, weight)));
        loops
    }
}
