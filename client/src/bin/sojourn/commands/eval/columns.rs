//! What was found as a row of numbers, and the names of their columns: one order for every file.

use sojourn_engine::evaluate::{Gradient, Numbers};
use sojourn_engine::{Samples, Trace};

use super::Asked;
use super::distribution::{Curve, Found};
use super::{derivatives, labels};
use crate::render::numbers::real;

/// Columns of what was asked for: parameters, moments, rewards and their moments, covariances (all of the matrix, row
/// by row), derivatives, curves, quantiles, transform, numbers by row of the graph, the log-likelihood, its derivatives and those of
/// curves, and the mass at zero.
pub(super) fn names(asked: &Asked, trace: &Trace) -> Vec<String> {
    let (query, distribution) = (&asked.query, &asked.distribution);
    let mut names: Vec<String> = (0..trace.parameters()).map(|at| format!("theta[{at}]")).collect();
    if asked.only_samples() {
        names.extend(["sample", "T"].map(str::to_owned));
        names.extend(asked.labels.iter().cloned());
        return names;
    }
    names.extend(moments(asked));
    if query.covariance {
        match &asked.labels[..] {
            [] => names.push("Var[T]".to_owned()),
            labels => {
                let pairs = labels.iter().flat_map(|a| labels.iter().map(move |b| (a, b)));
                names.extend(pairs.map(|(a, b)| format!("Cov[{a}; {b}]")));
            }
        }
    }
    if query.gradient {
        let moments = moments(asked);
        let parameters = 0..trace.parameters();
        names.extend(
            moments.iter().flat_map(|of| parameters.clone().map(move |at| format!("d {of}/d theta[{at}]"))),
        );
    }
    for curve in Curve::ALL {
        let times = distribution.curve(curve).map_or(&[][..], |times| &times.0);
        names.extend(times.iter().map(|time| format!("{}({})", curve.name(), real(*time))));
    }
    let quantiles = distribution.quantile.as_ref().map_or(&[][..], |p| &p.0);
    names.extend(quantiles.iter().map(|p| format!("quantile({})", real(*p))));
    let points = distribution.laplace.as_ref().map_or(&[][..], |points| &points.0);
    names.extend(points.iter().map(|s| format!("laplace({})", real(*s))));
    let mut by_row = |name: &str, at: &str| {
        names.extend((0..trace.rows()).map(|row| format!("{name}[{row}]{at}")));
    };
    for time in distribution.state_probabilities.iter().flat_map(|times| &times.0) {
        by_row("probability", &format!("({})", real(*time)));
    }
    match &distribution.occupancy {
        None => {}
        Some(None) => by_row("occupancy", ""),
        Some(Some(times)) => {
            times.0.iter().for_each(|time| by_row("occupancy", &format!("({})", real(*time))));
        }
    }
    if distribution.residence {
        by_row("time", "");
        by_row("visits", "");
    }
    names.extend(asked.likelihood.iter().map(|_| "loglik".to_owned()));
    for of in derivatives::names(asked) {
        names.extend((0..trace.parameters()).map(|at| format!("d {of}/d theta[{at}]")));
    }
    names.push("mass_at_zero".to_owned());
    names
}

/// Names of the moments, of rewards after those of T.
pub(super) fn moments(asked: &Asked) -> Vec<String> {
    let (query, labels) = (&asked.query, &asked.labels);
    let of_time = (1..=query.moments).map(|k| labels::moment("T", k));
    let means = labels.iter().map(|label| labels::moment(label, 1));
    let higher =
        labels.iter().flat_map(|label| (2..=query.reward_moments).map(move |k| labels::moment(label, k)));
    of_time.chain(means).chain(higher).collect()
}

/// Gradients of the moments, in the order of [`moments`].
pub(super) fn gradients(gradient: &Gradient) -> impl Iterator<Item = &Vec<f64>> {
    let higher = gradient.reward_moments.iter().flat_map(|moments| moments.iter().skip(1));
    gradient.moments.iter().chain(&gradient.expected_reward).chain(higher)
}

/// The rows of numbers in these columns at a vector: one, or where samples alone are asked for one a sample.
pub(super) fn rows(
    theta: &[f64],
    numbers: &Numbers,
    found: &Found,
    asked: &Asked,
) -> impl Iterator<Item = Vec<f64>> {
    let samples = if asked.only_samples() { Some(&found.samples) } else { None };
    let alone = samples.is_none().then(|| values(theta, numbers, found, asked));
    let sample = move |samples: &Samples, at: usize| {
        let drawn = samples.rewards.iter().map(|reward| reward[at]);
        theta.iter().copied().chain([at as f64, samples.times[at]]).chain(drawn).collect()
    };
    let samples = samples.into_iter().flat_map(move |s| (0..s.times.len()).map(move |at| sample(s, at)));
    alone.into_iter().chain(samples)
}

/// The numbers of one row. A hazard where nothing is left is NaN.
fn values(theta: &[f64], numbers: &Numbers, found: &Found, asked: &Asked) -> Vec<f64> {
    let mut values = theta.to_vec();
    values.extend(&numbers.moments);
    values.extend(&numbers.expected_reward);
    numbers.reward_moments.iter().for_each(|moments| values.extend(moments.iter().skip(1)));
    numbers.covariance.iter().flatten().for_each(|row| values.extend(row));
    numbers.gradient.iter().flat_map(gradients).for_each(|gradient| values.extend(gradient));
    for curve in Curve::ALL {
        let points = found.curve(curve).iter();
        values.extend(points.map(|point| curve.of(point).unwrap_or(f64::NAN)));
    }
    values.extend(&found.quantiles);
    values.extend(&found.laplace);
    found.state_probabilities.iter().for_each(|row| values.extend(row));
    found.occupancies.iter().for_each(|row| values.extend(row));
    if asked.distribution.residence {
        values.extend(&found.residence.times);
        values.extend(&found.residence.visits);
    }
    values.extend(found.likelihood.iter().map(|found| found.value));
    derivatives::values(found).for_each(|gradient| values.extend(gradient.values));
    values.push(numbers.mass_at_zero);
    values
}
