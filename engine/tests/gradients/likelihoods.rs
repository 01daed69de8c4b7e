//! Likelihoods that have a formula, and what is refused.

use sojourn_engine::{
    Event, GraphBuilder, Kind, LikelihoodError, LogLikelihood, Observation, Observations, Trace, Weight,
};

use crate::{close, geometric, model, recorded};

fn found(trace: &Trace, theta: &[f64], events: &[Event]) -> Result<LogLikelihood, LikelihoodError> {
    let observations = Observations::new(events.iter().map(|&e| Observation::once(e))).unwrap();
    trace.log_likelihood_gradient(theta, &observations)
}

#[test]
fn every_kind_of_observation_of_an_exponential_has_the_likelihood_of_the_formula() {
    let trace = model("erlang,k=1");
    let rate = 0.8;
    for t in [1e-9, 0.5, 3.0, 600.0] {
        let check = |event, value: f64, slope: f64| {
            let found = found(&trace, &[rate], &[event]).unwrap();
            assert!((found.value - value).abs() <= found.error_bound, "{event:?}: {found:?}, not {value}");
            assert!(found.error_bound < 1e-9);
            assert!(
                (found.gradient[0] - slope).abs() <= 1e-10 * slope.abs().max(1.0),
                "{found:?}, not {slope}"
            );
        };
        check(Event::At(t), rate.ln() - rate * t, 1.0 / rate - t);
        check(Event::After(t), -rate * t, -t);
        check(Event::Until(t), (-f64::exp_m1(-rate * t)).ln(), t / f64::exp_m1(rate * t));
        // However short the interval: as a difference of probabilities it would lose its digits.
        for width in [2.0 * t, 1e-6 * t] {
            let until = t + width;
            let width = until - t;
            let value = -rate * t + (-f64::exp_m1(-rate * width)).ln();
            check(Event::Between { after: t, until }, value, -t + width / f64::exp_m1(rate * width));
        }
    }
}

/// Half is absorbed at once at theta = 1; the rest is an exponential of rate two.
fn with_atom() -> Trace {
    let mut builder = GraphBuilder::new(Kind::Continuous, 1, 0).unwrap();
    (0..3).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    builder.start_edge(2, Weight::Linear { base: 0.0, coefficients: &[1.0] }).unwrap();
    builder.edge(1, 2, Weight::Constant(2.0)).unwrap();
    recorded(&builder.finish().unwrap())
}

#[test]
fn the_mass_at_zero_is_the_likelihood_of_zero_where_there_may_be_one() {
    let trace = with_atom();
    let at_zero = found(&trace, &[3.0], &[Event::At(0.0)]).unwrap();
    close(at_zero.value, f64::ln(0.75), 1e-12);
    close(at_zero.gradient[0], 1.0 / 3.0 - 1.0 / 4.0, 1e-12);
    close(
        found(&trace, &[3.0], &[Event::Until(1.0)]).unwrap().value,
        f64::ln_1p(-0.25 * f64::exp(-2.0)),
        1e-11,
    );
    let interval = Event::Between { after: 0.0, until: 1.0 };
    close(found(&trace, &[3.0], &[interval]).unwrap().value, (-0.25 * f64::exp_m1(-2.0)).ln(), 1e-11);
    // Without an atom zero is a time like any other.
    close(found(&model("erlang,k=1"), &[3.0], &[Event::At(0.0)]).unwrap().value, f64::ln(3.0), 1e-12);
    let error = found(&trace, &[0.0], &[Event::At(1.0), Event::At(0.0)]).unwrap_err();
    assert_eq!(error, LikelihoodError::Impossible { observation: 1, event: Event::At(0.0) });
}

#[test]
fn an_observation_that_can_not_be_is_named() {
    let erlang = model("erlang,k=3");
    let events = [Event::At(1.0), Event::After(2.0), Event::At(0.0)];
    let error = found(&erlang, &[1.0], &events).unwrap_err();
    assert_eq!((error.kind(), error.observation()), ("impossible_observation", Some(2)));
    assert!(error.to_string().starts_with("the time 0 (observation 2) is impossible"), "{error}");
    let never = found(&with_atom(), &[0.0], &[Event::Until(0.0), Event::After(1e4)]).unwrap_err();
    assert_eq!(never.observation(), Some(0));
}

#[test]
fn a_discrete_chain_takes_whole_steps() {
    let trace = geometric();
    let p = 0.2;
    for steps in [1.0, 7.0, 1000.0] {
        let found = found(&trace, &[p], &[Event::At(steps), Event::After(steps)]).unwrap();
        close(found.value, p.ln() + (2.0 * steps - 1.0) * f64::ln_1p(-p), 1e-11);
        close(found.gradient[0], 1.0 / p - (2.0 * steps - 1.0) / (1.0 - p), 1e-10);
    }
    // So many steps are squared, not taken.
    let (p, steps) = (1e-9, 1e9);
    let many = found(&trace, &[p], &[Event::At(steps), Event::After(steps)]).unwrap();
    assert!((many.gradient[0] * p - (1.0 - 2.0 * steps * p)).abs() < 1e-7, "{many:?}");
    let error = found(&trace, &[0.5], &[Event::After(2.5), Event::At(2.5)]).unwrap_err();
    assert_eq!(error, LikelihoodError::NotWhole { observation: 1, event: Event::At(2.5) });
}

#[test]
fn a_gradient_counts_the_error_of_the_likelihood_it_is_divided_by() {
    // By ball arithmetic: the logarithm of a cdf far in the left tail.
    let erlang = model("erlang,k=3");
    let found = found(&erlang, &[1.0], &[Event::Until(0.0197)]).unwrap();
    let error = (found.gradient[0] - 2.985_239_577_270_069_6).abs();
    assert!(error <= found.gradient_errors[0] && found.gradient_errors[0] < 1e-11, "{found:?}");
}

#[test]
fn a_density_at_time_zero_is_not_the_mass_there() {
    // Two stages behind the start, which may be absorbed at once: f(0) = 0 whatever theta.
    let mut builder = GraphBuilder::new(Kind::Continuous, 1, 0).unwrap();
    (0..4).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    let one = Weight::Linear { base: 0.0, coefficients: &[1.0] };
    builder.start_edge(1, one).unwrap();
    builder.start_edge(3, Weight::Constant(1.0)).unwrap();
    builder.edge(1, 2, Weight::Constant(3.0)).unwrap();
    builder.edge(2, 3, Weight::Constant(3.0)).unwrap();
    let trace = recorded(&builder.finish().unwrap());
    let at_zero = trace.distribution_gradient(&[1.0], &[0.0]).unwrap().swap_remove(0);
    assert_eq!((at_zero.point.density, at_zero.density.values[0]), (0.0, 0.0), "{at_zero:?}");
    close(at_zero.cdf.values[0], -0.25, 1e-12);
}

#[test]
fn a_derivative_below_the_doubles_has_a_bound_that_says_so() {
    // From vertex 1 at 1e-200 to the end or to vertex 3, and from there at theta 1e-120: d ln f(1) / d theta is 1e-120, d f is
    // no normal double.
    let mut builder = GraphBuilder::new(Kind::Continuous, 1, 0).unwrap();
    (0..4).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    builder.edge(1, 2, Weight::Constant(1e-200)).unwrap();
    builder.edge(1, 3, Weight::Constant(1e-200)).unwrap();
    builder.edge(3, 2, Weight::Linear { base: 0.0, coefficients: &[1e-120] }).unwrap();
    let trace = recorded(&builder.finish().unwrap());
    let found = trace.distribution_gradient(&[1.0], &[1.0]).unwrap().swap_remove(0);
    let (value, error) = (found.log_density.values[0], found.log_density.errors[0]);
    assert!((value - 1e-120).abs() <= error, "{found:?}");
}
