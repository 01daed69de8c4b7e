//! Numbers whose exponent has a word of its own: probabilities far below the smallest double, and their logarithms.

use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// Bits by which numbers of neighbouring scales differ.
const STRIDE: i64 = 512;
/// 2^512.
const UP: f64 = 1.340_780_792_994_259_7e154;
/// 2^-512.
const DOWN: f64 = 7.458_340_731_200_207e-155;
/// 2^256: magnitudes lie below it.
const HIGH: f64 = 1.157_920_892_373_162e77;
/// 2^-256: magnitudes are at least this.
const LOW: f64 = 8.636_168_555_094_445e-78;

/// A number `number * 2^(512 scale)`. The magnitude of `number` lies in [2^-256, 2^256), so that products and sums of
/// two neither overflow nor underflow before they are brought back there, which takes a comparison. Zero has the scale
/// zero; what is infinite or NaN stands for itself.
///
/// Each operation rounds once, as the operation on doubles does, so that a sum or a product has the bits of doubles
/// wherever those neither overflow nor underflow. Scales saturate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ScaledNumber {
    number: f64,
    scale: i64,
}

impl ScaledNumber {
    /// Zero.
    pub const ZERO: ScaledNumber = ScaledNumber { number: 0.0, scale: 0 };
    /// One.
    pub const ONE: ScaledNumber = ScaledNumber { number: 1.0, scale: 0 };

    /// Returns `number * 2^exponent`, exactly.
    pub fn new(number: f64, exponent: i64) -> ScaledNumber {
        let (scale, rest) = (exponent.div_euclid(STRIDE), exponent.rem_euclid(STRIDE));
        // Two steps: a subnormal number is brought to its scale before it is multiplied.
        let brought = ScaledNumber::at(number, scale);
        let factor = ScaledNumber::at(libm::ldexp(1.0, rest as i32), 0);
        brought * factor
    }

    /// Returns `number * 2^(512 scale)` for any double.
    #[inline]
    fn at(number: f64, scale: i64) -> ScaledNumber {
        let magnitude = number.abs();
        if (LOW..HIGH).contains(&magnitude) {
            return ScaledNumber { number, scale };
        }
        if number == 0.0 {
            return ScaledNumber::ZERO;
        }
        if !number.is_finite() {
            return ScaledNumber { number, scale: 0 };
        }
        if magnitude < LOW {
            let up = number * UP;
            return match up.abs() < LOW {
                true => ScaledNumber { number: up * UP, scale: scale.saturating_sub(2) },
                false => ScaledNumber { number: up, scale: scale.saturating_sub(1) },
            };
        }
        let down = number * DOWN;
        match down.abs() < HIGH {
            true => ScaledNumber { number: down, scale: scale.saturating_add(1) },
            false => ScaledNumber { number: down * DOWN, scale: scale.saturating_add(2) },
        }
    }

    /// Returns the mantissa, whose magnitude lies in [1/2, 1), and the exponent of two. Zero, and what is infinite or
    /// NaN, is its own mantissa with the exponent zero.
    pub fn parts(self) -> (f64, i64) {
        if self.number == 0.0 || !self.number.is_finite() {
            return (self.number, 0);
        }
        let (mantissa, exponent) = libm::frexp(self.number);
        (mantissa, self.scale.saturating_mul(STRIDE).saturating_add(i64::from(exponent)))
    }

    /// Returns the nearest double: zero below the subnormal numbers, infinite beyond the largest.
    pub fn to_f64(self) -> f64 {
        if self.scale == 0 {
            return self.number;
        }
        let exponent = self.scale.saturating_mul(STRIDE).clamp(-10_000, 10_000);
        libm::ldexp(self.number, exponent as i32)
    }

    /// Returns the natural logarithm: minus infinity of zero, NaN of a negative number. Its absolute error is two
    /// roundings of its magnitude.
    pub fn ln(self) -> f64 {
        match self.scale {
            0 => self.number.ln(),
            // No cancellation: the first term is at most half of the second.
            scale => self.number.ln() + (scale as f64 * STRIDE as f64) * std::f64::consts::LN_2,
        }
    }

    /// Returns whether this is zero.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.number == 0.0
    }

    /// Returns the magnitude.
    pub fn abs(self) -> ScaledNumber {
        ScaledNumber { number: self.number.abs(), scale: self.scale }
    }
}

impl From<f64> for ScaledNumber {
    fn from(number: f64) -> ScaledNumber {
        ScaledNumber::at(number, 0)
    }
}

impl Add for ScaledNumber {
    type Output = ScaledNumber;

    #[inline]
    fn add(self, other: ScaledNumber) -> ScaledNumber {
        if self.scale == other.scale || !(self.number * other.number).is_finite() {
            return ScaledNumber::at(self.number + other.number, self.scale);
        }
        if self.is_zero() {
            return other;
        }
        if other.is_zero() {
            return self;
        }
        let (large, small) = if self.scale > other.scale { (self, other) } else { (other, self) };
        // Beyond neighbours the smaller term is below half a unit in the last place of the larger.
        if large.scale - small.scale > 1 {
            return large;
        }
        ScaledNumber::at(large.number + small.number * DOWN, large.scale)
    }
}

impl AddAssign for ScaledNumber {
    #[inline]
    fn add_assign(&mut self, other: ScaledNumber) {
        *self = *self + other;
    }
}

impl Sub for ScaledNumber {
    type Output = ScaledNumber;

    #[inline]
    fn sub(self, other: ScaledNumber) -> ScaledNumber {
        self + -other
    }
}

impl Neg for ScaledNumber {
    type Output = ScaledNumber;

    #[inline]
    fn neg(self) -> ScaledNumber {
        ScaledNumber { number: -self.number, scale: self.scale }
    }
}

impl Mul for ScaledNumber {
    type Output = ScaledNumber;

    #[inline]
    fn mul(self, other: ScaledNumber) -> ScaledNumber {
        ScaledNumber::at(self.number * other.number, self.scale.saturating_add(other.scale))
    }
}

impl Mul<f64> for ScaledNumber {
    type Output = ScaledNumber;

    #[inline]
    fn mul(self, factor: f64) -> ScaledNumber {
        self * ScaledNumber::from(factor)
    }
}

impl Div for ScaledNumber {
    type Output = ScaledNumber;

    #[inline]
    fn div(self, other: ScaledNumber) -> ScaledNumber {
        ScaledNumber::at(self.number / other.number, self.scale.saturating_sub(other.scale))
    }
}

impl Sum for ScaledNumber {
    fn sum<I: Iterator<Item = ScaledNumber>>(terms: I) -> ScaledNumber {
        terms.fold(ScaledNumber::ZERO, Add::add)
    }
}

impl PartialOrd for ScaledNumber {
    fn partial_cmp(&self, other: &ScaledNumber) -> Option<Ordering> {
        let is_plain = |number: &ScaledNumber| number.is_zero() || !number.number.is_finite();
        let same_sign = (self.number > 0.0) == (other.number > 0.0);
        if is_plain(self) || is_plain(other) || !same_sign || self.scale == other.scale {
            return self.number.partial_cmp(&other.number);
        }
        let by_scale = self.scale.cmp(&other.scale);
        Some(if self.number > 0.0 { by_scale } else { by_scale.reverse() })
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
            let (mantissa, exponent) = x.parts();
            prop_assert_eq!(ScaledNumber::new(mantissa, exponent), x);
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
    fn every_double_is_kept_as_it_is() {
        for x in [5e-324, 1e-310, f64::MIN_POSITIVE, 1e-200, 1.0, 1e200, f64::MAX] {
            assert_eq!(ScaledNumber::from(x).to_f64(), x);
            assert_eq!(ScaledNumber::new(x, -3000) * ScaledNumber::new(1.0, 3000), ScaledNumber::from(x));
            let log = ScaledNumber::from(x).ln();
            assert!((log - x.ln()).abs() <= 1e-15 * x.ln().abs(), "{x:e}: {log}");
        }
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
