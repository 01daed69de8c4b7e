//! Time a parameter vector.

use anyhow::Result;
use sojourn_bench::clock::race;
use sojourn_engine::question::{DistributionAt, LikelihoodQuery};
use sojourn_engine::{Chain, Event, Observation, Observations, Query, Question, Trace, models};

/// Models with the vector around which vectors are taken.
const MODELS: [(&str, &[f64]); 6] = [
    ("coalescent,n=10", &[1.0]),
    ("islands,n=6", &[1.0, 0.4, 0.7]),
    ("mm1k,k=40", &[0.7, 1.0]),
    ("repair,n=8", &[0.3, 1.0]),
    ("im,n1=3,n2=3", &[1.0, 0.1]),
    ("im,n1=5,n2=5", &[1.0, 0.1]),
];

/// Parameter vectors that are answered.
const VECTORS: usize = 64;

pub(crate) fn run() -> Result<()> {
    println!("| model | n | asked | alone, us | of 8, us | of 16, us | gain |");
    println!("|---|--:|---|--:|--:|--:|--:|");
    for (spec, theta) in MODELS {
        let trace = Trace::record(&Chain::new(&models::build(spec)?))?;
        let thetas: Vec<Vec<f64>> =
            (0..VECTORS).map(|k| theta.iter().map(|t| t * (1.0 + 0.002 * k as f64)).collect()).collect();
        let mean = trace.evaluate(theta, &Query { moments: 1, ..Query::default() })?.moments[0];
        for (name, question) in questions(mean)? {
            let at_a_time = |size: usize| {
                let (trace, thetas, question) = (&trace, &thetas, &question);
                move || thetas.chunks(size).for_each(|few| drop(trace.answer_many(few, question, 1)))
            };
            let (mut one, mut eight, mut sixteen) = (at_a_time(1), at_a_time(8), at_a_time(16));
            let seconds = race(&mut [&mut one, &mut eight, &mut sixteen]);
            let [one, eight, sixteen] = [0, 1, 2].map(|i| seconds[i] * 1e6 / VECTORS as f64);
            let (n, gain) = (trace.len(), one / eight.min(sixteen));
            println!("| {spec} | {n} | {name} | {one:.1} | {eight:.1} | {sixteen:.1} | {gain:.1} |");
        }
    }
    Ok(())
}

/// What is asked, over three times the mean.
fn questions(mean: f64) -> Result<[(&'static str, Question); 4]> {
    let grid = |n: usize| (1..=n).map(move |i| 3.0 * mean * i as f64 / n as f64);
    let curve = |n: usize| Question {
        distribution: Some(DistributionAt { times: grid(n).collect(), ..DistributionAt::default() }),
        ..Question::default()
    };
    let observations = Observations::new(grid(50).map(|t| Observation::once(Event::At(t))))?;
    let likelihood = |gradient| Question {
        likelihood: Some(LikelihoodQuery { observations: observations.clone(), gradient }),
        ..Question::default()
    };
    Ok([
        ("pdf at a time", curve(1)),
        ("pdf at 50 times", curve(50)),
        ("likelihood of 50", likelihood(false)),
        ("and its gradient", likelihood(true)),
    ])
}
