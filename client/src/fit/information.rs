//! Standard errors from the observed information: the negative Hessian of the log-likelihood at its maximum.

use super::{FitError, Objective, Parameter, Status};

/// A parameter is at its bound where it is nearer than this part of itself (of one, for a bound other than zero) and
/// the likelihood rises towards the bound, or no longer changes.
const NEAR: f64 = 1e-5;
/// Of the information's eigenvalues, scaled, the least that is told from zero: it is made of differences.
const SINGULAR: f64 = 1e-7;

/// What is known of the observed information.
#[derive(Debug, Clone, PartialEq)]
pub enum Information {
    /// It is positive definite: the covariance matrix of the parameters that are neither fixed nor at a bound, which are
    /// named by their numbers.
    Definite {
        /// Numbers of the parameters.
        parameters: Vec<usize>,
        /// Inverse of the information.
        covariance: Vec<Vec<f64>>,
    },
    /// It is not positive definite: some combination of parameters is not identified by these observations, or this is no
    /// maximum.
    Indefinite,
    /// No parameter is inside its bounds.
    Nothing,
}

/// What became of each parameter at a maximum, and the observed information.
pub(super) fn of_maximum(
    objective: &Objective<'_>,
    theta: &[f64],
    gradient: &[f64],
) -> Result<(Vec<Parameter>, Information), FitError> {
    let scale = objective.scale;
    let at_bound = |p: usize| {
        scale.nearest(p, theta[p]).is_some_and(|bound| {
            let size = (theta[p].abs() + bound.distance).max(f64::MIN_POSITIVE);
            let bound_is_zero = bound.distance == theta[p].abs();
            let near = if bound_is_zero {
                bound.distance < NEAR * typical(theta)
            } else {
                bound.distance < NEAR * size
            };
            near && gradient[p] * bound.outward >= -1e-6 * objective.weight()
        })
    };
    let mut status = vec![Status::Fixed; theta.len()];
    scale
        .free
        .iter()
        .for_each(|&p| status[p] = if at_bound(p) { Status::AtBound } else { Status::Estimated });
    let inside: Vec<usize> =
        (0..scale.free.len()).filter(|&k| status[scale.free[k]] == Status::Estimated).collect();
    let parameters: Vec<usize> = inside.iter().map(|&k| scale.free[k]).collect();
    let mut errors = vec![None; theta.len()];
    let mut information = Information::Nothing;
    if !inside.is_empty() {
        let curvature = objective.curvature(&scale.place(theta)?)?;
        let ones = scale.gradient(theta, &vec![1.0; theta.len()]);
        // At a maximum the gradient vanishes, and the Hessian changes its coordinates like a square.
        let pick = |i: usize| inside.iter().map(|&j| curvature[i][j]).collect::<Vec<f64>>();
        let matrix: Vec<Vec<f64>> = inside.iter().map(|&i| pick(i)).collect();
        information = match inverse(&matrix) {
            None => {
                parameters.iter().for_each(|&p| status[p] = Status::NotIdentified);
                Information::Indefinite
            }
            Some(inverse) => {
                let covariance: Vec<Vec<f64>> = (0..inside.len())
                    .map(|i| {
                        (0..inside.len()).map(|j| inverse[i][j] * ones[inside[i]] * ones[inside[j]]).collect()
                    })
                    .collect();
                for (i, &p) in parameters.iter().enumerate() {
                    errors[p] = Some(covariance[i][i].sqrt());
                }
                Information::Definite { parameters, covariance }
            }
        };
    }
    let parameter = |p: usize| Parameter { value: theta[p], standard_error: errors[p], status: status[p] };
    Ok(((0..theta.len()).map(parameter).collect(), information))
}

/// The size that parameters have.
fn typical(theta: &[f64]) -> f64 {
    theta.iter().fold(0.0, |largest, t| f64::max(largest, t.abs())).max(f64::MIN_POSITIVE)
}

/// Solves `matrix` x = b, if the matrix is positive definite.
pub(super) fn solve(matrix: &[Vec<f64>], b: &[f64]) -> Option<Vec<f64>> {
    let inverse = inverse(matrix)?;
    Some(inverse.iter().map(|row| row.iter().zip(b).map(|(a, b)| a * b).sum()).collect())
}

/// The inverse of a symmetric matrix, by Cholesky's factors of it brought to a diagonal of ones; none unless it is
/// positive definite beyond the errors of differences. (A few parameters: a library of matrices would be larger than
/// all the rest of this.)
fn inverse(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let size: Vec<f64> = (0..n).map(|i| matrix[i][i].sqrt()).collect();
    if size.iter().any(|s| !(*s > 0.0 && s.is_finite())) {
        return None;
    }
    let mut l = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let rest = matrix[i][j] / (size[i] * size[j]) - dot;
            if i != j {
                l[i][j] = rest / l[j][j];
            } else if rest > SINGULAR {
                l[i][i] = rest.sqrt();
            } else {
                return None; // also where it is no number
            }
        }
    }
    let column = |k: usize| {
        let mut x = vec![0.0; n];
        for i in 0..n {
            let dot: f64 = (0..i).map(|j| l[i][j] * x[j]).sum();
            x[i] = (f64::from(u8::from(i == k)) - dot) / l[i][i];
        }
        for i in (0..n).rev() {
            let dot: f64 = (i + 1..n).map(|j| l[j][i] * x[j]).sum();
            x[i] = (x[i] - dot) / l[i][i];
        }
        (0..n).map(|i| x[i] / (size[i] * size[k])).collect::<Vec<f64>>()
    };
    Some((0..n).map(column).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definite_matrix_times_its_inverse_is_one_and_others_have_none() {
        let matrix = vec![vec![4.0, 1.0, 0.5], vec![1.0, 3e6, -2.0], vec![0.5, -2.0, 1.0]];
        let inverse = inverse(&matrix).unwrap();
        for (i, row) in matrix.iter().enumerate() {
            for j in 0..3 {
                let product: f64 = row.iter().zip(&inverse).map(|(m, column)| m * column[j]).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-9, "{product}");
            }
        }
        assert_eq!(super::inverse(&[vec![1.0, 1.0], vec![1.0, 1.0]]), None);
        assert_eq!(super::inverse(&[vec![-1.0]]), None);
        assert_eq!(super::inverse(&[vec![f64::NAN]]), None);
    }
}
