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
    "| graph | vectors | one thread, us a vector | two threads, us a vector | ratio | two that share nothing |
|---|--:|--:|--:|--:|--:|";

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
    let (mut one, mut two, mut gain, mut most) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (alone, shared, apart) = (lap(&thetas, 1), lap(&thetas, 2), halves(&thetas, &lap));
        one.push(alone / count as f64);
        two.push(shared / count as f64);
        // Within a round, so that what else happens on the machine meets both.
        gain.push(alone / shared);
        most.push(alone / apart);
    }
    let (one, two, gain, most) = (median(one), median(two), median(gain), median(most));
    println!("| {} | {count} | {} | {} | {gain:.2} | {most:.2} |", entry.name, micro(one), micro(two));
    Ok(())
}

/// The time that two threads take which have nothing in common, each with half of the vectors: what the machine permits.
fn halves(thetas: &[Vec<f64>], lap: &(impl Fn(&[Vec<f64>], usize) -> f64 + Sync)) -> f64 {
    let (first, second) = thetas.split_at(thetas.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| lap(second, 1));
        let here = lap(first, 1);
        here.max(other.join().expect("no panic"))
    })
}
