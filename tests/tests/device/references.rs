//! All reference graphs that are small enough, asked of a device and of the engine.

use std::time::Instant;

use sojourn_engine::{Chain, Query, Trace};
use sojourn_tests::reference;
use sojourn_worker::device::supports;

use crate::traces::{agree, agree_within_bounds, around, asked, curve, everything, gpu, graphs, mean, read};

/// Operations at a vector that are too many for a processor to do 32 times for a test.
const TOO_MANY: u64 = 2_000_000;

/// Names and traces.
fn traces() -> impl Iterator<Item = (String, Trace)> {
    let trace = |(name, discrete): (String, bool)| {
        let trace = Trace::record(&Chain::new(&read(&name, discrete))).expect("a trace");
        (name, trace)
    };
    graphs().into_iter().map(trace).filter(|(_, trace)| trace.summary().operations < TOO_MANY)
}

/// The first vector at which certified values of a reference are known.
fn theta_of(name: &str) -> Vec<f64> {
    let case = &reference(name)["cases"][0]["theta"];
    case.as_array().expect("a list").iter().map(|t| t.as_f64().expect("a number")).collect()
}

/// Moments, rewards, covariances and gradients at so many vectors have the bits of the engine.
///
/// # Panics
/// If not, or if there are too few graphs to say so.
pub(crate) fn replays_agree(vectors: usize) {
    let mut gpu = gpu();
    let mut checked = 0;
    for (name, trace) in traces() {
        let begin = Instant::now();
        let small = trace.summary().operations < TOO_MANY / 20;
        let query = if small { everything(&trace, 3) } else { Query { moments: 2, ..Query::default() } };
        let left = agree(&name, &mut gpu, &trace, &asked(query), &around(&theta_of(&name), vectors));
        println!("{name:32} {:.2} s", begin.elapsed().as_secs_f64());
        assert_eq!(left, 0, "{name}: a device can answer these itself");
        checked += 1;
    }
    assert!(checked >= 35, "only {checked} graphs were there");
}

/// Densities and distribution functions at so many vectors are the engine's, within what both say of their errors.
///
/// # Panics
/// If not, or if there are too few graphs to say so.
pub(crate) fn densities_agree(vectors: usize) {
    let mut gpu = gpu();
    let mut checked = 0;
    for (name, trace) in traces().filter(|(_, trace)| trace.summary().operations < TOO_MANY / 100) {
        let theta = theta_of(&name);
        let question = curve(mean(&trace, &theta));
        if supports(&trace, &question).is_ok() {
            let begin = Instant::now();
            let thetas = around(&theta, vectors);
            let left = agree_within_bounds(&name, &mut gpu, &trace, &question, &thetas);
            println!("{name:32} {:.2} s, {left} left to the engine", begin.elapsed().as_secs_f64());
            checked += usize::from(left == 0);
        }
    }
    assert!(checked >= 25, "only {checked} graphs were there");
}
