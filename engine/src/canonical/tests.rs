//! Canonical order: complete, and independent of the numbering where vertices can be told apart.

use super::component_order;
use super::digraph::{Digraph, mix};
use super::refine::canonical_order;
use crate::pattern::Shape;
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

/// A component in its canonical numbering, as words.
fn component(n: usize, edges: &[(u32, u32)], marked: &[u32]) -> Vec<u32> {
    let write = |number: &dyn Fn(u32) -> u32| {
        let mut rows = vec![Vec::new(); n];
        edges.iter().for_each(|&(from, to)| rows[number(from) as usize].push(number(to)));
        let marks: Vec<u32> = marked.iter().map(|&v| number(v)).collect();
        let mut words = Vec::new();
        Shape::write(&mut words, n, |v, targets| {
            rows[v].sort_unstable();
            targets.extend(&rows[v]);
            marks.contains(&(v as u32))
        });
        words
    };
    let order = component_order(Shape::of(&write(&|v| v)));
    assert_eq!(order.iter().collect::<std::collections::BTreeSet<_>>().len(), n, "a permutation");
    write(&|v| order.iter().position(|&o| o == v).unwrap() as u32)
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
    fn marked_paths_and_rings_of_any_size_are_the_same_components_however_they_are_named(
        (n, ring, marked, name) in (3u32..90).prop_flat_map(|n| {
            (Just(n), any::<bool>(), proptest::collection::vec(0..n, 0..5), shuffle(n))
        }),
    ) {
        // A ring leads round one way, and one mark tells all its vertices apart; a path leads both ways.
        let along = (0..n - 1).map(|v| (v, v + 1));
        let back = (0..n - 1).map(|v| (v + 1, v));
        let edges: Vec<(u32, u32)> =
            if ring { along.chain([(n - 1, 0)]).collect() } else { along.chain(back).collect() };
        let marked = if ring { vec![0] } else { marked };
        let renamed: Vec<(u32, u32)> =
            edges.iter().map(|&(a, b)| (name[a as usize], name[b as usize])).collect();
        let marks: Vec<u32> = marked.iter().map(|&v| name[v as usize]).collect();
        prop_assert_eq!(component(n as usize, &edges, &marked), component(n as usize, &renamed, &marks));
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

#[test]
fn what_has_as_many_edges_as_a_path_and_is_none_is_not_taken_for_one() {
    // A ring with a chord across two of its vertices: six edges on four vertices.
    let chorded = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (3, 1)];
    let path = [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)];
    assert_ne!(component(4, &chorded, &[]), component(4, &path, &[]));
    // A path of two, and next to it a ring: as many edges again, and two ends.
    let apart = [(0, 1), (1, 0), (2, 3), (3, 4), (4, 2), (2, 4), (3, 2), (4, 3)];
    component(5, &apart, &[]);
}
