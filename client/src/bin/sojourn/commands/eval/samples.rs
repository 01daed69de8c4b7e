//! Samples: what is drawn, and what people see of it.

use std::num::NonZeroUsize;

use clap::Args;
use sojourn_engine::{SampleQuery, Samples};

use super::layout::list;
use crate::render::numbers::digits;
use crate::render::table::Table;

/// What to draw.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub(crate) struct Sampled {
    /// This many samples of T by exact simulation, and of what each of --rewards accumulates on the same walks
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<NonZeroUsize>,
    /// Seed of the samples, 0 if none is given: a seed gives the same samples in every version, on every machine
    #[arg(long, value_name = "SEED", requires = "sample")]
    pub(crate) seed: Option<u64>,
}

impl Sampled {
    /// What it asks of a trace.
    pub(crate) fn query(&self, rewards: &[Vec<f64>]) -> Option<SampleQuery> {
        let seed = self.seed.unwrap_or(0);
        let query = |count: NonZeroUsize| SampleQuery {
            count: count.get(),
            seed,
            rewards: rewards.to_vec(),
            ..SampleQuery::default()
        };
        self.sample.map(query)
    }
}

/// The parts of samples whose quantiles a summary has: least, quartiles, largest.
pub(super) const PARTS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// Samples in short.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SampleSummary {
    pub(super) count: usize,
    pub(super) mean: f64,
    /// None of fewer than two samples, and where one is infinite.
    pub(super) deviation: Option<f64>,
    /// Of [`PARTS`].
    pub(super) quantiles: [f64; PARTS.len()],
    pub(super) at_zero: usize,
    pub(super) infinite: usize,
}

/// The summaries of a vector: of T, and of each reward.
pub(super) type VectorSummaries = (Vec<f64>, Vec<SampleSummary>);

/// The number at a share of the way from one to another.
pub(super) fn between(below: f64, above: f64, share: f64) -> f64 {
    if below == above { below } else { below + (above - below) * share }
}

impl SampleSummary {
    /// None of no samples.
    fn of(samples: &[f64]) -> Option<SampleSummary> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let count = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / count;
        let squares: f64 = samples.iter().map(|x| (x - mean) * (x - mean)).sum();
        // Between the two samples nearest to it, by the distance from each.
        let quantile = |part: f64| {
            let place = part * last as f64;
            between(sorted[place.floor() as usize], sorted[place.ceil() as usize], place.fract())
        };
        Some(SampleSummary {
            count: samples.len(),
            mean,
            deviation: (last > 0 && mean.is_finite()).then(|| f64::sqrt(squares / last as f64)),
            quantiles: PARTS.map(quantile),
            at_zero: samples.iter().filter(|&&x| x == 0.0).count(),
            infinite: samples.iter().filter(|x| x.is_infinite()).count(),
        })
    }
}

/// Summaries of the samples at a vector: none where none were drawn.
pub(super) fn summaries(samples: &Samples) -> Vec<SampleSummary> {
    std::iter::once(&samples.times)
        .chain(&samples.rewards)
        .filter_map(|values| SampleSummary::of(values))
        .collect()
}

/// The table of samples at parameter vectors: a line for T and one for each reward. `name` gives the heading of a
/// reward.
pub(super) fn table(
    rows: &[VectorSummaries],
    name: impl Fn(usize) -> String,
    terminal: bool,
) -> Option<String> {
    let mut lines = Vec::new();
    for (theta, summaries) in rows {
        let names = (0..).map(|at: usize| at.checked_sub(1).map_or_else(|| "T".to_owned(), &name));
        lines.extend(names.zip(summaries).map(|(name, summary)| (theta, name, summary)));
    }
    if lines.is_empty() {
        return None;
    }
    // What never happens in any line has no column.
    let any = |count: fn(&SampleSummary) -> usize| lines.iter().any(|line| count(line.2) > 0);
    let (zeros, infinite) = (any(|s| s.at_zero), any(|s| s.infinite));
    let headings = ["theta", "of", "n", "mean", "sd", "min", "25 %", "median", "75 %", "max"];
    let headings = headings.into_iter().chain(zeros.then_some("zero")).chain(infinite.then_some("infinite"));
    let mut table = Table::new(headings);
    for (theta, name, summary) in &lines {
        let mut cells = vec![list(theta), name.clone(), summary.count.to_string(), short(summary.mean)];
        cells.push(summary.deviation.map_or_else(|| "-".to_owned(), short));
        cells.extend(summary.quantiles.map(short));
        cells.extend(zeros.then(|| summary.at_zero.to_string()));
        cells.extend(infinite.then(|| summary.infinite.to_string()));
        table.row(cells);
    }
    Some(table.render(terminal))
}

/// A number with as many digits as samples have to say: six.
fn short(value: f64) -> String {
    digits(value, 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_counts_and_orders_its_samples() {
        let summary = SampleSummary::of(&[3.0, 0.0, 1.0, 2.0]).unwrap();
        assert_eq!(summary.mean, 1.5);
        assert!((summary.deviation.unwrap() - (5.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(summary.quantiles, [0.0, 0.75, 1.5, 2.25, 3.0]);
        assert_eq!((summary.at_zero, summary.infinite), (1, 0));
        assert_eq!(SampleSummary::of(&[]), None);
        assert_eq!(SampleSummary::of(&[7.0]).unwrap().deviation, None);
    }

    #[test]
    fn infinite_samples_make_no_number_that_is_none() {
        let summary = SampleSummary::of(&[1.0, f64::INFINITY, 2.0, f64::INFINITY, f64::INFINITY]).unwrap();
        assert_eq!((summary.mean, summary.deviation, summary.infinite), (f64::INFINITY, None, 3));
        assert_eq!(summary.quantiles, [1.0, 2.0, f64::INFINITY, f64::INFINITY, f64::INFINITY]);
        let mixed = SampleSummary::of(&[1.0, 2.0, f64::INFINITY]).unwrap();
        assert_eq!(mixed.quantiles[3], f64::INFINITY);
    }

    #[test]
    fn a_table_has_a_line_for_each_reward_and_columns_for_what_happens() {
        let samples =
            Samples { times: vec![1.0, 1.0 / 3.0], rewards: vec![vec![0.0, 2.0]], ..Samples::default() };
        let rows = [(vec![0.5], summaries(&samples))];
        let text = table(&rows, |at| format!("R{}", at + 1), false).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0].last(), Some(&"zero"), "{text}");
        assert_eq!(lines[1][..6], ["0.5", "T", "2", "0.666667", "0.471405", "0.333333"], "{text}");
        assert_eq!((lines[2][1], lines[2].last()), ("R1", Some(&"1")), "{text}");
        assert!(!text.contains("infinite"), "{text}");
    }
}
