//! Maxima against those of an independent search: Nelder and Mead's simplex over logarithms, without gradients.

use super::*;
use sojourn_engine::{Question, SampleQuery};

/// Draws samples of a model at a theta.
pub(super) fn samples(trace: &Trace, theta: &[f64], count: usize, seed: u64) -> Observations {
    let question = Question {
        samples: Some(SampleQuery { count, seed, ..SampleQuery::default() }),
        ..Question::default()
    };
    let drawn = trace.answer(theta, &question).unwrap().samples.unwrap();
    Observations::new(exact(&drawn.times)).unwrap()
}

/// Minimises by Nelder and Mead's simplex (1965), begun again from where it ended until that helps no more.
fn simplex(mut place: Vec<f64>, value: impl Fn(&[f64]) -> f64) -> f64 {
    let n = place.len();
    let mut before = f64::INFINITY;
    loop {
        let mut corners: Vec<(f64, Vec<f64>)> = vec![(value(&place), place.clone())];
        for k in 0..n {
            let mut corner = place.clone();
            corner[k] += 0.5;
            corners.push((value(&corner), corner));
        }
        for _ in 0..400 * n {
            corners.sort_by(|a, b| a.0.total_cmp(&b.0));
            if corners[n].0 - corners[0].0 < 1e-11 * (1.0 + corners[0].0.abs()) {
                break;
            }
            let middle: Vec<f64> =
                (0..n).map(|k| corners[..n].iter().map(|c| c.1[k]).sum::<f64>() / n as f64).collect();
            let along = |factor: f64| {
                let corner: Vec<f64> =
                    middle.iter().zip(&corners[n].1).map(|(m, worst)| m + factor * (m - worst)).collect();
                (value(&corner), corner)
            };
            let reflected = along(1.0);
            corners[n] = if reflected.0 < corners[0].0 {
                let further = along(2.0);
                if further.0 < reflected.0 { further } else { reflected }
            } else if reflected.0 < corners[n - 1].0 {
                reflected
            } else {
                let nearer = if reflected.0 < corners[n].0 { along(0.5) } else { along(-0.5) };
                if nearer.0 >= corners[n].0.min(reflected.0) {
                    let best = corners[0].1.clone();
                    for corner in &mut corners[1..] {
                        corner.1.iter_mut().zip(&best).for_each(|(c, b)| *c = b + (*c - b) / 2.0);
                        corner.0 = value(&corner.1);
                    }
                    continue;
                }
                nearer
            };
        }
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        place.clone_from(&corners[0].1);
        if before - corners[0].0 < 1e-9 * (1.0 + before.abs()) || corners[0].0.is_infinite() {
            return corners[0].0;
        }
        before = corners[0].0;
    }
}

/// Fits samples of a model, and compares the log-likelihood with that of a simplex search from the truth.
#[track_caller]
fn compare(spec: &str, theta: &[f64], count: usize, starts: usize) -> Fitted {
    let trace = model(spec);
    let observations = samples(&trace, theta, count, 7);
    let fitting = Fitting { starts, ..Fitting::new(trace.parameters()) };
    let found = fit(&trace, &observations, &fitting, &Interrupt::new(), &mut |_| {}).unwrap();
    let value = |place: &[f64]| {
        let theta: Vec<f64> = place.iter().map(|u| u.exp()).collect();
        trace.log_likelihood(&theta, &observations).map_or(f64::INFINITY, |found| -found.value)
    };
    let start: Vec<f64> = theta.iter().map(|t| t.ln()).collect();
    let highest = -simplex(start, value);
    assert!(found.log_likelihood > highest - 1e-6, "{spec}: {} below {highest}", found.log_likelihood);
    let again = trace.log_likelihood(&found.theta, &observations).unwrap().value;
    assert!((again / found.log_likelihood - 1.0).abs() < 1e-10, "{again}, not {}", found.log_likelihood);
    found
}

#[test]
fn no_simplex_climbs_higher_than_a_fit() {
    for (spec, theta) in [
        ("erlang,k=3", &[2.0][..]),
        ("coalescent,n=6", &[0.7]),
        ("hyperexponential,n=2,p=0.4/0.6", &[0.5, 6.0]),
        ("mm1k,k=3", &[0.8, 1.0]),
    ] {
        let found = compare(spec, theta, 200, 3);
        assert_eq!(found.status, Status::Estimated, "{spec}: {found:?}");
        for (parameter, truth) in found.parameters.iter().zip(theta) {
            let error = parameter.standard_error.unwrap();
            assert!((parameter.value - truth).abs() < 5.0 * error, "{spec}: {found:?}");
        }
    }
}

#[test]
fn a_likelihood_that_runs_to_a_corner_is_followed_to_it() {
    let found = compare("islands,n=4", &[0.3, 1.0, 5.0], 500, 1);
    assert_eq!(found.status, Status::AtBound, "{found:?}");
    assert!(found.evaluations < 200, "{}", found.evaluations);
    assert!(found.log_likelihood > -1245.0793, "{}", found.log_likelihood);
    let at_bound: Vec<f64> =
        found.parameters.iter().filter(|p| p.status == Status::AtBound).map(|p| p.value).collect();
    assert_eq!(at_bound, [0.0]);
}

#[test]
fn thirty_parameters_are_fitted() {
    let trace = model("hyperexponential,n=30");
    let truth: Vec<f64> = (1..=30).map(f64::from).collect();
    let observations = samples(&trace, &truth, 200, 3);
    let fitting = Fitting { starts: 1, ..Fitting::new(30) };
    let found = fit(&trace, &observations, &fitting, &Interrupt::new(), &mut |_| {}).unwrap();
    let at_truth = trace.log_likelihood(&truth, &observations).unwrap().value;
    assert!(found.log_likelihood > at_truth, "{} below {at_truth}", found.log_likelihood);
    assert_ne!(found.status, Status::NotConverged);
    assert!(found.evaluations < 600, "{}", found.evaluations);
}

#[test]
fn other_maxima_are_told() {
    let trace = model("islands,n=4");
    let observations = samples(&trace, &[0.3, 1.0, 5.0], 200, 7);
    let found = fit(&trace, &observations, &Fitting::new(3), &Interrupt::new(), &mut |_| {}).unwrap();
    // Islands are exchangeable.
    assert!(!found.others.is_empty(), "{found:?}");
    for &other in &found.others {
        let run = &found.runs[other];
        assert!(run.ended == Ended::Converged && run.log_likelihood > found.log_likelihood - 2.0, "{run:?}");
        let apart =
            run.theta.iter().zip(&found.theta).any(|(a, b)| (a - b).abs() > 1e-2 * (a.abs() + b.abs()));
        assert!(apart, "{run:?}");
    }
}
