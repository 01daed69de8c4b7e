//! Graphs whose rows are divided by their sums as bytes: chains and traces, their keys and their hashes.

use proptest::prelude::*;
use sojourn_engine::{Chain, GraphBuilder, Kind, Trace, Weight, graph_key};

use crate::cases::{Case, absorbed};
use crate::recorded;

/// Where the version stands.
const VERSION: std::ops::Range<usize> = 8..12;

fn version(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[VERSION].try_into().unwrap())
}

#[test]
fn the_hash_does_not_depend_on_the_numbers_of_rows_and_forms() {
    let edges = vec![
        (0, 1, 1.0, [0.0; 2]),
        (1, 2, 0.0, [0.5, 0.0]),
        (1, 3, 0.0, [0.25, 0.25]),
        (1, 1, 2.0, [0.0, 1.0]),
        (2, 1, 0.0, [0.25, 0.25]),
        (2, 3, 0.0, [0.5, 0.0]),
        (2, 4, 0.0, [0.5, 0.0]),
        (3, 4, 1.0, [0.0, 1.0]),
        (3, 5, 2.0, [0.0; 2]),
        (4, 5, 3.0, [1.0, 0.0]),
    ];
    let case = Case { rows: 6, edges, theta: [1.0; 2], rewards: Vec::new() };
    let key = |case: &Case| graph_key(&Chain::new(&case.graph()));
    for to in [[0, 1, 2, 3, 4, 5], [0, 5, 4, 3, 2, 1], [0, 2, 3, 4, 5, 1], [0, 4, 1, 5, 3, 2]] {
        assert_eq!(key(&case), key(&renumbered(&case, &to)), "{to:?}");
    }
    // A self-loop, and how often a form stands in a row, are part of what rows are divided by.
    for change in [(1, 1, 2.5, [0.0, 1.0]), (2, 2, 0.0, [0.5, 0.0])] {
        let edges = case.edges.iter().filter(|e| (e.0, e.1) != (change.0, change.1)).copied();
        let other = Case { edges: edges.chain([change]).collect(), ..case.clone() };
        assert_ne!(key(&case), key(&other), "{change:?}");
    }
}

/// The case with rows renumbered: row v becomes `to[v]`.
fn renumbered(case: &Case, to: &[usize]) -> Case {
    let mut edges: Vec<_> = case.edges.iter().map(|&(a, b, w, c)| (to[a], to[b], w, c)).collect();
    edges.reverse();
    Case { edges, ..case.clone() }
}

#[test]
fn a_graph_that_is_divided_is_another_than_one_that_is_not() {
    let edges = vec![(0, 1, 1.0, [0.0; 2]), (1, 2, 0.0, [0.5, 0.0]), (1, 3, 0.0, [0.25, 0.25])];
    let case = Case { rows: 4, edges, theta: [1.0; 2], rewards: Vec::new() };
    let divided = Chain::new(&case.graph());
    let plain = Chain::new(&case.graph().with_kind(Kind::Continuous).with_kind(Kind::Discrete));
    assert_ne!(graph_key(&divided), graph_key(&plain));
    assert_ne!(divided.encode(), plain.encode());
    let bytes = [&divided, &plain].map(|chain| Trace::record(chain).unwrap().encode());
    // Traces of plain graphs are as they were, so that those in stores are found.
    assert_eq!(bytes.each_ref().map(|bytes| version(bytes)), [5, 4]);
    assert_eq!([&divided, &plain].map(|chain| version(&chain.encode())), [2, 1]);
}

#[test]
fn rows_of_constants_are_divided_at_once() {
    let graph = |divisor: [f64; 2]| {
        let mut builder = GraphBuilder::new(Kind::Discrete, 0, 0).unwrap();
        (0..4).for_each(|_| assert!(builder.vertex(&[]).is_ok()));
        builder.start_edge(1, Weight::Constant(1.0)).unwrap();
        for (from, to, weight) in [(1, 2, 3.0), (1, 3, 1.0), (1, 1, 4.0), (2, 3, 5.0)] {
            builder.edge(from, to, Weight::Constant(weight / divisor[from as usize - 1])).unwrap();
        }
        builder.finish().unwrap()
    };
    let divided = Chain::new(&graph([1.0; 2]).with_normalised_rows());
    assert_eq!(divided, Chain::new(&graph([8.0, 5.0])));
}

proptest! {
    #[test]
    fn traces_and_chains_come_back_from_their_bytes(case in absorbed()) {
        let chain = Chain::new(&case.graph());
        let trace = Trace::record(&chain).unwrap();
        prop_assert_eq!(&Chain::decode(&chain.encode()).unwrap(), &chain);
        let again = Trace::decode(&trace.encode()).unwrap();
        prop_assert_eq!(again.encode(), trace.encode());
        prop_assert_eq!(&again, &trace);
        prop_assert_eq!(trace.hash(), graph_key(&chain));
    }

    #[test]
    fn a_changed_byte_of_a_chain_is_harmless(case in absorbed(), at: usize, change in 1u8..) {
        let mut bytes = Chain::new(&case.graph()).encode();
        let length = bytes.len();
        bytes[at % length] ^= change;
        if let Ok(chain) = Chain::decode(&bytes) {
            let trace = Trace::record(&chain).unwrap();
            if chain.parameters() == 2 {
                let _ = trace.evaluate(&case.theta, &sojourn_engine::Query { moments: 2, gradient: true, ..Default::default() });
            }
        }
    }
}

#[test]
fn an_operation_list_divides_rows_too() {
    use sojourn_engine::Operation;
    let edges = vec![
        (0, 1, 1.0, [0.0; 2]),
        (1, 2, 0.0, [1.0, 0.0]),
        (1, 3, 0.0, [2.0, 0.0]),
        (1, 3, 0.0, [0.0, 1.0]),
        (2, 3, 0.0, [0.0, 1.0]),
    ];
    let case = Case { rows: 4, edges, theta: [0.2, 0.5], rewards: Vec::new() };
    let list = recorded(&case.graph()).operations().unwrap();
    let mut values: Vec<f64> = Vec::new();
    for operation in &list.operations {
        let of = |operand: &u32| values[*operand as usize];
        let value = match operation {
            Operation::Const { value } => *value,
            Operation::Param { index } => case.theta[*index],
            Operation::Dot { base, terms } => terms.iter().fold(*base, |sum, (c, x)| sum + c * of(x)),
            Operation::Add { operands: [a, b] } => of(a) + of(b),
            Operation::Mul { operands: [a, b] } => of(a) * of(b),
            Operation::Div { operands: [a, b] } => of(a) / of(b),
            Operation::Sum { operands } => operands.iter().map(of).sum(),
        };
        values.push(value);
    }
    // From 1 to 2 with probability 0.2 / 1.1.
    crate::close(values[list.mean as usize], 1.0 + 0.2 / 1.1, 1e-15);
}
