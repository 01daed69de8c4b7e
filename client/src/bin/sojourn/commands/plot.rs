//! `sojourn plot`: pictures of density and distribution function.

mod range;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use sojourn_client::load::short_name;
use sojourn_engine::{DistributionQuery, Kind};

use super::drawing::{PictureFile, ending};
use super::eval::distribution::Distributed;
use super::eval::{self, Theta, layout, vectors};
use super::reading::ReadingArgs;
use super::times::Times;
use super::trace::HowArgs;
use super::transform::Subject;
use super::{Ended, named};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::plot::{Curve, Picture, Shape, text};
use crate::render::table;

/// Columns of a picture where nothing says how wide the terminal is.
const WIDTH: usize = 80;

/// What to draw, and where to.
#[derive(Debug, Args)]
pub(crate) struct PlotArgs {
    /// Graph or trace file, model:NAME,key=value,.. or the hash of a stored trace; at the prompt, what is loaded
    #[arg(value_name = "FILE|HASH")]
    pub(crate) name: Option<OsString>,
    /// Parameter vector such as 1,0.5; may be given more than once, for several curves
    #[arg(long, value_name = "THETA", allow_hyphen_values = true, value_parser = Theta::parse)]
    pub(crate) theta: Vec<Theta>,
    /// Draw the density (this is what is drawn if nothing is said), at times such as 0:10:200; without times at
    /// 200 from zero to the quantile of 0.999
    #[arg(long, value_name = "TIMES", allow_negative_numbers = true, conflicts_with = "cdf",
          value_parser = Times::parse)]
    pdf: Option<Option<Times>>,
    /// Draw the distribution function
    #[arg(long, value_name = "TIMES", allow_negative_numbers = true, value_parser = Times::parse)]
    cdf: Option<Option<Times>>,
    /// A nonnegative reward, as for eval --rewards, whose distribution is drawn in place of that of the time
    #[arg(long, value_name = "REWARD", allow_hyphen_values = true)]
    pub(crate) transform: Option<String>,
    /// Write the picture to this file, .svg or .html (- for standard output), instead of to the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

impl PlotArgs {
    /// Whether the picture would have to be PNG.
    pub(crate) fn is_png(&self) -> bool {
        self.output.as_deref().is_some_and(|path| ending(path) == "png")
    }

    fn times(&self) -> Option<&Times> {
        self.pdf.as_ref().or(self.cdf.as_ref()).and_then(Option::as_ref)
    }
}

/// Draws what a name stands for.
pub(crate) fn run(args: &PlotArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let name = named::given(args.name.as_deref(), "plot")?;
    args.output.as_deref().map(PictureFile::check).transpose()?;
    let options = args.how.options();
    // The reward may speak of states, which a trace does not keep.
    let (trace, graph) = match &args.transform {
        None => (named::trace(name, args.reading, &options, context)?, None),
        Some(_) => named::with_graph(name, args.reading, &options, context)?,
    };
    let subject = Subject::new(Arc::new(trace), args.transform.as_deref(), graph.as_deref())?;
    draw(args, &subject, &name.to_string_lossy(), &args.theta, context)
}

/// Draws a distribution.
pub(crate) fn draw(
    args: &PlotArgs,
    subject: &Subject,
    name: &str,
    thetas: &[Theta],
    context: &mut Context,
) -> Result<Ended, CommandError> {
    let file = args.output.as_deref().map(PictureFile::create).transpose()?;
    let trace = &subject.trace;
    let thetas = vectors::thetas(thetas, trace, Some(OsStr::new(name)), context)?;
    let times = match args.times() {
        Some(times) => times.clone(),
        None => Times(range::of(subject, &thetas)),
    };
    times.check(if args.cdf.is_some() { "--cdf" } else { "--pdf" }, trace.kind())?;
    if times.0.len() < 2 {
        let text = "a picture needs two times or more; `sojourn eval` has the number at one";
        return Err(CommandError::Usage(text.into()));
    }
    if context.json() && args.output.is_none() {
        return write_points(args, subject, thetas, times, context);
    }
    let (curves, some_failed) = curves(args, subject, &thetas, &times.0, context)?;
    if !curves.is_empty() {
        let title = match &args.transform {
            None => short_name(name).to_owned(),
            Some(reward) => format!("{}: {reward}", short_name(name)),
        };
        let picture = picture(args, trace.kind(), &title, curves);
        match file {
            Some(file) => file.draw(&picture)?,
            None => {
                let width = if context.terminal { table::columns().unwrap_or(WIDTH) } else { WIDTH };
                context.out.line(text::render(&picture, context.terminal, width))?;
            }
        }
    }
    Ok(if some_failed { Ended::SomeFailed } else { Ended::Done })
}

/// The points as JSON, as `eval` writes them.
fn write_points(
    args: &PlotArgs,
    subject: &Subject,
    thetas: Vec<Vec<f64>>,
    times: Times,
    context: &mut Context,
) -> Result<Ended, CommandError> {
    let distribution = match args.cdf {
        Some(_) => Distributed { cdf: Some(times), ..Distributed::default() },
        None => Distributed { pdf: Some(times), ..Distributed::default() },
    };
    let (time, transform) = (args.transform.clone(), subject.reward.clone());
    let asked = eval::Asked { distribution, time, transform, ..eval::Asked::default() };
    let (client, options) = (context.client()?, args.how.options());
    let report = eval::Report::to_user(context, &asked, &subject.trace);
    eval::evaluate(&client, &subject.trace, Box::new(thetas.into_iter().map(Ok)), &options, report)
}

/// A curve for each vector, and whether some vector failed, which is said on standard error.
fn curves(
    args: &PlotArgs,
    subject: &Subject,
    thetas: &[Vec<f64>],
    times: &[f64],
    context: &Context,
) -> Result<(Vec<Curve>, bool), CommandError> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let query = DistributionQuery { times, ..DistributionQuery::default() };
    let (mut curves, mut some_failed) = (Vec::new(), false);
    for theta in thetas {
        context.interrupt.check()?;
        let name = match &theta[..] {
            [] => String::new(),
            theta => format!("theta {}", layout::list(theta)),
        };
        match subject.distribution(theta, &query) {
            Ok(found) => {
                let value = |point: &sojourn_engine::density::Point| match args.cdf {
                    Some(_) => (point.time, point.cdf),
                    None => (point.time, point.density),
                };
                let points = found.points.iter().map(value).filter(|point| point.1.is_finite());
                curves.push(Curve { name, points: points.collect() });
            }
            Err(error) => {
                some_failed = true;
                let place = if name.is_empty() { name } else { format!("{name}: ") };
                // Were standard error closed, there would be nowhere to say so.
                let _ = writeln!(std::io::stderr().lock(), "sojourn: {place}{error}");
            }
        }
    }
    Ok((curves, some_failed))
}

fn picture(args: &PlotArgs, kind: Kind, title: &str, curves: Vec<Curve>) -> Picture {
    let (up, shape) = match (args.cdf.is_some(), kind) {
        (false, Kind::Continuous) => ("pdf", Shape::Line),
        (false, Kind::Discrete) => ("pmf", Shape::Bars),
        (true, Kind::Continuous) => ("cdf", Shape::Line),
        (true, Kind::Discrete) => ("cdf", Shape::Steps),
    };
    let across = if kind == Kind::Discrete { "steps" } else { "t" };
    let top = if args.cdf.is_some() { 1.0 } else { 0.0 };
    Picture { title: title.to_owned(), across, up, top, shape, curves }
}
