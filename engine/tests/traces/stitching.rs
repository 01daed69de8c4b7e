//! Traces put together from plans that others recorded.

use std::sync::Arc;

use crate::model;
use sojourn_engine::{
    Chain, Component, Decomposition, Graph, GraphBuilder, Kind, Pattern, Plan, Summary, Trace, Weight,
};

fn plans(decomposition: &Decomposition) -> Vec<Arc<Plan>> {
    let record = |payload: Vec<u8>| {
        let plan = Plan::record(&Pattern::decode(&payload).unwrap()).unwrap();
        Arc::new(Plan::decode(&plan.encode()).unwrap())
    };
    decomposition.patterns().iter().map(|pattern| record(pattern.encode())).collect()
}

#[test]
fn plans_recorded_apart_and_sent_as_bytes_make_the_same_trace() {
    for spec in ["arg,n=8", "chain,components=12,size=9,distinct=true", "islands,n=9", "coalescent,n=9"] {
        let chain = Chain::new(&model(spec));
        let decomposition = Decomposition::new(&chain);
        let stitched = Trace::stitch(&chain, &decomposition, &plans(&decomposition)).unwrap();
        assert_eq!(stitched.encode(), Trace::record(&chain).unwrap().encode(), "{spec}");
        // Also where the chain itself was sent.
        let chain = Chain::decode(&chain.encode()).unwrap();
        assert_eq!(stitched.encode(), Trace::record(&chain).unwrap().encode(), "{spec}");
    }
}

#[test]
fn plans_that_do_not_belong_are_refused() {
    let chain = Chain::new(&model("chain,components=3,size=9,distinct=true"));
    let decomposition = Decomposition::new(&chain);
    let mut plans = plans(&decomposition);
    let error = Trace::stitch(&chain, &decomposition, &plans[..2]).unwrap_err();
    assert_eq!(error.to_string(), "2 plans for 3 patterns");
    plans.swap(1, 2);
    let error = Trace::stitch(&chain, &decomposition, &plans).unwrap_err();
    assert_eq!(error.to_string(), "the plan given for pattern 1 was recorded for another one");
    plans.swap(1, 2);
    plans.push(Arc::clone(&plans[0]));
    assert!(Trace::stitch(&chain, &decomposition, &plans).is_err());
}

#[test]
fn components_of_one_pattern_share_one_plan() {
    let summary = |spec: &str| Trace::record(&Chain::new(&model(spec))).unwrap().summary();
    let alike = summary("chain,components=20,size=12,distinct=false");
    // The last vertex of each leads on, whatever its random edges: all twenty are alike.
    assert_eq!((alike.components, alike.patterns), (20, 1));
    assert_eq!(summary("chain,components=20,size=12,distinct=true").patterns, 20);
}

#[test]
fn the_summary_is_read_from_a_trace_without_decoding_it_and_only_if_it_is_whole() {
    for spec in ["arg,n=5", "coalescent,n=6", "chain,components=3,size=9,distinct=true"] {
        let trace = Trace::record(&Chain::new(&model(spec))).unwrap();
        let mut bytes = trace.encode();
        assert_eq!(Summary::read(&bytes).unwrap(), trace.summary(), "{spec}");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        assert!(Summary::read(&bytes).is_err(), "{spec}");
    }
}

#[test]
fn a_component_cut_again_is_itself_so_that_splitting_ends() {
    for spec in ["islands,n=9", "arg,n=7", "chain,components=6,size=9,distinct=true", "mm1k,k=30"] {
        let chain = Chain::new(&model(spec));
        for pattern in Decomposition::new(&chain).patterns() {
            let again = Decomposition::new(&Chain::new(&model_of(pattern)));
            let components: Vec<_> = again.components().collect();
            let [Component::Cyclic { vertices, .. }] = components[..] else { panic!("{spec}: {again:?}") };
            assert_eq!(vertices.len(), pattern.size(), "{spec}");
        }
    }
}

/// A graph of nothing but a component, from the bytes of its pattern: vertices, edges, row pointers, targets,
/// and whether edges leave.
fn model_of(pattern: &Pattern) -> Graph {
    let bytes = pattern.encode();
    let words = |at: usize, count: usize| -> Vec<u32> {
        bytes[at..at + 4 * count].chunks(4).map(|b| u32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let (n, m) = (pattern.size(), pattern.edge_count());
    let (first, to) = (words(20, n + 1), words(20 + 4 * (n + 1), m));
    let mut builder = GraphBuilder::new(Kind::Continuous, 0, 0).unwrap();
    (0..n + 2).for_each(|_| {
        builder.vertex(&[]).unwrap();
    });
    builder.start_edge(1, Weight::Constant(1.0)).unwrap();
    for v in 0..n {
        for &t in &to[first[v] as usize..first[v + 1] as usize] {
            builder.edge(v as u32 + 1, t + 1, Weight::Constant(1.0)).unwrap();
        }
        if bytes[20 + 4 * (n + 1 + m) + v] == 1 {
            builder.edge(v as u32 + 1, n as u32 + 1, Weight::Constant(1.0)).unwrap();
        }
    }
    builder.finish().unwrap()
}
