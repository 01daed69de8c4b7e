//! What was found, as a line of JSON.

use sojourn_engine::density::{ParameterGradient, Point, PointGradient};
use sojourn_engine::evaluate::{Gradient, Numbers};
use sojourn_proto::DeviceId;

use super::Asked;
use super::distribution::{Curve, Found};
use crate::render::json::{
    EvalLine, GradientLine, MethodLine, NamedLists, OccupancyLine, ResidenceLine, TrapLine,
};

/// The JSON of one vector: only what was asked for.
pub(super) fn line<'a>(
    theta: &'a [f64],
    (numbers, found): (&'a Numbers, &'a Found),
    asked: &'a Asked,
    device: Option<DeviceId>,
) -> EvalLine<'a> {
    let (query, distribution) = (&asked.query, &asked.distribution);
    let rewards = !query.rewards.is_empty();
    let by_row = |times: &[f64], rows: &'a [Vec<f64>]| -> Vec<(f64, &'a [f64])> {
        times.iter().copied().zip(rows.iter().map(Vec::as_slice)).collect()
    };
    let both = |asked: &[f64], values: &[f64]| -> Vec<(f64, f64)> {
        asked.iter().copied().zip(values.iter().copied()).collect()
    };
    let occupancy = distribution.occupancy.as_ref().map(|times| match times {
        Some(times) => OccupancyLine::Until(by_row(&times.0, &found.occupancies)),
        None => OccupancyLine::UntilAbsorption(found.occupancies.first().map_or(&[], Vec::as_slice)),
    });
    let probabilities = distribution.state_probabilities.as_ref();
    EvalLine {
        theta,
        moments: (query.moments > 0).then_some(&numbers.moments[..]),
        expected_reward: rewards.then(|| numbers.expected_reward.iter().collect()),
        reward_moments: (rewards && query.reward_moments > 0)
            .then(|| numbers.reward_moments.iter().map(Vec::as_slice).collect()),
        covariance: numbers.covariance.as_deref(),
        covariance_error_bound: numbers.covariance_error_bound.as_deref(),
        gradient: gradient(numbers, found, asked),
        gradient_error_bound: gradient_errors(numbers, found, asked),
        loglik: found.likelihood.as_ref().map(|found| found.value),
        loglik_error_bound: found.likelihood.as_ref().map(|found| found.error_bound),
        curves: curves(found, asked),
        quantile: distribution.quantile.as_ref().map(|asked| both(&asked.0, &found.quantiles)),
        quantile_error_bound: distribution
            .quantile
            .as_ref()
            .map(|_| found.quantile_errors.iter().map(|error| (error.cdf, error.time)).collect()),
        laplace: distribution.laplace.as_ref().map(|asked| both(&asked.0, &found.laplace)),
        state_probabilities: probabilities.map(|times| by_row(&times.0, &found.state_probabilities)),
        occupancy,
        residence: distribution
            .residence
            .then_some(ResidenceLine { times: &found.residence.times, visits: &found.residence.visits }),
        states: asked.states.as_deref(),
        samples: asked.samples.as_ref().map(|_| &found.samples.times[..]),
        reward_samples: asked
            .samples
            .as_ref()
            .filter(|samples| !samples.rewards.is_empty())
            .map(|_| found.samples.rewards.iter().map(Vec::as_slice).collect()),
        traps: (!found.samples.traps.is_empty())
            .then(|| found.samples.traps.iter().map(TrapLine::of).collect()),
        transform: asked.time.as_deref(),
        mass_at_zero: numbers.mass_at_zero,
        method: MethodLine::of(found),
        device: device.map_or_else(|| "cpu".into(), |device| device.to_string().into()),
    }
}

/// Derivatives of what was asked for; none where none were asked for.
fn gradient<'a>(numbers: &'a Numbers, found: &'a Found, asked: &Asked) -> Option<GradientLine<'a>> {
    let of_likelihood = asked.likelihood.as_ref().is_some_and(|query| query.gradient);
    if numbers.gradient.is_none() && !of_likelihood && !asked.gradient {
        return None;
    }
    let likelihood = found.likelihood.as_ref().filter(|_| of_likelihood);
    Some(GradientLine {
        loglik: likelihood.map(|found| &found.gradient[..]),
        curves: curve_gradients(found, asked, |gradient| gradient.values),
        ..numbers.gradient.as_ref().map(of_moments).unwrap_or_default()
    })
}

/// Returns the bounds on the errors of derivatives; none where none were asked for.
fn gradient_errors<'a>(numbers: &'a Numbers, found: &'a Found, asked: &Asked) -> Option<GradientLine<'a>> {
    let of_likelihood = asked.likelihood.as_ref().is_some_and(|query| query.gradient);
    let likelihood = found.likelihood.as_ref().filter(|_| of_likelihood);
    let curves = curve_gradients(found, asked, |gradient| gradient.errors);
    let moments = numbers.gradient_error_bound.as_ref();
    (moments.is_some() || likelihood.is_some() || !curves.0.is_empty()).then(|| GradientLine {
        loglik: likelihood.map(|found| &found.gradient_errors[..]),
        curves,
        ..moments.map(of_moments).unwrap_or_default()
    })
}

/// Returns numbers of the derivatives of each curve that is asked for, at its times.
fn curve_gradients(
    found: &Found,
    asked: &Asked,
    of: fn(ParameterGradient) -> Vec<f64>,
) -> NamedLists<Vec<(f64, Vec<f64>)>> {
    let each = |curve: Curve| {
        asked.distribution.curve(curve).filter(|_| asked.gradient)?;
        let point = |point: &PointGradient| (point.point.time, of(curve.gradient(point)));
        let points = found.gradients[curve as usize].iter().map(point).collect();
        Some((curve.name().to_owned(), points))
    };
    NamedLists(Curve::ALL.into_iter().filter_map(each).collect())
}

/// Returns each curve that is asked for at its times, and behind it the bounds on its errors.
fn curves(found: &Found, asked: &Asked) -> NamedLists<Vec<(f64, Option<f64>)>> {
    let mut lists = Vec::new();
    let of_curves = Curve::ALL.into_iter().filter(|&curve| asked.distribution.curve(curve).is_some());
    for curve in of_curves {
        let points = found.curve(curve).iter();
        let value = |point: &Point| (point.time, curve.of(point));
        let error = |point: &Point| (point.time, Some(curve.error(point)));
        lists.push((curve.name().to_owned(), points.clone().map(value).collect()));
        lists.push((format!("{}_error_bound", curve.name()), points.map(error).collect()));
    }
    NamedLists(lists)
}

fn of_moments(gradient: &Gradient) -> GradientLine<'_> {
    let Gradient { moments, expected_reward, reward_moments } = gradient;
    GradientLine {
        mean: moments.first().map(Vec::as_slice),
        moments: (moments.len() > 1).then_some(moments),
        expected_reward: (!expected_reward.is_empty())
            .then(|| expected_reward.iter().map(Vec::as_slice).collect()),
        reward_moments: (!reward_moments.is_empty())
            .then(|| reward_moments.iter().map(Vec::as_slice).collect()),
        ..GradientLine::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_engine::evaluate::Query;

    fn query() -> Query {
        Query {
            moments: 2,
            rewards: vec![vec![1.0]],
            reward_moments: 2,
            covariance: false,
            ..Query::default()
        }
    }

    fn numbers() -> Numbers {
        Numbers {
            moments: vec![0.1, 1e300],
            expected_reward: vec![0.5],
            reward_moments: vec![vec![0.5, 0.25]],
            covariance: None,
            mass_at_zero: 0.0,
            ..Numbers::default()
        }
    }

    fn json(numbers: &Numbers, query: &Query) -> String {
        let asked = Asked { query: query.clone(), ..Asked::default() };
        serde_json::to_string(&line(&[1.0, 0.25], (numbers, &Found::default()), &asked, None)).unwrap()
    }

    #[test]
    fn one_reward_stands_as_itself_and_numbers_in_their_shortest_form() {
        assert_eq!(
            json(&numbers(), &query()),
            r#"{"theta":[1.0,0.25],"moments":[0.1,1e+300],"expected_reward":0.5,"reward_moments":[0.5,0.25],"mass_at_zero":0.0,"device":"cpu"}"#
        );
    }

    #[test]
    fn several_rewards_are_lists() {
        let query = Query {
            rewards: vec![vec![1.0], vec![2.0]],
            moments: 0,
            reward_moments: 0,
            covariance: true,
            ..Query::default()
        };
        let numbers = Numbers {
            expected_reward: vec![0.5, 1.0],
            covariance: Some(vec![vec![1.0, 0.5], vec![0.5, 2.0]]),
            covariance_error_bound: Some(vec![vec![1e-15, 2e-15], vec![2e-15, f64::INFINITY]]),
            ..Numbers::default()
        };
        assert_eq!(
            json(&numbers, &query),
            r#"{"theta":[1.0,0.25],"expected_reward":[0.5,1.0],"covariance":[[1.0,0.5],[0.5,2.0]],"covariance_error_bound":[[1e-15,2e-15],[2e-15,null]],"mass_at_zero":0.0,"device":"cpu"}"#
        );
    }

    #[test]
    fn a_gradient_has_a_number_for_each_parameter_under_the_name_of_what_it_is_of() {
        let query = Query { moments: 1, gradient: true, ..Query::default() };
        let gradient = Gradient { moments: vec![vec![-1.0, 0.5]], ..Gradient::default() };
        let bounds = Gradient { moments: vec![vec![2.5e-16, f64::INFINITY]], ..Gradient::default() };
        let mut numbers = Numbers {
            moments: vec![2.0],
            gradient: Some(gradient.clone()),
            gradient_error_bound: Some(bounds),
            ..Numbers::default()
        };
        let text = json(&numbers, &query);
        let both = r#""gradient":{"mean":[-1.0,0.5]},"gradient_error_bound":{"mean":[2.5e-16,null]}"#;
        assert!(text.contains(both), "{text}");
        let expected_reward = vec![vec![3.0, 4.0]];
        numbers.gradient =
            Some(Gradient { moments: vec![vec![1.0], vec![2.0]], expected_reward, ..gradient });
        let text = json(&numbers, &query);
        let expected = r#""gradient":{"mean":[1.0],"moments":[[1.0],[2.0]],"expected_reward":[3.0,4.0]}"#;
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn only_what_was_asked_for_is_there() {
        let query = Query { moments: 1, ..Query::default() };
        let numbers = Numbers { moments: vec![2.0], mass_at_zero: 0.5, ..Numbers::default() };
        assert_eq!(
            json(&numbers, &query),
            r#"{"theta":[1.0,0.25],"moments":[2.0],"mass_at_zero":0.5,"device":"cpu"}"#
        );
    }
}
