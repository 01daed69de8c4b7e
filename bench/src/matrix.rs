//! A graph at a parameter vector as the linear system M x = 1, in compressed columns.

use sojourn_engine::{Graph, Weight};

/// M = -S (continuous) or I - N (discrete) over the vertices that the start reaches, with alpha.
#[derive(Debug)]
pub struct System {
    /// Column j has the entries `pointers[j]..pointers[j + 1]`.
    pub pointers: Vec<i32>,
    /// Row of each entry, ascending within a column.
    pub rows: Vec<i32>,
    /// Value of each entry.
    pub values: Vec<f64>,
    /// Initial probability of each vertex.
    pub alpha: Vec<f64>,
    /// Rate of absorption (or its probability in a step) from each vertex: summed as such, not what a row lacks.
    pub exit: Vec<f64>,
}

impl System {
    /// The system of a graph at theta.
    pub fn new(graph: &Graph, theta: &[f64]) -> System {
        let number = numbers(graph);
        let n = number.iter().flatten().count();
        let mut entries: Vec<(i32, i32, f64)> = Vec::new();
        let mut exit = vec![0.0; n];
        for edge in graph.edges().filter(|e| e.from != e.to) {
            let Some(row) = number[edge.from as usize] else { continue };
            let rate = value(edge.weight, theta);
            entries.push((row, row, rate));
            match number[edge.to as usize] {
                Some(column) => entries.push((column, row, -rate)),
                None => exit[row as usize] += rate,
            }
        }
        entries.sort_by_key(|e| (e.0, e.1));
        let mut system = System {
            pointers: vec![0; n + 1],
            rows: Vec::new(),
            values: Vec::new(),
            alpha: vec![0.0; n],
            exit,
        };
        for same in entries.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            system.rows.push(same[0].1);
            system.values.push(same.iter().map(|e| e.2).sum());
            system.pointers[same[0].0 as usize + 1] = system.rows.len() as i32;
        }
        let sum: f64 = graph.start_edges().map(|e| value(e.weight, theta)).sum();
        for edge in graph.start_edges() {
            if let Some(vertex) = number[edge.to as usize] {
                system.alpha[vertex as usize] += value(edge.weight, theta) / sum;
            }
        }
        system
    }

    /// Number of unknowns.
    pub fn len(&self) -> usize {
        self.alpha.len()
    }

    /// Whether there is nothing to solve.
    pub fn is_empty(&self) -> bool {
        self.alpha.is_empty()
    }

    /// alpha . x
    pub fn mean(&self, x: &[f64]) -> f64 {
        self.alpha.iter().zip(x).map(|(a, x)| a * x).sum()
    }
}

/// The number of each row that the start reaches and that can be left.
fn numbers(graph: &Graph) -> Vec<Option<i32>> {
    let mut next = vec![Vec::new(); graph.vertices()];
    let kept = graph.edges().filter(|e| e.from != e.to && !e.weight.is_identically_zero());
    kept.for_each(|e| next[e.from as usize].push(e.to));
    let mut reached = vec![false; graph.vertices()];
    let starts = graph.start_edges().filter(|e| !e.weight.is_identically_zero());
    let mut stack: Vec<u32> = starts.map(|e| e.to).collect();
    while let Some(row) = stack.pop() {
        if !std::mem::replace(&mut reached[row as usize], true) {
            stack.extend_from_slice(&next[row as usize]);
        }
    }
    let mut count = 0..;
    let is_vertex = |row: usize| reached[row] && !next[row].is_empty();
    (0..graph.vertices()).map(|row| if is_vertex(row) { count.next() } else { None }).collect()
}

fn value(weight: Weight<'_>, theta: &[f64]) -> f64 {
    match weight {
        Weight::Constant(w) => w,
        Weight::Linear { base, coefficients } => {
            coefficients.iter().zip(theta).fold(base, |sum, (c, t)| sum + c * t)
        }
    }
}
