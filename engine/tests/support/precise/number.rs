//! Floating-point numbers of 384 bits.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

use sojourn_engine::ScaledNumber;

const LIMBS: usize = 6;
const BITS: i64 = 64 * LIMBS as i64;

/// A number `+- limbs / 2^384 * 2^exponent`, the lowest limb first. The highest bit is set, but for zero. Operations
/// round towards zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PreciseNumber {
    is_negative: bool,
    exponent: i64,
    limbs: [u64; LIMBS],
}

impl PreciseNumber {
    pub(crate) const ZERO: PreciseNumber =
        PreciseNumber { is_negative: false, exponent: 0, limbs: [0; LIMBS] };

    /// Returns the same number multiplied by a power of two.
    pub(crate) fn times_power_of_two(self, power: i64) -> PreciseNumber {
        if self.is_zero() { self } else { PreciseNumber { exponent: self.exponent + power, ..self } }
    }

    /// Returns whether this is zero.
    pub(crate) fn is_zero(self) -> bool {
        self.limbs[LIMBS - 1] == 0
    }

    /// Returns the magnitude.
    pub(crate) fn abs(self) -> PreciseNumber {
        PreciseNumber { is_negative: false, ..self }
    }

    /// Returns this divided by a whole number above zero.
    pub(crate) fn divided_by(self, divisor: u64) -> PreciseNumber {
        let (mut quotient, mut rest) = ([0; LIMBS], 0u128);
        for i in (0..LIMBS).rev() {
            let part = (rest << 64) | u128::from(self.limbs[i]);
            quotient[i] = (part / u128::from(divisor)) as u64;
            rest = part % u128::from(divisor);
        }
        normalised(self.is_negative, self.exponent, quotient)
    }

    /// Returns the number, its 64 highest bits rounded to 53.
    pub(crate) fn scaled(self) -> ScaledNumber {
        let magnitude = ScaledNumber::new(self.limbs[LIMBS - 1] as f64, self.exponent.saturating_sub(64));
        if self.is_negative { -magnitude } else { magnitude }
    }

    /// Returns how far a number is from this one, relative to this one.
    pub(crate) fn relative_error(self, found: impl Into<PreciseNumber>) -> f64 {
        let difference = (found.into() - self).abs();
        if difference.is_zero() { 0.0 } else { (difference.scaled() / self.abs().scaled()).to_f64() }
    }
}

/// Moves the highest bit to its place.
fn normalised(is_negative: bool, exponent: i64, limbs: [u64; LIMBS]) -> PreciseNumber {
    let Some(highest) = (0..LIMBS).rev().find(|&i| limbs[i] != 0) else { return PreciseNumber::ZERO };
    let (words, bits) = (LIMBS - 1 - highest, limbs[highest].leading_zeros());
    let mut moved = [0; LIMBS];
    for i in (words..LIMBS).rev() {
        let below = if i > words && bits > 0 { limbs[i - words - 1] >> (64 - bits) } else { 0 };
        moved[i] = (limbs[i - words] << bits) | below;
    }
    let exponent = exponent - 64 * words as i64 - i64::from(bits);
    PreciseNumber { is_negative, exponent, limbs: moved }
}

/// Moves limbs towards the lower ones by so many bits.
fn lowered(limbs: [u64; LIMBS], by: i64) -> [u64; LIMBS] {
    let (words, bits) = ((by / 64) as usize, by % 64);
    let mut moved = [0; LIMBS];
    for i in 0..LIMBS.saturating_sub(words) {
        let above = if bits > 0 && i + words + 1 < LIMBS { limbs[i + words + 1] << (64 - bits) } else { 0 };
        moved[i] = (limbs[i + words] >> bits) | above;
    }
    moved
}

impl From<f64> for PreciseNumber {
    fn from(number: f64) -> PreciseNumber {
        ScaledNumber::from(number).into()
    }
}

impl From<ScaledNumber> for PreciseNumber {
    fn from(number: ScaledNumber) -> PreciseNumber {
        let (mantissa, exponent) = number.parts();
        let mut limbs = [0; LIMBS];
        // Exact: 53 bits.
        limbs[LIMBS - 1] = (mantissa.abs() * 2f64.powi(63)) as u64;
        normalised(mantissa < 0.0, exponent + 1, limbs)
    }
}

impl Add for PreciseNumber {
    type Output = PreciseNumber;

    fn add(self, other: PreciseNumber) -> PreciseNumber {
        if self.is_zero() || other.is_zero() {
            return if self.is_zero() { other } else { self };
        }
        let (large, small) = if self.abs() >= other.abs() { (self, other) } else { (other, self) };
        let apart = large.exponent - small.exponent;
        if apart >= BITS {
            return large;
        }
        let shifted = lowered(small.limbs, apart);
        let mut limbs = large.limbs;
        if large.is_negative != small.is_negative {
            let mut borrow = false;
            for (limb, &less) in limbs.iter_mut().zip(&shifted) {
                let (first, a) = limb.overflowing_sub(less);
                let (second, b) = first.overflowing_sub(u64::from(borrow));
                (*limb, borrow) = (second, a || b);
            }
            return normalised(large.is_negative, large.exponent, limbs);
        }
        let mut carry = false;
        for (limb, &more) in limbs.iter_mut().zip(&shifted) {
            let (first, a) = limb.overflowing_add(more);
            let (second, b) = first.overflowing_add(u64::from(carry));
            (*limb, carry) = (second, a || b);
        }
        if !carry {
            return PreciseNumber { limbs, ..large };
        }
        let mut limbs = lowered(limbs, 1);
        limbs[LIMBS - 1] |= 1 << 63;
        PreciseNumber { exponent: large.exponent + 1, limbs, ..large }
    }
}

impl Sub for PreciseNumber {
    type Output = PreciseNumber;

    fn sub(self, other: PreciseNumber) -> PreciseNumber {
        self + -other
    }
}

impl Neg for PreciseNumber {
    type Output = PreciseNumber;

    fn neg(self) -> PreciseNumber {
        if self.is_zero() { self } else { PreciseNumber { is_negative: !self.is_negative, ..self } }
    }
}

impl Mul for PreciseNumber {
    type Output = PreciseNumber;

    fn mul(self, other: PreciseNumber) -> PreciseNumber {
        if self.is_zero() || other.is_zero() {
            return PreciseNumber::ZERO;
        }
        let mut product = [0u64; 2 * LIMBS];
        for (i, &a) in self.limbs.iter().enumerate() {
            let mut carry = 0u128;
            for (j, &b) in other.limbs.iter().enumerate() {
                let sum = u128::from(a) * u128::from(b) + u128::from(product[i + j]) + carry;
                product[i + j] = sum as u64;
                carry = sum >> 64;
            }
            product[i + LIMBS] = carry as u64;
        }
        let mut limbs = [0; LIMBS];
        limbs.copy_from_slice(&product[LIMBS..]);
        normalised(self.is_negative != other.is_negative, self.exponent + other.exponent, limbs)
    }
}

impl PartialOrd for PreciseNumber {
    fn partial_cmp(&self, other: &PreciseNumber) -> Option<Ordering> {
        Some(match (self.is_negative, other.is_negative) {
            (false, false) => magnitude_order(self, other),
            (true, true) => magnitude_order(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        })
    }
}

fn magnitude_order(a: &PreciseNumber, b: &PreciseNumber) -> Ordering {
    match (a.is_zero(), b.is_zero()) {
        (false, false) => {
            a.exponent.cmp(&b.exponent).then_with(|| a.limbs.iter().rev().cmp(b.limbs.iter().rev()))
        }
        (a, b) => b.cmp(&a),
    }
}

#[test]
fn operations_agree_with_those_of_doubles_and_with_what_they_undo() {
    let numbers = [1.0, -3.5, 1e-200, 7.25e100, -0.1, 1.0 / 3.0, 2f64.powi(-60), 12345.678];
    for a in numbers {
        for b in numbers {
            let (x, y) = (PreciseNumber::from(a), PreciseNumber::from(b));
            assert_eq!((x + y).scaled().to_f64(), a + b, "{a} + {b}");
            assert_eq!(x.partial_cmp(&y), a.partial_cmp(&b), "{a} and {b}");
            let product = (x * y).scaled().to_f64();
            assert!((product - a * b).abs() <= f64::EPSILON * (a * b).abs(), "{a} * {b}: {product}");
            assert!((x - y + y).relative_error(x) < 1e-110 || (b / a).abs() > 1e10);
            let third = x.divided_by(3);
            assert!((third + third + third).relative_error(x) < 1e-114);
        }
    }
    // (1 + 2^-200)^2 - 1 - 2^-199 = 2^-400 is lost, 2^-199 is not.
    let small = PreciseNumber::from(1.0).times_power_of_two(-200);
    let squared = (PreciseNumber::from(1.0) + small) * (PreciseNumber::from(1.0) + small);
    assert_eq!(squared - PreciseNumber::from(1.0), small.times_power_of_two(1));
}
