//! Summaries of samples that are drawn several times rather than kept, with the digits of those that are.

use super::super::samples::{PARTS, SampleSummary, between};
use super::ranks::RankSearch;

/// Summaries of T and of each reward under way.
#[derive(Debug)]
pub(super) struct RunningSummaries {
    running: Vec<RunningSummary>,
    count: u64,
    passes: usize,
}

#[derive(Debug)]
struct RunningSummary {
    sum: f64,
    /// Of the distances from the mean, in the second pass.
    squares: f64,
    mean: f64,
    at_zero: usize,
    infinite: usize,
    ranks: RankSearch,
}

impl RunningSummaries {
    /// Of so many variables and samples, one sample or more.
    pub(super) fn new(variables: usize, count: u64) -> RunningSummaries {
        let last = count.saturating_sub(1);
        let ranks: Vec<u64> = PARTS.iter().flat_map(|&part| places(part, last)).collect();
        let new = || RunningSummary {
            sum: 0.0,
            squares: 0.0,
            mean: 0.0,
            at_zero: 0,
            infinite: 0,
            ranks: RankSearch::new(&ranks, count),
        };
        RunningSummaries { running: (0..variables).map(|_| new()).collect(), count, passes: 0 }
    }

    /// Whether all samples are to be drawn once more.
    pub(super) fn is_open(&self) -> bool {
        self.passes < 2 || self.running.iter().any(|running| running.ranks.is_open())
    }

    /// Takes the next samples, of each variable as many.
    pub(super) fn take(&mut self, part: &[Vec<f64>]) {
        for (running, values) in self.running.iter_mut().zip(part) {
            let ranks = &mut running.ranks;
            if ranks.is_open() {
                values.iter().for_each(|&value| ranks.take(value));
            }
            match self.passes {
                0 => {
                    // In the order of their numbers, as samples that are kept are summed up.
                    values.iter().for_each(|&value| running.sum += value);
                    running.at_zero += values.iter().filter(|&&value| value == 0.0).count();
                    running.infinite += values.iter().filter(|value| value.is_infinite()).count();
                }
                1 => {
                    let mean = running.mean;
                    values.iter().for_each(|&value| running.squares += (value - mean) * (value - mean));
                }
                _ => {}
            }
        }
    }

    /// Ends a pass over all samples.
    pub(super) fn end_of_pass(&mut self) {
        self.passes += 1;
        let count = self.count as f64;
        for running in &mut self.running {
            running.mean = running.sum / count;
            running.ranks.end_of_pass();
        }
    }

    /// The summaries, once no more passes are needed.
    pub(super) fn summaries(&self) -> Vec<SampleSummary> {
        let last = self.count.saturating_sub(1);
        let of = |running: &RunningSummary| {
            let values = running.ranks.values();
            let mut quantiles = [0.0; PARTS.len()];
            for ((quantile, &part), pair) in quantiles.iter_mut().zip(&PARTS).zip(values.chunks(2)) {
                if let &[below, above] = pair {
                    *quantile = between(below, above, (part * last as f64).fract());
                }
            }
            SampleSummary {
                count: self.count as usize,
                mean: running.mean,
                deviation: (last > 0 && running.mean.is_finite())
                    .then(|| f64::sqrt(running.squares / last as f64)),
                quantiles,
                at_zero: running.at_zero,
                infinite: running.infinite,
            }
        };
        self.running.iter().map(of).collect()
    }
}

/// The two ranks nearest to a part of the samples.
fn places(part: f64, last: u64) -> [u64; 2] {
    let place = part * last as f64;
    [place.floor() as u64, place.ceil() as u64]
}
