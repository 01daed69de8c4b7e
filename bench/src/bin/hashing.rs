//! What it costs to know a graph again, as a Markdown table: its canonical hash, and cutting it into components
//! with canonical patterns, in nanoseconds an edge of the normalised chain.
//!
//! `hashing [MODEL...]`

use std::hint::black_box;

use anyhow::Result;
use sojourn_bench::clock::race;
use sojourn_engine::{Chain, Decomposition, graph_key, models};

const MODELS: [&str; 8] = [
    "im,n1=8,n2=8",
    "im,n1=4,n2=4",
    "chain,components=200,size=60,distinct=true",
    "chain,components=100000,size=10,distinct=false",
    "random,n=5000",
    "islands,n=300",
    "birth-death,n=100000",
    "coalescent,n=100000",
];

fn main() -> Result<()> {
    let named: Vec<String> = std::env::args().skip(1).collect();
    let models = if named.is_empty() { MODELS.map(str::to_owned).to_vec() } else { named };
    println!("| model | edges | canonical hash, ns an edge | components and patterns, ns an edge |");
    println!("|---|--:|--:|--:|");
    for model in models {
        let chain = Chain::new(&models::build(&model)?);
        let edges = chain.edge_count();
        let mut hash = || {
            black_box(graph_key(black_box(&chain)));
        };
        let mut cut = || drop(black_box(Decomposition::new(black_box(&chain))));
        let seconds = race(&mut [&mut hash, &mut cut]);
        let each = |seconds: f64| seconds * 1e9 / edges as f64;
        println!("| {model} | {edges} | {:.0} | {:.0} |", each(seconds[0]), each(seconds[1]));
    }
    Ok(())
}
