//! The product of two dense matrices, the same to the bit on every processor.
//!
//! Formula: `c_ij = sum over blocks of (sum over k in the block of a_ik b_kj)`, k ascending within a block of
//! [`DEPTH`], blocks ascending, every operation rounded by itself. With terms of one sign the relative error of an entry
//! is at most [`roundings`] units of rounding (Higham, *Accuracy and Stability of Numerical Algorithms*, 2002, section
//! 3.1). Cost: 2 n^3 operations; panels of zeros, as in the lower half of a matrix of blocks that is upper triangular,
//! cost nothing. Panels are packed as in Goto and van de Geijn, *Anatomy of high-performance matrix multiplication*
//! (2008); libraries are of no use here, since they fuse multiplications and additions where a processor can.

use crate::replay::{Instructions, Lanes, Make, Work, widest, work};

/// Terms that are summed up before the sum joins those of earlier blocks.
const DEPTH: usize = 128;
/// Columns that are worked on together: lanes.
const COLUMNS: usize = 16;
/// Rows that are packed together.
const ROWS: usize = 8;

/// Returns how many units of rounding (half an epsilon each) an entry of a product of nonnegative n by n matrices is off
/// by at most, relative to itself.
pub(super) fn roundings(n: usize) -> f64 {
    (n.min(DEPTH) + n.div_ceil(DEPTH)) as f64
}

/// Returns the product of two n by n matrices, row by row.
pub(super) fn product(n: usize, a: &[f64], b: &[f64]) -> Vec<f64> {
    widest(COLUMNS, ProductFactors { n, a, b })
}

struct ProductFactors<'a> {
    n: usize,
    a: &'a [f64],
    b: &'a [f64],
}

impl Make for ProductFactors<'_> {
    type Made = Vec<f64>;

    fn make<P: Lanes>(self) -> Vec<f64> {
        let panels = self.n.div_ceil(COLUMNS);
        work::<P, _>(ProductPanels {
            factors: self,
            right: vec![P::splat(0.0); panels * DEPTH],
            is_filled: vec![false; panels],
            left: [0.0; ROWS * DEPTH],
        })
    }
}

/// The factors, and room for a block of their panels.
struct ProductPanels<'a, P> {
    factors: ProductFactors<'a>,
    /// Panel after panel of [`COLUMNS`] columns: one pack a row.
    right: Vec<P>,
    /// Whether a panel has anything but zeros.
    is_filled: Vec<bool>,
    /// [`ROWS`] rows, column by column.
    left: [f64; ROWS * DEPTH],
}

impl<P: Lanes> Work for ProductPanels<'_, P> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run(mut self) -> Vec<f64> {
        let n = self.factors.n;
        let mut c = vec![0.0; n * n];
        for first in (0..n).step_by(DEPTH) {
            let depth = DEPTH.min(n - first);
            self.pack_right(first, depth);
            for row in (0..n).step_by(ROWS) {
                if self.pack_left(row, first, depth) {
                    self.add_products(row, depth, &mut c);
                }
            }
        }
        c
    }
}

impl<P: Lanes> ProductPanels<'_, P> {
    #[inline(always)]
    fn pack_right(&mut self, first: usize, depth: usize) {
        let n = self.factors.n;
        for (panel, is_filled) in self.is_filled.iter_mut().enumerate() {
            let columns = panel * COLUMNS..n.min((panel + 1) * COLUMNS);
            *is_filled = false;
            for k in 0..depth {
                let numbers = &self.factors.b[(first + k) * n..][columns.clone()];
                *is_filled = *is_filled || numbers.iter().any(|x| *x != 0.0);
                self.right[panel * DEPTH + k].numbers_mut()[..numbers.len()].copy_from_slice(numbers);
            }
        }
    }

    /// Packs rows, and returns whether they have anything but zeros.
    #[inline(always)]
    fn pack_left(&mut self, row: usize, first: usize, depth: usize) -> bool {
        let n = self.factors.n;
        let rows = ROWS.min(n - row);
        let mut is_filled = false;
        self.left.fill(0.0);
        for r in 0..rows {
            let numbers = &self.factors.a[(row + r) * n + first..][..depth];
            for (k, &x) in numbers.iter().enumerate() {
                self.left[k * ROWS + r] = x;
                is_filled = is_filled || x != 0.0;
            }
        }
        is_filled
    }

    #[inline(always)]
    fn add_products(&self, row: usize, depth: usize, c: &mut [f64]) {
        let panels = self.is_filled.iter().enumerate().filter(|(_, is_filled)| **is_filled);
        for (panel, _) in panels {
            let right = &self.right[panel * DEPTH..][..depth];
            // As many rows at a time as there are registers for: which, changes no bit.
            match P::INSTRUCTIONS {
                Instructions::Portable => self.add_rows::<1>(row, panel, right, c),
                #[cfg(target_arch = "x86_64")]
                Instructions::Avx2 => self.add_rows::<2>(row, panel, right, c),
                #[cfg(target_arch = "x86_64")]
                Instructions::Avx512 => self.add_rows::<8>(row, panel, right, c),
            }
        }
    }

    #[inline(always)]
    fn add_rows<const AT_ONCE: usize>(&self, row: usize, panel: usize, right: &[P], c: &mut [f64]) {
        let n = self.factors.n;
        let width = COLUMNS.min(n - panel * COLUMNS);
        for few in (0..ROWS.min(n - row)).step_by(AT_ONCE) {
            let mut sums = [P::splat(0.0); AT_ONCE];
            for (left, &right) in self.left.as_chunks::<ROWS>().0.iter().zip(right) {
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum += P::splat(left[few + r]) * right;
                }
            }
            for (r, sum) in sums.iter().enumerate().take(n - row - few) {
                let into = &mut c[(row + few + r) * n + panel * COLUMNS..][..width];
                into.iter_mut().zip(sum.numbers()).for_each(|(c, sum)| *c += sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Make, ProductFactors, product, roundings};
    use crate::replay::Pack;

    fn numbers(n: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / 2f64.powi(31)
        };
        (0..n * n).map(|_| if next() < 0.3 { 0.0 } else { next() }).collect()
    }

    #[test]
    fn products_are_sums_of_products_within_their_bound_and_the_same_bits_in_all_lanes() {
        for n in [0, 1, 7, 8, 16, 17, 40, 128, 129, 150, 300] {
            let (a, b) = (numbers(n, 1), numbers(n, 2));
            let found = product(n, &a, &b);
            assert_eq!(found, ProductFactors { n, a: &a, b: &b }.make::<Portable>(), "{n}");
            for i in 0..n {
                for j in 0..n {
                    let exact: f64 = (0..n).map(|k| a[i * n + k] * b[k * n + j]).sum();
                    let allowed = 2.0 * roundings(n) * f64::EPSILON * exact;
                    assert!((found[i * n + j] - exact).abs() <= allowed, "{n}: {i}, {j}");
                }
            }
        }
    }

    #[test]
    fn the_lower_half_of_a_triangle_stays_zero() {
        let n = 200;
        let upper = |seed| {
            let mut m = numbers(n, seed);
            (0..n).for_each(|i| m[i * n..i * n + i].fill(0.0));
            m
        };
        let found = product(n, &upper(3), &upper(4));
        assert!((0..n).all(|i| found[i * n..i * n + i].iter().all(|x| *x == 0.0)));
        assert!(found[n - 1] > 0.0);
    }

    /// What processors without wide registers use.
    type Portable = Pack<16>;
}
