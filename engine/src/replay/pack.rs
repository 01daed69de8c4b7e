//! Numbers of several parameter vectors side by side, so that one instruction serves them all.
//!
//! Every lane goes through the same operations in the same order as a number alone does: sums, products and
//! quotients rounded one by one, never a fused multiply-add. So results do not depend on how many vectors share a
//! tile, nor on what the processor has.

use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// Instructions that not every processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instructions {
    /// What all processors of this architecture have.
    Portable,
    /// Four doubles at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Eight doubles at a time.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// One number, or a pack of numbers that are worked on alike.
pub(crate) trait Lanes:
    Copy
    + std::fmt::Debug
    + Send
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + 'static
{
    /// Numbers side by side.
    const COUNT: usize;

    /// What a processor must have to work on them.
    const INSTRUCTIONS: Instructions;

    /// The same number in every lane.
    fn splat(value: f64) -> Self;

    /// The numbers, one a lane.
    fn numbers(&self) -> &[f64];

    /// The same, to be changed.
    fn numbers_mut(&mut self) -> &mut [f64];

    /// One divided by it.
    fn reciprocal(self) -> Self;

    /// Magnitude.
    fn abs(self) -> Self;

    /// The larger of both, lane by lane.
    fn max(self, other: Self) -> Self;

    /// The smaller of both, lane by lane.
    fn min(self, other: Self) -> Self;

    /// `value`, but zero in the lanes where `self` is at most `limit`.
    fn zero_unless_above(self, limit: Self, value: Self) -> Self;

    /// Not a number in the lanes where it is not between zero and `high`; zero elsewhere.
    fn fault_outside(self, high: Self) -> Self;
}

impl Lanes for f64 {
    const COUNT: usize = 1;
    const INSTRUCTIONS: Instructions = Instructions::Portable;

    #[inline(always)]
    fn splat(value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn numbers(&self) -> &[f64] {
        std::slice::from_ref(self)
    }

    #[inline(always)]
    fn numbers_mut(&mut self) -> &mut [f64] {
        std::slice::from_mut(self)
    }

    #[inline(always)]
    fn reciprocal(self) -> f64 {
        1.0 / self
    }

    #[inline(always)]
    fn abs(self) -> f64 {
        f64::abs(self)
    }

    #[inline(always)]
    fn max(self, other: f64) -> f64 {
        if other > self { other } else { self }
    }

    #[inline(always)]
    fn min(self, other: f64) -> f64 {
        if other < self { other } else { self }
    }

    #[inline(always)]
    fn zero_unless_above(self, limit: f64, value: f64) -> f64 {
        if self <= limit { 0.0 } else { value }
    }

    #[inline(always)]
    fn fault_outside(self, high: f64) -> f64 {
        if self >= 0.0 && self <= high { 0.0 } else { f64::NAN }
    }
}

/// Numbers side by side, on their own cache lines, left to the compiler to work on by what the architecture has.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Pack<const N: usize>([f64; N]);

/// Applies an operation of one lane to all: compiled to vector instructions where the caller may use them.
#[inline(always)]
fn each<const N: usize>(mut a: Pack<N>, b: Pack<N>, of: impl Fn(f64, f64) -> f64) -> Pack<N> {
    for lane in 0..N {
        a.0[lane] = of(a.0[lane], b.0[lane]);
    }
    a
}

impl<const N: usize> Add for Pack<N> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        each(self, other, |a, b| a + b)
    }
}

impl<const N: usize> Sub for Pack<N> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        each(self, other, |a, b| a - b)
    }
}

impl<const N: usize> Mul for Pack<N> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        each(self, other, |a, b| a * b)
    }
}

impl<const N: usize> Div for Pack<N> {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        each(self, other, |a, b| a / b)
    }
}

impl<const N: usize> AddAssign for Pack<N> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<const N: usize> Lanes for Pack<N> {
    const COUNT: usize = N;
    const INSTRUCTIONS: Instructions = Instructions::Portable;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Pack([value; N])
    }

    #[inline(always)]
    fn numbers(&self) -> &[f64] {
        &self.0
    }

    #[inline(always)]
    fn numbers_mut(&mut self) -> &mut [f64] {
        &mut self.0
    }

    #[inline(always)]
    fn reciprocal(self) -> Self {
        each(self, self, |a, _| a.reciprocal())
    }

    #[inline(always)]
    fn abs(self) -> Self {
        each(self, self, |a, _| a.abs())
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        each(self, other, Lanes::max)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        each(self, other, Lanes::min)
    }

    #[inline(always)]
    fn zero_unless_above(self, limit: Self, mut value: Self) -> Self {
        for lane in 0..N {
            value.0[lane] = self.0[lane].zero_unless_above(limit.0[lane], value.0[lane]);
        }
        value
    }

    #[inline(always)]
    fn fault_outside(self, high: Self) -> Self {
        each(self, high, Lanes::fault_outside)
    }
}
