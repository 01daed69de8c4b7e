//! What keys tell apart, and what they do not: equal keys mean isomorphic graphs, whatever reaches a number is
//! under the key, and ties that refinement can not break cost a miss and nothing else.

mod digraph;
mod fields;
mod isomorphism;
mod keys;
mod results;
mod ties;

use sojourn_engine::{Chain, Graph, GraphBuilder, Trace, graph_key, models};

fn model(spec: &str) -> Graph {
    models::build(spec).unwrap()
}

fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}

fn key(graph: &Graph) -> [u8; 32] {
    graph_key(&Chain::new(graph))
}

/// A graph with its rows permuted: row r becomes `rows[r]`. The start stays where it is.
fn relabelled(graph: &Graph, rows: &[u32]) -> Graph {
    let mut builder = GraphBuilder::new(graph.kind(), graph.parameters(), graph.state_length()).unwrap();
    let mut back = vec![0; rows.len()];
    rows.iter().enumerate().for_each(|(old, &new)| back[new as usize] = old);
    back.iter().for_each(|&old| {
        builder.vertex(graph.state(old)).unwrap();
    });
    let to = |row: u32| rows[row as usize];
    graph.start_edges().for_each(|e| builder.start_edge(to(e.to), e.weight).unwrap());
    graph.edges().for_each(|e| builder.edge(to(e.from), to(e.to), e.weight).unwrap());
    builder.finish().unwrap()
}
