//! Ties broken one way or the other cost a miss, and change no result beyond rounding.

use std::sync::Arc;

use proptest::prelude::*;
use sojourn_engine::{Chain, Decomposition, Graph, Pattern, Plan, Query, Trace};

use crate::digraph::Digraph;
use crate::{model, recorded, relabelled, ties};

/// Moments and a covariance, all to be the same for renumbered graphs.
fn numbers(trace: &Trace) -> Vec<f64> {
    let theta: Vec<f64> = (0..trace.parameters()).map(|k| 0.75 + 0.5 * k as f64).collect();
    let found = trace.evaluate(&theta, &Query { moments: 3, covariance: true, ..Query::default() }).unwrap();
    [found.moments, found.covariance.unwrap().concat()].concat()
}

/// The trace by way of plans that were sent as bytes, as it is made from a store.
fn through_stored_plans(graph: &Graph) -> Trace {
    let chain = Chain::new(graph);
    let decomposition = Decomposition::new(&chain);
    let stored = |bytes: Vec<u8>| {
        let plan = Plan::record(&Pattern::decode(&bytes).unwrap()).unwrap();
        Arc::new(Plan::decode(&plan.encode()).unwrap())
    };
    let plans: Vec<_> = decomposition.patterns().iter().map(|pattern| stored(pattern.encode())).collect();
    Trace::stitch(&chain, &decomposition, &plans).unwrap().eliminate().unwrap()
}

fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f - e).abs() <= 1e-12 * e.abs(),
            "{what}: {f:e} through one numbering, {e:e} through another"
        );
    }
}

/// Digraphs full of ties, with weights that break their symmetry for results and not for patterns.
fn tied() -> Vec<(&'static str, Digraph)> {
    let weighted = |mut digraph: Digraph| {
        digraph.edges.values_mut().enumerate().for_each(|(i, w)| *w = 1 + (i as u32 * 7) % 5);
        let n = digraph.n;
        digraph.with_exits((0..n).filter(|v| v % 3 == 0))
    };
    vec![
        ("rook", ties::rook().with_exits(0..16)),
        ("rook, weighted", weighted(ties::rook())),
        ("Shrikhande, weighted", weighted(ties::shrikhande())),
        ("twisted", weighted(ties::cai_fuerer_immerman(true))),
        ("cycle", weighted(Digraph::new(30, (0..30).map(|v| (v, (v + 1) % 30))))),
    ]
}

#[test]
fn renumbered_ties_change_no_result_beyond_rounding_and_stored_plans_change_no_bit() {
    for (name, digraph) in tied() {
        let expected = numbers(&recorded(&digraph.graph()));
        let n = digraph.n;
        // Steps that have no divisor in common with 16, 30 or 40: permutations.
        for (step, shift) in [(1, 1), (7, 0), (7, 5), (11, 3), (13, 9)] {
            let rename: Vec<u32> = (0..n).map(|v| (v * step + shift) % n).collect();
            let graph = digraph.renamed(&rename).graph();
            let direct = recorded(&graph);
            let stored = through_stored_plans(&graph);
            assert_eq!(stored.encode(), direct.encode(), "{name}");
            let bits = |t: &Trace| numbers(t).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&stored), bits(&direct), "{name}");
            assert_close(&numbers(&direct), &expected, name);
        }
    }
}

#[test]
fn renumbered_models_give_the_same_results() {
    for spec in ["islands,n=6", "arg,n=5", "random,n=70,seed=2", "tandem,k=6", "chain,components=5,size=9"] {
        let graph = model(spec);
        let expected = numbers(&recorded(&graph));
        let n = graph.vertices() as u32;
        for shift in [1, 5, n / 2] {
            let rows: Vec<u32> =
                (0..n).map(|r| if r == 0 { 0 } else { 1 + (r - 1 + shift) % (n - 1) }).collect();
            assert_close(&numbers(&recorded(&relabelled(&graph, &rows))), &expected, spec);
        }
    }
}

proptest! {
    #[test]
    fn any_numbering_of_a_cycle_with_exits_gives_the_same_results(
        (exits, name) in (3u32..24).prop_flat_map(|n| {
            let name = Just((0..n).collect::<Vec<u32>>()).prop_shuffle();
            (proptest::collection::vec(1u32..3, n as usize), name)
        }),
    ) {
        let n = exits.len() as u32;
        let cycle = Digraph::new(n, (0..n).map(|v| (v, (v + 1) % n)));
        let cycle = Digraph { exits, ..cycle };
        let renamed = cycle.renamed(&name);
        prop_assert_eq!(cycle.pattern(), renamed.pattern(), "all its vertices are alike");
        let (a, b) = (recorded(&cycle.graph()), recorded(&renamed.graph()));
        assert_close(&numbers(&b), &numbers(&a), "cycle");
    }
}
