//! What was found, for people and for programs.

use serde::Serialize;
use sojourn_client::fit::{Combination, Curve, Ended, Fitted, Information, Parameter, Run, Status};
use sojourn_engine::Observations;
use sojourn_engine::density::Method;

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
        Status::AtInfinity => "at_infinity",
        Status::NotIdentified => "not_identified",
        Status::NotConverged => "not_converged",
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
    context.out.line(format_args!(
        "log-likelihood {} of {}",
        digits(fitted.log_likelihood, 10),
        count(observations.count(), "observation")
    ))?;
    context.out.line(format_args!("AIC {}", digits(fitted.aic, 10)))?;
    let alike = fitted.runs.iter().filter(|run| is_alike(run, fitted)).count();
    context.out.line(format_args!(
        "{alike} of {} ended there",
        count(fitted.runs.len(), "search").replace("searchs", "searches")
    ))?;
    for &number in &fitted.others {
        let run = &fitted.runs[number];
        let lower = fitted.log_likelihood - run.log_likelihood;
        let height =
            if lower < 5e-5 { "as high".to_owned() } else { format!("lower by {}", digits(lower, 3)) };
        let theta = run.theta.iter().map(|value| digits(*value, 6)).collect::<Vec<_>>().join(",");
        context.out.line(format_args!("another maximum, {height}, at {theta}"))?;
    }
    if let Some(text) = failures(&fitted.runs, lines) {
        context.note(&text);
    }
    fitted.notes.iter().for_each(|note| context.note(note));
    Ok(())
}

/// Whether a run ended where the likelihood is as high as at the one that is delivered.
fn is_alike(run: &Run, fitted: &Fitted) -> bool {
    (run.log_likelihood - fitted.log_likelihood).abs() <= 1e-6 * (1.0 + fitted.log_likelihood.abs())
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
    status: &'static str,
    parameters: Vec<ParameterLine>,
    log_likelihood: f64,
    error_bound: f64,
    gradient: &'a [f64],
    aic: f64,
    observations: usize,
    weight: f64,
    converged: bool,
    covariance: Option<MatrixLine<'a>>,
    correlations: Option<MatrixLine<'a>>,
    not_identified: Vec<CombinationLine<'a>>,
    other_maxima: Vec<MaximumLine<'a>>,
    notes: &'a [String],
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
struct MatrixLine<'a> {
    parameters: &'a [usize],
    matrix: &'a [Vec<f64>],
}

#[derive(Debug, Serialize)]
struct CombinationLine<'a> {
    parameters: &'a [usize],
    direction: &'a [f64],
    along: &'static str,
    determined: Option<String>,
}

#[derive(Debug, Serialize)]
struct MaximumLine<'a> {
    theta: &'a [f64],
    log_likelihood: f64,
    lower_by: f64,
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
        let combination = |combination: &'a Combination| CombinationLine {
            parameters: &combination.parameters,
            direction: &combination.direction,
            along: match combination.curve {
                Curve::Power => "powers",
                Curve::Line => "line",
                Curve::Tangent => "tangent",
            },
            determined: combination.determined(),
        };
        let maximum = |&number: &usize| MaximumLine {
            theta: &fitted.runs[number].theta,
            log_likelihood: fitted.runs[number].log_likelihood,
            lower_by: f64::max(fitted.log_likelihood - fitted.runs[number].log_likelihood, 0.0),
        };
        let matrix = |of: fn(&Information) -> &[Vec<f64>]| {
            fitted.information.as_ref().map(|all| MatrixLine { parameters: &all.parameters, matrix: of(all) })
        };
        FitLine {
            theta: &fitted.theta,
            status: status(fitted.status),
            parameters: fitted.parameters.iter().enumerate().map(parameter).collect(),
            log_likelihood: fitted.log_likelihood,
            error_bound: fitted.error_bound,
            gradient: &fitted.gradient,
            aic: fitted.aic,
            observations: observations.count(),
            weight: observations.weight(),
            converged: fitted.status != Status::NotConverged,
            covariance: matrix(|all| &all.covariance),
            correlations: matrix(|all| &all.correlations),
            not_identified: fitted.combinations.iter().map(combination).collect(),
            other_maxima: fitted.others.iter().map(maximum).collect(),
            notes: &fitted.notes,
            methods: fitted.methods.iter().map(|&m| method(m)).collect(),
            starts: fitted.runs.iter().map(start).collect(),
            evaluations: fitted.evaluations,
        }
    }
}
