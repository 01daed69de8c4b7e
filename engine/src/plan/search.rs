//! The search for the order that costs least, by exact count. A candidate is given up as soon as its count passes
//! the best so far.

use crate::bits::{Bits, Matrix};
use crate::ordering::{Ordering, approximate_minimum_degree, small};
use crate::pattern::Pattern;
use crate::symbolic::{Budget, Factors, Sets};

/// The cheapest order and what it eliminates to.
pub(super) struct Found {
    pub(super) ordering: Ordering,
    pub(super) order: Vec<u32>,
    pub(super) factors: Factors,
}

/// The cheapest order of a pattern. None where every one fills in beyond what can be numbered.
pub(super) fn cheapest(pattern: &Pattern) -> Option<Found> {
    if pattern.shape().is_path() {
        // What breadth-first finds: nothing fills in.
        let n = pattern.size() as u32;
        let (ordering, order) = (Ordering::BreadthFirst, (0..n).rev().collect());
        return Some(Found { ordering, order, factors: Factors::of_path(n) });
    }
    match pattern.size() {
        ..=16 => of_small::<u16, 16>(pattern),
        17..=64 => of_small::<u64, 64>(pattern),
        65..=small::LARGEST => of_small::<u128, { small::LARGEST }>(pattern),
        _ => of_large(pattern),
    }
}

/// Tries minimum degree first, since on large components it seldom loses: it bounds what the others may cost, which
/// else would fill in by gigabytes before they are given up. Breadth-first is preferred where it costs no more, and where
/// nothing fills in, however much more it costs: that is a chain or a tree, and no order does better by much. Markowitz
/// comes last.
fn of_large(pattern: &Pattern) -> Option<Found> {
    let edges = pattern.edge_count();
    let found = |ordering: Ordering, budget: Budget| {
        let order = ordering.of(pattern)?;
        let factors = Factors::new(pattern, &order, budget)?;
        Some(Found { ordering, order, factors })
    };
    let fills_in = |found: &Found| found.factors.entries() > edges;
    let mut best = found(Ordering::MinimumDegree, Budget::UNLIMITED);
    let operations = |best: &Option<Found>| best.as_ref().map_or(u64::MAX, |best| best.factors.operations);
    let budget = Budget { operations: operations(&best), free_without_fill: true };
    if let Some(breadth_first) = found(Ordering::BreadthFirst, budget)
        && (!fills_in(&breadth_first) || breadth_first.factors.operations <= budget.operations)
    {
        best = Some(breadth_first);
    }
    if best.as_ref().is_none_or(fills_in) {
        let budget = Budget::of(operations(&best).saturating_sub(1));
        best = found(Ordering::Markowitz, budget).or(best);
    }
    best
}

/// Least size of a symmetric pattern for which approximate minimum degree is tried beside the exact one. There ties
/// decide, which the two break differently: together they saved 5 % of the operations of isolation with migration,
/// against 2 % and more time than KLU's for smaller components.
const TWO_MINIMUM_DEGREES: usize = 33;

/// As [`of_large`], on sets in registers, and without trying what did not win on any model: breadth-first where
/// something fills in, Markowitz on symmetric patterns, on which it is minimum degree, and minimum degree on others.
fn of_small<S: Bits, const N: usize>(pattern: &Pattern) -> Option<Found> {
    let (shape, edges) = (pattern.shape(), pattern.edge_count());
    let matrix = Matrix::<S, N>::new(shape);
    let ordering = if matrix.is_symmetric() { Ordering::MinimumDegree } else { Ordering::Markowitz };
    let mut order = small::order(&matrix);
    let mut sets = Sets::<S, N>::eliminate(shape, &order, u64::MAX)?;
    if ordering == Ordering::MinimumDegree
        && matrix.size >= TWO_MINIMUM_DEGREES
        && sets.entries > edges
        && let Some(other) = approximate_minimum_degree(pattern)
        && let Some(cheaper) = Sets::eliminate(shape, &other, sets.operations - 1)
    {
        (order, sets) = (other, cheaper);
    }
    Some(Found { ordering, order, factors: sets.factors(edges) })
}
