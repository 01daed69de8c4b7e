//! Replay on a GPU beside replay on all processors, family by family, as a Markdown table.
//!
//! `cargo run --release -p sojourn-bench --bin gpu [-- BATCH...]` measures on the first GPU that is visible, with
//! batches of 1000, 10 000 and 100 000 vectors if none are given. Each time is the fastest of some, from vectors in main memory
//! to answers there. Before anything is timed, the answers are compared, bit by bit.
//!
//! With `counts` in the place of batches it measures nothing and needs no GPU: it prints what a vector costs by what is asked.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use sojourn_engine::image::{Job, Traffic};
use sojourn_engine::question::{DistributionAt, encode_answers};
use sojourn_engine::{Chain, Query, Question, Trace, models};
use sojourn_worker::device::{Gpu, discover};

/// One of each kind: paths, no cycles, many small components, large ones, and what fills in.
const MODELS: [&str; 7] = [
    "coalescent,n=50",
    "islands,n=10",
    "birth-death,n=1000,start=5",
    "chain,components=20,size=60,distinct=true",
    "repair,n=10,crew=2",
    "random,n=50,degree=4,seed=1",
    "random,n=400,degree=4,seed=1",
];

const BATCHES: [usize; 3] = [1_000, 10_000, 100_000];

/// Times of which the fastest counts.
const TRIES: usize = 3;

/// Operations that are too many for one batch: processors would take minutes.
const TOO_MANY: f64 = 2e12;

/// Bytes that are copied to measure the bandwidth.
const COPIED: u64 = 1 << 30;

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some("counts") {
        return counts();
    }
    let given: Vec<usize> = std::env::args().skip(1).map(|batch| batch.parse()).collect::<Result<_, _>>()?;
    let batches = if given.is_empty() { BATCHES.to_vec() } else { given };
    let devices = discover()?;
    let device = devices.first().context("a device")?;
    let mut gpu = Gpu::open(&device.uuid)?;
    let copied = COPIED.min(gpu.memory()?.free / 4) as usize;
    let bandwidth = gpu.copy_bandwidth(copied)?;
    let rate = gpu.calibrate()?;
    let threads = std::thread::available_parallelism()?.get();
    println!(
        "{}, driver for CUDA {}, compute capability {:?}; {threads} threads on the CPU.",
        device.name, device.driver, device.compute_capability
    );
    println!(
        "Copies move {:.0} GB/s. A question takes {:.1} us at least, and {:.2e} operations a second are done.\n",
        bandwidth / 1e9,
        rate.launch_seconds * 1e6,
        rate.operations_per_second
    );
    println!("| model | asked | operations | bytes | vectors | CPU, s | GPU, s | ratio | GB/s | of copies |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for model in MODELS {
        let trace = Trace::record(&Chain::new(&models::build(model)?))?;
        for (name, gradient) in [("2 moments", false), ("with gradients", true)] {
            let query = Query { moments: 2, gradient, ..Query::default() };
            let question = Question { moments: Some(query), ..Question::default() };
            for &batch in &batches {
                measure(&mut gpu, model, &trace, name, &question, batch, threads, bandwidth)?;
            }
        }
    }
    Ok(())
}

/// Operations and bytes of one vector, by what is asked.
fn counts() -> Result<()> {
    println!("| model | mean | 2 moments | 4 moments | 2 with gradients | a step of a density |");
    println!("|---|--:|--:|--:|--:|--:|");
    for model in MODELS {
        let trace = Trace::record(&Chain::new(&models::build(model)?))?;
        let asked = |moments, gradient| -> Result<String> {
            let query = Query { moments, gradient, ..Query::default() };
            let question = Question { moments: Some(query), ..Question::default() };
            Ok(cell(Job::new(&trace, &question, 1)?.replay.context("moments")?.traffic()))
        };
        let at = DistributionAt { times: vec![1.0], ..DistributionAt::default() };
        let question = Question { distribution: Some(at), ..Question::default() };
        let step = cell(Job::new(&trace, &question, 1)?.curve.context("a density")?.traffic_of_step());
        let (mean, two, four) = (asked(1, false)?, asked(2, false)?, asked(4, false)?);
        println!("| {model} | {mean} | {two} | {four} | {} | {step} |", asked(2, true)?);
    }
    Ok(())
}

/// Thousands of operations, thousands of bytes, and what that makes.
fn cell(Traffic { operations, bytes }: Traffic) -> String {
    format!("{:.1}, {:.1}: {:.2}", operations / 1e3, bytes / 1e3, operations / bytes)
}

#[expect(clippy::too_many_arguments, reason = "a row of the table")]
fn measure(
    gpu: &mut Gpu,
    model: &str,
    trace: &Trace,
    name: &str,
    question: &Question,
    batch: usize,
    threads: usize,
    bandwidth: f64,
) -> Result<()> {
    let job = Job::new(trace, question, 1)?;
    let traffic = job.replay.context("moments")?.traffic();
    if traffic.operations * batch as f64 > TOO_MANY {
        return Ok(());
    }
    let digest = *blake3::hash(model.as_bytes()).as_bytes();
    let thetas: Vec<Vec<f64>> =
        (0..batch).map(|i| vec![1.0 + 0.5 * i as f64 / batch as f64; trace.parameters()]).collect();
    let few = &thetas[..batch.min(100)];
    let same = encode_answers(gpu.answer(digest, trace, question, few)?)
        == encode_answers(trace.answer_many(few, question, threads));
    ensure!(same, "{model}: the GPU gives other bits than the CPU");
    let cpu = fastest(|| {
        trace.answer_many(&thetas, question, threads);
        Ok(())
    })?;
    let found = fastest(|| Ok(gpu.answer(digest, trace, question, &thetas).map(|_| ())?))?;
    let moved = traffic.bytes * batch as f64 / found;
    println!(
        "| {model} | {name} | {:.2e} | {:.2e} | {batch} | {cpu:.4} | {found:.4} | {:.2} | {:.1} | {:.2} |",
        traffic.operations,
        traffic.bytes,
        cpu / found,
        moved / 1e9,
        moved / bandwidth
    );
    Ok(())
}

/// Seconds of the fastest of some.
fn fastest(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut fastest = f64::INFINITY;
    for _ in 0..TRIES {
        let begin = Instant::now();
        run()?;
        fastest = fastest.min(begin.elapsed().as_secs_f64());
    }
    Ok(fastest)
}
