//! Symbolic elimination of small components: a row is a bit set in one register, so no search and no sorting.

use super::{Factors, Rows};

/// Most vertices: as many as a row has bits.
pub(super) const LARGEST: usize = u128::BITS as usize;

/// As [`Factors::new`], for edges in the numbering of the elimination.
pub(super) fn factors(edges: Rows, budget: u64) -> Option<Factors> {
    let n = edges.first.len() - 1;
    let mut upper_sets = [0u128; LARGEST];
    let mut factors = Factors {
        lower: Rows::with_capacity(edges.columns.len()),
        upper: Rows::with_capacity(edges.columns.len()),
        edges,
        linked: Vec::new(),
        operations: 0,
    };
    for k in 0..n {
        let mut row = factors.edges.row(k).iter().fold(0u128, |set, &column| set | 1 << column);
        let below = (1u128 << k) - 1;
        let mut left = row & below;
        while left != 0 {
            let i = left.trailing_zeros();
            // Row i of U lies above i, so what it adds to the left of k is still to come.
            row |= upper_sets[i as usize];
            left = row & below & !((2u128 << i) - 1);
            factors.lower.columns.push(i);
            factors.operations += 5 + 2 * u64::from(upper_sets[i as usize].count_ones());
        }
        let upper = row & !below & !(1 << k);
        upper_sets[k] = upper;
        factors.operations += 3 * u64::from(upper.count_ones()) + 1;
        if factors.operations > budget {
            return None;
        }
        factors.lower.close_row();
        push_members(upper, &mut factors.upper.columns);
        factors.upper.close_row();
    }
    Some(factors)
}

fn push_members(mut set: u128, columns: &mut Vec<u32>) {
    while set != 0 {
        columns.push(set.trailing_zeros());
        set &= set - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A digraph with edges where a small generator says so.
    fn edges(n: usize, density: u32, mut state: u32) -> Rows {
        let mut rows = Rows::with_capacity(0);
        for v in 0..n as u32 {
            for t in (0..n as u32).filter(|&t| t != v) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if state >> 16 < density {
                    rows.columns.push(t);
                }
            }
            rows.close_row();
        }
        rows
    }

    #[test]
    fn bit_sets_find_the_same_factors_as_the_search() {
        for n in [2, 3, 17, 63, 64, 65, 127, 128] {
            for (density, seed) in [(700, 1), (2_000, 2), (9_000, 3)] {
                let edges = edges(n, density, seed);
                let whole = Factors::by_search(edges.clone(), u64::MAX);
                let operations = whole.as_ref().map_or(0, |f| f.operations);
                assert_eq!(factors(edges.clone(), u64::MAX), whole, "{n} vertices");
                assert_eq!(factors(edges.clone(), operations), whole, "exactly the budget, {n} vertices");
                assert_eq!(factors(edges, operations - 1), None, "less than it costs, {n} vertices");
            }
        }
    }
}
