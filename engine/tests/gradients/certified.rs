//! Certified derivatives.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sojourn_engine::{Event, Observation, Observations, Trace, formats};

use crate::recorded;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a fixture")).expect("JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// Name, trace and cases of every fixture.
fn fixtures() -> Vec<(String, Trace, Vec<Value>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder().join("gradients")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let fixture = read(&path);
        let graph = match fixture.get("graph") {
            Some(graph) => graph.to_string().into_bytes(),
            None => std::fs::read(folder().join(format!("graphs/{name}.json"))).expect("a graph"),
        };
        let graph = formats::read_json(&graph, fixture["discrete"] == true).expect("a graph");
        all.push((name, recorded(&graph), fixture["cases"].as_array().expect("cases").clone()));
    }
    assert!(all.len() >= 12, "only {} fixtures were there", all.len());
    all
}

/// The largest error of a gradient, relative to the value for a relative change of each parameter, or to the
/// derivative itself if that is larger.
fn worst(found: &[f64], expected: &[f64], theta: &[f64], value: f64) -> f64 {
    let errors = found.iter().zip(expected).zip(theta).map(|((found, expected), theta)| {
        let scale = expected.abs().max(value.abs() / theta.abs());
        if scale == 0.0 { found.abs() } else { (found - expected).abs() / scale }
    });
    // What is no number is worse than any, and remains so.
    errors.fold(0.0, |worst, error| if worst.is_nan() || error <= worst { worst } else { error })
}

#[test]
fn gradients_of_density_and_cdf_are_the_certified_ones_to_nine_digits() {
    for (name, trace, cases) in fixtures() {
        let mut largest = 0.0f64;
        for case in cases {
            let theta = numbers(&case["theta"]);
            let points = case["points"].as_array().expect("points");
            let times: Vec<f64> = points.iter().map(|p| p["time"].as_f64().expect("a time")).collect();
            let found = trace.distribution_gradient(&theta, &times).expect("gradients");
            for (found, point) in found.iter().zip(points) {
                let of = |key: &str| numbers(&point[key]);
                let value = |key: &str| point[key].as_f64().expect("a number");
                let density = worst(&found.density.values, &of("density"), &theta, value("f"));
                // Of cdf and survival, which sum up to one, the smaller.
                let cdf = worst(&found.cdf.values, &of("cdf"), &theta, value("F").min(value("S")));
                assert!(density <= 1e-9, "{name} {theta:?}: {density:e}, {found:?}, not {point}");
                assert!(cdf <= 1e-9, "{name} {theta:?}: {cdf:e}, {found:?}, not {point}");
                largest = largest.max(density).max(cdf);
            }
        }
        println!("{name:24} {largest:.1e}");
    }
}

#[test]
fn log_likelihoods_and_their_gradients_are_the_certified_ones_to_nine_digits() {
    for (name, trace, cases) in fixtures() {
        for case in cases {
            let theta = numbers(&case["theta"]);
            let observation = |row: &Value| {
                let at = |i: usize| row[i].as_f64().expect("a number");
                let (event, weight) = match row[0].as_str() {
                    Some("at") => (Event::At(at(1)), at(2)),
                    Some("after") => (Event::After(at(1)), at(2)),
                    Some("until") => (Event::Until(at(1)), at(2)),
                    _ => (Event::Between { after: at(1), until: at(2) }, at(3)),
                };
                Observation { event, weight }
            };
            let rows = case["observations"].as_array().expect("observations");
            let observations = Observations::new(rows.iter().map(observation)).expect("observations");
            let found = trace.log_likelihood_gradient(&theta, &observations).expect("a likelihood");
            let expected = case["log_likelihood"].as_f64().expect("a number");
            let error = (found.value - expected).abs();
            assert!(
                error <= 1e-10 * expected.abs() && error <= found.error_bound,
                "{name}: {found:?}, not {expected}"
            );
            assert_eq!(trace.log_likelihood(&theta, &observations).expect("one").value, found.value);
            let gradient = worst(&found.gradient, &numbers(&case["gradient"]), &theta, expected);
            println!("{name:24} {theta:?} {gradient:.1e} {:?}", found.methods);
            assert!(gradient <= 1e-9, "{name} {theta:?}: {gradient:e}, {found:?}, not {}", case["gradient"]);
        }
    }
}
