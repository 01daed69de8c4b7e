//! Samples in bulk: drawn in parts by threads of this process and written as they come, so that memory does not grow
//! with their number. The output is that of the same samples at once, byte for byte.
//!
//! A sample is named by its seed and number, so any part can be drawn anywhere and again. JSON has the samples of each
//! reward behind those of T: they are drawn once more for each. A summary needs order statistics: see [`ranks`].

mod draw;
mod ranks;
mod render;
mod summary;

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;

use sojourn_client::evaluation::Device;
use sojourn_client::{Client, Options, Strategy, workers};
use sojourn_engine::evaluate::Numbers;
use sojourn_engine::sample::Trap;
use sojourn_engine::{ChainSampler, Question, SampleQuery, Samples, Trace, Unanswered};

use super::distribution::Found;
use super::report::{Report, ReportForm};
use super::vectors::Vectors;
use super::{Asked, Ended};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::progress::SampleCounter;
use draw::{Draw, DrawError};

/// Numbers of a vector from which on they are drawn in parts: fewer are kept in memory, and may be drawn by workers.
const BULK: usize = 200_000;

/// Whether what is asked for is drawn in parts. On GPUs there are no samples, which the daemon says.
pub(super) fn is_bulk(asked: &Asked, options: &Options) -> bool {
    let numbers = |query: &SampleQuery| query.count.saturating_mul(1 + query.rewards.len());
    let large = asked.samples.as_ref().is_some_and(|query| numbers(query) > BULK);
    large && matches!(options.device, Device::Auto | Device::Cpu)
}

/// What all vectors share.
pub(super) struct Bulk<'a> {
    client: &'a Client,
    trace: &'a Arc<Trace>,
    asked: &'a Asked,
    query: &'a SampleQuery,
    threads: usize,
    counter: SampleCounter,
}

/// Why the samples of a vector are not there.
enum Broken {
    /// The vector fails; nothing of it was written.
    Vector(Unanswered),
    /// The command ends.
    Command(CommandError),
}

impl From<CommandError> for Broken {
    fn from(error: CommandError) -> Broken {
        Broken::Command(error)
    }
}

impl<'a> Bulk<'a> {
    /// Samples of a trace, on as many threads as the options say: one for [`Strategy::Sequential`], else as many as
    /// there are processors. None where none are asked for.
    pub(super) fn new(
        client: &'a Client,
        trace: &'a Arc<Trace>,
        asked: &'a Asked,
        options: &Options,
        context: &Context,
    ) -> Option<Bulk<'a>> {
        let query = asked.samples.as_ref()?;
        let given = options.workers.map(NonZeroUsize::get);
        let threads = match Strategy::effective(options.strategy, options.workers) {
            Strategy::Sequential => given.unwrap_or(1),
            Strategy::Auto | Strategy::Vmap => {
                workers::workers(options.workers, workers::usable_cpus(), usize::MAX)
            }
        };
        if options.strategy == Some(Strategy::Vmap) {
            context.note(&format!(
                "more than {BULK} samples are drawn by threads of this process, not by workers"
            ));
        }
        let counter = SampleCounter::new(context.progress);
        Some(Bulk { client, trace, asked, query, threads, counter })
    }

    /// Samples of each vector.
    pub(super) fn samples(&self) -> u64 {
        self.query.count as u64
    }

    /// Draws at each vector, and reports.
    pub(super) fn run(&self, thetas: Vectors, mut report: Report<'_>) -> Result<Ended, CommandError> {
        let mut wrong = Ok(());
        for vector in thetas {
            let theta = match vector {
                Ok(theta) => theta,
                Err(error) => {
                    wrong = Err(error);
                    break;
                }
            };
            match self.at(&theta, &mut report) {
                Ok(()) => {}
                Err(Broken::Vector(error)) => report.take(&theta, Err(error), None)?,
                Err(Broken::Command(error)) => return Err(error),
            }
        }
        let some_failed = report.finish()?;
        wrong?;
        Ok(if some_failed { Ended::SomeFailed } else { Ended::Done })
    }

    fn at(&self, theta: &[f64], report: &mut Report<'_>) -> Result<(), Broken> {
        let (numbers, found) = self.rest(theta)?;
        let sampler = self.sampler(theta)?;
        let mut vector = BulkVector { bulk: self, theta, sampler: &sampler, begun: false, traps: None };
        match report.form() {
            ReportForm::Json => vector.json(&numbers, found, report),
            ReportForm::Csv => vector.rows(render::csv, report),
            ReportForm::Npy => vector.rows(render::npy, report),
            ReportForm::Tables => vector.summarise(numbers, found, report),
        }
    }

    /// What is asked for beside the samples.
    fn rest(&self, theta: &[f64]) -> Result<(Numbers, Found), Broken> {
        let question = Question { samples: None, ..self.asked.question() };
        let options =
            Options { strategy: Some(Strategy::Sequential), device: Device::Cpu, ..Options::default() };
        let mut told = None;
        let outcome = self.client.evaluate(
            self.trace,
            [Ok(theta.to_vec())],
            &question,
            &options,
            &mut |_, answer, _| {
                told = Some(answer);
                ControlFlow::Continue(())
            },
        );
        outcome.map_err(CommandError::from)?;
        match told {
            Some(Ok(answer)) => Ok(self.asked.read(answer)),
            Some(Err(error)) => Err(Broken::Vector(self.asked.failed(error))),
            None => Err(Broken::Command(CommandError::Failed("there was no answer".into()))),
        }
    }

    fn sampler(&self, theta: &[f64]) -> Result<ChainSampler, Broken> {
        let sampler = match &self.asked.transform {
            None => self.trace.sampler(theta, self.query),
            Some(reward) => self
                .trace
                .transformed_at(theta, reward)
                .map_err(Into::into)
                .and_then(|trace| trace.sampler(&[], self.query)),
        };
        sampler.map_err(|error| Broken::Vector(error.into()))
    }
}

/// A vector under way.
struct BulkVector<'a> {
    bulk: &'a Bulk<'a>,
    theta: &'a [f64],
    sampler: &'a ChainSampler,
    /// Whether something of it was written.
    begun: bool,
    /// Once all were drawn: closed classes, with the samples that ended there.
    traps: Option<Vec<Trap>>,
}

impl BulkVector<'_> {
    /// Draws all samples once, renders parts of them in threads and takes these in order.
    fn pass<T: Send>(
        &mut self,
        render: impl Fn(u64, &Samples) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), CommandError>,
    ) -> Result<(), Broken> {
        let bulk = self.bulk;
        let draw = Draw { sampler: self.sampler, count: bulk.query.count as u64, threads: bulk.threads };
        let mut traps: Option<Vec<Trap>> = None;
        let drawn = draw.all(bulk.client.interrupt(), render, |part, counts, done| {
            match &mut traps {
                None => traps = Some(counts),
                Some(traps) => {
                    traps.iter_mut().zip(counts).for_each(|(all, more)| all.samples += more.samples);
                }
            }
            self.begun = true;
            bulk.counter.at(done, draw.count);
            take(part)
        });
        self.traps = traps;
        drawn.map_err(|error| match error {
            DrawError::Command(error) => Broken::Command(error),
            DrawError::Sample(error) if !self.begun => Broken::Vector(error.into()),
            DrawError::Sample(error) => Broken::Command(CommandError::Failed(format!(
                "{}{error}; samples before it were written",
                super::report::at(self.theta)
            ))),
        })
    }

    /// A row for each sample.
    fn rows(
        &mut self,
        render: fn(&[f64], u64, &Samples) -> Vec<u8>,
        report: &mut Report<'_>,
    ) -> Result<(), Broken> {
        let theta = self.theta;
        self.pass(
            |first, samples| (render(theta, first, samples), samples.times.len()),
            |(bytes, rows)| report.rendered(&bytes, rows as u64),
        )
    }

    /// A line of JSON: what comes before the samples, these, and what follows them.
    fn json(&mut self, numbers: &Numbers, found: Found, report: &mut Report<'_>) -> Result<(), Broken> {
        let (theta, bulk) = (self.theta, self.bulk);
        let rewards = bulk.query.rewards.len();
        let frame = |traps: Vec<Trap>| {
            let samples = Samples { times: Vec::new(), rewards: vec![Vec::new(); rewards], traps };
            render::frame(theta, numbers, Found { samples, ..found.clone() }, bulk.asked)
        };
        let mut before = Some(frame(Vec::new())?.0);
        self.pass(
            |first, samples| render::list(first, &samples.times),
            |bytes| {
                before.take().map_or(Ok(()), |text| report.rendered(text.as_bytes(), 0))?;
                report.rendered(&bytes, 0)
            },
        )?;
        for reward in 0..rewards {
            report.rendered(render::between(reward, rewards).as_bytes(), 0)?;
            self.pass(
                |first, samples| render::list(first, &samples.rewards[reward]),
                |bytes| report.rendered(&bytes, 0),
            )?;
        }
        let after = frame(self.traps.take().unwrap_or_default())?.1;
        Ok(report.rendered(after.as_bytes(), 1)?)
    }

    /// A summary of T and of each reward.
    fn summarise(&mut self, numbers: Numbers, found: Found, report: &mut Report<'_>) -> Result<(), Broken> {
        let variables = 1 + self.bulk.query.rewards.len();
        let mut running = summary::RunningSummaries::new(variables, self.bulk.query.count as u64);
        while running.is_open() {
            self.pass(
                |_, samples| {
                    std::iter::once(&samples.times).chain(&samples.rewards).cloned().collect::<Vec<_>>()
                },
                |part| {
                    running.take(&part);
                    Ok(())
                },
            )?;
            running.end_of_pass();
            // Nothing of it was written.
            self.begun = false;
        }
        Ok(report.summarised(self.theta, numbers, found, running.summaries())?)
    }
}
