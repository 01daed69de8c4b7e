//! Likelihoods without a maximum inside the bounds, without one at all, and searches that are ended early.

use super::*;

#[track_caller]
fn of(trace: &Trace, observations: Vec<Observation>, change: impl FnOnce(&mut Fitting)) -> Fitted {
    let mut fitting = Fitting::new(trace.parameters());
    change(&mut fitting);
    let observations = Observations::new(observations).unwrap();
    fit(trace, &observations, &fitting, &Interrupt::new(), &mut |_| {}).unwrap()
}

fn events(event: fn(f64) -> Event) -> Vec<Observation> {
    TIMES.iter().map(|&t| Observation::once(event(t))).collect()
}

#[test]
fn censored_data_of_one_side_have_no_maximum() {
    let trace = model("erlang,k=3");
    let found = of(&trace, events(Event::After), |_| {});
    assert_eq!((found.status, found.theta[0]), (Status::AtBound, 0.0));
    assert!(found.log_likelihood.abs() < 1e-12, "{found:?}");
    assert!(found.notes[0].contains("all observations are right-censored"), "{:?}", found.notes);
    let found = of(&trace, events(Event::Until), |_| {});
    assert_eq!((found.status, found.parameters[0].standard_error), (Status::AtInfinity, None));
    assert!(found.theta[0] > 1e8 && found.log_likelihood.abs() < 1e-12, "{found:?}");
    assert!(found.notes[0].contains("all observations are left-censored"), "{:?}", found.notes);
    assert!(found.notes[1].contains("does not fall as parameter 0 grows"), "{:?}", found.notes);
}

#[test]
fn a_density_without_a_bound_is_said_to_have_none() {
    let found = of(&model("erlang,k=1"), exact(&[0.0]), |_| {});
    assert_eq!(found.status, Status::AtInfinity);
    assert!(found.notes.iter().any(|note| note.contains("the likelihood has no bound")), "{:?}", found.notes);
}

#[test]
fn one_observation_runs_to_the_bound() {
    let found = of(&model("mm1k,k=3"), exact(&[0.5]), |_| {});
    // Without arrivals T is exponential.
    assert_eq!((found.parameters[0].status, found.theta[0]), (Status::AtBound, 0.0));
    assert_eq!(found.parameters[1].status, Status::Estimated);
    close(found.theta[1], 2.0, 1e-8);
    close(found.log_likelihood, 2f64.ln() - 1.0, 1e-12);
    let found = of(&model("erlang,k=1"), exact(&[0.5]), |f| f.lower[0] = 3.0);
    assert_eq!((found.status, found.theta[0]), (Status::AtBound, 3.0));
    let found = of(&model("erlang,k=1"), exact(&[0.5]), |f| f.upper[0] = 1.5);
    assert_eq!((found.status, found.theta[0]), (Status::AtBound, 1.5));
}

#[test]
fn what_is_at_infinity_leaves_the_others_their_estimates() {
    // Half of the times are known to be very short, so one of two phases is infinitely fast.
    let mut observations = exact(&TIMES);
    observations.push(Observation { event: Event::Until(1e-3), weight: 8.0 });
    let found = of(&model("hyperexponential,n=2,p=0.5/0.5"), observations, |_| {});
    let mut statuses: Vec<Status> = found.parameters.iter().map(|p| p.status).collect();
    statuses.sort();
    assert_eq!((statuses, found.status), (vec![Status::Estimated, Status::AtInfinity], Status::AtInfinity));
    let slow = found.parameters.iter().find(|p| p.status == Status::Estimated).unwrap();
    // The derivative of 8 log r - r sum + 8 log(2 - exp(-r / 1000)), and minus the second.
    let short = (-1e-3 * slow.value).exp();
    let slope = 8.0 / slow.value - TIMES.iter().sum::<f64>() + 8e-3 * short / (2.0 - short);
    assert!(slope.abs() < 1e-6, "{slope}: {found:?}");
    close(slow.standard_error.unwrap(), slow.value / 8f64.sqrt(), 1e-3);
    assert!(
        found.notes.iter().any(|note| note.contains("its value stands for infinity")),
        "{:?}",
        found.notes
    );
}

#[test]
fn parameters_and_combinations_that_do_not_matter_are_named() {
    let found = of(&exponential(&[1.0, 0.0]), exact(&TIMES), |_| {});
    assert_eq!(found.parameters[0].status, Status::Estimated);
    assert_eq!((found.parameters[1].status, found.status), (Status::NotIdentified, Status::NotIdentified));
    assert!(
        found.notes.iter().any(|note| note.starts_with("parameter 1 is not identified")),
        "{:?}",
        found.notes
    );
    let found = of(&exponential(&[1.0, 2.0]), exact(&TIMES), |_| {});
    assert_eq!(found.combinations[0].determined().as_deref(), Some("theta[0] + 2 theta[1]"));
    // Probabilities of two phases of known rates: only their ratio matters.
    let mut builder = GraphBuilder::new(Kind::Continuous, 2, 0).unwrap();
    (0..4).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Linear { base: 0.0, coefficients: &[1.0, 0.0] }).unwrap();
    builder.start_edge(2, Weight::Linear { base: 0.0, coefficients: &[0.0, 1.0] }).unwrap();
    builder.edge(1, 3, Weight::Constant(0.3)).unwrap();
    builder.edge(2, 3, Weight::Constant(3.0)).unwrap();
    let trace = Trace::record(&Chain::new(&builder.finish().unwrap())).unwrap();
    let found = of(&trace, exact(&TIMES), |_| {});
    assert_eq!((found.status, found.information.as_ref()), (Status::NotIdentified, None));
    assert_eq!(found.combinations[0].determined().as_deref(), Some("theta[0] / theta[1]"));
    assert!(found.others.is_empty(), "{found:?}");
}

#[test]
fn correlated_and_uncertain_estimates_are_pointed_out() {
    let found = fitted("hyperexponential,n=2,p=0.5/0.5", exact(&TIMES), |_| {});
    let information = found.information.as_ref().unwrap();
    let noted = |text: &str| found.notes.iter().any(|note| note.contains(text));
    for (i, &p) in information.parameters.iter().enumerate() {
        let parameter = found.parameters[p];
        let uncertain = parameter.standard_error.unwrap() > 0.5 * parameter.value;
        assert_eq!(noted(&format!("parameter {p} is uncertain")), uncertain, "{found:?}");
        close(information.covariance[i][i].sqrt(), parameter.standard_error.unwrap(), 1e-12);
    }
    assert_eq!(noted("are correlated"), information.correlations[0][1].abs() > 0.9);
    assert!(noted("is uncertain"), "{found:?}");
}

#[test]
fn what_was_found_before_a_search_was_ended_is_delivered_as_not_converged() {
    let trace = model("mm1k,k=3");
    let observations = Observations::new(exact(&TIMES)).unwrap();
    let interrupt = Interrupt::new();
    let mut highest = f64::NEG_INFINITY;
    let mut stop = |progress: Progress| {
        highest = progress.best;
        if progress.evaluations > 6 {
            interrupt.set();
        }
    };
    let found = fit(&trace, &observations, &Fitting::new(2), &interrupt, &mut stop).unwrap();
    assert_eq!((found.status, found.best), (Status::NotConverged, None));
    assert_eq!(found.log_likelihood, highest);
    close(trace.log_likelihood(&found.theta, &observations).unwrap().value, highest, 1e-12);
    assert!(found.parameters.iter().all(|p| p.status == Status::NotConverged && p.standard_error.is_none()));
    assert!(found.notes[0].starts_with("interrupted"), "{:?}", found.notes);
    let found = of(&trace, exact(&TIMES), |f| f.iterations = 2);
    assert_eq!(found.status, Status::NotConverged);
    assert!(found.notes[0].starts_with("no search converged"), "{:?}", found.notes);
    let fitting = Fitting { time: Some(Duration::ZERO), ..Fitting::new(2) };
    let error = fit(&trace, &observations, &fitting, &Interrupt::new(), &mut |_| {}).unwrap_err();
    assert_eq!(error, FitError::TimeLimit);
}
