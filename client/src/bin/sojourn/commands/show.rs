//! `sojourn show`: what graphs or traces are, and what they have in common.

mod common;
mod facts;
mod json;
mod text;

use std::ffi::OsString;
use std::ops::ControlFlow;

use clap::Args;
use sojourn_client::hierarchy::{Event, trace_batch};
use sojourn_client::{Item, Loaded, Options, Strategy};
use sojourn_engine::Trace;
use sojourn_engine::formats::dot;

use super::reading::ReadingArgs;
use super::{Ended, named};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::progress::Progress;
use common::Common;
use facts::Facts;

/// Which, and how.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Graph or trace files, model:NAME,key=value,.. or hashes of stored traces; of several also what they have
    /// in common
    #[arg(value_name = "FILE|HASH", required = true)]
    pub(crate) names: Vec<OsString>,
    /// All patterns, however many there are
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// The graph in the DOT language
    #[arg(long)]
    pub(crate) dot: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// Not there yet
    #[arg(long, hide = true)]
    pub(crate) svg: bool,
}

/// Records graphs in this process, and shows what came of them.
pub(crate) fn run(args: &ShowArgs, context: &mut Context) -> Result<Ended, CommandError> {
    if args.dot {
        return write_dot(args, context);
    }
    let shown: Vec<Facts> =
        traces(args, context)?.iter().map(|(name, trace)| Facts::of(name, trace)).collect();
    let several = shown.len() > 1;
    for (number, facts) in shown.iter().enumerate() {
        if context.json() {
            context.out.json(&json::Shown::of(facts))?;
            continue;
        }
        if several {
            context.out.line(format_args!("{}{}", if number > 0 { "\n" } else { "" }, facts.name))?;
        }
        text::write(facts, context)?;
        if !several || args.verbose {
            text::write_patterns(facts, args.verbose, context)?;
        }
    }
    if several {
        let common = Common::of(&shown);
        if context.json() {
            context.out.json(&json::InCommon::of(&shown, &common))?;
        } else {
            text::write_common(&shown, &common, args.verbose, context)?;
        }
    }
    Ok(Ended::Done)
}

fn write_dot(args: &ShowArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let [name] = &args.names[..] else {
        return Err(CommandError::Usage(format!(
            "--dot takes one graph, and there are {}",
            args.names.len()
        )));
    };
    match named::load(name, args.reading, context)? {
        Loaded::Graph(graph) => context.out.bytes(dot::write(&graph).as_bytes())?,
        Loaded::Trace(_) => {
            return Err(CommandError::Input(format!(
                "{}: a trace does not keep the graph; name the graph's file for --dot",
                name.to_string_lossy()
            )));
        }
    }
    Ok(Ended::Done)
}

/// The traces in the order of their names. Those of graphs are recorded as one batch, each pattern once.
fn traces(args: &ShowArgs, context: &Context) -> Result<Vec<(String, Trace)>, CommandError> {
    let mut traces: Vec<Option<Trace>> = Vec::with_capacity(args.names.len());
    let mut items = Vec::new();
    for (idx, name) in args.names.iter().enumerate() {
        traces.push(match named::load(name, args.reading, context)? {
            Loaded::Trace(trace) => Some(*trace),
            Loaded::Graph(graph) => {
                items.push(Item::new(idx as i64, name.to_string_lossy(), &graph));
                None
            }
        });
    }
    let options = Options { strategy: Some(Strategy::Sequential), ..Options::default() };
    let progress = Progress::new(context.progress);
    let mut failed = None;
    trace_batch(&*context.client()?, items, &options, &mut |event| match event {
        Event::Traced(traced) => {
            let place = usize::try_from(traced.idx).ok().and_then(|idx| traces.get_mut(idx));
            place.map_or(ControlFlow::Break(()), |place| {
                // Recorded here, so that there is nothing to decode.
                *place = traced.trace.into_trace().ok();
                ControlFlow::Continue(())
            })
        }
        Event::Failed { label, error, .. } => {
            failed = Some(CommandError::Failed(format!("{label}: {}", error.message)));
            ControlFlow::Break(())
        }
        Event::Progress { graphs, components } => {
            progress.at(graphs, components);
            ControlFlow::Continue(())
        }
        Event::Stage(stage) => {
            progress.stage(stage);
            ControlFlow::Continue(())
        }
        Event::Padding { .. } => ControlFlow::Continue(()),
    })?;
    failed.map_or(Ok(()), Err)?;
    let shown = args.names.iter().map(|name| name.to_string_lossy().into_owned());
    Ok(shown.zip(traces).filter_map(|(name, trace)| Some((name, trace?))).collect())
}
