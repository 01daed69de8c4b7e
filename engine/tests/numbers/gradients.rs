//! Gradients against differences in exact rationals, over families with and without cycles, continuous and discrete.

use serde_json::Value;
use sojourn_engine::{Chain, Query, Trace, formats};

use crate::support::fixture;

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn gradients_of_moments_and_rewards_are_those_of_exact_differences() {
    let text = include_str!("../fixtures/gradients.json");
    let file: Value = serde_json::from_str(text).unwrap();
    let mut compared = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["graph"].as_str().unwrap();
        let graph = formats::read_json(&fixture(name), case["discrete"].as_bool().unwrap()).unwrap();
        let trace = Trace::record(&Chain::new(&graph)).unwrap();
        let earns: Vec<bool> =
            (0..graph.vertices() as u32).map(|v| graph.edges().any(|e| e.from == v)).collect();
        let reward = |v: usize| if earns[v] { ((7 * v + 3) % 5) as f64 * 0.5 } else { 0.0 };
        let rewards = vec![(0..graph.vertices()).map(reward).collect()];
        let query = Query { moments: 3, rewards, reward_moments: 2, gradient: true, ..Query::default() };
        let theta = floats(&case["theta"]);
        let numbers = trace.evaluate(&theta, &query).unwrap();
        let (gradient, bounds) = (numbers.gradient.unwrap(), numbers.gradient_error_bound.unwrap());
        assert_eq!(gradient.expected_reward[0], gradient.reward_moments[0][0]);
        let found = gradient.moments.iter().chain(&gradient.reward_moments[0]);
        let found = found.zip(bounds.moments.iter().chain(&bounds.reward_moments[0]));
        let values = numbers.moments.iter().chain(&numbers.reward_moments[0]);
        let expected = case["gradients"].as_array().unwrap();
        for (i, (((found, bounds), value), expected)) in found.zip(values).zip(expected).enumerate() {
            for (k, ((found, bound), expected)) in found.iter().zip(bounds).zip(floats(expected)).enumerate()
            {
                // What is expected was rounded to a double.
                let most = bound + f64::EPSILON * expected.abs();
                assert!((found - expected).abs() <= most, "{name}, {i}, {k}: {found:e} within {bound:e}");
                // A derivative is a sum of differences of numbers as large as the value over the parameter.
                let scale = expected.abs().max(value / theta[k] * 1e-3);
                let error = (found - expected).abs() / scale;
                assert!(
                    error < 1e-12,
                    "{name}, number {i}, parameter {k}: {found:e}, not {expected:e}: {error:e}"
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn a_gradient_where_unreachable_vertices_cannot_be_left_is_that_of_the_chain_without_them() {
    // 1 -> absorbed at theta0, 1 -> 2 at theta1; 2 -> 3 -> 2 at 1, left only at theta1: at theta1 = 0 they are a trap
    // that is never reached, yet any theta1 > 0 opens it.
    let text = r#"{"param_length": 2, "state_length": 1, "n_vertices": 5, "states": [[0], [1], [2], [3], [4]], "edges": [[2, 3, 1.0], [3, 2, 1.0]],
        "start_edges": [[1, 1.0]], "start_param_edges": [],
        "param_edges": [[1, 4, 0.0, 1.0, 0.0], [1, 2, 0.0, 0.0, 1.0], [3, 4, 0.0, 0.0, 1.0]]}"#;
    let trace = Trace::record(&Chain::new(&formats::read_json(text.as_bytes(), false).unwrap())).unwrap();
    let query = Query { moments: 2, gradient: true, ..Query::default() };
    let error = trace.evaluate(&[2.0, 0.0], &query).unwrap_err();
    assert_eq!(error.kind(), "no_gradient", "{error}");
    let moments = trace.evaluate(&[2.0, 0.0], &Query { gradient: false, ..query.clone() }).unwrap().moments;
    assert_eq!(moments, [0.5, 0.5]);
    // An edge that nothing opens: 2 is reached from nowhere but itself.
    let text = r#"{"param_length": 2, "state_length": 1, "n_vertices": 4, "states": [[0], [1], [2], [3]], "edges": [[2, 1, 0.0]],
        "start_edges": [[1, 1.0]], "start_param_edges": [[2, 0.0, 0.0, 1.0]],
        "param_edges": [[1, 3, 0.0, 1.0, 0.0], [2, 3, 0.0, 0.0, 1.0]]}"#;
    let trace = Trace::record(&Chain::new(&formats::read_json(text.as_bytes(), false).unwrap())).unwrap();
    let numbers = trace.evaluate(&[2.0, 1.0], &query).unwrap();
    assert!((numbers.moments[0] - 0.75).abs() < 1e-15);
    // E = (1/theta0 + theta1 / theta1) / (1 + theta1)
    let gradient = &numbers.gradient.unwrap().moments[0];
    assert!((gradient[0] + 0.125).abs() < 1e-15 && (gradient[1] + 0.375).abs() < 1e-15, "{gradient:?}");
}
