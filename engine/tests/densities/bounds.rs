//! Stated bounds against true errors, on random chains of several kinds.

use super::precise::{PreciseChain, PreciseDistribution, PreciseNumber};
use super::random_chains::{ChainFamily, RandomChain};
use sojourn_engine::density::{ParameterGradient, Point, PointGradient};
use sojourn_engine::evaluate::Query;
use sojourn_engine::{Event, Kind, Observation, Observations, Trace};

/// The largest error in units of its bound, and where.
#[derive(Default)]
struct WorstRatio {
    ratio: f64,
    place: String,
}

impl WorstRatio {
    fn see(&mut self, found: f64, error: f64, expected: PreciseNumber, place: impl Fn() -> String) {
        // What a double cannot hold is no error of the method.
        let rounding = 2e-16 * expected.scaled().to_f64().abs() + 1e-323;
        let off = (PreciseNumber::from(found) - expected).abs().scaled().to_f64() - rounding;
        let ratio = off / error;
        if !found.is_finite() || error.is_nan() || (off > 0.0 && (ratio.is_nan() || ratio > self.ratio)) {
            let expected = expected.scaled();
            let text = format!("{}: {found:e} +- {error:e}, not {:e}", place(), expected.to_f64());
            *self = WorstRatio { ratio: if ratio.is_nan() { f64::INFINITY } else { ratio }, place: text };
        }
    }
}

fn exact(chain: &RandomChain, time: f64) -> PreciseDistribution {
    let precise =
        PreciseChain { vertices: chain.vertices, edges: chain.edges.clone(), start: chain.start.clone() };
    match chain.kind {
        Kind::Continuous => precise.distribution(&chain.theta, time),
        Kind::Discrete => precise.after(&chain.theta, time as usize),
    }
}

fn mean(trace: &Trace, theta: &[f64]) -> f64 {
    trace.evaluate(theta, &Query { moments: 1, ..Query::default() }).unwrap().moments[0]
}

fn see_values(worst: &mut WorstRatio, point: &Point, exact: &PreciseDistribution, what: &str) {
    let errors = point.errors;
    worst.see(point.density, errors.density, exact.density, || {
        format!("{what} density by {:?}", point.method)
    });
    worst.see(point.cdf, errors.cdf, exact.cdf, || format!("{what} cdf by {:?}", point.method));
    let survival = || format!("{what} survival by {:?}", point.method);
    worst.see(point.survival, errors.survival, exact.survival, survival);
    // Logarithms of 384 bits there are none: these are right to a rounding of themselves.
    let log = PreciseNumber::from(exact.survival.scaled().ln());
    let rounding = 4e-16 * point.log_survival.abs();
    worst.see(point.log_survival, errors.log_survival + rounding, log, || format!("{what} log survival"));
}

fn see_gradients(worst: &mut WorstRatio, found: &PointGradient, exact: &PreciseDistribution, what: &str) {
    for r in 0..2 {
        let mut see = |gradient: &ParameterGradient, expected: PreciseNumber, name: &str| {
            let place = || format!("{what} d {name} / d {r} by {:?}", found.point.method);
            worst.see(gradient.values[r], gradient.errors[r], expected, place);
        };
        see(&found.density, exact.slopes[r][0], "density");
        // In the tail even 384 bits keep no digit of the difference to one.
        let is_tail = found.point.survival < found.point.cdf;
        see(&found.cdf, if is_tail { -exact.slopes[r][2] } else { exact.slopes[r][1] }, "cdf");
        let log = exact.slopes[r][2].scaled() / exact.survival.scaled();
        let place = || format!("{what} d log survival / d {r} by {:?}", found.point.method);
        let rounding = 1e-15 * log.to_f64().abs();
        let gradient = &found.log_survival;
        worst.see(
            gradient.values[r],
            gradient.errors[r] + rounding,
            PreciseNumber::from(log.to_f64()),
            place,
        );
    }
}

#[test]
fn no_error_of_a_sweep_is_larger_than_its_bound() {
    let mut worst = WorstRatio::default();
    for family in ChainFamily::ALL {
        for seed in 0..24 {
            let chain = RandomChain::new(family, seed, 7);
            let (trace, rate) = (chain.trace(), chain.highest_rate());
            let times = [0.01, 1.0, 30.0, 900.0].map(|steps| steps / rate);
            let found = trace.distribution_gradient(&chain.theta, &times).unwrap();
            for (found, time) in found.iter().zip(times) {
                let what = format!("{family:?} {seed} at {time:e}");
                let exact = exact(&chain, time);
                see_values(&mut worst, &found.point, &exact, &what);
                see_gradients(&mut worst, found, &exact, &what);
            }
        }
    }
    assert!(worst.ratio < 1.0, "{}: {}", worst.ratio, worst.place);
}

#[test]
fn no_error_of_powers_is_larger_than_its_bound() {
    let mut worst = WorstRatio::default();
    for family in ChainFamily::ALL {
        for seed in 200..220 {
            let chain = RandomChain::discrete(family, seed, 7);
            let trace = chain.trace();
            let times = [1.0, 7.0, 60.0, 1500.0];
            let found = trace.distribution_gradient(&chain.theta, &times).unwrap();
            for (found, time) in found.iter().zip(times) {
                let what = format!("{family:?} {seed} after {time}");
                let exact = exact(&chain, time);
                see_values(&mut worst, &found.point, &exact, &what);
                see_gradients(&mut worst, found, &exact, &what);
            }
        }
    }
    assert!(worst.ratio < 1.0, "{}: {}", worst.ratio, worst.place);
}

#[test]
fn no_error_of_a_likelihood_is_larger_than_its_bound() {
    let mut worst = WorstRatio::default();
    for family in ChainFamily::ALL {
        for seed in 100..112 {
            let chain = RandomChain::new(family, seed, 6);
            let (trace, rate) = (chain.trace(), chain.highest_rate());
            for time in [0.5, 40.0, 800.0].map(|steps| steps / rate) {
                let exact = exact(&chain, time);
                let events = [
                    (Event::At(time), exact.density, 0, 1.0),
                    (Event::Until(time), exact.cdf, 1, 1.0),
                    (Event::After(time), exact.survival, 2, 1.0),
                ];
                for (event, value, place, sign) in events {
                    let one = Observations::new([Observation::once(event)]).unwrap();
                    let found = trace.log_likelihood_gradient(&chain.theta, &one).unwrap();
                    let what = || format!("{family:?} {seed} {event:?} by {:?}", found.methods);
                    let log = PreciseNumber::from(value.scaled().ln());
                    worst.see(found.value, found.error_bound + 4e-16, log, what);
                    for r in 0..2 {
                        let slope = (exact.slopes[r][place].scaled() / value.scaled()).to_f64() * sign;
                        let error = found.gradient_errors[r] + 1e-15 * slope.abs();
                        worst.see(found.gradient[r], error, PreciseNumber::from(slope), what);
                    }
                }
            }
        }
    }
    assert!(worst.ratio < 1.0, "{}: {}", worst.ratio, worst.place);
}

#[test]
fn bounds_are_small_where_numbers_are_well_conditioned() {
    for seed in 0..20 {
        let chain = RandomChain::new(ChainFamily::Plain, seed, 7);
        let trace = chain.trace();
        let time = mean(&trace, &chain.theta);
        let found = trace.distribution_gradient(&chain.theta, &[time]).unwrap().swap_remove(0);
        assert!(found.point.errors.survival < 1e-10 * found.point.survival, "{seed}: {found:?}");
        let largest = found.cdf.values.iter().fold(0.0f64, |most, d| most.max(d.abs()));
        assert!(found.cdf.errors.iter().all(|e| *e < 1e-6 * largest), "{seed}: {found:?}");
        for event in [Event::At(time), Event::Until(time), Event::After(time)] {
            let one = Observations::new([Observation::once(event)]).unwrap();
            let found = trace.log_likelihood_gradient(&chain.theta, &one).unwrap();
            let largest = found.gradient.iter().fold(0.0f64, |most, d| most.max(d.abs()));
            assert!(
                found.gradient_errors.iter().all(|e| *e < 1e-5 * (largest + 0.1)),
                "{seed} {event:?}: {found:?}"
            );
        }
    }
}
