//! Derivatives with respect to each parameter, with the bounds on their errors.

use crate::scaled::ScaledNumber;

/// Derivatives of one number with respect to each parameter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParameterGradient {
    /// The derivatives, each in the unit of the number divided by that of the parameter.
    pub values: Vec<f64>,
    /// Bounds on their absolute errors, in the same units; infinite where nothing is known.
    pub errors: Vec<f64>,
}

/// Derivatives as they are computed, also where they are below the smallest double.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ScaledGradient {
    pub(super) values: Vec<ScaledNumber>,
    /// Bounds on their absolute errors; infinite where nothing is known.
    pub(super) errors: Vec<ScaledNumber>,
}

impl ScaledGradient {
    /// Returns a gradient of zeros, which are exact.
    pub(super) fn zeros(parameters: usize) -> ScaledGradient {
        let zeros = vec![ScaledNumber::ZERO; parameters];
        ScaledGradient { values: zeros.clone(), errors: zeros }
    }

    /// Adds another gradient, multiplied by a factor.
    pub(super) fn add(&mut self, factor: ScaledNumber, other: &ScaledGradient) {
        self.values.iter_mut().zip(&other.values).for_each(|(sum, x)| *sum += factor * *x);
        self.errors.iter_mut().zip(&other.errors).for_each(|(sum, x)| *sum += factor.abs() * *x);
    }

    /// Returns the gradient of the negative.
    pub(super) fn negative(&self) -> ScaledGradient {
        ScaledGradient { values: self.values.iter().map(|&x| -x).collect(), errors: self.errors.clone() }
    }

    /// Returns the gradient of the logarithm of a number: `dx / x`. The relative error of the number, `relative`, is
    /// one of each quotient.
    pub(super) fn of_log(&self, number: ScaledNumber, relative: f64) -> ParameterGradient {
        let quotient = |x: &ScaledNumber| (*x / number).to_f64();
        let values: Vec<f64> = self.values.iter().map(quotient).collect();
        let error = |(value, error): (&f64, &ScaledNumber)| match relative < 1.0 {
            // What is rounded to the smallest doubles, or to zero, is off by their spacing.
            true if value.abs() < f64::MIN_POSITIVE && !error.is_zero() => {
                quotient(error) / (1.0 - relative) + f64::from_bits(1)
            }
            true => (quotient(error) + (relative + 2.0 * f64::EPSILON) * value.abs()) / (1.0 - relative),
            false => f64::INFINITY,
        };
        let errors = values.iter().zip(&self.errors).map(error).collect();
        ParameterGradient { values, errors }
    }

    /// Returns the gradient as doubles, the rounding of the smallest among the errors.
    pub(super) fn plain(&self) -> ParameterGradient {
        let error = |(value, error): (&ScaledNumber, &ScaledNumber)| {
            let rounds = !value.is_zero() && value.to_f64().abs() < f64::MIN_POSITIVE;
            error.to_f64() + if rounds { f64::from_bits(1) } else { 0.0 }
        };
        ParameterGradient {
            values: self.values.iter().map(|x| x.to_f64()).collect(),
            errors: self.values.iter().zip(&self.errors).map(error).collect(),
        }
    }
}
