//! The search for the order that costs least, by exact count. A candidate is given up as soon as its count passes
//! the best so far.

use crate::bits::{Bits, Matrix};
use crate::ordering::{Ordering, approximate_minimum_degree, small};
use crate::pattern::Pattern;
use crate::symbolic::{Factors, Sets};

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

fn of_large(pattern: &Pattern) -> Option<Found> {
    let mut best: Option<Found> = None;
    for ordering in Ordering::ALL {
        let budget = match &best {
            // Nothing fills in: a chain or a tree, and no order does better by much.
            Some(best) if best.factors.entries() == pattern.edge_count() => break,
            Some(best) => best.factors.operations - 1,
            None => u64::MAX,
        };
        if let Some(order) = ordering.of(pattern)
            && let Some(factors) = Factors::new(pattern, &order, budget)
        {
            best = Some(Found { ordering, order, factors });
        }
    }
    best
}

/// Least size of a symmetric pattern for which approximate minimum degree is tried beside the exact one. There ties
/// decide, which the two break differently: together they saved 5 % of the operations of isolation with migration,
/// against 2 % and more time than KLU's for smaller components.
const TWO_MINIMUM_DEGREES: usize = 33;

/// As [`of_large`], on sets in registers; lists are made of the cheapest alone.
fn of_small<S: Bits, const N: usize>(pattern: &Pattern) -> Option<Found> {
    let matrix = Matrix::<S, N>::new(pattern.shape());
    let mut best = Best::<S, N> { pattern, found: None };
    for ordering in Ordering::ALL {
        if best.fills_in()
            && let Some(order) = ordering.of_small(&matrix)
        {
            best.attempt(ordering, order);
        }
    }
    if matrix.is_symmetric()
        && matrix.size >= TWO_MINIMUM_DEGREES
        && best.fills_in()
        && let Some(order) = approximate_minimum_degree(pattern)
    {
        best.attempt(Ordering::MinimumDegree, order);
    }
    let edges = pattern.edge_count();
    best.found.map(|(ordering, order, sets)| Found { ordering, order, factors: sets.factors(edges) })
}

/// The best order so far of a small pattern.
struct Best<'a, S, const N: usize> {
    pattern: &'a Pattern,
    found: Option<(Ordering, Vec<u32>, Sets<S, N>)>,
}

impl<S: Bits, const N: usize> Best<'_, S, N> {
    /// Whether a better one is worth looking for.
    fn fills_in(&self) -> bool {
        self.found.as_ref().is_none_or(|(.., sets)| sets.entries > self.pattern.edge_count())
    }

    fn attempt(&mut self, ordering: Ordering, order: Vec<u32>) {
        let budget = self.found.as_ref().map_or(u64::MAX, |(.., sets)| sets.operations - 1);
        if let Some(sets) = Sets::eliminate(self.pattern.shape(), &order, budget) {
            self.found = Some((ordering, order, sets));
        }
    }
}
