//! Samples against the exact distribution, with fixed seeds; that they never change; what is refused.

mod agreement;
mod limits;
mod pinned;

use sojourn_engine::{Chain, Graph, GraphBuilder, Kind, SampleQuery, Samples, Trace, Weight, models};

fn model(spec: &str) -> Trace {
    recorded(&models::build(spec).unwrap())
}

fn recorded(graph: &Graph) -> Trace {
    Trace::record(&Chain::new(graph)).unwrap()
}

/// A trace of constant weights: rows are numbered from the start, row 0.
fn chain(kind: Kind, rows: u32, start: &[(u32, f64)], edges: &[(u32, u32, f64)]) -> Trace {
    let mut builder = GraphBuilder::new(kind, 0, 0).unwrap();
    (0..rows).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    start.iter().for_each(|&(to, w)| builder.start_edge(to, Weight::Constant(w)).unwrap());
    edges.iter().for_each(|&(a, b, w)| builder.edge(a, b, Weight::Constant(w)).unwrap());
    recorded(&builder.finish().unwrap())
}

fn drawn(trace: &Trace, theta: &[f64], count: usize, seed: u64) -> Samples {
    rewarded(trace, theta, count, seed, Vec::new())
}

fn rewarded(trace: &Trace, theta: &[f64], count: usize, seed: u64, rewards: Vec<Vec<f64>>) -> Samples {
    let query = SampleQuery { count, seed, rewards, ..SampleQuery::default() };
    trace.sample(theta, &query, 2).unwrap_or_else(|error| panic!("{theta:?}: {error}"))
}
