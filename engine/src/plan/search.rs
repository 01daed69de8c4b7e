//! The search for the order that costs least, by exact count. A candidate is given up as soon as its count passes
//! the best so far.

use crate::bits::{Bits, Matrix};
use crate::ordering::{Ordering, small};
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

/// As [`of_large`], on sets in registers; lists are made of the cheapest alone.
fn of_small<S: Bits, const N: usize>(pattern: &Pattern) -> Option<Found> {
    let shape = pattern.shape();
    let edges = pattern.edge_count();
    let matrix = Matrix::<S, N>::new(shape);
    let mut best: Option<(Ordering, Vec<u32>, Sets<S, N>)> = None;
    for ordering in Ordering::ALL {
        let budget = match &best {
            Some((.., sets)) if sets.entries == edges => break,
            Some((.., sets)) => sets.operations - 1,
            None => u64::MAX,
        };
        if ordering == Ordering::Markowitz && matrix.is_symmetric() {
            break; // the least product of two equal degrees is the least degree, which has been tried
        }
        let order = small::order(ordering, &matrix);
        if let Some(sets) = Sets::eliminate(shape, &order, budget) {
            best = Some((ordering, order, sets));
        }
    }
    best.map(|(ordering, order, sets)| Found { ordering, order, factors: sets.factors(edges) })
}
