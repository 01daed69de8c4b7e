//! What may be asked of a trace in one question: its answers, its bytes, and many vectors at once.

mod answers;
mod damage;
mod many;

use sojourn_engine::question::{DistributionAt, DistributionGradient, Laplace, LikelihoodQuery, Residence};
use sojourn_engine::{Chain, Event, Observation, Observations, Query, Question, SampleQuery, Trace, models};

fn recorded(spec: &str) -> Trace {
    Trace::record(&Chain::new(&models::build(spec).unwrap())).unwrap()
}

/// A question with every part, of a trace with so many rows.
fn everything(rows: usize) -> Question {
    let rewards = vec![vec![1.0; rows], (0..rows).map(|row| row as f64).collect()];
    Question {
        moments: Some(Query { moments: 3, rewards, reward_moments: 2, covariance: true, gradient: true }),
        distribution: Some(DistributionAt {
            times: vec![0.0, 1.0],
            quantiles: vec![0.5, 1.0],
            state_probabilities: vec![1.0],
            occupancies: vec![2.0],
            ..DistributionAt::default()
        }),
        distribution_gradient: Some(DistributionGradient(vec![0.5, 2.0])),
        likelihood: Some(LikelihoodQuery { observations: observations(), gradient: true }),
        laplace: Some(Laplace(vec![0.0, 0.5])),
        residence: Some(Residence),
        samples: Some(SampleQuery {
            count: 3,
            first: 2,
            seed: 9,
            rewards: vec![vec![1.0; rows]],
            ..SampleQuery::default()
        }),
        transform: None,
    }
}

/// Of every kind, and one of them twice.
fn observations() -> Observations {
    let events = [
        Event::At(0.5),
        Event::After(2.0),
        Event::At(0.5),
        Event::Between { after: 0.25, until: 1.5 },
        Event::Until(1.0),
    ];
    let weigh = |(at, event): (usize, Event)| Observation { event, weight: 1.0 + at as f64 / 3.0 };
    Observations::new(events.into_iter().enumerate().map(weigh)).unwrap()
}
