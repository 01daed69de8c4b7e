//! `sojourn ping`: whether the daemon is there, and how fast it answers.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use sojourn_proto::{Reply, Request};

use super::{Ended, unexpected};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::numbers;

/// How often.
#[derive(Debug, Args)]
pub(crate) struct PingArgs {
    /// Number of round trips
    #[arg(short = 'n', long, value_name = "N", default_value = "10")]
    count: NonZeroU32,
}

#[derive(Serialize)]
struct Pong<'a> {
    pid: u32,
    version: &'a str,
    round_trips: u32,
    min_micros: f64,
    median_micros: f64,
}

/// Measures round trips over one connection, which is made before.
pub(crate) fn run(args: &PingArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let client = context.client()?;
    let connection = client.connect()?;
    let mut times = Vec::with_capacity(args.count.get().min(1 << 16) as usize);
    for _ in 0..args.count.get() {
        let asked = Instant::now();
        match connection.call(&context.interrupt, |id| Request::Ping { id })? {
            Reply::Done { .. } => times.push(asked.elapsed()),
            _ => return Err(unexpected("ping")),
        }
    }
    let (min, median) = min_and_median(&mut times);
    let peer = connection.peer();
    if context.json() {
        let (min_micros, median_micros) = (min.as_secs_f64() * 1e6, median.as_secs_f64() * 1e6);
        let (pid, version, round_trips) = (peer.pid, peer.build.as_str(), args.count.get());
        context.out.json(&Pong { pid, version, round_trips, min_micros, median_micros })?;
    } else {
        let (count, pid, build) = (args.count, peer.pid, &peer.build);
        let (min, median) = (numbers::seconds(min.as_secs_f64()), numbers::seconds(median.as_secs_f64()));
        context
            .out
            .line(format_args!("daemon {pid} ({build}): {count} round trips, min {min}, median {median}"))?;
    }
    Ok(Ended::Done)
}

/// Least and median of one or more times; of an even number the upper of the two in the middle.
fn min_and_median(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    (times[0], times[times.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_round_trip_moves_neither_minimum_nor_median() {
        let mut times = [5, 1, 900, 3, 4].map(Duration::from_micros);
        assert_eq!(min_and_median(&mut times), (Duration::from_micros(1), Duration::from_micros(4)));
    }
}
