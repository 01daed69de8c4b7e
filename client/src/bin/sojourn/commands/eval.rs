//! `sojourn eval`: numbers at parameter vectors.

mod asked;
mod bulk;
mod columns;
mod derivatives;
pub(crate) mod distribution;
mod expected;
mod file;
mod labels;
pub(crate) mod layout;
mod line;
mod people;
#[cfg(test)]
pub(crate) mod points;
mod report;
mod samples;
mod tables;
pub(crate) mod vectors;

use std::cell::RefCell;
use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use sojourn_client::evaluation::Device;
use sojourn_client::load::observations::Observed;
use sojourn_client::load::{rewards, thetas};
use sojourn_client::{Client, Options, Strategy};
use sojourn_engine::evaluate::{MAX_MOMENT, Query};
use sojourn_engine::question::LikelihoodQuery;
use sojourn_engine::{Graph, Observations, Trace, TransformError};

use super::observed::ColumnArgs;
use super::reading::ReadingArgs;
use super::trace::HowArgs;
use super::transform::Subject;
use super::{Ended, named};
use crate::context::Context;
use crate::error::CommandError;
use crate::output::check_file;
pub(crate) use asked::{Asked, Lines};
use bulk::Bulk;
use distribution::{Curve, Distributed};
use file::Format;
pub(crate) use report::Report;
use samples::Sampled;
use vectors::Vectors;

/// What to evaluate, where, and how.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Graph or trace file, model:NAME,key=value,.. or the hash of a stored trace; at the prompt, what is loaded
    #[arg(value_name = "FILE|HASH")]
    pub(crate) name: Option<OsString>,
    /// Parameter vector such as 1,0.5; may be given more than once
    #[arg(long, value_name = "THETA", allow_hyphen_values = true, value_parser = Theta::parse)]
    pub(crate) theta: Vec<Theta>,
    /// Parameter vectors from a file: .csv (columns by the names of parameters), .npy, .json or .jsonl; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) thetas: Option<OsString>,
    /// Moments of the time to absorption, from the first to this one
    #[arg(long, value_name = "K")]
    pub(crate) moments: Option<usize>,
    /// Rewards: a file (.json, .npy or .csv), numbers by row, or an expression such as `state[0]+2*state[1]`; may be given
    /// more than once
    #[arg(long, value_name = "REWARDS", allow_hyphen_values = true)]
    pub(crate) rewards: Vec<OsString>,
    /// Covariance of the rewards; without rewards the variance of the time to absorption
    #[arg(long)]
    pub(crate) covariance: bool,
    /// Derivatives with respect to each parameter: of the log-likelihood, pdf, cdf and survival asked for, of moments,
    /// and of rewards and their moments; of the mean where none of these is asked for
    #[arg(long)]
    pub(crate) gradient: bool,
    /// Log-likelihood of observations: a file of times, .csv, .npy or .json; columns `time`, `event` or `censored`,
    /// `weight`, or `lower` and `upper`, and many other names for them; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) loglik: Option<OsString>,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    #[command(flatten)]
    pub(crate) distribution: Distributed,
    #[command(flatten)]
    pub(crate) samples: Sampled,
    /// A nonnegative reward, written as --rewards, that takes the place of time: T is what it accumulates in all
    /// that is asked. In a discrete chain it counts steps, and is a whole number
    #[arg(long, value_name = "REWARD", allow_hyphen_values = true,
          conflicts_with_all = ["rewards", "state_probabilities", "occupancy", "residence"])]
    pub(crate) transform: Option<String>,
    /// Write the numbers to this file: .jsonl, .csv (a line for each vector) or .npy (a row for each, the names of
    /// its columns in a file beside it); - for standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// What is written to the file, whatever its name ends in
    #[arg(long, value_name = "FORMAT", requires = "output")]
    pub(crate) format: Option<Format>,
    #[command(flatten)]
    pub(crate) how: HowArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// auto (wherever it is fastest), cpu, cuda:N (a GPU), cuda (all GPUs) or the UUID of a GPU
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: Device,
}

/// A parameter vector as typed. (Of a bare vector clap would make a list of numbers.)
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Theta(pub(crate) Vec<f64>);

impl Theta {
    /// Reads what is typed.
    pub(crate) fn parse(text: &str) -> Result<Theta, String> {
        thetas::from_text(text).map(Theta)
    }
}

/// Evaluates what a name stands for, and writes a line for each parameter vector.
pub(crate) fn run(args: &EvalArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let name = named::given(args.name.as_deref(), "eval")?;
    let observed = check(args, context)?;
    let options = args.how.options();
    // Rewards and probabilities may speak of states, which a trace does not keep.
    let states = args.distribution.speaks_of_states() || args.transform.is_some();
    let (trace, graph) = if args.rewards.is_empty() && !states {
        (named::trace(name, args.reading, &options, context)?, None)
    } else {
        named::with_graph(name, args.reading, &options, context)?
    };
    let subject = (Arc::new(trace), graph.as_deref(), &*name.to_string_lossy());
    answer(args, &args.theta, subject, observed, context)
}

/// Evaluates what is loaded, at the vectors typed and those that `args` name.
pub(crate) fn loaded(
    args: &EvalArgs,
    typed: &[Theta],
    given: (Arc<Trace>, &Graph, &str),
    context: &mut Context,
) -> Result<Ended, CommandError> {
    let observed = check(args, context)?;
    answer(args, typed, (given.0, Some(given.1), given.2), observed, context)
}

/// What can be told to be wrong before there is a trace; the observations.
fn check(args: &EvalArgs, context: &Context) -> Result<Option<Observed>, CommandError> {
    match args.moments {
        Some(0) => {
            let text = format!(
                "--moments 0: the first moment, 1, is the mean; give a number from 1 to {MAX_MOMENT}"
            );
            return Err(CommandError::Usage(text));
        }
        Some(moments) if moments > MAX_MOMENT => {
            return Err(CommandError::Usage(format!("--moments {moments}: the limit is {MAX_MOMENT}")));
        }
        _ => {}
    }
    if let Some(path) = args.output.as_deref() {
        Format::of(path, args.format)?;
        check_file(path)?;
    }
    if args.how.strategy == Some(Strategy::Sequential) && !matches!(args.device, Device::Auto | Device::Cpu) {
        let text = "--strategy sequential computes in this process, and GPUs are the daemon's; leave one of them out";
        return Err(CommandError::Usage(text.to_owned()));
    }
    let (thetas, loglik) = (args.thetas.as_deref(), args.loglik.as_deref());
    let inputs = [("FILE", args.name.as_deref()), ("--thetas", thetas), ("--loglik", loglik)];
    named::one_standard_input(&inputs)?;
    if loglik.is_none() && !args.columns.is_empty() {
        return Err(CommandError::Usage(
            "--columns names columns of observations: give them with --loglik".into(),
        ));
    }
    loglik.map(|name| args.columns.read(name, context)).transpose()
}

/// Evaluates a trace, of a graph where that is at hand.
fn answer(
    args: &EvalArgs,
    typed: &[Theta],
    (trace, graph, name): (Arc<Trace>, Option<&Graph>, &str),
    observed: Option<Observed>,
    context: &mut Context,
) -> Result<Ended, CommandError> {
    let subject = Subject::new(trace, args.transform.as_deref(), graph)?;
    if args.gradient && subject.reward.is_some() {
        let text = format!("--gradient: {}", TransformError::Gradient);
        return Err(CommandError::Usage(text));
    }
    let trace = subject.trace;
    let names = vectors::names(name, trace.parameters());
    let named = args.thetas.as_deref();
    let unasked = vectors::unasked(typed, named, &trace, args.name.as_deref(), context);
    let thetas = vectors::open(typed, named, &names, unasked)?;
    args.distribution.check(trace.kind())?;
    let name = args.loglik.as_deref().unwrap_or_default().to_string_lossy().into_owned();
    let (observations, observed) = match observed {
        Some(Observed { observations, lines, place, .. }) => {
            (Some(observations), Some(Lines { name, word: place, lines }))
        }
        None => (None, None),
    };
    let asked = asked(args, observations, trace.rows(), graph)?;
    let asked = Asked { transform: subject.reward, observed, ..asked };
    let client = context.client()?;
    let options = Options { no_store: context.no_cache, device: args.device, ..args.how.options() };
    let bulk = bulk::is_bulk(&asked, &options)
        .then(|| Bulk::new(&client, &trace, &asked, &options, context))
        .flatten();
    expected::warn(&trace, context);
    // Of one vector it is known how many rows it has.
    let rows = bulk.as_ref().filter(|_| args.thetas.is_none() && typed.len() <= 1).map(Bulk::samples);
    let report = match args.output.as_deref() {
        Some(path) => Report::to_file(path, (Format::of(path, args.format)?, rows), context, &asked, &trace)?,
        None => Report::to_user(context, &asked, &trace),
    };
    match bulk {
        Some(bulk) => bulk.run(thetas, report),
        None => evaluate(&client, &trace, thetas, &options, report),
    }
}

/// Evaluates a trace at each vector, here or in workers, and reports the answers. What ends it early, a wrong vector
/// say, comes after the answers of all before it.
pub(crate) fn evaluate(
    client: &Client,
    trace: &Arc<Trace>,
    thetas: Vectors,
    options: &Options,
    mut report: Report<'_>,
) -> Result<Ended, CommandError> {
    let question = report.asked().question();
    let (wrong, mut broken) = (RefCell::new(None), None);
    let thetas = thetas.map_while(|vector| match vector {
        Ok(vector) => Some(Ok(vector)),
        Err(error) => {
            *wrong.borrow_mut() = Some(error);
            None
        }
    });
    let outcome =
        client.evaluate(trace, thetas, &question, options, &mut |theta, answer, device| match report
            .take(theta, answer, device)
        {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                broken = Some(error);
                ControlFlow::Break(())
            }
        });
    broken.map_or(Ok(()), Err)?;
    outcome?;
    let some_failed = report.finish()?;
    wrong.into_inner().map_or(Ok(()), Err)?;
    Ok(if some_failed { Ended::SomeFailed } else { Ended::Done })
}

/// What to compute: what was asked for, and `E[T]` where nothing was.
fn asked(
    args: &EvalArgs,
    observations: Option<Observations>,
    rows: usize,
    graph: Option<&Graph>,
) -> Result<Asked, CommandError> {
    let distribution = args.distribution.clone();
    let (mut rewards, mut labels) = (Vec::new(), Vec::new());
    for text in &args.rewards {
        let vectors = rewards::read(text, rows, graph)?;
        labels.extend(labels::of(&text.to_string_lossy(), vectors.len()));
        rewards.extend(vectors);
    }
    let samples = args.samples.query(&rewards);
    let few = args.moments.is_none() && !args.covariance;
    if few && samples.is_some() {
        // They are asked for to be sampled.
        rewards.clear();
    }
    let likelihood =
        observations.map(|observations| LikelihoodQuery { observations, gradient: args.gradient });
    let others = !distribution.is_empty() || samples.is_some() || likelihood.is_some();
    let nothing = few && rewards.is_empty() && !others;
    let moments = if nothing { 1 } else { args.moments.unwrap_or(0) };
    let reward_moments = if rewards.is_empty() { 0 } else { moments };
    let curves = Curve::ALL.into_iter().any(|curve| distribution.curve(curve).is_some());
    // Of quantiles, say, or a covariance there is no gradient: then it is that of the mean.
    let mean = args.gradient && rewards.is_empty() && !curves && likelihood.is_none();
    let moments = if mean { moments.max(1) } else { moments };
    let covariance = args.covariance;
    let gradient = args.gradient && (moments > 0 || !rewards.is_empty());
    let query = Query { moments, rewards, reward_moments, covariance, gradient };
    let told = graph.filter(|graph| distribution.speaks_of_states() && graph.state_length() > 0);
    let states = told.map(|graph| (0..graph.vertices()).map(|row| graph.state(row).to_vec()).collect());
    let (gradient, time) = (args.gradient, args.transform.clone());
    let rest = Asked::default();
    Ok(Asked { query, labels, distribution, gradient, likelihood, samples, time, states, ..rest })
}

#[cfg(test)]
mod tests;
