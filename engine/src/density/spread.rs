//! Where a chain is at times, by one sweep.

use super::flow::Flow;
use super::poisson::Weights;

/// Where a chain is, and was, after a random number of steps.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    /// Probability of each position.
    pub(super) states: Vec<f64>,
    /// Expected number of steps begun in each position.
    pub(super) visits: Vec<f64>,
    /// Probability of being absorbed.
    pub(super) absorbed: f64,
}

/// One sweep for several distributions of the number of steps. What is left out has a probability of less than
/// `tolerance`.
pub(super) fn spread(flow: &Flow, start: &[f64], times: &[Weights], tolerance: f64) -> Vec<Spread> {
    let nothing = Spread { states: vec![0.0; flow.len()], visits: vec![0.0; flow.len()], absorbed: 0.0 };
    let mut all = vec![nothing; times.len()];
    let (mut v, mut next) = (start.to_vec(), vec![0.0; flow.len()]);
    let mut absorbed = 0.0;
    for step in 0.. {
        for (spread, weights) in all.iter_mut().zip(times) {
            let (here, later) = (weights.of(step), weights.more_than(step));
            spread.absorbed += here * absorbed;
            if here > 0.0 {
                spread.states.iter_mut().zip(&v).for_each(|(sum, v)| *sum += here * v);
            }
            if later > 0.0 {
                spread.visits.iter_mut().zip(&v).for_each(|(sum, v)| *sum += later * v);
            }
        }
        if times.iter().all(|weights| weights.more_than(step) <= tolerance) {
            break;
        }
        absorbed += flow.leaving(&v);
        flow.step(&v, &mut next);
        std::mem::swap(&mut v, &mut next);
    }
    all
}
