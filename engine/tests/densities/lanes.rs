//! Vectors that are swept side by side: each has the bits that it has alone.

use sojourn_engine::question::{DistributionAt, DistributionGradient, LikelihoodQuery, encode_answers};
use sojourn_engine::{
    EvaluateError, Event, GraphBuilder, Kind, Observation, Observations, Question, Trace, Weight,
};

use crate::{model, recorded};

/// Times short and long, events of every kind, values and gradients.
fn everything(kind: Kind, unit: f64) -> Question {
    let times = vec![0.0, unit, 7.0 * unit, 200.0 * unit];
    let between = Event::Between { after: unit, until: 3.0 * unit };
    let whole = if kind == Kind::Discrete { unit.ceil() } else { unit };
    let events =
        [Event::At(whole), Event::After(9.0 * unit), Event::Until(unit), between, Event::After(30.0 * unit)];
    let observations = Observations::new(events.map(Observation::once)).unwrap();
    Question {
        distribution: Some(DistributionAt {
            times: times.clone(),
            quantiles: vec![0.1, 0.999],
            state_probabilities: vec![unit],
            ..DistributionAt::default()
        }),
        distribution_gradient: Some(DistributionGradient(times)),
        likelihood: Some(LikelihoodQuery { observations, gradient: true }),
        ..Question::default()
    }
}

/// Vectors around one, in no order, whose rates differ up to ten times; some are refused.
fn around(theta: &[f64], count: usize) -> Vec<Vec<f64>> {
    let vector = |k: usize| -> Vec<f64> {
        let scale = f64::powf(10.0, ((k * 7) % 16) as f64 / 16.0 - 0.5);
        let bent = |i: usize| 1.0 + ((k * (i + 3)) % 5) as f64 / 10.0;
        let sign = if k % 11 == 5 { -1.0 } else { 1.0 };
        theta.iter().enumerate().map(|(i, t)| sign * t * scale * bent(i)).collect()
    };
    (0..count).map(vector).collect()
}

#[track_caller]
fn the_same(trace: &Trace, thetas: &[Vec<f64>], question: &Question) {
    let alone: Vec<_> = thetas.iter().map(|theta| trace.answer(theta, question)).collect();
    assert!(alone.iter().filter(|answer| answer.is_ok()).count() * 4 > thetas.len() * 3, "{:?}", alone[0]);
    for size in [2, 3, 16, 37] {
        let together = thetas.chunks(size).flat_map(|few| trace.answer_many(few, question, 1)).collect();
        assert!(encode_answers::<EvaluateError>(together) == encode_answers(alone.clone()), "{size}");
    }
}

#[test]
fn chains_side_by_side_have_the_bits_of_each_alone() {
    for (spec, theta, unit) in [
        ("coalescent,n=7", &[1.0][..], 0.3),
        ("islands,n=5", &[1.0, 0.4, 0.7], 0.2),
        ("mm1k,k=12", &[0.5, 1.0], 2.0),
        ("erlang,k=30", &[3.0], 2.0),
    ] {
        the_same(&model(spec), &around(theta, 37), &everything(Kind::Continuous, unit));
    }
}

#[test]
fn chains_in_steps_side_by_side_have_the_bits_of_each_alone() {
    let trace = discrete();
    let thetas: Vec<Vec<f64>> = (0..37).map(|k| vec![0.02 + 0.025 * f64::from(k % 16)]).collect();
    the_same(&trace, &thetas, &everything(Kind::Discrete, 5.0));
}

/// Three steps on, and now and then one back.
fn discrete() -> Trace {
    let mut builder = GraphBuilder::new(Kind::Discrete, 1, 0).unwrap();
    (0..5).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    for v in 1..4 {
        let on = Weight::Linear { base: 0.0, coefficients: &[1.0] };
        builder.edge(v, v + 1, on).unwrap();
    }
    builder.edge(2, 1, Weight::Linear { base: 0.0, coefficients: &[0.5] }).unwrap();
    recorded(&builder.finish().unwrap())
}

#[test]
fn chains_that_are_squared_and_such_as_are_swept_may_stand_side_by_side() {
    // The first rate alone says how many steps there are; so few leave that they are squared where it is high.
    let mut builder = GraphBuilder::new(Kind::Continuous, 2, 0).unwrap();
    (0..4).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    for (from, to, coefficients) in [(1, 2, [1.0, 0.0]), (2, 1, [1.0, 0.0]), (2, 3, [0.0, 1.0])] {
        builder.edge(from, to, Weight::Linear { base: 0.0, coefficients: &coefficients }).unwrap();
    }
    let trace = recorded(&builder.finish().unwrap());
    let thetas: Vec<Vec<f64>> =
        (0..37).map(|k| vec![f64::powi(10.0, [0, 1, 9, 2, 12, 1, 10][k % 7]), 1.0]).collect();
    let mut question = everything(Kind::Continuous, 0.1);
    // Looking for quantiles begins with long sweeps.
    question.distribution.iter_mut().for_each(|asked| asked.quantiles.clear());
    the_same(&trace, &thetas, &question);
}
