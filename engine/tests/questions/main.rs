//! What may be asked of a trace in one question: its answers, its bytes, and many vectors at once.

mod answers;
mod damage;
mod many;

use sojourn_engine::question::{DistributionAt, Laplace, Residence};
use sojourn_engine::{Chain, Query, Question, SampleQuery, Trace, models};

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
