//! Traces as bytes: encoded, damaged, stitched, exported, repeated, and large.

mod budget;
mod damage;
mod determinism;
mod operations;
mod scale;
mod stitching;

use sojourn_engine::{Chain, Graph, Trace, models};

fn model(spec: &str) -> Graph {
    models::build(spec).unwrap()
}

fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}
