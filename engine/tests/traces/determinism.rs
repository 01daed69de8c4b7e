//! The same graph gives the same bytes, however often and in whatever order it is written down.

use crate::{model, recorded};
use proptest::prelude::*;
use sojourn_engine::{
    Chain, Decomposition, Graph, GraphBuilder, Kind, Pattern, Plan, Trace, Weight, graph_key,
};

/// The same rows, with the edges in another order.
fn shuffled(graph: &Graph, seed: u64) -> Graph {
    let mut builder = GraphBuilder::new(graph.kind(), graph.parameters(), graph.state_length()).unwrap();
    (0..graph.vertices()).for_each(|row| {
        builder.vertex(graph.state(row)).unwrap();
    });
    let order = |i: usize| (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ seed).rotate_left(17);
    let mut starts: Vec<_> = graph.start_edges().enumerate().collect();
    starts.sort_by_key(|e| order(e.0));
    starts.iter().for_each(|(_, e)| builder.start_edge(e.to, e.weight).unwrap());
    let mut edges: Vec<_> = graph.edges().enumerate().collect();
    edges.sort_by_key(|e| order(e.0));
    edges.iter().for_each(|(_, e)| builder.edge(e.from, e.to, e.weight).unwrap());
    builder.finish().unwrap()
}

#[test]
fn the_order_of_edges_in_a_file_changes_no_byte() {
    for spec in ["random,n=80,seed=3", "arg,n=7", "sfs,n=7,islands=2", "chain,components=4,size=8"] {
        let graph = model(spec);
        let (chain, bytes) = (Chain::new(&graph).encode(), recorded(&graph).encode());
        for seed in 0..5 {
            let other = shuffled(&graph, seed);
            assert_eq!(Chain::new(&other).encode(), chain, "{spec}");
            assert_eq!(recorded(&other).encode(), bytes, "{spec}");
        }
    }
}

#[test]
fn the_order_of_parallel_edges_changes_no_byte() {
    let parallel = |values: [f64; 4]| {
        let mut builder = GraphBuilder::new(Kind::Continuous, 1, 0).unwrap();
        (0..3).for_each(|_| {
            builder.vertex(&[]).unwrap();
        });
        for value in values {
            builder.start_edge(1, Weight::Constant(value)).unwrap();
            builder.edge(1, 2, Weight::Linear { base: 1.0 - value, coefficients: &[value] }).unwrap();
        }
        Chain::new(&builder.finish().unwrap()).encode()
    };
    // 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1.
    let sorted = parallel([0.1, 0.2, 0.3, 1e16]);
    for other in [[0.3, 0.2, 0.1, 1e16], [1e16, 0.1, 0.2, 0.3], [0.2, 1e16, 0.3, 0.1]] {
        assert_eq!(parallel(other), sorted);
    }
}

#[test]
fn recording_twice_gives_the_same_bytes() {
    for spec in ["random,n=200,seed=9", "arg,n=9", "islands,n=12", "tandem,k=9", "im,n1=3,n2=2"] {
        let graph = model(spec);
        assert_eq!(recorded(&graph).encode(), recorded(&model(spec)).encode(), "{spec}");
    }
}

#[test]
fn a_trace_is_named_by_the_key_of_the_chain_it_was_recorded_from() {
    for spec in
        ["random,n=200,seed=9", "arg,n=9", "islands,n=12", "mm1k,k=90", "im,n1=3,n2=2", "coalescent,n=9"]
    {
        let chain = Chain::new(&model(spec));
        let trace = Trace::record(&chain).unwrap();
        assert_eq!(trace.hash(), graph_key(&chain), "{spec}");
        assert_eq!(Trace::decode(&trace.encode()).unwrap().hash(), graph_key(&chain), "{spec}");
        // From plans that came as bytes, the rows of L and U not known.
        let decomposition = Decomposition::new(&chain);
        let sent = |p: &Pattern| Plan::decode(&Plan::record(p).unwrap().encode()).unwrap().into();
        let plans: Vec<_> = decomposition.patterns().iter().map(sent).collect();
        assert_eq!(
            Trace::stitch(&chain, &decomposition, &plans).unwrap().hash(),
            graph_key(&chain),
            "{spec}"
        );
    }
}

proptest! {
    #[test]
    fn chains_patterns_plans_and_traces_come_back_from_their_bytes(
        edges in proptest::collection::vec((1u32..12, 1u32..14, 1u8..5, 0u8..3), 1..60),
        discrete in any::<bool>(),
    ) {
        let kind = if discrete { Kind::Discrete } else { Kind::Continuous };
        let mut builder = GraphBuilder::new(kind, 1, 1).unwrap();
        (0..14).for_each(|row| { builder.vertex(&[row]).unwrap(); });
        for &(from, to, base, coefficient) in &edges {
            let weight = Weight::Linear { base: f64::from(base), coefficients: &[f64::from(coefficient)] };
            builder.edge(from, to, weight).unwrap();
            builder.start_edge(to, Weight::Constant(1.0)).unwrap();
        }
        let chain = Chain::new(&builder.finish().unwrap());
        prop_assert_eq!(&Chain::decode(&chain.encode()).unwrap(), &chain);
        for pattern in Decomposition::new(&chain).patterns() {
            prop_assert_eq!(&Pattern::decode(&pattern.encode()).unwrap(), pattern);
            let plan = Plan::record(pattern).unwrap();
            prop_assert_eq!(Plan::decode(&plan.encode()).unwrap(), plan);
        }
        let trace = Trace::record(&chain).unwrap();
        prop_assert_eq!(trace.hash(), graph_key(&chain), "the trace's own chain has the key");
        prop_assert_eq!(Trace::decode(&trace.encode()).unwrap(), trace);
    }
}
