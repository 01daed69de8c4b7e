//! Every certified value: moments, rewards and reward moments of each graph at each theta, computed
//! elsewhere in 500-bit ball arithmetic.

use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;
use sojourn_engine::formats;
use sojourn_engine::{Chain, Kind, Numbers, Query, Trace};

/// Most graphs do better by a hundred; the ill-conditioned ones, too.
const TOLERANCE: f64 = 1e-13;

fn fixture(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path)
}

fn bytes(path: &str) -> Vec<u8> {
    let plain = fixture(path);
    if plain.exists() {
        return std::fs::read(plain).expect("a fixture");
    }
    let packed = std::fs::File::open(fixture(&format!("{path}.gz"))).expect("a packed fixture");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).expect("gzip");
    bytes
}

fn numbers(value: &Value) -> Vec<f64> {
    let number = |v: &Value| match v {
        Value::String(text) => text.parse().expect("a number"),
        other => other.as_f64().expect("a number"),
    };
    value.as_array().expect("a list").iter().map(number).collect()
}

fn rewards(reference: &Value, graph: &sojourn_engine::Graph) -> Vec<f64> {
    if !reference["rewards"].is_null() {
        return numbers(&reference["rewards"]);
    }
    let mut left = vec![false; graph.vertices()];
    graph.edges().for_each(|e| left[e.from as usize] = true);
    (0..graph.vertices()).map(|v| if left[v] { ((7 * v + 3) % 5) as f64 * 0.5 } else { 0.0 }).collect()
}

fn check(place: &str, found: &[f64], expected: &Value, worst: &mut f64) {
    let expected =
        if expected.is_array() { numbers(expected) } else { numbers(&Value::from(vec![expected.clone()])) };
    assert_eq!(found.len(), expected.len(), "{place}");
    for (f, e) in found.iter().zip(&expected) {
        let error = if e == f { 0.0 } else { (f - e).abs() / e.abs() };
        assert!(error <= TOLERANCE, "{place}: {f} instead of {e}, relative error {error:e}");
        *worst = worst.max(error);
    }
}

fn check_graph(name: &str, discrete: bool) -> f64 {
    let graph = formats::read_json(&bytes(&format!("graphs/{name}.json")), discrete).expect("a graph");
    assert_eq!(graph.kind() == Kind::Discrete, discrete, "{name}");
    let reference: Value = serde_json::from_slice(&bytes(&format!("reference/{name}.json"))).expect("JSON");
    let trace = Trace::record(&Chain::new(&graph)).expect("a trace");
    let trace = Trace::decode(&trace.encode()).expect("its own bytes");
    let mut worst = 0.0;
    for case in reference["cases"].as_array().expect("cases") {
        let theta = numbers(&case["theta"]);
        let order = case["reward_moments"].as_array().map_or(0, Vec::len);
        let query = Query {
            moments: case["moments"].as_array().map_or(0, Vec::len),
            rewards: vec![rewards(&reference, &graph)],
            reward_moments: order,
            ..Query::default()
        };
        let found: Numbers = trace.evaluate(&theta, &query).unwrap_or_else(|e| panic!("{name}: {e}"));
        check(&format!("{name} {theta:?} moments"), &found.moments, &case["moments"], &mut worst);
        let place = format!("{name} {theta:?} expected reward");
        check(&place, &found.expected_reward, &case["expected_reward"], &mut worst);
        if order > 0 {
            let place = format!("{name} {theta:?} reward moments");
            check(&place, &found.reward_moments[0], &case["reward_moments"], &mut worst);
        }
    }
    worst
}

#[test]
fn every_certified_value_is_reached_to_thirteen_digits() {
    let index: Value = serde_json::from_slice(&bytes("graphs/index.json")).expect("JSON");
    let mut checked = 0;
    for (name, entry) in index.as_object().expect("an index") {
        let file = entry["file"].as_str().expect("a file");
        if !fixture(&format!("graphs/{file}")).exists() {
            continue; // too large to be kept here; see the benchmarks for those
        }
        let worst = check_graph(name, entry["discrete"].as_bool().expect("a flag"));
        println!("{name:28} worst relative error {worst:.1e}");
        checked += 1;
    }
    assert!(checked >= 40, "only {checked} graphs were there");
}
