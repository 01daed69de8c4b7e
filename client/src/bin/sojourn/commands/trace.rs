//! `sojourn trace`: records traces.

mod fates;
mod files;
mod input;
mod report;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use sojourn_client::hierarchy::{Event, MIN_SIZE, trace_batch};
use sojourn_client::load::{MODEL_PREFIX, short_name};
use sojourn_client::{Item, Options, Strategy, Traced};
use sojourn_engine::Trace;

use super::reading::ReadingArgs;
use super::{Ended, named};
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{OutputFile, check_folder, write_file};
use crate::render::progress::Progress;
use report::{Report, Style};

/// What to trace, and how.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// Graph files, model:NAME,key=value,.. or - for standard input
    #[arg(value_name = "FILE", required_unless_present = "jobs")]
    pub(crate) files: Vec<OsString>,
    /// Jobs file: JSON Lines of {"idx": .., "hash": .., "graph": {..}}
    #[arg(long, value_name = "FILE")]
    pub(crate) jobs: Option<OsString>,
    /// Write one trace file a graph into this directory
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) how: HowArgs,
    /// Try again what is marked as having crashed workers
    #[arg(long)]
    pub(crate) force: bool,
    /// Results in the order of idx rather than as each is ready
    #[arg(long)]
    pub(crate) ordered: bool,
    /// List the distinct patterns of each graph, and whether each was recorded, found or shared
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Write the operations of one replay to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) ops: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// Not there yet
    #[arg(long, hide = true)]
    pub(crate) detach: bool,
}

/// Where and by how many a batch is computed; for `trace` and `eval` alike.
#[derive(Debug, Args)]
pub(crate) struct HowArgs {
    /// At most so many worker processes; 1 means sequential
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// auto, vmap (worker processes) or sequential (this process)
    #[arg(long, value_name = "STRATEGY")]
    pub(crate) strategy: Option<Strategy>,
    /// Components of at least so many vertices are jobs of their own
    #[arg(long, value_name = "VERTICES", default_value_t = MIN_SIZE)]
    pub(crate) min_size: usize,
}

impl HowArgs {
    /// The same for the library.
    pub(crate) fn options(&self) -> Options {
        Options {
            strategy: self.strategy,
            workers: self.workers,
            min_size: self.min_size,
            ..Options::default()
        }
    }
}

/// Traces and writes what comes.
pub(crate) fn run(args: &TraceArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let items = input::items(&args.files, args.jobs.as_deref(), args.reading)?;
    let total = items.iter().filter(|item| item.idx >= 0).count();
    if args.ops.is_some() && total != 1 {
        return Err(CommandError::Usage(format!("--ops takes one graph, and there are {total}")));
    }
    if let Some(directory) = &args.output {
        std::fs::create_dir_all(directory).map_err(|error| {
            CommandError::Failed(format!("{} can not be made: {error}", directory.display()))
        })?;
        check_folder(directory)?;
    }
    let options = Options { no_store: context.no_cache, force: args.force, ..args.how.options() };
    let client = context.client()?;
    let names = files::names(&items);
    let order = args.ordered.then(|| items.iter().map(|item| item.idx).collect());
    let style = Style { verbose: args.verbose, indices: args.jobs.is_some() };
    let mut report = Report::new(context, order, style);
    let mut operations = args.ops.as_deref().map(OutputFile::create).transpose()?;
    let (mut broken, mut divided) = (None, Divided::default());
    let outcome = trace_batch(&client, items, &options, &mut |event| {
        divided.take(&event);
        match keep(args, &names, &mut operations, &event).and_then(|()| report.take(event)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                broken = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    let finished = report.finish();
    divided.note(context);
    broken.map_or(Ok(()), Err)?;
    outcome?;
    Ok(if finished? { Ended::SomeFailed } else { Ended::Done })
}

/// Graphs whose start's weights are divided by a sum other than one: the first is named, in one line for all.
#[derive(Debug, Default)]
struct Divided {
    first: Option<(String, f64)>,
    more: usize,
}

impl Divided {
    fn take(&mut self, event: &Event) {
        let Event::Traced(traced) = event else { return };
        // Models have probabilities, and need not be looked at.
        if traced.label.starts_with(MODEL_PREFIX) {
            return;
        }
        if let Some(sum) = traced.trace.start_sum_other_than_one() {
            match self.first {
                None => self.first = Some((traced.label.clone(), sum)),
                Some(_) => self.more += 1,
            }
        }
    }

    fn note(self, context: &Context) {
        let Some((label, sum)) = self.first else { return };
        let others = if self.more > 0 { format!(" (and of {} more)", self.more) } else { String::new() };
        named::note_start_sum(&format!("{}{others}", short_name(&label)), Some(sum), context);
    }
}

/// Writes the files of a trace before its result is told.
fn keep(
    args: &TraceArgs,
    names: &files::Names,
    operations: &mut Option<OutputFile>,
    event: &Event,
) -> Result<(), CommandError> {
    let Event::Traced(traced) = event else { return Ok(()) };
    if let (Some(directory), Some(name)) = (&args.output, names.get(&traced.idx)) {
        write_file(&directory.join(name), traced.trace.bytes())?;
    }
    operations.take().map_or(Ok(()), |file| write_operations(file, traced))
}

fn write_operations(file: OutputFile, traced: &Traced) -> Result<(), CommandError> {
    let failed = |error: &dyn std::fmt::Display| CommandError::Failed(format!("{}: {error}", traced.label));
    let trace = traced.trace.decode().map_err(|error| failed(&error))?;
    let operations = trace.operations().map_err(|error| failed(&error))?;
    file.finish_with(&serde_json::to_vec(&operations).map_err(|error| failed(&error))?)
}

/// The trace of one graph, computed as `how` says; progress and results of others are nobody's affair.
pub(crate) fn one(item: Item, options: &Options, context: &Context) -> Result<Trace, CommandError> {
    let mut result = None;
    let progress = Progress::new(context.progress);
    let options = Options { no_store: options.no_store || context.no_cache, ..options.clone() };
    trace_batch(&*context.client()?, vec![item], &options, &mut |event| {
        match event {
            Event::Traced(traced) => {
                let label = traced.label;
                let unusable = |error| {
                    CommandError::Failed(format!("{label}: the stored trace can not be used: {error}"))
                };
                result = Some(traced.trace.into_trace().map_err(unusable));
            }
            Event::Failed { label, error, .. } => {
                result = Some(Err(CommandError::Failed(format!("{label}: {}", error.message))));
            }
            Event::Stage(stage) => progress.stage(stage),
            Event::Padding { .. } | Event::Progress { .. } => {}
        }
        ControlFlow::Continue(())
    })?;
    result.unwrap_or_else(|| Err(CommandError::Failed("the batch ended without an answer".into())))
}
