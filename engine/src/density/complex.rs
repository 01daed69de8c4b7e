//! Complex numbers: as much of them as elimination and contours need.

use std::ops::{Add, AddAssign, Div, Mul, Sub};

use super::shifted::Scalar;

/// re + i im
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    /// Returns a bound on the magnitude, at most one and a half times as large.
    pub(super) fn size(self) -> f64 {
        self.re.abs() + self.im.abs()
    }
}

impl From<f64> for Complex {
    fn from(re: f64) -> Complex {
        Complex { re, im: 0.0 }
    }
}

impl Add for Complex {
    type Output = Complex;

    fn add(self, other: Complex) -> Complex {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }
}

impl Sub for Complex {
    type Output = Complex;

    fn sub(self, other: Complex) -> Complex {
        Complex { re: self.re - other.re, im: self.im - other.im }
    }
}

impl AddAssign for Complex {
    fn add_assign(&mut self, other: Complex) {
        *self = *self + other;
    }
}

impl Mul for Complex {
    type Output = Complex;

    fn mul(self, other: Complex) -> Complex {
        let (a, b) = (self, other);
        Complex { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re }
    }
}

impl Div for Complex {
    type Output = Complex;

    /// By the larger part of the divisor, whose square may overflow (Smith, 1962).
    fn div(self, by: Complex) -> Complex {
        if by.re.abs() >= by.im.abs() {
            let ratio = by.im / by.re;
            let divisor = by.re + by.im * ratio;
            Complex { re: (self.re + self.im * ratio) / divisor, im: (self.im - self.re * ratio) / divisor }
        } else {
            let ratio = by.re / by.im;
            let divisor = by.re * ratio + by.im;
            Complex { re: (self.re * ratio + self.im) / divisor, im: (self.im * ratio - self.re) / divisor }
        }
    }
}

impl Scalar for Complex {}

#[cfg(test)]
mod tests {
    use super::Complex;

    #[test]
    fn quotients_undo_products_whatever_the_size() {
        for (a, b) in [(1.0, 2.0), (-3.0, 1e-200), (1e-170, -2e-170), (3e160, 1e160), (0.0, 4.0)] {
            let (x, y) = (Complex { re: 0.75, im: -1.25 }, Complex { re: a, im: b });
            let back = x / y * y;
            assert!((back.re - x.re).abs() < 1e-15 && (back.im - x.im).abs() < 1e-15, "{y:?}: {back:?}");
        }
    }
}
