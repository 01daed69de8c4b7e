//! Every certified density, mass function and cdf, computed elsewhere in 500-bit ball arithmetic.

use std::path::PathBuf;

use serde_json::Value;
use sojourn_engine::density::Method;
use sojourn_engine::formats;

use crate::{at_times, recorded};

fn fixture(folder: &str, name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/{folder}/{name}.json"));
    std::fs::read(path).expect("a fixture")
}

fn numbers(value: &Value) -> Vec<f64> {
    let number = |v: &Value| match v {
        Value::String(text) => text.parse().expect("a number"),
        other => other.as_f64().expect("a number"),
    };
    value.as_array().expect("a list").iter().map(number).collect()
}

/// The digits of 1 - x for a decimal x below one: subtracted before they are cut to a double.
fn complement(value: &Value) -> f64 {
    let text = value.as_str().expect("a number as text");
    let Some(digits) = text.strip_prefix("0.").filter(|d| d.bytes().all(|b| b.is_ascii_digit())) else {
        return 1.0 - text.parse::<f64>().expect("a number");
    };
    let nines: String = digits.bytes().map(|b| char::from(b'9' - b + b'0')).collect();
    format!("0.{nines}").parse().expect("a number")
}

/// Names of the graphs whose references have a distribution, and whether they count steps.
fn with_distribution() -> Vec<(String, bool)> {
    let index: Value = serde_json::from_slice(&fixture("graphs", "index")).expect("JSON");
    let mut names = Vec::new();
    for (name, entry) in index.as_object().expect("an index") {
        let path =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/graphs/{name}.json"));
        let reference: Value = match path.exists() {
            true => serde_json::from_slice(&fixture("reference", name)).expect("JSON"),
            false => continue,
        };
        if !reference["cases"][0]["cdf"].is_null() {
            names.push((name.clone(), entry["discrete"].as_bool().expect("a flag")));
        }
    }
    names
}

#[test]
fn every_certified_density_cdf_and_survival_is_reached_within_its_stated_bound() {
    let mut checked = 0;
    let mut methods = Vec::new();
    for (name, discrete) in with_distribution() {
        let graph = formats::read_json(&fixture("graphs", &name), discrete).expect("a graph");
        let trace = recorded(&graph);
        let reference: Value = serde_json::from_slice(&fixture("reference", &name)).expect("JSON");
        let mut worst = 0.0f64;
        for case in reference["cases"].as_array().expect("cases") {
            let theta = numbers(&case["theta"]);
            let times = numbers(if discrete { &case["jumps"] } else { &case["times"] });
            let densities = numbers(if discrete { &case["pmf"] } else { &case["pdf"] });
            let found = at_times(&trace, &theta, &times);
            let survivals: Vec<f64> =
                case["cdf"].as_array().expect("a list").iter().map(complement).collect();
            for (i, point) in found.points.iter().enumerate() {
                let expected = [densities[i], numbers(&case["cdf"])[i], survivals[i]];
                let values = [point.density, point.cdf, point.survival];
                for (value, expected) in values.into_iter().zip(expected) {
                    let error = if value == expected { 0.0 } else { (value / expected - 1.0).abs() };
                    // The references of 1 - cdf have an absolute 1e-24 at best.
                    assert!(
                        error <= 1e-10 && error <= point.error_bound.number() + 1e-15,
                        "{name} {theta:?} at {}: {value:e}, not {expected:e}; error {error:e}, {point:?}",
                        times[i]
                    );
                    worst = worst.max(error);
                }
                if !methods.contains(&point.method) {
                    methods.push(point.method);
                }
            }
            checked += 1;
        }
        println!("{name:24} worst relative error {worst:.1e}");
    }
    assert!(checked >= 60, "only {checked} cases were there");
    for method in [Method::Powers, Method::Uniformisation, Method::Doubling] {
        assert!(methods.contains(&method), "{method:?} answered for none of them: {methods:?}");
    }
}
