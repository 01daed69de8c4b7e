//! Methods against each other and against formulas.

use sojourn_engine::density::Method;
use sojourn_engine::{DistributionQuery, Event, Observation, Observations, Trace};

use crate::{close, geometric, model, scaled};

fn one(event: Event) -> Observations {
    Observations::new([Observation::once(event)]).unwrap()
}

/// The gradient of log f from the likelihood, where derivatives go back in time, and from the points, where they go
/// along with it.
fn both_ways(trace: &Trace, theta: &[f64], time: f64, tolerance: f64) {
    let likelihood = trace.log_likelihood_gradient(theta, &one(Event::At(time))).unwrap();
    let point = &trace.distribution_gradient(theta, &[time]).unwrap()[0];
    let density = likelihood.value.exp();
    for (back, along) in likelihood.gradient.iter().zip(&point.density.values) {
        let scale = along.abs().max(density);
        assert!(
            (back * density - along).abs() <= tolerance * scale,
            "{back:e} times {density:e}, not {along:e}"
        );
    }
    let until = trace.log_likelihood_gradient(theta, &one(Event::Until(time))).unwrap();
    for (back, along) in until.gradient.iter().zip(&point.cdf.values) {
        close(back * until.value.exp(), *along, tolerance);
    }
}

#[test]
fn derivatives_back_in_time_are_those_along_with_it() {
    both_ways(&model("islands,n=6"), &[1.0, 0.4, 0.7], 0.8, 1e-11);
    both_ways(&model("coalescent,n=9"), &[1.3], 2.5, 1e-11);
    both_ways(&model("mm1k,k=40"), &[0.7, 1.0], 60.0, 1e-10);
}

/// Two thousand exponentials whose rates are theta times 1 to 1e15: large and stiff.
fn mixture() -> (Trace, Vec<f64>) {
    let rate = |v: u32| f64::powi(10.0, (v / 20 % 15) as i32) * (1.0 + f64::from(v % 20) / 20.0);
    let edges: Vec<(u32, u32, f64)> = (0..2000).map(|v| (v + 1, 2001, rate(v))).collect();
    let start: Vec<(u32, f64)> = (0..2000).map(|v| (v + 1, 1.0)).collect();
    (scaled(2002, &start, &edges), (0..2000).map(rate).collect())
}

#[test]
fn contours_have_the_derivatives_of_the_formula() {
    let (trace, rates) = mixture();
    let theta = 0.75;
    for time in [1e-6, 1e-2, 1.0] {
        let mean = |f: &dyn Fn(f64) -> f64| rates.iter().map(|&r| f(r)).sum::<f64>() / rates.len() as f64;
        let slope = mean(&|r| r * (1.0 - theta * r * time) * f64::exp(-theta * r * time));
        let point = &trace.distribution_gradient(&[theta], &[time]).unwrap()[0];
        assert_eq!(point.point.method, Method::Contour);
        let density = mean(&|r| theta * r * f64::exp(-theta * r * time));
        assert!((point.density.values[0] - slope).abs() <= 1e-8 * density, "{time}: {point:?}, not {slope}");
        let cdf = mean(&|r| r * time * f64::exp(-theta * r * time));
        close(point.cdf.values[0], cdf, 1e-8);
        let after = trace.log_likelihood_gradient(&[theta], &one(Event::After(time))).unwrap();
        assert_eq!(after.methods, [Method::Contour]);
        close(after.gradient[0] * after.value.exp(), -cdf, 1e-8);
        let between = Event::Between { after: time, until: 2.0 * time };
        let between = trace.log_likelihood_gradient(&[theta], &one(between)).unwrap();
        let later = mean(&|r| r * 2.0 * time * f64::exp(-2.0 * theta * r * time));
        close(between.gradient[0] * between.value.exp(), later - cdf, 1e-7);
    }
}

#[test]
fn a_chain_that_leaves_once_in_ten_to_the_fifteen_steps_keeps_its_derivatives() {
    // Two states between which it goes quickly, and a slow way out of each: an exponential of the mean rate.
    let slow = 1e-15;
    let edges = [(1, 2, 1.0), (2, 1, 1.0), (1, 3, slow), (2, 3, 3.0 * slow)];
    let trace = scaled(4, &[(1, 1.0)], &edges);
    let (theta, rate) = (1.25, 2.0 * slow);
    for life in [0.01, 1.0, 5.0] {
        let time = life / (theta * rate);
        let found = trace.log_likelihood_gradient(&[theta], &one(Event::After(time))).unwrap();
        assert_eq!(found.methods, [Method::Doubling]);
        close(found.gradient[0], -life / theta, 1e-11);
        let at = trace.log_likelihood_gradient(&[theta], &one(Event::At(time))).unwrap();
        assert!((at.gradient[0] - (1.0 - life) / theta).abs() < 1e-10, "{at:?}");
        let between = Event::Between { after: time, until: 2.0 * time };
        let between = trace.log_likelihood_gradient(&[theta], &one(between)).unwrap();
        let expected = life * (2.0 * f64::exp(-life) - 1.0) / (1.0 - f64::exp(-life)) / theta;
        assert!((between.gradient[0] - expected).abs() < 1e-10, "{between:?}, not {expected}");
    }
}

#[test]
fn a_sweep_of_which_not_every_step_fits_in_memory_has_the_same_gradient() {
    // Two thousand stages: 4600 steps of them are 74 MB. The time is their sum, so theta scales it.
    let stages = 2000;
    let edges: Vec<(u32, u32, f64)> = (1..=stages).map(|v| (v, v + 1, 1.0)).collect();
    let trace = scaled(stages + 2, &[(1, 1.0)], &edges);
    let time = 2100.0;
    let found = trace.log_likelihood_gradient(&[1.0], &one(Event::At(time))).unwrap();
    assert_eq!(found.methods, [Method::Uniformisation]);
    // log f is stages log theta - theta time and terms without theta.
    close(found.gradient[0], f64::from(stages) - time, 1e-9);
}

#[test]
fn the_hazard_and_its_derivative_are_those_of_the_formula() {
    // Two stages at theta: the hazard is theta^2 t / (1 + theta t).
    let trace = scaled(4, &[(1, 1.0)], &[(1, 2, 1.0), (2, 3, 1.0)]);
    let theta = 0.75;
    for time in [1e-3, 1.0, 30.0, 500.0] {
        let found = &trace.distribution_gradient(&[theta], &[time]).unwrap()[0];
        let x = theta * time;
        close(found.point.hazard.unwrap(), theta * x / (1.0 + x), 1e-11);
        close(found.hazard.values[0], x * (2.0 + x) / (1.0 + x).powi(2), 1e-9);
    }
    // Also where survival is no double any more.
    let late = &trace.distribution_gradient(&[theta], &[1e4]).unwrap()[0];
    close(late.point.hazard.unwrap(), theta * 7500.0 / 7501.0, 1e-9);
    close(late.hazard.values[0], 7500.0 * 7502.0 / 7501f64.powi(2), 1e-6);
    // Nothing is left once all have stepped: there is none.
    let after = &geometric().distribution_gradient(&[1.0], &[2.0]).unwrap()[0];
    assert_eq!((after.point.hazard, &after.hazard.values[..]), (None, &[][..]));
}

#[test]
fn the_hazard_of_steps_is_the_probability_itself_and_its_derivative_one() {
    let trace = geometric();
    for (p, steps) in [(0.2, 1.0), (0.2, 40.0), (1e-9, 1e9)] {
        let found = &trace.distribution_gradient(&[p], &[steps]).unwrap()[0];
        close(found.point.hazard.unwrap(), p, 1e-9);
        assert!((found.hazard.values[0] - 1.0).abs() < 1e-6, "{found:?}");
    }
}

#[test]
fn gradients_bring_the_points_that_the_distribution_has() {
    let trace = model("islands,n=5");
    let (theta, times) = ([1.0, 0.4, 0.7], [0.1, 1.0, 40.0]);
    let query = DistributionQuery { times: times.to_vec(), ..DistributionQuery::default() };
    let points = trace.distribution(&theta, &query).unwrap().points;
    let found = trace.distribution_gradient(&theta, &times).unwrap();
    assert!(found.iter().map(|found| found.point).eq(points));
}
