//! Eigenvalues of small symmetric matrices.

/// A square matrix by rows.
pub(super) type Matrix = Vec<Vec<f64>>;

/// Most sweeps over all pairs; convergence is quadratic and takes five to ten.
const SWEEPS: usize = 60;

/// Eigenvalues in ascending order and the eigenvector of each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spectrum {
    pub(super) values: Vec<f64>,
    /// `vectors[i]` belongs to `values[i]` and has length one.
    pub(super) vectors: Matrix,
}

impl Spectrum {
    /// Diagonalises a symmetric matrix by Jacobi's rotations (Golub and Van Loan, *Matrix Computations*, 8.5): some ten
    /// sweeps of n^2/2 rotations at 6n operations, 3 ms for 30 parameters. Eigenvalues have an absolute error of the
    /// machine epsilon times the largest; of a positive definite matrix with a unit diagonal even the small ones are
    /// relatively accurate (Demmel and Veselić 1992), for which the parameters are scaled before they are told apart.
    pub(super) fn of(matrix: &Matrix) -> Spectrum {
        let n = matrix.len();
        let mut a = matrix.clone();
        let mut q = identity(n);
        for _ in 0..SWEEPS {
            let mut rotated = false;
            for i in 0..n {
                for j in i + 1..n {
                    if a[i][j].abs() > f64::EPSILON * (a[i][i].abs() * a[j][j].abs()).sqrt()
                        && a[i][j].abs() > f64::MIN_POSITIVE
                    {
                        rotate(&mut a, &mut q, i, j);
                        rotated = true;
                    }
                }
            }
            if !rotated {
                break;
            }
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| a[i][i].total_cmp(&a[j][j]));
        Spectrum {
            values: order.iter().map(|&i| a[i][i]).collect(),
            vectors: order.iter().map(|&i| q[i].clone()).collect(),
        }
    }
}

/// Makes `a[i][j]` vanish by a rotation of rows and columns i and j; rows of `q` collect the rotations.
fn rotate(a: &mut Matrix, q: &mut Matrix, i: usize, j: usize) {
    let theta = (a[j][j] - a[i][i]) / (2.0 * a[i][j]);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / t.hypot(1.0);
    let sine = t * cosine;
    for row in a.iter_mut() {
        let (x, y) = (row[i], row[j]);
        (row[i], row[j]) = (cosine * x - sine * y, sine * x + cosine * y);
    }
    for matrix in [a, q] {
        let (above, below) = matrix.split_at_mut(j);
        for (x, y) in above[i].iter_mut().zip(below[0].iter_mut()) {
            (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
        }
    }
}

/// Returns the identity matrix of n rows.
pub(super) fn identity(n: usize) -> Matrix {
    (0..n).map(|i| (0..n).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect()
}

/// Returns the inner product of two vectors.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Returns the product of a matrix and a vector.
pub(super) fn times(matrix: &Matrix, x: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| dot(row, x)).collect()
}

/// Returns the Euclidean length of a vector.
pub(super) fn length(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |sum: f64, x| sum.hypot(*x))
}

/// Returns the largest magnitude in a vector; NaN if any entry is.
pub(super) fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |most, x| if x.abs() <= most { most } else { x.abs() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvectors_times_eigenvalues_give_the_matrix_again() {
        let matrix = vec![vec![4.0, 1.0, 0.5], vec![1.0, 3e6, -2.0], vec![0.5, -2.0, -1.0]];
        let found = Spectrum::of(&matrix);
        assert!(found.values[0] < 0.0 && found.values[1] < found.values[2], "{found:?}");
        for (i, row) in matrix.iter().enumerate() {
            for (j, entry) in row.iter().enumerate() {
                let term = |k: usize| found.values[k] * found.vectors[k][i] * found.vectors[k][j];
                let sum: f64 = (0..3).map(term).sum();
                assert!((sum - entry).abs() < 1e-9, "{i}, {j}: {sum}");
                let product = dot(&found.vectors[i], &found.vectors[j]);
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-14, "{product}");
            }
        }
        let singular = Spectrum::of(&vec![vec![1.0, 1.0], vec![1.0, 1.0]]);
        assert!(singular.values[0].abs() < 1e-15 && (singular.values[1] - 2.0).abs() < 1e-15);
    }
}
