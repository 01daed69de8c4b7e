//! A long chain of components is cut, recorded and stitched within memory proportional to its edges.

use peak_alloc::PeakAlloc;
use sojourn_engine::{Chain, Decomposition, Plan, Query, Trace, models};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Most bytes an edge, the graph itself included.
const BYTES_AN_EDGE: f64 = 200.0;

/// Peak of the memory in use while a chain of components is traced and evaluated, and its number of edges.
fn peak(components: usize, distinct: bool) -> (f64, f64) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let graph = models::build(&format!("chain,components={components},size=10,distinct={distinct}")).unwrap();
    let edges = graph.edge_count();
    let chain = Chain::new(&graph);
    drop(graph);
    let decomposition = Decomposition::new(&chain);
    let record = |pattern| Plan::record(pattern).unwrap().into();
    let plans: Vec<_> = decomposition.patterns().iter().map(record).collect();
    let trace = Trace::stitch(&chain, &decomposition, &plans).unwrap();
    drop((decomposition, plans, chain));
    let bytes = trace.encode();
    drop(trace);
    let trace = Trace::decode(&bytes).unwrap();
    assert_eq!(trace.summary().components, components);
    assert!(trace.evaluate(&[1.0, 2.0], &Query { moments: 2, ..Query::default() }).is_ok());
    ((MEMORY.peak_usage() - before) as f64, edges as f64)
}

// One test, so that nothing else takes memory meanwhile.
#[test]
fn memory_grows_with_the_edges_and_stays_below_the_stated_bytes_an_edge() {
    peak(10, true); // whatever is made once
    for distinct in [false, true] {
        let (small, edges_of_small) = peak(2_500, distinct);
        let (large, edges_of_large) = peak(10_000, distinct);
        println!("distinct: {distinct}; {:.0} bytes an edge of {edges_of_large}", large / edges_of_large);
        assert!(large / edges_of_large < BYTES_AN_EDGE, "{:.0} bytes an edge", large / edges_of_large);
        let growth = (large / edges_of_large) / (small / edges_of_small);
        assert!(
            (0.5..1.5).contains(&growth),
            "four times the edges take {growth:.2} times the bytes an edge"
        );
    }
}
