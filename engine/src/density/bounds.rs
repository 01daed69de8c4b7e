//! Bounds on the errors of density, cdf and survival, each of its own kind.

use crate::scaled::ScaledNumber;

/// A bound on the error of one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ErrorBound {
    /// The error is at most this multiple of the number.
    Relative(f64),
    /// The error is at most this, in the unit of the number.
    Absolute(f64),
}

impl ErrorBound {
    /// Returns the bound as a plain number, whichever kind it is of.
    pub fn number(self) -> f64 {
        match self {
            ErrorBound::Relative(bound) | ErrorBound::Absolute(bound) => bound,
        }
    }

    /// Returns the bound on the absolute error of a number, in its unit. The spacing of doubles is part of it, since
    /// a number below the smallest normal double is rounded to it.
    pub fn absolute(self, number: ScaledNumber) -> f64 {
        match self {
            ErrorBound::Relative(bound) => {
                let error = (number.abs() * bound).to_f64();
                let rounds = number.abs().to_f64() < f64::MIN_POSITIVE && !number.is_zero();
                if rounds { error + f64::from_bits(1) } else { error }
            }
            ErrorBound::Absolute(bound) => bound,
        }
    }

    /// Returns the bound on the relative error of a number; infinite where nothing is known of it.
    pub fn relative(self, number: ScaledNumber) -> f64 {
        match self {
            ErrorBound::Relative(bound) => bound,
            ErrorBound::Absolute(0.0) => 0.0,
            ErrorBound::Absolute(bound) => {
                // Of the number that is meant: it may be smaller than the one found.
                let least = number.abs() - ScaledNumber::from(bound);
                match least > ScaledNumber::ZERO {
                    true => (ScaledNumber::from(bound) / least).to_f64(),
                    false => f64::INFINITY,
                }
            }
        }
    }

    /// Returns the bound on the absolute error of the logarithm of a number: `-ln(1 - r)` for a relative bound r, and
    /// the rounding of the logarithm; infinite where the number may be zero.
    pub fn of_log(self, number: ScaledNumber) -> f64 {
        let relative = match self {
            ErrorBound::Relative(bound) => bound,
            ErrorBound::Absolute(bound) => (ScaledNumber::from(bound) / number.abs()).to_f64(),
        };
        if relative.is_nan() || relative >= 1.0 {
            return f64::INFINITY;
        }
        -(-relative).ln_1p() + 2.0 * f64::EPSILON * number.ln().abs()
    }
}

/// Bounds on the errors of density, cdf and survival.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PointBounds {
    /// Of the density.
    pub(super) density: ErrorBound,
    /// Of the cdf.
    pub(super) cdf: ErrorBound,
    /// Of the survival function.
    pub(super) survival: ErrorBound,
}

impl PointBounds {
    /// Returns the same relative bound for each.
    pub(super) fn relative(bound: f64) -> PointBounds {
        let bound = ErrorBound::Relative(bound);
        PointBounds { density: bound, cdf: bound, survival: bound }
    }

    /// Returns the largest of the three, NaN if one of them is. All are of the same kind.
    pub(super) fn largest(&self) -> ErrorBound {
        let larger = |a: ErrorBound, b: ErrorBound| match a.number() >= b.number() || a.number().is_nan() {
            true => a,
            false => b,
        };
        larger(larger(self.density, self.cdf), self.survival)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_either_kind_are_told_in_every_form() {
        let number = ScaledNumber::from(0.25);
        assert_eq!(ErrorBound::Relative(0.5).absolute(number), 0.125);
        assert_eq!(ErrorBound::Absolute(0.05).relative(number), 0.05 / (0.25 - 0.05));
        assert_eq!(ErrorBound::Absolute(0.3).relative(number), f64::INFINITY);
        assert!(ErrorBound::Relative(0.5).of_log(number) >= std::f64::consts::LN_2);
        assert_eq!(ErrorBound::Absolute(0.3).of_log(number), f64::INFINITY);
        let tiny = ScaledNumber::new(1.0, -5000);
        assert_eq!(ErrorBound::Relative(1e-12).absolute(tiny), f64::from_bits(1));
        assert!(ErrorBound::Relative(1e-12).of_log(tiny) < 1e-11);
    }
}
