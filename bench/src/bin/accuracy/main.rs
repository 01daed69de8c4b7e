//! The largest ratios of true errors to stated bounds, as a Markdown table: `cargo run --release -p sojourn-bench --bin
//! accuracy [CONTINUOUS [DISCRETE]]`, the numbers of random chains (1000 and 300). All ratios must be below one.
//!
//! The truth is computed with 384 bits by an exponential of the generator, or step by step, for the doubles of the chain as
//! they are: none of the engine's methods has a part in it.

#[cfg_attr(not(test), expect(dead_code, reason = "tests of the engine use more of it"))]
#[path = "../../../../engine/tests/support/precise/mod.rs"]
mod precise;
#[path = "../../../../engine/tests/support/random_chains.rs"]
mod random_chains;
mod ratios;

use anyhow::{Context, Result, ensure};
use precise::PreciseChain;
use random_chains::{ChainFamily, RandomChain};
use ratios::RatioTable;
use sojourn_engine::Kind;

/// Times, in steps of the fastest vertex: early, usual, late and in the tail.
const TIMES: [f64; 6] = [1e-3, 1.0, 12.0, 300.0, 5e4, 1e7];
/// Numbers of steps of discrete chains.
const STEPS: [f64; 4] = [1.0, 12.0, 150.0, 900.0];

fn main() -> Result<()> {
    let count = |place: usize, default: u64| match std::env::args().nth(place) {
        Some(text) => text.parse().with_context(|| format!("{text} is no number of chains")),
        None => Ok(default),
    };
    let (continuous, discrete) = (count(1, 1000)?, count(2, 300)?);
    let mut table = RatioTable::default();
    for seed in 0..continuous {
        let family = ChainFamily::ALL[seed as usize % ChainFamily::ALL.len()];
        let chain = RandomChain::new(family, seed, 7);
        let rate = chain.highest_rate();
        see(&mut table, family, &chain, &TIMES.map(|steps| steps / rate))?;
    }
    for seed in 0..discrete {
        let family = ChainFamily::ALL[seed as usize % ChainFamily::ALL.len()];
        see(&mut table, family, &RandomChain::discrete(family, seed, 7), &STEPS)?;
    }
    println!("{continuous} continuous and {discrete} discrete chains of 2 to 7 vertices\n");
    table.print();
    ensure!(table.worst() < 1.0, "a stated bound is false: {}", table.place());
    Ok(())
}

/// Holds what is said of a chain at each time against the truth.
fn see(table: &mut RatioTable, family: ChainFamily, chain: &RandomChain, times: &[f64]) -> Result<()> {
    let precise =
        PreciseChain { vertices: chain.vertices, edges: chain.edges.clone(), start: chain.start.clone() };
    let found = chain.trace().distribution_gradient(&chain.theta, times)?;
    for (found, &time) in found.iter().zip(times) {
        let exact = match chain.kind {
            Kind::Continuous => precise.distribution(&chain.theta, time),
            Kind::Discrete => precise.after(&chain.theta, time as usize),
        };
        table.see(family, found, &exact);
    }
    Ok(())
}
