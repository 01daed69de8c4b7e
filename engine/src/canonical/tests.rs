//! Canonical order: complete, and independent of the numbering where vertices can be told apart.

use super::digraph::mix;
use super::{Digraph, canonical_order};
use proptest::prelude::*;

type Edges = Vec<(u32, u32, u64)>;

fn relabelled(edges: &Edges, name: &[u32]) -> Edges {
    edges.iter().map(|&(from, to, label)| (name[from as usize], name[to as usize], label)).collect()
}

/// The edges in the numbering of the canonical order, sorted.
fn canonical(n: usize, edges: &Edges) -> Edges {
    let order = canonical_order(&Digraph::new(vec![0; n], edges.iter().copied()));
    let mut number = vec![u32::MAX; n];
    order.iter().enumerate().for_each(|(new, &old)| number[old as usize] = new as u32);
    assert!(number.iter().all(|&k| k != u32::MAX), "every vertex has a number");
    let mut edges = relabelled(edges, &number);
    edges.sort_unstable();
    edges
}

fn shuffle(n: u32) -> impl Strategy<Value = Vec<u32>> {
    Just((0..n).collect::<Vec<u32>>()).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn vertices_that_labels_tell_apart_get_the_same_numbers_however_they_are_named(
        (n, rest, name) in (2u32..20).prop_flat_map(|n| {
            (Just(n), proptest::collection::vec((0..n, 0..n, 0u64..3), 0..60), shuffle(n))
        }),
    ) {
        // A ring, each edge with a label of its own, tells every vertex from the others.
        // Labels are hashes, as those of weights are: refinement adds them up.
        let ring = (0..n).map(|v| (v, (v + 1) % n, mix(1, u64::from(v))));
        let rest = rest.into_iter().map(|(from, to, label)| (from, to, mix(2, label)));
        let mut edges: Edges = rest.filter(|e| e.0 != e.1).chain(ring).collect();
        edges.sort_unstable();
        edges.dedup();
        prop_assert_eq!(canonical(n as usize, &edges), canonical(n as usize, &relabelled(&edges, &name)));
    }

    #[test]
    fn cycles_and_paths_are_the_same_however_they_are_named(
        (n, closed, name) in (2u32..40).prop_flat_map(|n| (Just(n), any::<bool>(), shuffle(n))),
    ) {
        let length = if closed { n } else { n - 1 };
        let edges: Edges = (0..length).map(|v| (v, (v + 1) % n, 1)).collect();
        prop_assert_eq!(canonical(n as usize, &edges), canonical(n as usize, &relabelled(&edges, &name)));
    }

    #[test]
    fn the_order_is_a_permutation_of_any_graph(
        (n, edges) in (1u32..30).prop_flat_map(|n| {
            (Just(n), proptest::collection::vec((0..n, 0..n, 0u64..2), 0..90))
        }),
    ) {
        let edges: Edges = edges.into_iter().filter(|e| e.0 != e.1).collect();
        canonical(n as usize, &edges);
    }
}
