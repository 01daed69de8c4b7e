//! The search for fill-in against elimination on dense Boolean matrices.

use super::{Budget, Factors};
use crate::ordering::Ordering;
use crate::pattern::{Pattern, Shape};
use crate::plan::Plan;
use proptest::prelude::*;

/// A pattern with these edges; self-loops and repetitions are dropped.
pub(crate) fn pattern(size: usize, edges: &[(usize, usize)]) -> Pattern {
    let mut words = Vec::new();
    Shape::write(&mut words, size, |v, targets| {
        let inside = edges.iter().filter(|e| e.0 % size == v && e.1 % size != v);
        let mut row: Vec<u32> = inside.map(|e| (e.1 % size) as u32).collect();
        row.sort_unstable();
        row.dedup();
        targets.extend(row);
        true
    });
    Pattern::new(&words)
}

/// A pattern as components have it: with a ring through all vertices.
pub(crate) fn connected(size: usize, edges: &[(usize, usize)]) -> Pattern {
    let ring = (0..size).map(|v| (v, v + 1));
    pattern(size, &edges.iter().copied().chain(ring).collect::<Vec<_>>())
}

/// Entries of L and U by rows, and operations, by the definition of elimination.
fn dense(pattern: &Pattern, order: &[u32]) -> (Vec<Vec<u32>>, Vec<Vec<u32>>, u64) {
    let n = order.len();
    let mut entry = vec![vec![false; n]; n];
    for (k, row) in entry.iter_mut().enumerate() {
        let leads = |&j: &usize| pattern.shape().targets(order[k]).contains(&order[j]);
        (0..n).filter(leads).for_each(|j| row[j] = true);
    }
    let mut operations = 0;
    for k in 0..n {
        for i in 0..k {
            if entry[k][i] {
                let upper: Vec<usize> = (i + 1..n).filter(|&j| entry[i][j]).collect();
                upper.iter().filter(|&&j| j != k).for_each(|&j| entry[k][j] = true);
                // Division; boundary and right-hand side; a product and a sum an entry.
                operations += 1 + 4 + 2 * upper.len() as u64;
            }
        }
        let upper = (k + 1..n).filter(|&j| entry[k][j]).count() as u64;
        operations += upper + 2 * upper + 1;
    }
    let row = |k: usize, range: std::ops::Range<usize>| -> Vec<u32> {
        range.filter(|&j| entry[k][j]).map(|j| j as u32).collect()
    };
    let lower = (0..n).map(|k| row(k, 0..k)).collect();
    (lower, (0..n).map(|k| row(k, k + 1..n)).collect(), operations)
}

fn pattern_and_order() -> impl Strategy<Value = (Pattern, Vec<u32>)> {
    (2usize..16).prop_flat_map(|size| {
        let edges = proptest::collection::vec((0..size, 0..size), 0..4 * size);
        let order = Just((0..size as u32).collect::<Vec<u32>>()).prop_shuffle();
        (edges.prop_map(move |edges| pattern(size, &edges)), order)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_search_finds_the_entries_and_operations_of_dense_elimination(
        (pattern, order) in pattern_and_order(),
    ) {
        let factors = Factors::new(&pattern, &order, Budget::UNLIMITED).unwrap();
        let (lower, upper, operations) = dense(&pattern, &order);
        for k in 0..order.len() {
            prop_assert_eq!(factors.lower.row(k), &lower[k][..], "row {} of L", k);
            prop_assert_eq!(factors.upper.row(k), &upper[k][..], "row {} of U", k);
        }
        prop_assert_eq!(factors.operations, operations);
    }

    #[test]
    fn a_budget_is_kept_to_the_operation((pattern, order) in pattern_and_order()) {
        let factors = Factors::new(&pattern, &order, Budget::UNLIMITED).unwrap();
        prop_assert_eq!(Factors::new(&pattern, &order, Budget::of(factors.operations)), Some(factors.clone()));
        prop_assert_eq!(Factors::new(&pattern, &order, Budget::of(factors.operations - 1)), None);
    }

    #[test]
    fn orders_are_permutations_and_the_plan_of_a_large_component_is_the_cheapest(
        size in 129usize..140,
        edges in proptest::collection::vec((0usize..140, 0usize..140), 0..60),
    ) {
        let pattern = connected(size, &edges);
        let plan = Plan::record(&pattern).unwrap();
        // Ordering, operations and entries of the cheapest so far.
        let mut best: Option<(Ordering, u64, usize)> = None;
        for ordering in Ordering::ALL {
            let Some(order) = ordering.of(&pattern) else { continue };
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..pattern.size() as u32).collect::<Vec<_>>(), "{}", ordering.name());
            let factors = Factors::new(&pattern, &order, Budget::UNLIMITED).unwrap();
            // Once nothing fills in, the search for better orders ends.
            let unfilled = plan.entries() == plan.edge_count();
            prop_assert!(unfilled || plan.operations() <= factors.operations, "{}", ordering.name());
            let done = best.is_some_and(|(_, _, entries)| entries == pattern.edge_count());
            if !done && best.is_none_or(|(_, operations, _)| factors.operations < operations) {
                best = Some((ordering, factors.operations, factors.entries()));
            }
        }
        // In whichever order they are tried.
        prop_assert_eq!(Some((plan.ordering(), plan.operations(), plan.entries())), best);
    }
}

#[test]
fn each_ordering_is_the_cheapest_of_some_random_digraph() {
    let mut chosen = std::collections::HashSet::new();
    for seed in 0..60u64 {
        let chain = crate::models::build(&format!("random,n={},seed={seed}", 8 + seed)).unwrap();
        let chain = crate::Chain::new(&chain);
        let decomposition = crate::Decomposition::new(&chain);
        for pattern in decomposition.patterns() {
            chosen.insert(Plan::record(pattern).unwrap().ordering());
        }
    }
    let line = crate::Chain::new(&crate::models::build("mm1k,k=30").unwrap());
    let decomposition = crate::Decomposition::new(&line);
    let plan = Plan::record(&decomposition.patterns()[0]).unwrap();
    assert_eq!((plan.ordering(), plan.entries()), (Ordering::BreadthFirst, plan.edge_count()));
    assert!(chosen.contains(&Ordering::Markowitz), "{chosen:?}");
}
