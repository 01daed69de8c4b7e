//! Symbolic elimination: which entries of L and U an order makes, and what replay will cost.
//!
//! Row k of the factors has an entry wherever k leads through eliminated vertices. These are found by a
//! search through the rows of U, each cut off at its first symmetric entry, beyond which its entries stand
//! again in a later row (Eisenstat and Liu, *Exploiting structural symmetry in unsymmetric sparse symbolic
//! factorization*, 1992). Entries on the diagonal are self-loops and never kept.

mod small;
#[cfg(test)]
pub(crate) mod tests;

use crate::pattern::Pattern;
pub(crate) use small::{LARGEST as LARGEST_SMALL, Sets};

/// The pattern in the numbering of its elimination, with the rows of L and U.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Factors {
    /// Edges by row, columns ascending.
    pub(crate) edges: Rows,
    /// Columns of L, ascending, all below the row's number.
    pub(crate) lower: Rows,
    /// Columns of U, ascending, all above the row's number.
    pub(crate) upper: Rows,
    /// For each i, whether rows i, i + 1 and i + 2 of U each are the next column and then the next row: then these and
    /// row i + 3 are applied together.
    pub(crate) fourfold: Vec<bool>,
    /// Whether the vertices are a path that is eliminated from one end to the other.
    pub(crate) is_path: bool,
    /// Multiplications, additions and divisions of eliminating the component once and solving for one
    /// right-hand side, boundary edges apart.
    pub(crate) operations: u64,
}

/// What an order may cost before it is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) operations: u64,
    /// Whether it may cost more for as long as nothing fills in.
    pub(crate) free_without_fill: bool,
}

impl Budget {
    /// Whatever it costs.
    pub(crate) const UNLIMITED: Budget = Budget::of(u64::MAX);

    /// At most so many operations.
    pub(crate) const fn of(operations: u64) -> Budget {
        Budget { operations, free_without_fill: false }
    }
}

/// Rows of column numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) first: Vec<u32>,
    pub(crate) columns: Vec<u32>,
}

impl Rows {
    fn with_capacity(rows: usize, entries: usize) -> Rows {
        let mut first = Vec::with_capacity(rows + 1);
        first.push(0);
        Rows { first, columns: Vec::with_capacity(entries) }
    }

    pub(crate) fn range(&self, row: usize) -> std::ops::Range<usize> {
        self.first[row] as usize..self.first[row + 1] as usize
    }

    pub(crate) fn row(&self, row: usize) -> &[u32] {
        &self.columns[self.range(row)]
    }

    fn close_row(&mut self) {
        self.first.push(self.columns.len() as u32);
    }
}

impl Factors {
    /// Number of vertices.
    pub(crate) fn size(&self) -> usize {
        self.edges.first.len() - 1
    }

    /// Entries of L and U.
    pub(crate) fn entries(&self) -> usize {
        self.lower.columns.len() + self.upper.columns.len()
    }

    /// Eliminates symbolically in an order (entry k is the k-th vertex). None as soon as the operations pass
    /// `budget`, or the factors have more entries than 32 bits count.
    pub(crate) fn new(pattern: &Pattern, order: &[u32], budget: Budget) -> Option<Factors> {
        if order.len() <= small::LARGEST {
            return small::factors(pattern.shape(), order, budget.operations);
        }
        Factors::by_search(permuted(pattern, order), budget)
    }

    /// A path eliminated from one end to the other.
    pub(crate) fn of_path(n: u32) -> Factors {
        let size = n as usize;
        let mut factors = Factors {
            edges: Rows::with_capacity(size, 2 * (size - 1)),
            lower: Rows::with_capacity(size, size - 1),
            upper: Rows::with_capacity(size, size - 1),
            fourfold: Vec::with_capacity(size),
            is_path: false,
            operations: 11 * u64::from(n - 1) + 1,
        };
        for k in 0..n {
            let (before, after) = (k.checked_sub(1), (k + 1 < n).then_some(k + 1));
            factors.edges.columns.extend(before.into_iter().chain(after));
            factors.lower.columns.extend(before);
            factors.upper.columns.extend(after);
            let Factors { edges, lower, upper, .. } = &mut factors;
            [edges, lower, upper].into_iter().for_each(Rows::close_row);
        }
        factors.link();
        factors
    }

    fn by_search(edges: Rows, budget: Budget) -> Option<Factors> {
        let n = edges.first.len() - 1;
        let mut search = Search { seen_by: vec![u32::MAX; n], cut: Vec::with_capacity(n), stack: Vec::new() };
        let mut factors = Factors {
            lower: Rows::with_capacity(n, edges.columns.len()),
            upper: Rows::with_capacity(n, edges.columns.len()),
            edges,
            fourfold: Vec::new(),
            is_path: false,
            operations: 0,
        };
        for k in 0..n as u32 {
            search.row(k, &mut factors);
            let fills_in = factors.entries() > factors.edges.first[k as usize + 1] as usize;
            let spent = factors.operations > budget.operations && (fills_in || !budget.free_without_fill);
            if spent || factors.entries() > LARGEST {
                return None;
            }
        }
        factors.link();
        Some(factors)
    }

    /// Finds the rows of U that repeat themselves in the next: where vertex i + 1 leads to i, it leads wherever i does,
    /// so their lengths tell. And whether all is a path.
    fn link(&mut self) {
        let Factors { edges, lower, upper, fourfold, is_path, .. } = self;
        let size = upper.first.len() - 1;
        let neighbours = size - 1;
        *is_path = edges.columns.len() == 2 * neighbours
            && lower.columns.len() == neighbours
            && upper.columns.len() == neighbours
            && (0..neighbours).all(|k| upper.row(k) == [k as u32 + 1] && lower.row(k + 1) == [k as u32]);
        let linked = |i: usize| {
            let row = upper.row(i);
            row.first() == Some(&(i as u32 + 1))
                && row.len() == upper.row(i + 1).len() + 1
                && lower.row(i + 1).last() == Some(&(i as u32))
        };
        let mut in_a_row = 0;
        fourfold.resize(size, false);
        for i in (0..neighbours).rev() {
            in_a_row = if linked(i) { in_a_row + 1 } else { 0 };
            fourfold[i] = in_a_row >= 3;
        }
    }
}

/// Most entries of L and U together, so that 32 bits number them.
const LARGEST: usize = u32::MAX as usize;

/// The edges of a pattern by the rows of an elimination order.
pub(crate) fn permuted(pattern: &Pattern, order: &[u32]) -> Rows {
    let (mut number, shape) = (vec![0u32; order.len()], pattern.shape());
    order.iter().enumerate().for_each(|(new, &old)| number[old as usize] = new as u32);
    let mut rows = Rows::with_capacity(order.len(), pattern.edge_count());
    for &v in order {
        let begin = rows.columns.len();
        rows.columns.extend(shape.targets(v).iter().map(|&t| number[t as usize]));
        rows.columns[begin..].sort_unstable();
        rows.close_row();
    }
    rows
}

struct Search {
    /// Row that last came by a column.
    seen_by: Vec<u32>,
    /// How many entries of each row of U the search looks at; the first symmetric one is the last.
    cut: Vec<u32>,
    stack: Vec<u32>,
}

impl Search {
    /// Finds row k of L and U.
    fn row(&mut self, k: u32, factors: &mut Factors) {
        let row = k as usize;
        let (begin_lower, begin_upper) = (factors.lower.columns.len(), factors.upper.columns.len());
        self.seen_by[row] = k;
        for e in factors.edges.range(row) {
            self.visit(factors.edges.columns[e], k, factors);
        }
        while let Some(i) = self.stack.pop() {
            let begin = factors.upper.first[i as usize] as usize;
            for e in begin..begin + self.cut[i as usize] as usize {
                self.visit(factors.upper.columns[e], k, factors);
            }
        }
        self.sort(&mut factors.lower.columns[begin_lower..], k, 0..k);
        self.sort(&mut factors.upper.columns[begin_upper..], k, k + 1..self.seen_by.len() as u32);
        factors.lower.close_row();
        factors.upper.close_row();
        self.cut.push((factors.upper.columns.len() - begin_upper) as u32);
        self.prune(k, factors);
    }

    /// Sorts columns that row k saw, all of them within a range. Where they are many, looking through the range for
    /// them takes fewer steps than comparing them.
    fn sort(&self, columns: &mut [u32], k: u32, range: std::ops::Range<u32>) {
        let comparisons = columns.len() * (usize::BITS - columns.len().leading_zeros()) as usize;
        if comparisons < range.len() {
            return columns.sort_unstable();
        }
        let seen = &self.seen_by[range.start as usize..range.end as usize];
        let found = seen.iter().zip(range).filter(|&(&by, _)| by == k).map(|(_, column)| column);
        columns.iter_mut().zip(found).for_each(|(place, column)| *place = column);
    }

    fn visit(&mut self, column: u32, k: u32, factors: &mut Factors) {
        if std::mem::replace(&mut self.seen_by[column as usize], k) == k {
            return;
        }
        if column < k {
            factors.lower.columns.push(column);
            self.stack.push(column);
        } else {
            factors.upper.columns.push(column);
        }
    }

    /// Cuts off the rows of U that have an entry in column k, and counts row k.
    fn prune(&mut self, k: u32, factors: &mut Factors) {
        let mut operations = 3 * factors.upper.row(k as usize).len() as u64 + 1;
        for &i in factors.lower.row(k as usize) {
            let upper = factors.upper.row(i as usize);
            // One division, two products and sums for boundary and right-hand side, one of each an entry.
            operations += 5 + 2 * upper.len() as u64;
            let looked_at = &upper[..self.cut[i as usize] as usize];
            if looked_at.last().is_some_and(|&last| last >= k)
                && let Ok(at) = looked_at.binary_search(&k)
            {
                self.cut[i as usize] = at as u32 + 1;
            }
        }
        factors.operations += operations;
    }
}
