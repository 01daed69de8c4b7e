//! Standard errors from the observed information, and combinations of parameters that it does not tell apart.
//!
//! The Hessian H of minus the log-likelihood, in the coordinates of the search, is brought to a unit diagonal,
//! `C = S H S` with `S = diag(H)^-1/2`, so that units of parameters do not matter. Eigenvectors of C with eigenvalues that
//! differences cannot tell from zero span the combinations that are not identified. The covariance of the other
//! parameters is `S C+ S`, C+ being the pseudo-inverse; it does not depend on the combinations left out (Rao,
//! *Linear Statistical Inference*, 4a.2).

use super::eigen::{Matrix, Spectrum, dot};
use super::ends::Settled;

/// Eigenvalues of C below this are zero: differences of gradients have a relative error of about 1e-9.
const SINGULAR: f64 = 1e-7;
/// Entries of unit vectors below this count as zero.
const NOTHING: f64 = 1e-4;

/// The observed information at a maximum, in the coordinates of the search.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curvature {
    /// Coordinates with a covariance.
    pub(super) identified: Vec<usize>,
    pub(super) covariance: Matrix,
    /// A basis of the directions in which the likelihood is flat, by coordinate; the largest entry of each is one.
    pub(super) flat: Matrix,
    /// Whether no direction is curved upwards.
    pub(super) is_maximum: bool,
}

/// Analyses the Hessian of a settled search.
pub(super) fn curvature(settled: &Settled) -> Curvature {
    let (n, active) = (settled.active.len(), &settled.active);
    let h = &settled.hessian;
    let most = (0..n).fold(0.0, |most, i| f64::max(most, h[i][i].abs()));
    // A diagonal entry that is zero, to rounding, is a flat coordinate of its own.
    let size =
        |i: usize| if h[i][i] > 1e-10 * most { h[i][i].sqrt() } else { most.sqrt().max(f64::MIN_POSITIVE) };
    let scaled: Matrix = (0..n).map(|i| (0..n).map(|j| h[i][j] / size(i) / size(j)).collect()).collect();
    let spectrum = Spectrum::of(&scaled);
    let is_flat = |value: &f64| *value <= SINGULAR;
    let directions = spectrum.values.iter().zip(&spectrum.vectors).filter(|(value, _)| is_flat(value));
    let basis: Matrix = directions.map(|(_, vector)| (0..n).map(|i| vector[i] / size(i)).collect()).collect();
    let basis = reduced(basis);
    let identified: Vec<usize> = (0..n).filter(|&i| basis.iter().all(|v| v[i] == 0.0)).collect();
    let covariance = |i: usize, j: usize| {
        let parts = spectrum.values.iter().zip(&spectrum.vectors).filter(|(value, _)| !is_flat(value));
        parts.map(|(value, v)| v[i] * v[j] / value).sum::<f64>() / size(i) / size(j)
    };
    let widened = |direction: &Vec<f64>| {
        let mut wide = vec![0.0; settled.fates.len()];
        active.iter().zip(direction).for_each(|(&k, d)| wide[k] = *d);
        wide
    };
    Curvature {
        covariance: identified
            .iter()
            .map(|&i| identified.iter().map(|&j| covariance(i, j)).collect())
            .collect(),
        flat: basis.iter().map(widened).collect(),
        is_maximum: spectrum.values.first().is_none_or(|lowest| *lowest > -1e-4),
        identified: identified.into_iter().map(|i| active[i]).collect(),
    }
}

/// Brings a basis to reduced echelon form, so that as many entries as possible are zero, with the largest entry of each
/// vector one: Gauss and Jordan's elimination with the largest entry as pivot.
fn reduced(mut basis: Matrix) -> Matrix {
    let n = basis.first().map_or(0, Vec::len);
    let mut pivots: Vec<usize> = Vec::new();
    for row in 0..basis.len() {
        let free = (0..n).filter(|column| !pivots.contains(column));
        let Some(pivot) = free.max_by(|&a, &b| basis[row][a].abs().total_cmp(&basis[row][b].abs())) else {
            break;
        };
        let by = basis[row][pivot];
        basis[row].iter_mut().for_each(|entry| *entry /= by);
        let taken = basis[row].clone();
        for (_, other) in basis.iter_mut().enumerate().filter(|(number, _)| *number != row) {
            let factor = other[pivot];
            other.iter_mut().zip(&taken).for_each(|(entry, t)| *entry -= factor * t);
        }
        pivots.push(pivot);
    }
    for vector in &mut basis {
        let largest =
            vector.iter().copied().fold(0.0, |most: f64, x| if x.abs() > most.abs() { x } else { most });
        let length = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|x| *x = if x.abs() < NOTHING * length { 0.0 } else { *x / largest });
    }
    basis
}

/// Returns the correlation matrix of a covariance matrix.
pub(super) fn correlations(covariance: &Matrix) -> Matrix {
    let size = |i: usize| covariance[i][i].sqrt();
    let entry = |i: usize, j: usize| if i == j { 1.0 } else { covariance[i][j] / size(i) / size(j) };
    (0..covariance.len()).map(|i| (0..covariance.len()).map(|j| entry(i, j)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::ends::Fate;
    use crate::fit::objective::Point;
    use sojourn_engine::LogLikelihood;

    fn of(hessian: Matrix) -> Curvature {
        let n = hessian.len();
        let likelihood = LogLikelihood::default();
        let zeros = vec![0.0; n];
        let point =
            Point { place: zeros.clone(), value: 0.0, gradient: zeros.clone(), theta: zeros, likelihood };
        let fates = vec![Fate::Inside; n];
        let (active, blocked) = ((0..n).collect(), None);
        curvature(&Settled { point, fates, active, hessian, converged: true, blocked, iterations: 0 })
    }

    #[test]
    fn a_definite_hessian_has_its_inverse_for_covariance() {
        let matrix = vec![vec![4.0, 1.0, 0.5], vec![1.0, 3e6, -2.0], vec![0.5, -2.0, 1.0]];
        let found = of(matrix.clone());
        assert!(found.flat.is_empty() && found.is_maximum);
        for (i, row) in matrix.iter().enumerate() {
            for j in 0..3 {
                let product: f64 = row.iter().zip(&found.covariance).map(|(m, column)| m * column[j]).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-9, "{product}");
            }
        }
    }

    #[test]
    fn what_a_flat_direction_leaves_alone_has_a_covariance() {
        // The sum of the first two, and the third.
        let found = of(vec![vec![2.0, 2.0, 0.0], vec![2.0, 2.0, 0.0], vec![0.0, 0.0, 4.0]]);
        assert_eq!((found.identified, found.covariance), (vec![2], vec![vec![0.25]]));
        assert!((found.flat[0][0] + found.flat[0][1]).abs() < 1e-12 && found.flat[0][2] == 0.0);
        assert!(!of(vec![vec![-1.0]]).is_maximum);
    }
}
