//! Recording, beside KLU's analysis and first factorisation.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::Result;
use sojourn_bench::catalogue::Entry;
use sojourn_bench::clock::race;
use sojourn_bench::klu::Klu;
use sojourn_bench::matrix::System;
use sojourn_engine::{Chain, Decomposition, Plan, Trace, graph_key};

use super::micro;

pub(super) const HEADINGS: &str =
    "| graph | n | edges | L+U, ours | L+U, KLU | recording, us | of it plans | KLU, us | ratio | hash, us |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

/// Measures recording, and prints its row.
pub(super) fn row(entry: &Entry) -> Result<()> {
    let chain = Chain::new(&entry.graph);
    let trace = record(&chain)?;
    let system = System::new(&entry.graph, &entry.theta);
    let decomposition = Decomposition::new(&chain);
    let patterns = decomposition.patterns();

    let mut whole = || drop(black_box(record(black_box(&chain))));
    let mut plans = || patterns.iter().for_each(|p| drop(black_box(Plan::record(p))));
    let mut peer = || drop(black_box(Klu::new(black_box(&system))));
    let mut hash = || {
        black_box(graph_key(black_box(&chain)));
    };
    let seconds = race(&mut [&mut whole, &mut peer, &mut plans, &mut hash]);

    let entries: usize = trace.component_summaries().map(|c| c.entries).sum();
    let (name, n, edges) = (&entry.name, chain.len(), chain.edge_count());
    let (peer_entries, peer, ratio) = match Klu::new(&system) {
        None => ("singular".to_owned(), "-".to_owned(), "-".to_owned()),
        Some(klu) => {
            (klu.entries().to_string(), micro(seconds[1]), format!("{:.2}", seconds[1] / seconds[0]))
        }
    };
    let (whole, plans, hash) = (micro(seconds[0]), micro(seconds[2]), micro(seconds[3]));
    println!(
        "| {name} | {n} | {edges} | {entries} | {peer_entries} | {whole} | {plans} | {peer} | {ratio} | {hash} |"
    );
    Ok(())
}

/// Everything from a chain to its trace, as [`Trace::record`] but in the parts that a daemon's workers do.
fn record(chain: &Chain) -> Result<Trace> {
    let decomposition = Decomposition::new(chain);
    let plans = decomposition
        .patterns()
        .iter()
        .map(|p| Ok(Arc::new(Plan::record(p)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Trace::stitch(chain, &decomposition, &plans)?.eliminate()?)
}
