//! The data against the fitted distribution: a histogram and the density where every time is exact, else, and where
//! steps are counted, what Kaplan and Meier make of the data and the cdf.

use sojourn_client::load::short_name;
use sojourn_engine::{DistributionQuery, Event, Kind, Observations, Trace};

use super::list;
use crate::commands::times::spaced;
use crate::error::CommandError;
use crate::render::plot::{Curve, Picture, Shape};

/// Points of the fitted curve.
const POINTS: usize = 200;

/// Draws observations and the distribution at a theta.
pub(super) fn of(
    trace: &Trace,
    theta: &[f64],
    observations: &Observations,
    name: &str,
) -> Result<Picture, CommandError> {
    let all: Vec<(Event, f64)> = observations.iter().collect();
    let exact: Option<Vec<(f64, f64)>> = all
        .iter()
        .map(|&(event, weight)| match event {
            Event::At(t) => Some((t, weight)),
            _ => None,
        })
        .collect();
    let last = all
        .iter()
        .map(|(event, _)| match *event {
            Event::At(t) | Event::Until(t) | Event::After(t) => t,
            Event::Between { until, .. } => until,
        })
        .fold(0.0, f64::max);
    let end = if last > 0.0 { 1.05 * last } else { 1.0 };
    let times = match trace.kind() {
        Kind::Continuous => spaced(0.0, end, POINTS),
        Kind::Discrete => (0..POINTS).map(|k| (k as f64 * end / (POINTS - 1) as f64).floor()).collect(),
    };
    let query = DistributionQuery { times, ..DistributionQuery::default() };
    let found = trace.distribution(theta, &query).map_err(|error| CommandError::Failed(error.to_string()))?;
    let density = exact.filter(|_| trace.kind() == Kind::Continuous);
    let (up, data, fitted) = match density {
        Some(times) => {
            ("pdf", histogram(times, end), found.points.iter().map(|p| (p.time, p.density)).collect())
        }
        None => ("cdf", kaplan_meier(&all, end), found.points.iter().map(|p| (p.time, p.cdf)).collect()),
    };
    let curve = |name: String, points: Vec<(f64, f64)>| Curve { name, points };
    Ok(Picture {
        title: short_name(name).to_owned(),
        across: if trace.kind() == Kind::Discrete { "steps" } else { "t" },
        up,
        top: if up == "cdf" { 1.0 } else { 0.0 },
        shape: Shape::Line,
        curves: vec![curve("data".into(), data), curve(format!("theta {}", list(theta)), fitted)],
    })
}

/// The outline of bars whose areas sum up to one. Their number is that of Rice's rule: twice the cube root of the
/// weights' sum.
fn histogram(times: Vec<(f64, f64)>, end: f64) -> Vec<(f64, f64)> {
    let total: f64 = times.iter().map(|t| t.1).sum();
    let bars = ((2.0 * total.cbrt()).ceil() as usize).clamp(4, 100);
    let width = end / bars as f64;
    let mut weights = vec![0.0; bars];
    times.iter().for_each(|&(t, weight)| weights[((t / width) as usize).min(bars - 1)] += weight);
    let mut points = vec![(0.0, 0.0)];
    for (bar, weight) in weights.iter().enumerate() {
        let height = weight / total / width;
        points.extend([
            (bar as f64 * width, height),
            ((bar + 1) as f64 * width, height),
            ((bar + 1) as f64 * width, 0.0),
        ]);
    }
    points
}

/// One less Kaplan and Meier's estimate of the survival function (1958), as steps. An interval counts as its middle,
/// and what is censored on the left as half its time.
fn kaplan_meier(all: &[(Event, f64)], end: f64) -> Vec<(f64, f64)> {
    // (time, weight of events, weight that leaves for another reason)
    let row = |&(event, weight): &(Event, f64)| match event {
        Event::At(t) => (t, weight, 0.0),
        Event::Until(t) => (t / 2.0, weight, 0.0),
        Event::Between { after, until } => (after + (until - after) / 2.0, weight, 0.0),
        Event::After(t) => (t, 0.0, weight),
    };
    let mut rows: Vec<(f64, f64, f64)> = all.iter().map(row).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut at_risk: f64 = rows.iter().map(|r| r.1 + r.2).sum();
    let (mut survival, mut points) = (1.0, vec![(0.0, 0.0)]);
    for alike in rows.chunk_by(|a, b| a.0 == b.0) {
        let events: f64 = alike.iter().map(|r| r.1).sum();
        points.push((alike[0].0, 1.0 - survival));
        if events > 0.0 {
            survival *= 1.0 - events / at_risk;
            points.push((alike[0].0, 1.0 - survival));
        }
        at_risk -= alike.iter().map(|r| r.1 + r.2).sum::<f64>();
    }
    points.push((end, 1.0 - survival));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_censored_leaves_those_at_risk_without_a_step() {
        let all = [(Event::At(1.0), 1.0), (Event::After(2.0), 2.0), (Event::At(3.0), 1.0)];
        let points = kaplan_meier(&all, 4.0);
        // A quarter at 1; then one is left, and it is gone at 3.
        let expected =
            [(0.0, 0.0), (1.0, 0.0), (1.0, 0.25), (2.0, 0.25), (3.0, 0.25), (3.0, 1.0), (4.0, 1.0)];
        assert_eq!(points, expected);
    }

    #[test]
    fn the_bars_of_a_histogram_have_an_area_of_one() {
        let points = histogram(vec![(0.5, 1.0), (1.5, 3.0), (9.9, 4.0)], 10.0);
        let area: f64 = points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * pair[0].1).sum();
        assert!((area - 1.0).abs() < 1e-12, "{points:?}");
    }
}
