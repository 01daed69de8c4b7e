//! The times of a picture of which none were given.

use sojourn_engine::evaluate::EvaluateError;
use sojourn_engine::{DistributionQuery, Kind};

use crate::commands::times::spaced;
use crate::commands::transform::Subject;

/// Points of a curve.
const POINTS: usize = 200;
/// Of what is absorbed after time zero, the share that is seen.
const SHARE: f64 = 0.999;

/// Times from zero to where nearly all is absorbed, at whichever of the vectors that takes longest. Vectors that
/// fail have no say; what is wrong with them is said when they are drawn.
pub(super) fn of(subject: &Subject, thetas: &[Vec<f64>]) -> Vec<f64> {
    let ends = thetas.iter().filter_map(|theta| end(subject, theta).ok());
    let end = ends.filter(|end| end.is_finite()).fold(0.0, f64::max);
    match subject.trace.kind() {
        Kind::Continuous => spaced(0.0, if end > 0.0 { end } else { 1.0 }, POINTS),
        Kind::Discrete => steps(end),
    }
}

fn end(subject: &Subject, theta: &[f64]) -> Result<f64, EvaluateError> {
    let ends = subject.distribution(theta, &DistributionQuery::default())?;
    let moving = 1.0 - ends.mass_in_traps - ends.mass_at_zero;
    let seen = ends.mass_at_zero + SHARE * moving.max(0.0);
    let query = DistributionQuery { quantiles: vec![seen.min(1.0)], ..DistributionQuery::default() };
    Ok(subject.distribution(theta, &query)?.quantiles.iter().copied().fold(0.0, f64::max))
}

/// Every number of steps until this one, or as many, evenly apart, as are to be seen.
fn steps(end: f64) -> Vec<f64> {
    let apart = (end / (POINTS - 1) as f64).ceil().max(1.0);
    let last = (end.max(1.0) / apart).ceil() as usize;
    (0..=last).map(|k| k as f64 * apart).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_engine::{Chain, Trace, formats, models};
    use std::sync::Arc;

    fn subject(trace: Trace) -> Subject {
        Subject { trace: Arc::new(trace), reward: None }
    }

    fn last(times: &[f64]) -> f64 {
        times[times.len() - 1]
    }

    #[test]
    fn a_picture_ends_at_the_quantile_of_the_slowest_vector() {
        let trace = Trace::record(&Chain::new(&models::build("erlang,k=1").unwrap())).unwrap();
        let times = of(&subject(trace), &[vec![2.0], vec![-1.0], vec![0.5]]);
        assert_eq!((times.len(), times[0]), (POINTS, 0.0));
        let expected = 1000.0_f64.ln() / 0.5;
        assert!((last(&times) / expected - 1.0).abs() < 1e-9, "{}", last(&times));
    }

    #[test]
    fn what_is_never_absorbed_is_left_out_of_account() {
        let text = r#"{"alpha": [0.5, 0.25, 0], "S": [[-2, 0, 0], [0, -1, 1], [0, 1, -1]]}"#;
        let trace = Trace::record(&Chain::new(&formats::read_json(text.as_bytes(), false).unwrap())).unwrap();
        let times = of(&subject(trace), &[vec![]]);
        assert!((last(&times) / (1000.0_f64.ln() / 2.0) - 1.0).abs() < 1e-9, "{}", last(&times));
    }

    #[test]
    fn steps_are_whole_and_not_too_many() {
        assert_eq!(steps(3.0), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(steps(0.0), [0.0, 1.0]);
        let many = steps(12_345.0);
        assert!(many.len() <= POINTS + 1 && last(&many) >= 12_345.0);
        assert!(many.iter().all(|step| step.fract() == 0.0));
    }
}
