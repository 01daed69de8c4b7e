//! Numbers of many more digits than doubles have, with exponents that do not end: what derivatives are computed in where
//! doubles leave no digit of them.
//!
//! A [`WideFloat`] of N limbs has 64 N bits. Its operations are those of Knuth, *The Art of Computer Programming*, volume
//! 2, sections 4.2.1 and 4.3.1, on limbs of 64 bits; a reciprocal is found by Newton's iteration from that of the leading
//! limb. Sums cost N limb operations, products N^2, reciprocals a few products. Results are cut off, not rounded, so that
//! each has a relative error of at most [`WideFloat::ROUNDING_EXPONENT`] as a power of two: nothing overflows, and nothing
//! is lost below a smallest number.

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Mul, Sub};

/// A number of 64 N bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WideFloat<const N: usize> {
    negative: bool,
    /// The size is the limbs, read as a fraction of one, times two to this.
    exponent: i64,
    /// The lowest first; the highest bit of the last is set, unless all are zero.
    limbs: [u64; N],
}

impl<const N: usize> WideFloat<N> {
    /// Zero.
    pub(crate) const ZERO: WideFloat<N> = WideFloat { negative: false, exponent: 0, limbs: [0; N] };

    /// Each operation has a relative error below two to this. (Sums and products cut off one unit of the last place,
    /// which is 2^(1 - 64 N) of the number at most, or two; a reciprocal some eight.)
    pub(crate) const ROUNDING_EXPONENT: i64 = 5 - 64 * N as i64;

    /// Returns a double as it is.
    ///
    /// # Panics
    /// In debug builds, if it is not finite.
    pub(crate) fn of(value: f64) -> WideFloat<N> {
        debug_assert!(value.is_finite(), "{value}");
        let bits = value.abs().to_bits();
        let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i64);
        let (integer, exponent) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        if integer == 0 {
            return Self::ZERO;
        }
        let shift = integer.leading_zeros();
        let mut limbs = [0; N];
        limbs[N - 1] = integer << shift;
        WideFloat { negative: value < 0.0, exponent: 64 + exponent - i64::from(shift), limbs }
    }

    /// Returns the double next to it, to 1.001 units of half the last place; infinite, or zero, where doubles end.
    pub(crate) fn to_f64(self) -> f64 {
        let power = (self.exponent - 64).clamp(-2200, 2200) as i32;
        // In two steps, neither of which leaves the range of doubles unless the result does.
        // Whatever is below the highest limb counts where that alone lies half-way between two doubles.
        let sticky = u64::from(self.limbs[..N - 1].iter().any(|&limb| limb != 0));
        let size =
            (self.limbs[N - 1] | sticky) as f64 * 2.0_f64.powi(power / 2) * 2.0_f64.powi(power - power / 2);
        if self.negative { -size } else { size }
    }

    pub(crate) fn is_zero(self) -> bool {
        self.limbs[N - 1] == 0
    }

    pub(crate) fn is_positive(self) -> bool {
        !self.negative && !self.is_zero()
    }

    /// Returns its magnitude.
    pub(crate) fn abs(self) -> WideFloat<N> {
        WideFloat { negative: false, ..self }
    }

    /// Returns it times a power of two, exactly.
    pub(crate) fn scaled(self, exponent: i64) -> WideFloat<N> {
        WideFloat { exponent: self.exponent + exponent, ..self }
    }

    /// Compares magnitudes.
    pub(crate) fn cmp_size(&self, other: &WideFloat<N>) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (false, false) => {
                let limbs = self.limbs.iter().rev().cmp(other.limbs.iter().rev());
                self.exponent.cmp(&other.exponent).then(limbs)
            }
            (one, another) => another.cmp(&one),
        }
    }

    /// Returns one divided by it: r + r (1 - d r) has the square of the error of r.
    ///
    /// # Panics
    /// In debug builds, if it is zero.
    pub(crate) fn reciprocal(self) -> WideFloat<N> {
        debug_assert!(!self.is_zero());
        let d = WideFloat { negative: false, exponent: 0, ..self };
        let one = Self::of(1.0);
        let mut r = Self::of(1.0 / d.to_f64());
        let mut bits = 50;
        while bits < 64 * N {
            r += r * (one - d * r);
            bits *= 2;
        }
        WideFloat { negative: self.negative, exponent: r.exponent - self.exponent, ..r }
    }

    /// Shifts limbs to lower places; behind them stands a limb of what leaves the lowest.
    fn shifted(&self, by: u64) -> ([u64; N], u64) {
        let (whole, bits) = ((by / 64) as usize, by % 64);
        if by >= 64 * (N as u64 + 1) {
            return ([0; N], 0);
        }
        let limb = |at: usize| self.limbs.get(at).copied().unwrap_or(0);
        let joined = |low: u64, high: u64| if bits == 0 { low } else { low >> bits | high << (64 - bits) };
        let mut limbs = [0; N];
        for (at, shifted) in limbs.iter_mut().enumerate() {
            *shifted = joined(limb(at + whole), limb(at + whole + 1));
        }
        let below = whole.checked_sub(1).map_or(0, limb);
        (limbs, joined(below, limb(whole)))
    }

    /// Adds magnitudes, of which the other is not larger.
    fn add_size(self, smaller: WideFloat<N>) -> WideFloat<N> {
        let (other, _) = smaller.shifted((self.exponent - smaller.exponent) as u64);
        let (mut limbs, mut carry) = ([0; N], false);
        for (sum, (a, b)) in limbs.iter_mut().zip(self.limbs.into_iter().zip(other)) {
            let (part, first) = a.overflowing_add(b);
            let (part, second) = part.overflowing_add(u64::from(carry));
            (*sum, carry) = (part, first || second);
        }
        let mut exponent = self.exponent;
        if carry {
            (limbs, _) = WideFloat { limbs, ..self }.shifted(1);
            limbs[N - 1] |= 1 << 63;
            exponent += 1;
        }
        WideFloat { negative: self.negative, exponent, limbs }
    }

    /// Subtracts magnitudes, of which the other is smaller. Where the result is below a quarter of the larger one, both
    /// are at most one place apart and the limb behind the last holds all: it is exact.
    fn subtract_size(self, smaller: WideFloat<N>) -> WideFloat<N> {
        let (other, behind) = smaller.shifted((self.exponent - smaller.exponent) as u64);
        let (behind, mut borrow) = 0u64.overflowing_sub(behind);
        let mut limbs = [0; N];
        for (difference, (a, b)) in limbs.iter_mut().zip(self.limbs.into_iter().zip(other)) {
            let (part, first) = a.overflowing_sub(b);
            let (part, second) = part.overflowing_sub(u64::from(borrow));
            (*difference, borrow) = (part, first || second);
        }
        let empty = limbs.iter().rev().take_while(|limb| **limb == 0).count();
        let leading = if empty == N { behind } else { limbs[N - 1 - empty] };
        if leading == 0 {
            return Self::ZERO;
        }
        let bits = leading.leading_zeros();
        // Places count from the limb behind the last.
        let limb = |place: isize| match place {
            0 => behind,
            1.. => limbs[place as usize - 1],
            _ => 0,
        };
        let mut shifted = [0; N];
        for (at, to) in (1isize..).zip(&mut shifted) {
            let (high, low) = (limb(at - empty as isize), limb(at - empty as isize - 1));
            *to = if bits == 0 { high } else { high << bits | low >> (64 - bits) };
        }
        let exponent = self.exponent - 64 * empty as i64 - i64::from(bits);
        WideFloat { negative: self.negative, exponent, limbs: shifted }
    }

    fn negated(self) -> WideFloat<N> {
        WideFloat { negative: !self.negative && !self.is_zero(), ..self }
    }
}

impl<const N: usize> Add for WideFloat<N> {
    type Output = WideFloat<N>;

    fn add(self, other: WideFloat<N>) -> WideFloat<N> {
        self.plus(other)
    }
}

impl<const N: usize> Sub for WideFloat<N> {
    type Output = WideFloat<N>;

    fn sub(self, other: WideFloat<N>) -> WideFloat<N> {
        self.plus(other.negated())
    }
}

impl<const N: usize> WideFloat<N> {
    /// Returns the sum of both.
    fn plus(self, other: WideFloat<N>) -> WideFloat<N> {
        match (self.cmp_size(&other), self.negative == other.negative) {
            _ if other.is_zero() => self,
            _ if self.is_zero() => other,
            (Ordering::Less, true) => other.add_size(self),
            (_, true) => self.add_size(other),
            (Ordering::Less, false) => other.subtract_size(self),
            (Ordering::Equal, false) => Self::ZERO,
            (Ordering::Greater, false) => self.subtract_size(other),
        }
    }
}

impl<const N: usize> Mul for WideFloat<N> {
    type Output = WideFloat<N>;

    fn mul(self, other: WideFloat<N>) -> WideFloat<N> {
        if self.is_zero() || other.is_zero() {
            return Self::ZERO;
        }
        let (mut low, mut high) = ([0u64; N], [0u64; N]);
        for (i, &a) in self.limbs.iter().enumerate() {
            let mut carry = 0;
            for (j, &b) in other.limbs.iter().enumerate() {
                let place = if i + j < N { &mut low[i + j] } else { &mut high[i + j - N] };
                let sum = u128::from(a) * u128::from(b) + u128::from(*place) + carry;
                *place = sum as u64;
                carry = sum >> 64;
            }
            high[i] = carry as u64;
        }
        let mut exponent = self.exponent + other.exponent;
        if high[N - 1] >> 63 == 0 {
            exponent -= 1;
            for i in (1..N).rev() {
                high[i] = high[i] << 1 | high[i - 1] >> 63;
            }
            high[0] = high[0] << 1 | low[N - 1] >> 63;
        }
        WideFloat { negative: self.negative != other.negative, exponent, limbs: high }
    }
}

impl<const N: usize> AddAssign for WideFloat<N> {
    fn add_assign(&mut self, other: WideFloat<N>) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests;
