//! Equal keys mean isomorphic graphs; the other way round where refinement alone tells all vertices apart.

use std::collections::HashMap;

use proptest::prelude::*;

use crate::digraph::Digraph;
use crate::isomorphism::{is_discrete, isomorphic};
use crate::key;

/// Every digraph on n vertices with every set of exits.
fn all_shapes(n: u32) -> impl Iterator<Item = Digraph> {
    let pairs: Vec<(u32, u32)> =
        (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).filter(|(a, b)| a != b).collect();
    (0..1u32 << (pairs.len() as u32 + n)).map(move |bits| {
        let has = |i: usize| bits >> i & 1 == 1;
        let edges = pairs.iter().enumerate().filter(|(i, _)| has(*i)).map(|(_, &e)| e);
        Digraph::new(n, edges).with_exits((0..n).filter(|&v| has(pairs.len() + v as usize))).shape()
    })
}

#[test]
fn equal_patterns_are_isomorphic_for_every_strongly_connected_digraph_of_up_to_four_vertices() {
    let mut met: HashMap<Vec<u8>, Digraph> = HashMap::new();
    let mut seen = 0;
    for shape in (2..=4).flat_map(all_shapes) {
        let Some(pattern) = shape.pattern() else { continue };
        seen += 1;
        let first = met.entry(pattern).or_insert_with(|| shape.clone());
        assert!(isomorphic(first, &shape), "{first:?} and {shape:?} share a key");
    }
    // 1, 18 and 1606 strongly connected digraphs on 2, 3 and 4 vertices that carry numbers.
    assert_eq!(seen, 4 + 18 * 8 + 1606 * 16);
    assert!(met.len() < seen / 10, "renumbered digraphs share keys: {} for {seen}", met.len());
}

#[test]
fn numbering_changes_no_pattern_of_up_to_four_vertices_whose_vertices_refinement_tells_apart() {
    let mut classes: HashMap<Digraph, Vec<u8>> = HashMap::new();
    for shape in (2..=4).flat_map(all_shapes).filter(is_discrete) {
        let Some(pattern) = shape.pattern() else { continue };
        let expected = classes.entry(least(&shape)).or_insert_with(|| pattern.clone());
        assert_eq!(&pattern, expected, "{shape:?}");
    }
    assert!(classes.len() > 500, "{}", classes.len());
}

/// The least of all renamed digraphs: the same for isomorphic ones and for no others.
fn least(digraph: &Digraph) -> Digraph {
    let mut names = vec![Vec::new()];
    for v in 0..digraph.n {
        let with = |name: Vec<u32>| {
            (0..=name.len()).map(move |at| [&name[..at], &[v], &name[at..]].concat()).collect::<Vec<_>>()
        };
        names = names.into_iter().flat_map(with).collect();
    }
    names.iter().map(|name| digraph.renamed(name)).min().unwrap()
}

/// A strongly connected digraph with weights, exits and starts, and how to disturb it.
fn component() -> impl Strategy<Value = Digraph> {
    (2u32..8).prop_flat_map(|n| {
        let size = n as usize;
        let ring = Just((0..n).collect::<Vec<u32>>()).prop_shuffle();
        let more = proptest::collection::vec(((0..n, 0..n), 1u32..3), 0..2 * size);
        let exits = proptest::collection::vec(0u32..3, size);
        let starts = proptest::collection::vec(0u32..3, size);
        (Just(n), ring, more, exits, starts).prop_map(move |(n, ring, more, exits, starts)| {
            let mut digraph = Digraph::new(n, (0..ring.len()).map(|i| (ring[i], ring[(i + 1) % ring.len()])));
            digraph.edges.extend(more.into_iter().filter(|((a, b), _)| a != b));
            Digraph {
                exits,
                starts: if starts.iter().all(|&s| s == 0) { vec![1; size] } else { starts },
                ..digraph
            }
        })
    })
}

fn shuffled(n: u32) -> impl Strategy<Value = Vec<u32>> {
    Just((0..n).collect::<Vec<u32>>()).prop_shuffle()
}

/// A digraph, and another one like it: renamed, with one weight, exit or start changed or none.
fn pair() -> impl Strategy<Value = (Digraph, Digraph)> {
    component().prop_flat_map(|digraph| {
        let n = digraph.n;
        (Just(digraph), shuffled(n), 0u32..5, 0..n, 0..n).prop_map(|(digraph, name, change, a, b)| {
            let mut other = digraph.clone();
            match change {
                0 if a != b => *other.edges.entry((a, b)).or_insert(0) += 1,
                1 => other.exits[a as usize] = (other.exits[a as usize] + 1) % 3,
                2 => other.starts[a as usize] += 1,
                3 => other.exits.swap(a as usize, b as usize),
                _ => {}
            }
            let other = other.renamed(&name);
            (digraph, other)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn equal_keys_of_patterns_and_of_graphs_mean_isomorphic((a, b) in pair()) {
        if a.pattern() == b.pattern() {
            prop_assert!(isomorphic(&a.shape(), &b.shape()));
        }
        if key(&a.graph()) == key(&b.graph()) {
            prop_assert!(isomorphic(&a, &b));
        }
    }

    #[test]
    fn renaming_changes_no_key_where_refinement_tells_all_vertices_apart(
        (digraph, name) in component().prop_flat_map(|d| { let n = d.n; (Just(d), shuffled(n)) }),
    ) {
        let other = digraph.renamed(&name);
        if is_discrete(&digraph.shape()) {
            prop_assert_eq!(digraph.pattern(), other.pattern());
        }
        if is_discrete(&digraph) {
            prop_assert_eq!(key(&digraph.graph()), key(&other.graph()));
        }
    }
}
