//! Orderings against slow and obvious ways to find them.

use std::collections::BTreeSet;

use super::{Ordering, amd, breadth_first, markowitz, small};
use crate::bits::{Bits, Matrix};
use crate::pattern::Pattern;
use crate::plan::Plan;
use crate::symbolic::tests::{connected, pattern};
use crate::symbolic::{Budget, Factors};
use proptest::prelude::*;

/// Greedy least product of in-degree and out-degree plus one, the lowest of several, with sets of edges.
fn naive_markowitz(size: usize, edges: &[(usize, usize)]) -> Vec<u32> {
    let own = edges.iter().map(|e| (e.0 % size, e.1 % size));
    let mut edges: BTreeSet<(usize, usize)> = own.filter(|e| e.0 != e.1).collect();
    let mut left: BTreeSet<usize> = (0..size).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let score = |v: usize| {
            let into = edges.iter().filter(|e| e.1 == v).count();
            into * (edges.iter().filter(|e| e.0 == v).count() + 1)
        };
        let least = *left.iter().min_by_key(|&&v| (score(v), v)).unwrap();
        let into: Vec<usize> = edges.iter().filter(|e| e.1 == least).map(|e| e.0).collect();
        let out: Vec<usize> = edges.iter().filter(|e| e.0 == least).map(|e| e.1).collect();
        let bridges = into.iter().flat_map(|&i| out.iter().map(move |&o| (i, o)));
        edges.extend(bridges.filter(|e| e.0 != e.1).collect::<Vec<_>>());
        edges.retain(|e| e.0 != least && e.1 != least);
        left.remove(&least);
        order.push(least as u32);
    }
    order
}

/// Both orderings on sets.
fn on_sets<S: Bits, const N: usize>(pattern: &Pattern) -> [Vec<u32>; 2] {
    let matrix = Matrix::<S, N>::new(pattern.shape());
    [small::minimum_degree(&matrix), small::markowitz(&matrix)]
}

/// Least number of neighbours in either direction, the lowest of several.
fn naive_minimum_degree(size: usize, edges: &[(usize, usize)]) -> Vec<u32> {
    let both: Vec<(usize, usize)> = edges.iter().flat_map(|&(a, b)| [(a, b), (b, a)]).collect();
    naive_markowitz(size, &both) // of symmetric digraphs the two are one
}

proptest! {
    #[test]
    fn orderings_with_sets_in_registers_are_those_with_sets(
        size in 2usize..17,
        edges in proptest::collection::vec((0usize..140, 0usize..140), 0..70),
    ) {
        let ring = (0..size).map(|v| (v, (v + 1) % size));
        let edges: Vec<(usize, usize)> =
            edges.into_iter().map(|(a, b)| (a % size, b % size)).chain(ring).collect();
        let pattern = pattern(size, &edges);
        let expected = [
            naive_minimum_degree(size, &edges),
            naive_markowitz(size, &edges),
        ];
        prop_assert_eq!(&on_sets::<u16, 16>(&pattern), &expected);
        prop_assert_eq!(&on_sets::<u64, 64>(&pattern), &expected);
        prop_assert_eq!(&on_sets::<u128, 128>(&pattern), &expected);
    }

    #[test]
    fn markowitz_with_bit_sets_is_markowitz_with_sets(
        size in 2usize..20,
        edges in proptest::collection::vec((0usize..140, 0usize..140), 0..70),
    ) {
        let order = markowitz::order(&pattern(size, &edges)).unwrap();
        prop_assert_eq!(order, naive_markowitz(size, &edges));
    }

    #[test]
    fn minimum_degree_takes_every_component(
        size in 2usize..40,
        edges in proptest::collection::vec((0usize..40, 0usize..40), 0..200),
    ) {
        let mut order = amd::order(&connected(size, &edges)).unwrap();
        order.sort_unstable();
        prop_assert_eq!(order, (0..size as u32).collect::<Vec<_>>());
    }
}

#[test]
fn markowitz_is_the_same_across_words_of_its_bit_sets() {
    let edges: Vec<(usize, usize)> =
        (0..150).flat_map(|v| [(v, (v * 7 + 3) % 150), (v, (v + 1) % 150), (v, (v * v) % 150)]).collect();
    assert_eq!(markowitz::order(&pattern(150, &edges)).unwrap(), naive_markowitz(150, &edges));
}

#[test]
fn minimum_degree_leaves_the_hub_of_a_star_to_the_last_two() {
    let star: Vec<(usize, usize)> = (1..30).flat_map(|v| [(0, v), (v, 0)]).collect();
    let order = Ordering::MinimumDegree.of(&pattern(30, &star)).unwrap();
    assert!(order[28..].contains(&0), "{order:?}");
}

#[test]
fn a_path_is_planned_as_breadth_first_and_the_search_for_fill_in_would() {
    for n in [2usize, 3, 9, 64, 65, 128, 129, 300] {
        let line: Vec<(usize, usize)> = (0..n - 1).flat_map(|v| [(v, v + 1), (v + 1, v)]).collect();
        let pattern = pattern(n, &line);
        assert!(pattern.shape().is_path());
        let (plan, factors) = Plan::record_with_factors(&pattern).unwrap();
        assert_eq!(plan.order, breadth_first::order(&pattern), "{n}");
        assert_eq!(Factors::new(&pattern, &plan.order, Budget::UNLIMITED).as_ref(), Some(&*factors), "{n}");
    }
}

#[test]
fn breadth_first_keeps_a_chain_a_chain_whatever_its_numbering() {
    let name = |v: usize| v * 17 % 41;
    let line: Vec<(usize, usize)> =
        (0..40).flat_map(|v| [(name(v), name(v + 1)), (name(v + 1), name(v))]).collect();
    let order = breadth_first::order(&pattern(41, &line));
    let position = |v: usize| order.iter().position(|&o| o as usize == name(v)).unwrap();
    assert!((0..40).all(|v| position(v).abs_diff(position(v + 1)) == 1));
}
