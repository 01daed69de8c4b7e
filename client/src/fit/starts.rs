//! Where searches begin.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};
use sojourn_engine::evaluate::Query;
use sojourn_engine::{Event, Observations, Trace};

use super::scale::Scale;
use super::{FitError, Fitting};

/// How far drawn starts are from the first, in logarithms: a factor of seven either way.
const SPREAD: f64 = 2.0;

/// The starts given; then one at which the mean is about that of the observations, and others drawn around it.
pub(super) fn starts(
    trace: &Trace,
    observations: &Observations,
    fitting: &Fitting,
    scale: &Scale,
) -> Result<Vec<Vec<f64>>, FitError> {
    let mut starts = Vec::new();
    for start in &fitting.start {
        starts.push(scale.theta(&scale.place(start)?));
    }
    let middle = match starts.first() {
        Some(start) => scale.place(start)?,
        None => scale.place(&guess(trace, observations, scale))?,
    };
    // Xoshiro256++ (Blackman and Vigna), its state from the seed as its authors do it.
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(fitting.seed);
    let mut unit = || (generator.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    if starts.is_empty() && fitting.starts > 0 {
        starts.push(scale.theta(&middle));
    }
    while starts.len() < fitting.starts {
        let place: Vec<f64> = middle.iter().map(|m| m + SPREAD * (2.0 * unit() - 1.0)).collect();
        starts.push(scale.theta(&place));
    }
    Ok(starts)
}

/// All parameters alike, so that the mean is about that of the observations: rates are so many times as fast. If the
/// mean says nothing, one.
fn guess(trace: &Trace, observations: &Observations, scale: &Scale) -> Vec<f64> {
    let ones = scale.theta(&vec![0.0; scale.free.len()]);
    let query = Query { moments: 1, ..Query::default() };
    let mean = trace.evaluate(&ones, &query).ok().map_or(0.0, |numbers| numbers.moments[0]);
    // Time lived until an event, or until nobody looked any more, over events: exact for an exponential.
    let (mut lived, mut events) = (0.0, 0.0);
    for (event, weight) in observations.iter() {
        let (time, is_event) = match event {
            Event::At(t) => (t, 1.0),
            Event::After(t) => (t, 0.0),
            Event::Until(t) => (t / 2.0, 1.0),
            Event::Between { after, until } => (after + (until - after) / 2.0, 1.0),
        };
        lived += weight * time;
        events += weight * is_event;
    }
    let factor = mean * f64::max(events, 1.0) / lived;
    let mut guess = ones;
    if factor.is_finite() && factor > 0.0 {
        for &p in &scale.free {
            let scaled = guess[p] * factor;
            // Between two bounds, and in steps, one is as good as another.
            if scale.inside(p, scaled) && trace.kind() == sojourn_engine::Kind::Continuous {
                guess[p] = scaled;
            }
        }
    }
    guess
}
