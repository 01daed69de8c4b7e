//! Batches of vectors on one thread and on two, by the clock on the wall, until all answers are there.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use sojourn_bench::catalogue::Entry;
use sojourn_bench::clock::median;
use sojourn_engine::{Query, Question};

use super::replay::near;
use super::{micro, trace};

/// Least time that a batch is to take on one thread, so that starting the other does not show.
const LEAST: f64 = 0.02;
/// Fewest vectors of a batch.
const FEWEST: usize = 256;
const ROUNDS: usize = 9;

pub(super) const HEADINGS: &str =
    "| graph | vectors | one thread, us a vector | two threads, us a vector | ratio |
|---|--:|--:|--:|--:|";

/// Measures a batch, and prints its row.
pub(super) fn row(entry: &Entry) -> Result<()> {
    let trace = trace(entry)?;
    let moments = Some(Query { moments: 1, ..Query::default() });
    let question = Question { moments, ..Question::default() };
    let lap = |thetas: &[Vec<f64>], threads| {
        let begin = Instant::now();
        let answers = black_box(trace.answer_many(thetas, &question, threads));
        let elapsed = begin.elapsed().as_secs_f64();
        // Whoever has them lets them go; that is no part of answering.
        drop(answers);
        elapsed
    };
    let few: Vec<Vec<f64>> = (0..FEWEST).map(|lane| near(&entry.theta, lane)).collect();
    let count = FEWEST * ((LEAST / lap(&few, 1)).ceil() as usize).clamp(1, 4096);
    let thetas: Vec<Vec<f64>> = (0..count).map(|lane| near(&entry.theta, lane % FEWEST)).collect();
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(lap(&thetas, 1) / count as f64);
        two.push(lap(&thetas, 2) / count as f64);
    }
    let (one, two) = (median(one), median(two));
    println!("| {} | {count} | {} | {} | {:.2} |", entry.name, micro(one), micro(two), one / two);
    Ok(())
}
