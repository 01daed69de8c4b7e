//! One density curve beside scipy.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sojourn_bench::catalogue::{self, Entry};
use sojourn_bench::clock::race;
use sojourn_bench::matrix::System;
use sojourn_engine::{Chain, DistributionQuery, Trace};

/// Reference graphs, a few of each family.
const GRAPHS: [&str; 10] = [
    "kingman_10",
    "kingman_50",
    "island_5",
    "island_10",
    "mm1_10",
    "im_2_2",
    "rabbits_10",
    "repair_10",
    "random_50",
    "stiff_bd_40",
];

/// Times of the curve that is timed.
const TIMES: usize = 50;

const SCRIPT: &str = include_str!("expm.py");

pub(crate) fn run(python: &str) -> Result<()> {
    println!("| graph | n | ours, ms | error | expm, ms | error | expm_multiply, ms | error |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for entry in catalogue::load(&catalogue::default_folder(), &GRAPHS.map(String::from))? {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("../engine/tests/fixtures/reference/{}.json", entry.name));
        let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let reference: Value = serde_json::from_slice(&text)?;
        let certified = |key: &str| -> Vec<f64> {
            let number = |v: &Value| v.as_f64().or_else(|| v.as_str()?.parse().ok());
            reference["cases"][0][key].as_array().into_iter().flatten().filter_map(number).collect()
        };
        let (times, densities) = (certified("times"), certified("pdf"));
        ensure!(!times.is_empty() && times.len() == densities.len(), "{} has no densities", entry.name);
        let last = times.iter().copied().fold(0.0, f64::max);
        let grid: Vec<f64> = (1..=TIMES).map(|i| last * i as f64 / TIMES as f64).collect();
        let (milliseconds, found) = ours(&entry, &times, &grid)?;
        let theirs = theirs(python, &entry, &times, &grid)?;
        let numbers = |key: &str| -> Vec<f64> {
            // What is no number in JSON is null there.
            let number = |v: &Value| v.as_f64().unwrap_or(f64::NAN);
            theirs[key].as_array().into_iter().flatten().map(number).collect()
        };
        println!(
            "| {} | {} | {milliseconds:.2} | {:.0e} | {:.2} | {:.0e} | {:.2} | {:.0e} |",
            entry.name,
            System::new(&entry.graph, &entry.theta).len(),
            worst(&found, &densities),
            theirs["expm_ms"].as_f64().unwrap_or(f64::NAN),
            worst(&numbers("expm"), &densities),
            theirs["multiply_ms"].as_f64().unwrap_or(f64::NAN),
            worst(&numbers("multiply"), &densities),
        );
    }
    Ok(())
}

/// The largest relative error; infinite where there is no number.
fn worst(found: &[f64], expected: &[f64]) -> f64 {
    let errors = found.iter().zip(expected).map(|(found, expected)| (found / expected - 1.0).abs());
    errors.fold(0.0, |worst, error| {
        if error <= worst {
            worst
        } else if error.is_nan() {
            f64::INFINITY
        } else {
            error
        }
    })
}

/// Milliseconds of a curve, recording included, and the density at each time.
fn ours(entry: &Entry, times: &[f64], grid: &[f64]) -> Result<(f64, Vec<f64>)> {
    let curve = |times: &[f64]| -> Result<Vec<f64>> {
        let trace = Trace::record(&Chain::new(&entry.graph))?;
        let query = DistributionQuery { times: times.to_vec(), ..DistributionQuery::default() };
        let found = trace.distribution(&entry.theta, &query)?;
        Ok(found.points.iter().map(|point| point.density).collect())
    };
    let found = curve(times)?;
    curve(grid)?;
    let mut timed = || drop(curve(grid));
    Ok((race(&mut [&mut timed])[0] * 1e3, found))
}

fn theirs(python: &str, entry: &Entry, times: &[f64], grid: &[f64]) -> Result<Value> {
    let system = System::new(&entry.graph, &entry.theta);
    let System { pointers, rows, values, alpha, exit } = &system;
    let asked = json!({
        "pointers": pointers, "rows": rows, "values": values, "alpha": alpha, "exit": exit,
        "times": times, "grid": grid,
    });
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .env("OPENBLAS_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {python}"))?;
    child.stdin.take().context("no way to its input")?.write_all(asked.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{python} failed at {}: {}", entry.name, output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}
