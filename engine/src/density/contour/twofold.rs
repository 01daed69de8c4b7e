//! Numbers of twice the precision of doubles, as unevaluated sums of two: as much of them as residuals and the nodes
//! of a contour need. With u = 2^-53 a sum, a product and a quotient are off by at most 16 u^2 of themselves (Joldes,
//! Muller and Popescu, *Tight and rigorous error bounds for basic building blocks of double-word arithmetic*, 2017),
//! where nothing overflows: magnitudes are below 1e290. No fused multiply-add is used.

use std::ops::{Add, Mul, Neg, Sub};

use crate::density::complex::Complex;

/// Relative error of one operation.
pub(super) const TWOFOLD_ERROR: f64 = 16.0 * 1.232_595_164_407_831e-32;

/// A sum of two doubles, the second at most half a unit in the last place of the first.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct TwofoldNumber {
    pub(super) high: f64,
    low: f64,
}

/// Returns a + b exactly (Knuth).
fn exact_sum(a: f64, b: f64) -> TwofoldNumber {
    let high = a + b;
    let virtual_b = high - a;
    TwofoldNumber { high, low: (a - (high - virtual_b)) + (b - virtual_b) }
}

/// Returns a + b exactly where |a| >= |b| (Dekker).
fn ordered_sum(a: f64, b: f64) -> TwofoldNumber {
    let high = a + b;
    TwofoldNumber { high, low: b - (high - a) }
}

/// Returns the upper and the lower half of the digits (Veltkamp).
fn halves(a: f64) -> (f64, f64) {
    let scaled = 134_217_729.0 * a;
    let upper = scaled - (scaled - a);
    (upper, a - upper)
}

/// Returns a b exactly (Dekker).
fn exact_product(a: f64, b: f64) -> TwofoldNumber {
    let high = a * b;
    let ((a1, a2), (b1, b2)) = (halves(a), halves(b));
    TwofoldNumber { high, low: a2 * b2 - (((high - a1 * b1) - a2 * b1) - a1 * b2) }
}

impl TwofoldNumber {
    pub(super) const ONE: TwofoldNumber = TwofoldNumber { high: 1.0, low: 0.0 };

    /// Returns the quotient by long division.
    pub(super) fn over(self, by: TwofoldNumber) -> TwofoldNumber {
        let first = self.high / by.high;
        let rest = self - by * first;
        let second = rest.high / by.high;
        let third = (rest - by * second).high / by.high;
        ordered_sum(first, second) + TwofoldNumber::from(third)
    }

    /// Returns the square root of a number above zero, by one step of Newton's method.
    pub(super) fn root(self) -> TwofoldNumber {
        let near = self.high.sqrt();
        ordered_sum(near, (self - exact_product(near, near)).high / (2.0 * near))
    }
}

impl From<f64> for TwofoldNumber {
    fn from(high: f64) -> TwofoldNumber {
        TwofoldNumber { high, low: 0.0 }
    }
}

impl Add for TwofoldNumber {
    type Output = TwofoldNumber;

    fn add(self, other: TwofoldNumber) -> TwofoldNumber {
        let (high, low) = (exact_sum(self.high, other.high), exact_sum(self.low, other.low));
        let sum = ordered_sum(high.high, high.low + low.high);
        ordered_sum(sum.high, sum.low + low.low)
    }
}

impl Neg for TwofoldNumber {
    type Output = TwofoldNumber;

    fn neg(self) -> TwofoldNumber {
        TwofoldNumber { high: -self.high, low: -self.low }
    }
}

impl Sub for TwofoldNumber {
    type Output = TwofoldNumber;

    fn sub(self, other: TwofoldNumber) -> TwofoldNumber {
        self + -other
    }
}

impl Mul<f64> for TwofoldNumber {
    type Output = TwofoldNumber;

    fn mul(self, factor: f64) -> TwofoldNumber {
        let product = exact_product(self.high, factor);
        ordered_sum(product.high, product.low + self.low * factor)
    }
}

impl Mul for TwofoldNumber {
    type Output = TwofoldNumber;

    fn mul(self, other: TwofoldNumber) -> TwofoldNumber {
        let product = exact_product(self.high, other.high);
        ordered_sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

/// A complex number both parts of which are twofold.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct TwofoldComplex {
    pub(super) re: TwofoldNumber,
    pub(super) im: TwofoldNumber,
}

impl TwofoldComplex {
    /// Returns the nearest complex number of doubles.
    pub(super) fn rounded(self) -> Complex {
        Complex { re: self.re.high, im: self.im.high }
    }

    /// Returns e to the power of it: the series of a part of it, squared. The relative error is [`TWOFOLD_ERROR`]
    /// times 100 times one and its magnitude.
    pub(super) fn exponential(self) -> TwofoldComplex {
        let one = TwofoldComplex::from(Complex::from(1.0));
        let squarings = self.size().log2().ceil().max(0.0) as i32 + 4;
        let part = self * f64::from(-squarings).exp2();
        // The part is at most 2^-4 in size: the last term is below 1e-33.
        let mut sum = one;
        for k in (1..20).rev() {
            sum = one + (sum * part).over(f64::from(k));
        }
        (0..squarings).fold(sum, |sum, _| sum * sum)
    }

    /// Returns it divided by a number.
    fn over(self, by: f64) -> TwofoldComplex {
        let by = TwofoldNumber::from(by);
        TwofoldComplex { re: self.re.over(by), im: self.im.over(by) }
    }

    /// Returns a bound on the magnitude, at most one and a half times as large.
    pub(super) fn size(self) -> f64 {
        self.re.high.abs() + self.im.high.abs()
    }
}

impl From<Complex> for TwofoldComplex {
    fn from(number: Complex) -> TwofoldComplex {
        TwofoldComplex { re: number.re.into(), im: number.im.into() }
    }
}

impl Add for TwofoldComplex {
    type Output = TwofoldComplex;

    fn add(self, other: TwofoldComplex) -> TwofoldComplex {
        TwofoldComplex { re: self.re + other.re, im: self.im + other.im }
    }
}

impl Sub for TwofoldComplex {
    type Output = TwofoldComplex;

    fn sub(self, other: TwofoldComplex) -> TwofoldComplex {
        TwofoldComplex { re: self.re - other.re, im: self.im - other.im }
    }
}

impl Mul<f64> for TwofoldComplex {
    type Output = TwofoldComplex;

    fn mul(self, factor: f64) -> TwofoldComplex {
        TwofoldComplex { re: self.re * factor, im: self.im * factor }
    }
}

impl Mul for TwofoldComplex {
    type Output = TwofoldComplex;

    fn mul(self, other: TwofoldComplex) -> TwofoldComplex {
        TwofoldComplex {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TwofoldComplex, TwofoldNumber};
    use crate::density::complex::Complex;

    #[test]
    fn operations_have_thirty_digits() {
        // e = 2.71828182845904523536028747135266249775724709..., as the double and what is left of it.
        let power = |re: f64, im: f64| TwofoldComplex::from(Complex { re, im }).exponential();
        let e = power(1.0, 0.0).re;
        assert_eq!(e.high, std::f64::consts::E);
        assert!((e.low - 1.445_646_891_729_250_2e-16).abs() < 1e-29, "{e:?}");
        let third = TwofoldNumber::ONE.over(TwofoldNumber::from(3.0));
        assert!((third * 3.0 - TwofoldNumber::ONE).high.abs() < 1e-31, "{third:?}");
        let root = TwofoldNumber::from(2.0).root();
        assert!((root * root - TwofoldNumber::from(2.0)).high.abs() < 1e-30, "{root:?}");
        let half = power(0.5, 0.0).re;
        assert!((half * half - e).high.abs() < 1e-30, "{half:?}");
        // The cosine of one, and e^-80 turned by a hundred there and back.
        let turned = power(0.0, 1.0);
        assert_eq!(turned.re.high, 1f64.cos());
        let unit = turned.re * turned.re + turned.im * turned.im - TwofoldNumber::ONE;
        assert!(unit.high.abs() < 1e-30, "{unit:?}");
        let there = power(-80.0, 100.0) * power(80.0, -100.0);
        assert!((there - TwofoldComplex::from(Complex::from(1.0))).size() < 1e-27, "{there:?}");
    }
}
