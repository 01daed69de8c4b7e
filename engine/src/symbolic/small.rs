//! Symbolic elimination of small components: a row is a set in one register, so no search and no sorting.

use super::{Factors, Rows};
use crate::bits::Bits;
use crate::pattern::Shape;

/// Most vertices: as many as the largest register has bits.
pub(crate) const LARGEST: usize = u128::BITS as usize;

/// Rows of L and U of at most N vertices in the numbering of the elimination.
pub(crate) struct Sets<S, const N: usize> {
    size: usize,
    edges: [S; N],
    lower: [S; N],
    upper: [S; N],
    /// Entries of L and U.
    pub(crate) entries: usize,
    /// As [`Factors::operations`].
    pub(crate) operations: u64,
}

impl<S: Bits, const N: usize> Sets<S, N> {
    /// Eliminates in an order. None where that takes more than `budget` operations.
    pub(crate) fn eliminate(shape: Shape<'_>, order: &[u32], budget: u64) -> Option<Sets<S, N>> {
        let edges = permuted(shape, order);
        let (mut lower, mut upper) = ([S::EMPTY; N], [S::EMPTY; N]);
        let (mut entries, mut operations) = (0, 0);
        let mut length = [0u32; N];
        for k in 0..order.len() {
            let (below, mut row) = (S::below(k), edges[k]);
            let mut left: S = row & below;
            while left != S::EMPTY {
                let i = left.least();
                // Row i of U lies above i, so what it adds to the left of k is still to come.
                row |= upper[i];
                left = (left.rest() | upper[i]) & below;
                operations += 5 + 2 * u64::from(length[i]);
                entries += 1;
            }
            lower[k] = row & below;
            upper[k] = row & !below & !S::one(k);
            length[k] = upper[k].len();
            entries += length[k] as usize;
            operations += 3 * u64::from(length[k]) + 1;
            if operations > budget {
                return None;
            }
        }
        Some(Sets { size: order.len(), edges, lower, upper, entries, operations })
    }

    /// The same in lists.
    pub(crate) fn factors(&self, edges: usize) -> Factors {
        let upper: usize = self.upper[..self.size].iter().map(|row| row.len() as usize).sum();
        let mut factors = Factors {
            edges: rows(&self.edges[..self.size], edges),
            lower: rows(&self.lower[..self.size], self.entries - upper),
            upper: rows(&self.upper[..self.size], upper),
            fourfold: Vec::with_capacity(self.size),
            is_path: false,
            operations: self.operations,
        };
        factors.link();
        factors
    }
}

/// Edges by the rows of an elimination order.
fn permuted<S: Bits, const N: usize>(shape: Shape<'_>, order: &[u32]) -> [S; N] {
    let mut number = [0u8; N];
    order.iter().zip(0..).for_each(|(&old, new)| number[old as usize] = new);
    let mut rows = [S::EMPTY; N];
    for (row, &v) in rows.iter_mut().zip(order) {
        shape.targets(v).iter().for_each(|&t| *row |= S::one(number[t as usize].into()));
    }
    rows
}

fn rows<S: Bits>(sets: &[S], entries: usize) -> Rows {
    let mut rows = Rows::with_capacity(sets.len(), entries);
    for set in sets {
        set.members().for_each(|(column, _)| rows.columns.push(column as u32));
        rows.close_row();
    }
    rows
}

/// As [`Factors::new`].
pub(super) fn factors(shape: Shape<'_>, order: &[u32], budget: u64) -> Option<Factors> {
    let edges = shape.to.len();
    if order.len() <= 64 {
        Some(Sets::<u64, 64>::eliminate(shape, order, budget)?.factors(edges))
    } else {
        Some(Sets::<u128, LARGEST>::eliminate(shape, order, budget)?.factors(edges))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Budget;
    use super::super::tests::pattern;
    use super::*;

    /// Edges of a digraph where a small generator says so.
    fn edges(n: usize, density: u32, mut state: u32) -> Vec<(usize, usize)> {
        let pairs = (0..n).flat_map(|v| (0..n).map(move |t| (v, t)));
        pairs
            .filter(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state >> 16 < density
            })
            .collect()
    }

    fn in_sets<S: Bits, const N: usize>(shape: Shape<'_>, order: &[u32], budget: u64) -> Option<Factors> {
        Some(Sets::<S, N>::eliminate(shape, order, budget)?.factors(shape.to.len()))
    }

    #[test]
    fn sets_in_registers_find_the_same_factors_as_the_search() {
        for n in [2, 3, 16, 17, 63, 64, 65, 127, 128] {
            for (density, seed) in [(700, 1), (2_000, 2), (9_000, 3)] {
                let pattern = pattern(n, &edges(n, density, seed));
                let order: Vec<u32> = (0..n as u32).rev().collect();
                let whole = Factors::by_search(super::super::permuted(&pattern, &order), Budget::UNLIMITED);
                let operations = whole.as_ref().map_or(0, |f| f.operations);
                for (budget, expected) in
                    [(u64::MAX, whole.clone()), (operations, whole.clone()), (operations - 1, None)]
                {
                    let shape = pattern.shape();
                    if n <= 16 {
                        assert_eq!(in_sets::<u16, 16>(shape, &order, budget), expected, "{n}, {budget}");
                    }
                    if n <= 64 {
                        assert_eq!(in_sets::<u64, 64>(shape, &order, budget), expected, "{n}, {budget}");
                    }
                    assert_eq!(in_sets::<u128, LARGEST>(shape, &order, budget), expected, "{n}, {budget}");
                }
            }
        }
    }
}
