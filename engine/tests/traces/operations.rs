//! The exported list of operations, replayed by a few lines that know nothing else.

use std::path::PathBuf;

use crate::{model, recorded};
use sojourn_engine::{Operation, OperationList, Query, Trace, formats};

fn interpret(list: &OperationList, theta: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::with_capacity(list.operations.len());
    for operation in &list.operations {
        let of = |operand: &u32| values[*operand as usize];
        let value = match operation {
            Operation::Const { value } => *value,
            Operation::Param { index } => theta[*index],
            Operation::Dot { base, terms } => terms.iter().fold(*base, |sum, (c, o)| sum + c * of(o)),
            Operation::Add { operands: [a, b] } => of(a) + of(b),
            Operation::Mul { operands: [a, b] } => of(a) * of(b),
            Operation::Div { operands: [a, b] } => of(a) / of(b),
            Operation::Sum { operands } => operands.iter().map(of).sum(),
        };
        values.push(value);
    }
    values
}

fn check(name: &str, trace: &Trace, theta: &[f64]) {
    let list = trace.operations().unwrap();
    assert_eq!(list.parameters, theta.len(), "{name}");
    let values = interpret(&list, theta);
    let close = |found: f64, expected: f64| {
        assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{name}: {found}, not {expected}");
    };
    let found = trace.evaluate(theta, &Query { moments: 1, ..Query::default() }).unwrap();
    close(values[list.mean as usize], found.moments[0]);
    // Expected times by the occupancies of each vertex: alpha . x is the sum of both.
    let total: f64 = trace.occupancies(theta).unwrap().iter().sum();
    assert!((total / found.moments[0] - 1.0).abs() < 1e-12, "{name}");
    assert_eq!(list.expected_times.len(), trace.len(), "{name}");
    assert!(list.expected_times.iter().all(|&(_, x)| values[x as usize] > 0.0), "{name}");
}

#[test]
fn the_list_gives_the_mean_of_every_small_reference_graph() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/graphs");
    let index = std::fs::read(folder.join("index.json")).unwrap();
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let mut checked = 0;
    for (name, entry) in index.as_object().unwrap() {
        let file = entry["file"].as_str().unwrap();
        if !file.ends_with(".json") || !folder.join(file).exists() {
            continue;
        }
        let discrete = entry["discrete"].as_bool().unwrap();
        let trace =
            recorded(&formats::read_json(&std::fs::read(folder.join(file)).unwrap(), discrete).unwrap());
        if trace.len() > 300 {
            continue;
        }
        for scale in [1.0, 0.37] {
            let theta: Vec<f64> = (0..trace.parameters()).map(|k| scale * (1.0 + 0.5 * k as f64)).collect();
            if trace.evaluate(&theta, &Query::default()).is_ok() {
                check(name, &trace, &theta);
                checked += 1;
            }
        }
    }
    assert!(checked >= 40, "only {checked}");
}

#[test]
fn expected_times_of_the_list_are_those_of_a_start_at_that_vertex() {
    let graph = model("rabbits,n=3");
    let theta = [0.5, 2.0, 1.25];
    let list = recorded(&graph).operations().unwrap();
    let values = interpret(&list, &theta);
    for &(row, time) in &list.expected_times {
        let mut builder = sojourn_engine::GraphBuilder::new(graph.kind(), 3, 2).unwrap();
        (0..graph.vertices()).for_each(|row| {
            builder.vertex(graph.state(row)).unwrap();
        });
        builder.start_edge(row, sojourn_engine::Weight::Constant(1.0)).unwrap();
        graph.edges().for_each(|e| builder.edge(e.from, e.to, e.weight).unwrap());
        let there = recorded(&builder.finish().unwrap());
        let expected = there.evaluate(&theta, &Query { moments: 1, ..Query::default() }).unwrap().moments[0];
        assert!((values[time as usize] / expected - 1.0).abs() < 1e-14, "row {row}");
    }
}
