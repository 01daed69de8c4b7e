//! Recording and replay beside KLU, over the families of reference graphs, as Markdown tables.
//!
//! `families [--graphs FOLDER] [NAME...]`

use std::hint::black_box;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use sojourn_bench::catalogue::{self, Entry};
use sojourn_bench::clock::race;
use sojourn_bench::klu::Klu;
use sojourn_bench::matrix::System;
use sojourn_engine::{Chain, Decomposition, Plan, Query, Trace, graph_key};

/// How far KLU's mean may be from ours to count as the same.
const SAME: f64 = 1e-8;

const RECORDING: &str =
    "| graph | n | edges | L+U, ours | L+U, KLU | recording, us | of it plans | KLU, us | ratio | hash, us |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|";
const REPLAY: &str = "| graph | operations | replay, us | KLU, us | ratio | ours, Mop/s | KLU's mean |
|---|--:|--:|--:|--:|--:|---|";

fn main() -> Result<()> {
    let (mut folder, mut names) = (catalogue::default_folder(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--graphs" => folder = arguments.next().ok_or_else(|| anyhow!("--graphs needs a folder"))?.into(),
            _ => names.push(argument),
        }
    }
    let entries = catalogue::load(&folder, &names)?;
    println!("{RECORDING}");
    for entry in &entries {
        recording(entry)?;
    }
    println!("\n{REPLAY}");
    for entry in &entries {
        replay(entry)?;
    }
    Ok(())
}

/// Measures recording, and prints its row.
fn recording(entry: &Entry) -> Result<()> {
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

/// Measures replay at one parameter vector, and prints its row.
fn replay(entry: &Entry) -> Result<()> {
    let trace = record(&Chain::new(&entry.graph))?;
    let system = System::new(&entry.graph, &entry.theta);
    let query = Query { moments: 1, ..Query::default() };
    let mean = trace.evaluate(&entry.theta, &query)?.moments[0];
    let (name, operations) = (&entry.name, trace.summary().operations);

    let mut evaluate = || drop(black_box(trace.evaluate(black_box(&entry.theta), &query)));
    let Some(mut klu) = Klu::new(&system) else {
        let ours = race(&mut [&mut evaluate])[0];
        let rate = operations as f64 / ours * 1e-6;
        println!("| {name} | {operations} | {} | - | - | {rate:.0} | none: singular to KLU |", micro(ours));
        return Ok(());
    };
    let mut x = vec![0.0; system.len()];
    let mut refactor_and_solve = || {
        klu.refactor();
        x.fill(1.0);
        klu.solve(black_box(&mut x));
    };
    let seconds = race(&mut [&mut evaluate, &mut refactor_and_solve]);
    let error = (system.mean(&x) - mean).abs() / mean;
    let verdict = if error <= SAME { "same".to_owned() } else { format!("**off by {error:.1e}**") };
    let (ours, peer, ratio) = (micro(seconds[0]), micro(seconds[1]), seconds[1] / seconds[0]);
    let rate = operations as f64 / seconds[0] * 1e-6;
    println!("| {name} | {operations} | {ours} | {peer} | {ratio:.2} | {rate:.0} | {verdict} |");
    Ok(())
}

fn micro(seconds: f64) -> String {
    let micro = seconds * 1e6;
    format!("{micro:.*}", if micro < 100.0 { 2 } else { 0 })
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
