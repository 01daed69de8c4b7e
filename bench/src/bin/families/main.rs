//! Recording and replay beside KLU, over the families of reference graphs, as Markdown tables.
//!
//! `families [--graphs FOLDER] [--only recording|replay|batches] [NAME...]`

mod batches;
mod recording;
mod replay;

use anyhow::{Result, anyhow, bail};
use sojourn_bench::catalogue::{self, Entry};
use sojourn_engine::{Chain, Trace};

/// A table: its headings, and how to measure and print a row.
type Table = (&'static str, &'static str, fn(&Entry) -> Result<()>);

const TABLES: [Table; 3] = [
    ("recording", recording::HEADINGS, recording::row),
    ("replay", replay::HEADINGS, replay::row),
    ("batches", batches::HEADINGS, batches::row),
];

fn main() -> Result<()> {
    let (mut folder, mut names, mut only) = (catalogue::default_folder(), Vec::new(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| anyhow!("{argument} needs a value"));
        match argument.as_str() {
            "--graphs" => folder = value()?.into(),
            "--only" => only = Some(value()?),
            _ => names.push(argument),
        }
    }
    if let Some(name) = only.as_ref().filter(|name| TABLES.iter().all(|table| table.0 != **name)) {
        bail!("there is no table {name}: recording, replay, batches");
    }
    let entries = catalogue::load(&folder, &names)?;
    for (name, headings, row) in TABLES {
        if only.as_ref().is_none_or(|only| only == name) {
            println!("{headings}");
            entries.iter().try_for_each(row)?;
            println!();
        }
    }
    Ok(())
}

fn micro(seconds: f64) -> String {
    let micro = seconds * 1e6;
    format!("{micro:.*}", if micro < 100.0 { 2 } else { 0 })
}

/// The trace of an entry's graph.
fn trace(entry: &Entry) -> Result<Trace> {
    Ok(Trace::record(&Chain::new(&entry.graph))?)
}
