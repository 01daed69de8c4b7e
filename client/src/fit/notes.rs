//! What is to be known of estimates, a sentence each.

use sojourn_engine::{Event, LikelihoodError, Observations};

use super::identify::{Combination, Curve};
use super::objective::Halt;
use super::result::{Fitted, Status};

/// Correlations and relative standard errors above these are pointed out.
const CORRELATED: f64 = 0.9;
const UNCERTAIN: f64 = 0.5;
/// A log-likelihood that rises by more for a factor of e in a parameter at infinity has no bound.
const RISING: f64 = 1e-3;

/// Says why a search is not converged.
pub(super) fn halted(halt: &Halt) -> String {
    let why = match halt {
        Halt::Interrupted => "interrupted",
        _ => "the time limit was reached",
    };
    format!("{why}: these are the likeliest parameters so far, which may be no maximum")
}

/// Says that no search is converged, and why the best one could not go on, if a likelihood was the reason.
pub(super) fn not_converged(blocked: Option<&LikelihoodError>) -> String {
    let cure = "try other starts (--start, --starts) or bounds (--lower, --upper)";
    match blocked {
        None => format!("no search converged: this may be no maximum; {cure}"),
        Some(error) => format!(
            "no search converged: the best ended beside parameters without a likelihood ({error}); this may be no maximum; {cure}"
        ),
    }
}

/// Says what is to be known of a maximum.
pub(super) fn of(fitted: &Fitted, observations: &Observations) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(one_sided(observations));
    notes.extend(infinite(fitted));
    let ignored = |p: &usize| !fitted.combinations.iter().any(|c| c.parameters.contains(p));
    for p in with(fitted, Status::NotIdentified).into_iter().filter(ignored) {
        notes.push(format!(
            "parameter {p} is not identified: given the others, it does not change the likelihood"
        ));
    }
    notes.extend(fitted.combinations.iter().map(combination));
    notes.extend(uncertain(fitted));
    notes.extend(correlated(fitted));
    notes
}

fn with(fitted: &Fitted, status: Status) -> Vec<usize> {
    (0..fitted.parameters.len()).filter(|&p| fitted.parameters[p].status == status).collect()
}

/// Names parameters: `parameter 1`, `parameters 0 and 2`.
fn named(parameters: &[usize]) -> String {
    let names: Vec<String> = parameters.iter().map(ToString::to_string).collect();
    match &names[..] {
        [one] => format!("parameter {one}"),
        [first @ .., last] => format!("parameters {} and {last}", first.join(", ")),
        [] => "no parameter".to_owned(),
    }
}

fn one_sided(observations: &Observations) -> Option<String> {
    let all = |is: fn(&Event) -> bool| observations.iter().all(|(event, _)| is(&event));
    if all(|event| matches!(event, Event::After(_))) {
        return Some(
            "all observations are right-censored: the longer T, the more probable they are, and the likelihood has no maximum inside the bounds"
                .to_owned(),
        );
    }
    all(|event| matches!(event, Event::Until(_))).then(|| {
        "all observations are left-censored: the shorter T, the more probable they are, and the likelihood has no maximum inside the bounds"
            .to_owned()
    })
}

fn infinite(fitted: &Fitted) -> Option<String> {
    let parameters = with(fitted, Status::AtInfinity);
    if parameters.is_empty() {
        return None;
    }
    let rises = |p: &usize| fitted.gradient[*p] * fitted.theta[*p] > RISING;
    let (verb, stands) = if parameters.len() == 1 {
        ("grows", "its value stands for infinity")
    } else {
        ("grow", "their values stand for infinity")
    };
    let name = named(&parameters);
    Some(match parameters.iter().any(rises) {
        true => format!("the likelihood has no bound: it rises for ever as {name} {verb}; {stands}"),
        false => format!("the likelihood does not fall as {name} {verb} for ever: {stands}"),
    })
}

fn combination(combination: &Combination) -> String {
    let name = named(&combination.parameters);
    if let Some(determined) = combination.determined() {
        return format!("{name} are not identified: the observations determine only {determined}");
    }
    let entries: Vec<String> =
        combination.direction.iter().map(|d| format!("{}", (d * 1e4).round() / 1e4)).collect();
    let how = match combination.curve {
        Curve::Power => "by powers",
        Curve::Line => "along a line",
        Curve::Tangent => "along a curve, in logarithms",
    };
    let verb = if combination.parameters.len() == 1 { "is" } else { "are" };
    format!(
        "{name} {verb} not identified: the likelihood stays the same along ({}), {how}",
        entries.join(", ")
    )
}

fn uncertain(fitted: &Fitted) -> Vec<String> {
    let note = |p: usize| {
        let parameter = &fitted.parameters[p];
        let part = parameter.standard_error? / parameter.value.abs();
        (part > UNCERTAIN)
            .then(|| format!("parameter {p} is uncertain: its standard error is {part:.2} of the estimate"))
    };
    (0..fitted.parameters.len()).filter_map(note).collect()
}

fn correlated(fitted: &Fitted) -> Vec<String> {
    let Some(information) = &fitted.information else { return Vec::new() };
    let mut notes = Vec::new();
    for (i, p) in information.parameters.iter().enumerate() {
        for (j, q) in information.parameters.iter().enumerate().skip(i + 1) {
            let correlation = information.correlations[i][j];
            if correlation.abs() > CORRELATED {
                notes.push(format!("estimates of parameters {p} and {q} are correlated: {correlation:.4}"));
            }
        }
    }
    notes
}
