mod limits;
mod simplex;
mod units;

use super::*;
use sojourn_engine::{Chain, Event, GraphBuilder, Kind, Observation, Weight, models};

fn model(spec: &str) -> Trace {
    Trace::record(&Chain::new(&models::build(spec).unwrap())).unwrap()
}

fn exact(times: &[f64]) -> Vec<Observation> {
    times.iter().map(|&t| Observation::once(Event::At(t))).collect()
}

#[track_caller]
fn fitted(spec: &str, observations: Vec<Observation>, change: impl FnOnce(&mut Fitting)) -> Fitted {
    let trace = model(spec);
    let mut fitting = Fitting::new(trace.parameters());
    change(&mut fitting);
    let observations = Observations::new(observations).unwrap();
    fit(&trace, &observations, &fitting, &Interrupt::new(), &mut |_| {}).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found / expected - 1.0).abs() <= tolerance, "{found}, not {expected}");
}

/// An exponential time whose rate is a linear form of theta.
fn exponential(coefficients: &[f64]) -> Trace {
    let mut builder = GraphBuilder::new(Kind::Continuous, coefficients.len(), 0).unwrap();
    (0..3).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    builder.edge(1, 2, Weight::Linear { base: 0.0, coefficients }).unwrap();
    Trace::record(&Chain::new(&builder.finish().unwrap())).unwrap()
}

const TIMES: [f64; 8] = [0.3, 1.7, 0.9, 4.2, 0.05, 2.2, 1.1, 0.6];

#[test]
fn the_rate_of_an_exponential_is_events_over_time_and_its_error_the_formulas() {
    let sum: f64 = TIMES.iter().sum();
    let found = fitted("erlang,k=1", exact(&TIMES), |_| {});
    let rate = 8.0 / sum;
    close(found.theta[0], rate, 1e-9);
    close(found.parameters[0].standard_error.unwrap(), rate / 8f64.sqrt(), 1e-6);
    close(found.log_likelihood, 8.0 * rate.ln() - 8.0, 1e-10);
    close(found.aic, 2.0 - 2.0 * found.log_likelihood, 1e-14);
    assert!(found.runs.iter().all(|run| run.ended == Ended::Converged), "{:?}", found.runs);
    // Censored: deaths over time lived. Weights count.
    let mut censored = exact(&TIMES[..5]);
    censored.extend(TIMES[5..].iter().map(|&t| Observation { event: Event::After(t), weight: 2.0 }));
    let lived = sum + TIMES[5..].iter().sum::<f64>();
    close(fitted("erlang,k=1", censored, |_| {}).theta[0], 5.0 / lived, 1e-9);
}

#[test]
fn an_erlang_has_as_many_stages_over_time() {
    let sum: f64 = TIMES.iter().sum();
    let found = fitted("erlang,k=3", exact(&TIMES), |_| {});
    close(found.theta[0], 24.0 / sum, 1e-9);
    close(found.parameters[0].standard_error.unwrap(), 24.0 / sum / 24f64.sqrt(), 1e-6);
}

#[test]
fn a_bound_and_a_fixed_value_are_kept() {
    let sum: f64 = TIMES.iter().sum();
    let found = fitted("erlang,k=1", exact(&TIMES), |f| f.lower[0] = 1.0);
    assert!(8.0 / sum < 1.0);
    assert_eq!((found.parameters[0].status, found.parameters[0].standard_error), (Status::AtBound, None));
    assert_eq!((found.theta[0], found.information), (1.0, None));
    // Of the two rates of a queue, one is known.
    let found = fitted("mm1k,k=3", exact(&TIMES), |f| f.fixed[1] = Some(2.5));
    assert_eq!((found.theta[1], found.parameters[1].status), (2.5, Status::Fixed));
    assert!(found.gradient[0].abs() < 1e-6 && found.parameters[0].standard_error.is_some(), "{found:?}");
}

#[test]
fn what_observations_do_not_tell_apart_has_no_standard_error() {
    // The rate is the sum of two parameters.
    let trace = exponential(&[1.0, 1.0]);
    let observations = Observations::new(exact(&TIMES)).unwrap();
    let found = fit(&trace, &observations, &Fitting::new(2), &Interrupt::new(), &mut |_| {}).unwrap();
    close(found.theta[0] + found.theta[1], 8.0 / TIMES.iter().sum::<f64>(), 1e-8);
    assert_eq!(found.information, None);
    assert_eq!((found.combinations.len(), found.status), (1, Status::NotIdentified));
    assert_eq!(found.combinations[0].determined().as_deref(), Some("theta[0] + theta[1]"));
    assert!(found.parameters.iter().all(|p| p.status == Status::NotIdentified && p.standard_error.is_none()));
    let trace = model("coalescent,n=3");
    let observations = Observations::new(exact(&TIMES)).unwrap();
    let mut fitting = Fitting::new(1);
    fitting.fixed[0] = Some(1.0);
    let error = fit(&trace, &observations, &fitting, &Interrupt::new(), &mut |_| {}).unwrap_err();
    assert_eq!(error, FitError::NothingFree);
}

#[test]
fn a_mixture_is_found_again_from_its_quantiles() {
    // Quantiles of a mixture in equal parts of the rates 0.5 and 6, as many as make it nearly exact.
    let trace = model("hyperexponential,n=2,p=0.5/0.5");
    let probabilities = (0..400).map(|i| (f64::from(i) + 0.5) / 400.0).collect();
    let query = sojourn_engine::DistributionQuery { quantiles: probabilities, ..Default::default() };
    let times = trace.distribution(&[0.5, 6.0], &query).unwrap().quantiles;
    let found = fitted("hyperexponential,n=2,p=0.5/0.5", exact(&times), |_| {});
    let (slow, fast) = (found.theta[0].min(found.theta[1]), found.theta[0].max(found.theta[1]));
    close(slow, 0.5, 0.02);
    close(fast, 6.0, 0.05);
    assert!(found.gradient.iter().all(|d| d.abs() < 1e-6), "{:?}", found.gradient);
    assert_eq!(found.information.map(|found| found.parameters), Some(vec![0, 1]));
}

#[test]
fn a_censored_coalescent_has_its_maximum_where_its_derivative_vanishes() {
    let trace = model("coalescent,n=6");
    let mut observations = exact(&[1.1, 2.0, 0.7, 3.3]);
    observations.push(Observation::once(Event::After(2.5)));
    observations.push(Observation::once(Event::Between { after: 0.5, until: 1.5 }));
    let found = fitted("coalescent,n=6", observations.clone(), |_| {});
    let observations = Observations::new(observations).unwrap();
    let at = |theta: f64| trace.log_likelihood(&[theta], &observations).unwrap().value;
    let best = found.theta[0];
    assert!(at(best) > at(best * 1.001) && at(best) > at(best / 1.001));
    // The curvature by differences of values.
    let h = 1e-3 * best;
    let curvature = (at(best + h) - 2.0 * at(best) + at(best - h)) / (h * h);
    close(found.parameters[0].standard_error.unwrap(), (-1.0 / curvature).sqrt(), 1e-4);
}

#[test]
fn starts_depend_on_the_seed_alone_and_impossible_ones_are_told() {
    let trace = model("mm1k,k=3");
    let observations = Observations::new(exact(&TIMES)).unwrap();
    let run = |seed| {
        let fitting = Fitting { seed, starts: 3, ..Fitting::new(2) };
        fit(&trace, &observations, &fitting, &Interrupt::new(), &mut |_| {}).unwrap()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7).runs[1].start, run(8).runs[1].start);
    let never = Observations::new(exact(&[0.0, 1.0])).unwrap();
    let error =
        fit(&model("erlang,k=2"), &never, &Fitting::new(1), &Interrupt::new(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("the time 0 (observation 0) is impossible"), "{error}");
    let interrupt = Interrupt::new();
    interrupt.set();
    let error = fit(&trace, &observations, &Fitting::new(2), &interrupt, &mut |_| {}).unwrap_err();
    assert_eq!(error, FitError::Interrupted);
}
