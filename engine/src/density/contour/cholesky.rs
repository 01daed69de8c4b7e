//! Whether a sparse Hermitian matrix with a diagonal of ones is positive definite, proved by Cholesky's factorisation.
//!
//! Let the factorisation of A - delta I run to its end in rounded arithmetic with the factor L, and m the most entries
//! in a row of L. Then L L^H differs from A - delta I entry by entry by at most gamma |L| |L^H|, gamma = (3 m + 8) u,
//! u = 2^-53 (Higham, *Accuracy and Stability of Numerical Algorithms*, 2002, theorem 10.3; complex products count
//! thrice). As L L^H is not negative, A is none where delta >= gamma times the largest row sum of |L| |L^H|
//! (Rump, *Verification of positive definiteness*, 2006). That sum is taken from the factor, and delta checked against it.
//!
//! Rows are found by the elimination tree (Liu 1990; Davis, *Direct Methods for Sparse Linear Systems*, 2006, chapter 4).
//! Cost: the sum of squares of the columns' lengths, [`CholeskyPlan::work`].

use crate::density::complex::Complex;

/// Unit of rounding.
const UNIT: f64 = f64::EPSILON / 2.0;

/// Entries of the lower half of a Hermitian matrix whose diagonal is one, by row.
#[derive(Debug, Default)]
pub(super) struct HermitianRows {
    pub(super) first: Vec<usize>,
    /// Column of each entry, below the row's number.
    pub(super) columns: Vec<u32>,
}

impl HermitianRows {
    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.first.len() - 1
    }
}

/// Where a factor has entries.
#[derive(Debug)]
pub(super) struct CholeskyPlan {
    /// Where each column of L begins, its diagonal first.
    first: Vec<usize>,
    parent: Vec<u32>,
    longest_row: usize,
    /// Multiplications of a factorisation.
    pub(super) work: f64,
}

const NONE: u32 = u32::MAX;

impl CholeskyPlan {
    /// Finds the entries; None as soon as there would be more than `most`.
    pub(super) fn new(rows: &HermitianRows, most: usize) -> Option<CholeskyPlan> {
        let n = rows.len();
        let (mut parent, mut ancestor) = (vec![NONE; n], vec![NONE; n]);
        for k in 0..n {
            for &column in &rows.columns[rows.first[k]..rows.first[k + 1]] {
                let mut at = column;
                while at != NONE && at != k as u32 {
                    let next = std::mem::replace(&mut ancestor[at as usize], k as u32);
                    if next == NONE {
                        parent[at as usize] = k as u32;
                    }
                    at = next;
                }
            }
        }
        let mut plan = CholeskyPlan { first: Vec::new(), parent, longest_row: 0, work: 0.0 };
        let mut counts = vec![1usize; n];
        let (mut marks, mut row) = (vec![NONE; n], Vec::new());
        let mut all = n;
        for k in 0..n {
            plan.reach(rows, k, &mut marks, &mut row);
            row.iter().for_each(|&j| counts[j as usize] += 1);
            plan.longest_row = plan.longest_row.max(row.len() + 1);
            all += row.len();
            if all > most {
                return None;
            }
        }
        plan.first = Vec::with_capacity(n + 1);
        let mut start = 0;
        for count in counts {
            plan.first.push(start);
            start += count;
            plan.work += 2.0 * (count * count) as f64 + 10.0;
        }
        plan.first.push(start);
        Some(plan)
    }

    /// Fills `row` with the columns in which row k of L has entries, each before those that need it.
    fn reach(&self, rows: &HermitianRows, k: usize, marks: &mut [u32], row: &mut Vec<u32>) {
        row.clear();
        marks[k] = k as u32;
        for &column in &rows.columns[rows.first[k]..rows.first[k + 1]] {
            let mut at = column;
            while marks[at as usize] != k as u32 {
                marks[at as usize] = k as u32;
                row.push(at);
                at = self.parent[at as usize];
            }
        }
        // Columns ascend along the tree.
        row.sort_unstable();
    }

    /// Returns whether the matrix of these entries below its diagonal is proved not to be negative, if what they are
    /// off by is a matrix of at most the norm `errors`.
    pub(super) fn proves(&self, rows: &HermitianRows, entries: &[Complex], errors: f64) -> bool {
        let rounding = (3.0 * self.longest_row as f64 + 10.0) * UNIT;
        let mut delta = 3.0 * rounding + errors;
        for _ in 0..2 {
            let Some(growth) = self.factor(rows, entries, 1.0 - delta) else { return false };
            let needed = 1.001 * (rounding * growth + errors + UNIT);
            if needed <= delta {
                return true;
            }
            delta = 1.2 * needed;
        }
        false
    }

    /// Returns the largest row sum of |L| |L^H|, if the factorisation comes to its end.
    fn factor(&self, rows: &HermitianRows, entries: &[Complex], diagonal: f64) -> Option<f64> {
        let n = rows.len();
        let zero = Complex::from(0.0);
        let mut numbers = vec![zero; self.first[n]];
        let mut at_rows = vec![0u32; self.first[n]];
        let mut next: Vec<usize> = self.first[..n].to_vec();
        let (mut x, mut marks, mut row) = (vec![zero; n], vec![NONE; n], Vec::new());
        for k in 0..n {
            for e in rows.first[k]..rows.first[k + 1] {
                x[rows.columns[e] as usize] = entries[e];
            }
            self.reach(rows, k, &mut marks, &mut row);
            let mut pivot = diagonal;
            for &j in &row {
                let j = j as usize;
                let head = self.first[j];
                let value = std::mem::replace(&mut x[j], zero);
                let inverse = numbers[head].re;
                let value = Complex { re: value.re / inverse, im: value.im / inverse };
                for e in head + 1..next[j] {
                    let (i, l) = (at_rows[e] as usize, numbers[e]);
                    // value times the conjugate of l
                    x[i].re -= value.re * l.re + value.im * l.im;
                    x[i].im -= value.im * l.re - value.re * l.im;
                }
                pivot -= value.re * value.re + value.im * value.im;
                (numbers[next[j]], at_rows[next[j]]) = (value, k as u32);
                next[j] += 1;
            }
            // What is no number fails as well.
            let is_positive = pivot > 0.0;
            if !is_positive {
                return None;
            }
            numbers[self.first[k]] = Complex::from(pivot.sqrt());
            at_rows[self.first[k]] = k as u32;
            next[k] += 1;
        }
        Some(self.row_sum(&numbers, &at_rows))
    }

    fn row_sum(&self, numbers: &[Complex], at_rows: &[u32]) -> f64 {
        let n = self.parent.len();
        let mut sums = vec![0.0; n];
        for j in 0..n {
            let column = self.first[j]..self.first[j + 1];
            let total = column.clone().fold(0.0, |sum, e| sum + numbers[e].size());
            column.for_each(|e| sums[at_rows[e] as usize] += numbers[e].size() * total);
        }
        sums.into_iter().fold(0.0, f64::max) * 1.001
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path of rows whose neighbours have one entry.
    fn path(n: usize) -> HermitianRows {
        let first = (0..=n).map(|k| k.saturating_sub(1)).collect();
        HermitianRows { first, columns: (0..n as u32 - 1).collect() }
    }

    #[test]
    fn a_matrix_is_proved_positive_unless_it_is_not_or_nobody_can_tell() {
        // The eigenvalues of ones with the entry b beside them go down to 1 - 2 |b| cos(pi / (n + 1)).
        for n in [2, 3, 40, 1000] {
            let rows = path(n);
            let plan = CholeskyPlan::new(&rows, 10 * n).unwrap();
            let edge = 0.5 / f64::cos(std::f64::consts::PI / (n as f64 + 1.0));
            let proves = |share: f64| {
                let entry = Complex { re: edge * share * 0.6, im: edge * share * 0.8 };
                plan.proves(&rows, &vec![entry; n - 1], 0.0)
            };
            assert!(proves(1.0 - 1e-12) && proves(0.3), "{n}");
            assert!(!proves(1.0) && !proves(1.0 + 1e-12) && !proves(f64::NAN), "{n}");
        }
        assert!(CholeskyPlan::new(&path(40), 41).is_none(), "40 and 39 entries");
    }

    #[test]
    fn what_fills_in_is_found() {
        // A star whose centre comes first: all that follows is full.
        let n = 12;
        let mut rows = HermitianRows { first: vec![0, 0], columns: Vec::new() };
        for _ in 1..n {
            rows.columns.push(0);
            rows.first.push(rows.columns.len());
        }
        let plan = CholeskyPlan::new(&rows, 1000).unwrap();
        assert_eq!(plan.first[n], n * (n + 1) / 2);
        let edge = 1.0 / f64::sqrt(n as f64 - 1.0);
        let proves = |share: f64| plan.proves(&rows, &vec![Complex::from(-edge * share); n - 1], 0.0);
        assert!(proves(1.0 - 1e-12) && !proves(1.0 + 1e-12));
        assert!(!plan.proves(&rows, &vec![Complex::from(0.0); n - 1], 1.0), "off by as much as it is");
    }
}
