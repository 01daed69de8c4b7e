//! `sojourn fit`: the parameters at which observations are most probable.

mod picture;
mod report;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use sojourn_client::fit::{FitError, Fitting, Status, fit};
use sojourn_client::load::observations::Observed;
use sojourn_client::load::short_name;
use sojourn_engine::{LikelihoodError, Trace};

use super::drawing::PictureFile;
use super::eval::{Lines, Theta, layout};
use super::observed::ColumnArgs;
use super::reading::ReadingArgs;
use super::trace::HowArgs;
use super::{Ended, named};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::numbers::count;
use crate::render::progress::Progress;

/// What to fit to what, and how.
#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    /// Graph or trace file, model:NAME,key=value,.. or the hash of a stored trace; at the prompt, what is loaded
    #[arg(value_name = "FILE|HASH")]
    pub(crate) name: Option<OsString>,
    /// Observations: a file of times, .csv, .npy or .json; columns `time`, `event` or `censored`, `weight`, or `lower` and
    /// `upper`, and many other names for them; `-` for standard input
    #[arg(long, value_name = "FILE")]
    data: OsString,
    #[command(flatten)]
    columns: ColumnArgs,
    /// A theta to begin at; may be given more than once
    #[arg(long, value_name = "THETA", allow_hyphen_values = true, value_parser = Theta::parse)]
    start: Vec<Theta>,
    /// Lower bounds, one for all parameters or one each; -inf for none
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true, default_value = "0", value_parser = Bounds::parse)]
    lower: Bounds,
    /// Upper bounds, one for all parameters or one each; inf for none
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true, default_value = "inf", value_parser = Bounds::parse)]
    upper: Bounds,
    /// A parameter, by its number from 0, that is not fitted: 1=0.5; may be given more than once
    #[arg(long, value_name = "K=V", allow_hyphen_values = true, value_parser = fixed)]
    fixed: Vec<(usize, f64)>,
    /// Number of searches, each from another start
    #[arg(long, value_name = "N", default_value_t = 5)]
    starts: usize,
    /// Seed of the starts that are drawn
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// Most iterations of a search; 500, and 50 for each parameter, if not given
    #[arg(long, value_name = "N")]
    iterations: Option<u64>,
    /// Deliver the likeliest parameters so far, as not converged, after this time
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    /// Draw the data against the fitted distribution to this file, .svg or .html (- for standard output)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// Bounds as typed: one for all, or one a parameter.
#[derive(Debug, Clone, PartialEq)]
struct Bounds(Vec<f64>);

impl Bounds {
    fn parse(text: &str) -> Result<Bounds, String> {
        let number = |entry: &str| match entry.trim().parse::<f64>() {
            Ok(value) if !value.is_nan() => Ok(value),
            _ => Err(format!("`{entry}` is not a number")),
        };
        text.split(',').map(number).collect::<Result<_, _>>().map(Bounds)
    }

    fn of(&self, flag: &str, parameters: usize) -> Result<Vec<f64>, CommandError> {
        match &self.0[..] {
            [one] => Ok(vec![*one; parameters]),
            all if all.len() == parameters => Ok(all.to_vec()),
            all => Err(CommandError::Usage(format!(
                "{flag} has {} numbers, the graph has {parameters} parameters",
                all.len()
            ))),
        }
    }
}

fn fixed(text: &str) -> Result<(usize, f64), String> {
    let wrong = || format!("`{text}` is not the number of a parameter and its value, such as 1=0.5");
    let (number, value) = text.split_once('=').ok_or_else(wrong)?;
    let value: f64 = value.trim().parse().map_err(|_| wrong())?;
    if !value.is_finite() {
        return Err(wrong());
    }
    Ok((number.trim().parse().map_err(|_| wrong())?, value))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.trim().parse().ok().and_then(|number| Duration::try_from_secs_f64(number).ok());
    number.ok_or_else(|| format!("`{text}` is not a number of seconds"))
}

impl FitArgs {
    fn fitting(&self, parameters: usize) -> Result<Fitting, CommandError> {
        let usual = Fitting::new(parameters);
        let mut fitting = Fitting {
            start: self.start.iter().map(|theta| theta.0.clone()).collect(),
            lower: self.lower.of("--lower", parameters)?,
            upper: self.upper.of("--upper", parameters)?,
            starts: self.starts,
            seed: self.seed,
            iterations: self.iterations.unwrap_or(usual.iterations),
            time: self.time_limit,
            ..usual
        };
        for &(number, value) in &self.fixed {
            let place = fitting.fixed.get_mut(number).ok_or_else(|| {
                CommandError::Usage(format!(
                    "--fixed {number}={value}: the graph has {parameters} parameters, the first is 0"
                ))
            })?;
            *place = Some(value);
        }
        Ok(fitting)
    }
}

/// Fits what a name stands for.
pub(crate) fn run(args: &FitArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let name = named::given(args.name.as_deref(), "fit")?;
    let observed = check(args, context)?;
    let trace = named::trace(name, args.reading, &args.how.options(), context)?;
    search(args, &trace, &name.to_string_lossy(), &observed, context)
}

/// Fits what is loaded.
pub(crate) fn loaded(
    args: &FitArgs,
    trace: &Trace,
    name: &str,
    context: &mut Context,
) -> Result<Ended, CommandError> {
    let observed = check(args, context)?;
    search(args, trace, name, &observed, context)
}

/// What can be told to be wrong before there is a trace; the observations.
fn check(args: &FitArgs, context: &Context) -> Result<Observed, CommandError> {
    args.output.as_deref().map(PictureFile::check).transpose()?;
    named::one_standard_input(&[("FILE", args.name.as_deref()), ("--data", Some(&args.data))])?;
    args.columns.read(&args.data, context)
}

/// Fits, writes what was found, and draws it.
fn search(
    args: &FitArgs,
    trace: &Trace,
    name: &str,
    observed: &Observed,
    context: &mut Context,
) -> Result<Ended, CommandError> {
    if trace.is_constant() && trace.parameters() > 0 {
        let text =
            format!("{}: no weight depends on a parameter, so there is nothing to fit", short_name(name));
        return Err(CommandError::Usage(text));
    }
    let fitting = args.fitting(trace.parameters())?;
    let file = args.output.as_deref().map(PictureFile::create).transpose()?;
    let bar = Progress::new(context.progress);
    let mut tell = |progress: sojourn_client::fit::Progress| {
        let best =
            if progress.best.is_finite() { format!(", highest {:.6}", progress.best) } else { String::new() };
        let text = format!("{}{best}", count(progress.evaluations as usize, "likelihood"));
        bar.said(progress.done, progress.starts, text);
    };
    context.interrupt.set_delivering(true);
    let fitted = fit(trace, &observed.observations, &fitting, &context.interrupt, &mut tell);
    context.interrupt.set_delivering(false);
    drop(bar);
    let name_of_data = args.data.to_string_lossy().into_owned();
    let lines = Lines { name: name_of_data, word: observed.place, lines: observed.lines.clone() };
    let fitted = fitted.map_err(|error| failed(error, &lines))?;
    match context.json() {
        true => context.out.json(&report::FitLine::of(&fitted, &observed.observations))?,
        false => report::text(&fitted, &observed.observations, &lines, context)?,
    }
    if let Some(file) = file {
        let picture = picture::of(trace, &fitted.theta, &observed.observations, name)?;
        file.draw(&picture)?;
    }
    Ok(if fitted.status == Status::NotConverged { Ended::SomeFailed } else { Ended::Done })
}

/// The error of a fit; an observation is named by its line.
fn failed(error: FitError, lines: &Lines) -> CommandError {
    let of = |inner: &LikelihoodError, message: String| match inner.observation() {
        Some(place) => lines.of(place, &message),
        None => message,
    };
    match &error {
        FitError::Interrupted => sojourn_client::Error::Interrupted.into(),
        FitError::Invalid(_) | FitError::NothingFree | FitError::Nothing => {
            CommandError::Usage(error.to_string())
        }
        // No start would help.
        FitError::NoStart { error: inner @ LikelihoodError::NotWhole { .. } } => {
            CommandError::Input(lines.of_likelihood(inner))
        }
        FitError::NoStart { error: inner } | FitError::Likelihood(inner) => {
            CommandError::Failed(of(inner, error.to_string()))
        }
        FitError::Search(_) | FitError::TimeLimit => CommandError::Failed(error.to_string()),
    }
}

/// A vector as it is typed.
fn list(theta: &[f64]) -> String {
    layout::list(theta)
}
