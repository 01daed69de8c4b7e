//! Numbers whose exponent has a word of its own: probabilities far below the smallest double, and their logarithms.

use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// A number `mantissa * 2^exponent`. The magnitude of the mantissa lies in [1/2, 1); zero has the mantissa zero and the
/// exponent zero. A mantissa that is infinite or NaN stands for itself.
///
/// Each operation rounds its mantissa once, as the operation on doubles does, so that a sum or product has the bits of
/// doubles wherever those neither overflow nor underflow. Exponents saturate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ScaledNumber {
    mantissa: f64,
    exponent: i64,
}

/// Beyond this difference of exponents the smaller of two terms is below half a unit in the last place of the larger.
const NEGLIGIBLE: i64 = 64;

impl ScaledNumber {
    /// Zero.
    pub const ZERO: ScaledNumber = ScaledNumber { mantissa: 0.0, exponent: 0 };
    /// One.
    pub const ONE: ScaledNumber = ScaledNumber { mantissa: 0.5, exponent: 1 };

    /// Returns `mantissa * 2^exponent`, exactly.
    pub fn new(mantissa: f64, exponent: i64) -> ScaledNumber {
        if mantissa == 0.0 {
            return ScaledNumber::ZERO;
        }
        if !mantissa.is_finite() {
            return ScaledNumber { mantissa, exponent: 0 };
        }
        let (mantissa, own) = libm::frexp(mantissa);
        ScaledNumber { mantissa, exponent: exponent.saturating_add(i64::from(own)) }
    }

    /// Returns the mantissa.
    pub fn mantissa(self) -> f64 {
        self.mantissa
    }

    /// Returns the exponent of two.
    pub fn exponent(self) -> i64 {
        self.exponent
    }

    /// Returns the nearest double: zero below the subnormal numbers, infinite beyond the largest.
    pub fn to_f64(self) -> f64 {
        let exponent = self.exponent.clamp(-10_000, 10_000) as i32;
        libm::ldexp(self.mantissa, exponent)
    }

    /// Returns the natural logarithm: minus infinity of zero, NaN of a negative number. Its absolute error is two
    /// roundings of its magnitude.
    pub fn ln(self) -> f64 {
        match self.exponent.unsigned_abs() {
            // Near one the sum of the two parts would cancel.
            0..=1000 => self.to_f64().ln(),
            _ => self.mantissa.ln() + self.exponent as f64 * std::f64::consts::LN_2,
        }
    }

    /// Returns whether this is zero.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0.0
    }

    /// Returns the magnitude.
    pub fn abs(self) -> ScaledNumber {
        ScaledNumber { mantissa: self.mantissa.abs(), exponent: self.exponent }
    }
}

impl From<f64> for ScaledNumber {
    fn from(number: f64) -> ScaledNumber {
        ScaledNumber::new(number, 0)
    }
}

impl Add for ScaledNumber {
    type Output = ScaledNumber;

    fn add(self, other: ScaledNumber) -> ScaledNumber {
        if self.is_zero() || !other.mantissa.is_finite() {
            return other;
        }
        if other.is_zero() || !self.mantissa.is_finite() {
            return self;
        }
        let (large, small) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let apart = large.exponent.saturating_sub(small.exponent);
        if apart > NEGLIGIBLE {
            return large;
        }
        // Exact: the mantissas are normal, and so is the shifted one.
        let shifted = libm::ldexp(small.mantissa, -(apart as i32));
        ScaledNumber::new(large.mantissa + shifted, large.exponent)
    }
}

impl AddAssign for ScaledNumber {
    fn add_assign(&mut self, other: ScaledNumber) {
        *self = *self + other;
    }
}

impl Sub for ScaledNumber {
    type Output = ScaledNumber;

    fn sub(self, other: ScaledNumber) -> ScaledNumber {
        self + -other
    }
}

impl Neg for ScaledNumber {
    type Output = ScaledNumber;

    fn neg(self) -> ScaledNumber {
        ScaledNumber { mantissa: -self.mantissa, exponent: self.exponent }
    }
}

impl Mul for ScaledNumber {
    type Output = ScaledNumber;

    fn mul(self, other: ScaledNumber) -> ScaledNumber {
        ScaledNumber::new(self.mantissa * other.mantissa, self.exponent.saturating_add(other.exponent))
    }
}

impl Mul<f64> for ScaledNumber {
    type Output = ScaledNumber;

    fn mul(self, factor: f64) -> ScaledNumber {
        self * ScaledNumber::from(factor)
    }
}

impl Div for ScaledNumber {
    type Output = ScaledNumber;

    fn div(self, other: ScaledNumber) -> ScaledNumber {
        ScaledNumber::new(self.mantissa / other.mantissa, self.exponent.saturating_sub(other.exponent))
    }
}

impl Sum for ScaledNumber {
    fn sum<I: Iterator<Item = ScaledNumber>>(terms: I) -> ScaledNumber {
        terms.fold(ScaledNumber::ZERO, Add::add)
    }
}

impl PartialOrd for ScaledNumber {
    fn partial_cmp(&self, other: &ScaledNumber) -> Option<Ordering> {
        let is_plain = |number: &ScaledNumber| number.is_zero() || !number.mantissa.is_finite();
        let same_sign = (self.mantissa > 0.0) == (other.mantissa > 0.0);
        if is_plain(self) || is_plain(other) || !same_sign || self.exponent == other.exponent {
            return self.mantissa.partial_cmp(&other.mantissa);
        }
        let by_exponent = self.exponent.cmp(&other.exponent);
        Some(if self.mantissa > 0.0 { by_exponent } else { by_exponent.reverse() })
    }
}

#[cfg(test)]
mod tests {
    use super::ScaledNumber;
    use proptest::prelude::*;

    fn doubles() -> impl Strategy<Value = f64> {
        (-1.0..1.0f64, -200..200i32).prop_map(|(m, e)| m * 2f64.powi(e))
    }

    proptest! {
        #[test]
        fn operations_have_the_bits_of_doubles(a in doubles(), b in doubles()) {
            let (x, y) = (ScaledNumber::from(a), ScaledNumber::from(b));
            prop_assert_eq!((x + y).to_f64(), a + b);
            prop_assert_eq!((x - y).to_f64(), a - b);
            prop_assert_eq!((x * y).to_f64(), a * b);
            prop_assert_eq!((x / y).to_f64(), a / b);
            prop_assert_eq!(x.partial_cmp(&y), a.partial_cmp(&b));
            prop_assert_eq!(x.to_f64(), a);
        }
    }

    #[test]
    fn powers_far_below_the_doubles_keep_their_logarithm() {
        let mut power = ScaledNumber::ONE;
        (0..100_000).for_each(|_| power = power * 0.3);
        assert!((power.ln() / (1e5 * 0.3f64.ln()) - 1.0).abs() < 1e-11, "{power:?}");
        assert_eq!(power.to_f64(), 0.0);
        assert_eq!(ScaledNumber::ZERO.ln(), f64::NEG_INFINITY);
    }

    #[test]
    fn numbers_that_are_none_stay_so() {
        let infinite = ScaledNumber::from(f64::INFINITY);
        assert_eq!((infinite + ScaledNumber::ONE).to_f64(), f64::INFINITY);
        assert!((ScaledNumber::from(f64::NAN) + ScaledNumber::ONE).to_f64().is_nan());
        assert!(ScaledNumber::ONE < infinite && ScaledNumber::from(1e-300) * 1e-300 < ScaledNumber::ONE);
        assert!(-ScaledNumber::ONE < ScaledNumber::ZERO);
    }
}
