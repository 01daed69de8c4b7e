//! What was found, for people and for programs.

use serde::Serialize;
use sojourn_client::fit::{Ended, Fitted, Information, Parameter, Run, Status};
use sojourn_engine::density::Method;
use sojourn_engine::{Event, Observations};

use crate::commands::eval::Lines;
use crate::context::Context;
use crate::error::CommandError;
use crate::render::numbers::{count, digits};
use crate::render::table::Table;

fn status(status: Status) -> &'static str {
    match status {
        Status::Estimated => "estimated",
        Status::Fixed => "fixed",
        Status::AtBound => "at_bound",
        Status::NotIdentified => "not_identified",
    }
}

fn ended(run: &Run) -> &'static str {
    match run.ended {
        Ended::Converged => "converged",
        Ended::Stopped => "stopped",
        Ended::Failed(_) => "failed",
    }
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Powers => "powers",
        Method::Uniformisation => "uniformisation",
        Method::Stationary => "stationary",
        Method::Doubling => "doubling",
        Method::Contour => "contour",
    }
}

/// Writes a table of the parameters and what else is to be known.
pub(super) fn text(
    fitted: &Fitted,
    observations: &Observations,
    lines: &Lines,
    context: &mut Context,
) -> Result<(), CommandError> {
    let mut table = Table::new(["parameter", "estimate", "standard error", "status"]);
    for (number, parameter) in fitted.parameters.iter().enumerate() {
        let error = parameter.standard_error.map_or_else(|| "-".to_owned(), |error| digits(error, 4));
        let words = status(parameter.status).replace('_', " ");
        table.row([number.to_string(), digits(parameter.value, 8), error, words]);
    }
    table.numbers([1, 2]);
    context.table(table)?;
    let best = &fitted.runs[fitted.best];
    let alike =
        fitted.runs.iter().filter(|run| (run.log_likelihood - best.log_likelihood).abs() <= 1e-6).count();
    context.out.line(format_args!(
        "log-likelihood {} of {}",
        digits(fitted.log_likelihood, 10),
        count(observations.count(), "observation")
    ))?;
    context.out.line(format_args!("AIC {}", digits(fitted.aic, 10)))?;
    context.out.line(format_args!(
        "{alike} of {} ended there; {}",
        count(fitted.runs.len(), "search").replace("searchs", "searches"),
        count(fitted.evaluations as usize, "likelihood")
    ))?;
    if let Some(text) = failures(&fitted.runs, lines) {
        context.note(&text);
    }
    if observations.iter().all(|(event, _)| matches!(event, Event::After(_))) {
        context.note("all observations are censored on the right: the longer T, the more probable they are, and there is no maximum");
    }
    if best.ended != Ended::Converged {
        context.note("no search converged: this may be no maximum; try other starts or bounds");
    }
    if fitted.information == Information::Indefinite {
        context.note("the information matrix is not positive definite: these observations do not tell all of these parameters apart; fix some with --fixed");
    }
    Ok(())
}

/// Searches that failed, and why the first of them did.
fn failures(runs: &[Run], lines: &Lines) -> Option<String> {
    let mut errors = runs.iter().filter_map(|run| match &run.ended {
        Ended::Failed(error) => Some(error),
        Ended::Converged | Ended::Stopped => None,
    });
    let (first, others) = (errors.next()?, errors.count());
    let first = lines.of_likelihood(first);
    Some(format!(
        "{} of {} searches failed, the first: {first}; --start, --lower and --upper keep them where there is a likelihood",
        others + 1,
        runs.len()
    ))
}

/// `sojourn fit --json`.
#[derive(Debug, Serialize)]
pub(super) struct FitLine<'a> {
    theta: &'a [f64],
    parameters: Vec<ParameterLine>,
    log_likelihood: f64,
    error_bound: f64,
    gradient: &'a [f64],
    aic: f64,
    observations: usize,
    weight: f64,
    converged: bool,
    covariance: Option<CovarianceLine<'a>>,
    methods: Vec<&'static str>,
    starts: Vec<StartLine<'a>>,
    evaluations: u64,
}

#[derive(Debug, Serialize)]
struct ParameterLine {
    number: usize,
    value: f64,
    standard_error: Option<f64>,
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct CovarianceLine<'a> {
    parameters: &'a [usize],
    matrix: &'a [Vec<f64>],
}

#[derive(Debug, Serialize)]
struct StartLine<'a> {
    start: &'a [f64],
    theta: &'a [f64],
    log_likelihood: Option<f64>,
    iterations: u64,
    ended: &'static str,
    error: Option<String>,
}

impl<'a> FitLine<'a> {
    pub(super) fn of(fitted: &'a Fitted, observations: &Observations) -> FitLine<'a> {
        let parameter = |(number, p): (usize, &Parameter)| ParameterLine {
            number,
            value: p.value,
            standard_error: p.standard_error,
            status: status(p.status),
        };
        let start = |run: &'a Run| StartLine {
            start: &run.start,
            theta: &run.theta,
            log_likelihood: Some(run.log_likelihood).filter(|value| value.is_finite()),
            iterations: run.iterations,
            ended: ended(run),
            error: match &run.ended {
                Ended::Failed(error) => Some(error.to_string()),
                Ended::Converged | Ended::Stopped => None,
            },
        };
        FitLine {
            theta: &fitted.theta,
            parameters: fitted.parameters.iter().enumerate().map(parameter).collect(),
            log_likelihood: fitted.log_likelihood,
            error_bound: fitted.error_bound,
            gradient: &fitted.gradient,
            aic: fitted.aic,
            observations: observations.count(),
            weight: observations.weight(),
            converged: fitted.runs[fitted.best].ended == Ended::Converged,
            covariance: match &fitted.information {
                Information::Definite { parameters, covariance } => {
                    Some(CovarianceLine { parameters, matrix: covariance })
                }
                Information::Indefinite | Information::Nothing => None,
            },
            methods: fitted.methods.iter().map(|&m| method(m)).collect(),
            starts: fitted.runs.iter().map(start).collect(),
            evaluations: fitted.evaluations,
        }
    }
}
