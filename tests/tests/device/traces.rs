//! Traces that devices are asked about, and questions.

use std::io::Read;

use serde_json::Value;
use sojourn_engine::question::{DistributionAt, encode_answers};
use sojourn_engine::{Answer, Chain, EvaluateError, Graph, Query, Question, Trace, formats, models};
use sojourn_tests::{fixture, graph_file};
use sojourn_worker::device::{Gpu, discover};

/// The first device.
pub(crate) fn gpu() -> Gpu {
    let devices = discover().expect("a device");
    Gpu::open(&devices[0].uuid).expect("a context")
}

/// The trace of a model.
pub(crate) fn of_model(model: &str) -> Trace {
    Trace::record(&Chain::new(&models::build(model).expect("a model"))).expect("a trace")
}

/// Names of all graphs that are kept here, and whether they are discrete.
pub(crate) fn graphs() -> Vec<(String, bool)> {
    let index: Value =
        serde_json::from_slice(&std::fs::read(fixture("graphs/index.json")).expect("an index"))
            .expect("JSON");
    let entries = index.as_object().expect("an index").iter();
    let is_here = |name: &str| std::path::Path::new(&graph_file(name)).exists();
    let discrete = |entry: &Value| entry["discrete"].as_bool().expect("a flag");
    entries.filter(|(name, _)| is_here(name)).map(|(name, entry)| (name.clone(), discrete(entry))).collect()
}

/// A reference graph.
pub(crate) fn read(name: &str, discrete: bool) -> Graph {
    let mut bytes = std::fs::read(graph_file(name)).expect("a graph");
    if graph_file(name).ends_with(".gz") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("gzip");
        bytes = plain;
    }
    formats::read_json(&bytes, discrete).expect("a graph")
}

/// Parameter vectors near one: the first is it, and one of them is none.
pub(crate) fn around(theta: &[f64], count: usize) -> Vec<Vec<f64>> {
    let factor = |i: usize, k: usize| 1.0 + 0.003 * ((7 * i + 3 * k) % 41) as f64;
    (0..count).map(|i| theta.iter().enumerate().map(|(k, t)| t * factor(i * i, k * i)).collect()).collect()
}

/// Everything about moments that devices answer.
pub(crate) fn everything(trace: &Trace, moments: usize) -> Query {
    let reward = |step: usize| (0..trace.rows()).map(|v| ((step * v + 3) % 5) as f64 * 0.5).collect();
    Query {
        moments,
        rewards: vec![reward(7), reward(2)],
        reward_moments: moments.min(2),
        covariance: true,
        gradient: true,
    }
}

/// A question about moments.
pub(crate) fn asked(query: Query) -> Question {
    Question { moments: Some(query), ..Question::default() }
}

/// What a device answers.
fn found(
    name: &str,
    gpu: &mut Gpu,
    trace: &Trace,
    question: &Question,
    thetas: &[Vec<f64>],
) -> Vec<Result<Answer, EvaluateError>> {
    let digest = *blake3::hash(name.as_bytes()).as_bytes();
    gpu.answer(digest, trace, question, thetas).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Asks a device and the engine for a distribution, and compares its numbers with what both say of their errors; how
/// many vectors the device left to the engine.
pub(crate) fn agree_within_bounds(
    name: &str,
    gpu: &mut Gpu,
    trace: &Trace,
    question: &Question,
    thetas: &[Vec<f64>],
) -> u64 {
    let left = gpu.left_to_engine();
    let found = found(name, gpu, trace, question, thetas);
    let points = |answer: Answer| answer.distribution.expect("a distribution").points;
    for (found, theta) in found.into_iter().zip(thetas) {
        let expected = match (trace.answer(theta, question), &found) {
            (Ok(expected), Ok(_)) => expected,
            (expected, found) => {
                // As text: a reason may name a number that is none, and equals nothing.
                assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{name} at {theta:?}");
                continue;
            }
        };
        for (f, e) in points(found.expect("an answer")).iter().zip(points(expected)) {
            let bound = f.error_bound.number() + e.error_bound.number();
            for (f, e) in [(f.density, e.density), (f.cdf, e.cdf), (f.survival, e.survival)] {
                assert!(
                    (f - e).abs() <= bound * e.abs(),
                    "{name} at {theta:?}: {f:e}, not {e:e}, within {bound:e}"
                );
            }
            assert_eq!(f.time, e.time);
        }
    }
    gpu.left_to_engine() - left
}

/// A question about the distribution at some multiples of a time.
pub(crate) fn curve(time: f64) -> Question {
    let times = [0.0, 0.01, 0.3, 1.0, 2.5].map(|multiple| multiple * time).to_vec();
    Question {
        distribution: Some(DistributionAt { times, tolerance: 1e-15, ..DistributionAt::default() }),
        ..Question::default()
    }
}

/// The mean at a vector, whatever it is.
pub(crate) fn mean(trace: &Trace, theta: &[f64]) -> f64 {
    let query = Query { moments: 1, ..Query::default() };
    trace.evaluate(theta, &query).map_or(1.0, |numbers| numbers.moments[0])
}

/// Asks a device and the engine, and compares all bits; how many vectors the device left to the engine.
pub(crate) fn agree(
    name: &str,
    gpu: &mut Gpu,
    trace: &Trace,
    question: &Question,
    thetas: &[Vec<f64>],
) -> u64 {
    let left = gpu.left_to_engine();
    let found = found(name, gpu, trace, question, thetas);
    let expected = trace.answer_many(thetas, question, 2);
    assert_eq!(found.len(), expected.len(), "{name}");
    let bytes = |answer: &Result<Answer, EvaluateError>| encode_answers(vec![answer.clone()]);
    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let same = bytes(found) == bytes(expected);
        assert!(same, "{name} at {:?}: {found:?} instead of {expected:?}", thetas[i]);
    }
    gpu.left_to_engine() - left
}
