//! Packs of numbers in the registers of processors that have wide ones. What a compiler makes of loops over lanes
//! changes with everything around them; these it can only take as they are.
#![cfg(target_arch = "x86_64")]
#![expect(
    unsafe_code,
    reason = "instructions that not every processor has are called where it is known to have them"
)]

use std::arch::x86_64::{
    __m256d, __m512d, _CMP_LE_OQ, _mm256_add_pd, _mm256_and_pd, _mm256_andnot_pd, _mm256_cmp_pd,
    _mm256_div_pd, _mm256_max_pd, _mm256_min_pd, _mm256_mul_pd, _mm256_set1_pd, _mm256_sub_pd, _mm512_abs_pd,
    _mm512_add_pd, _mm512_cmp_pd_mask, _mm512_div_pd, _mm512_mask_mov_pd, _mm512_max_pd, _mm512_min_pd,
    _mm512_mul_pd, _mm512_set1_pd, _mm512_sub_pd,
};
use std::ops::{Add, AddAssign, Div, Mul, Sub};

use super::pack::{Instructions, Lanes};

/// Defines a pack of N registers. Every block below is sound for the same reason: values of these types are made and
/// used by nothing but tiles, and tiles of them are made only where the processor was found to have the
/// instructions (see the dispatch).
macro_rules! registers {
    ($(#[$doc:meta])* $name:ident, $register:ty, $width:literal, $instructions:ident,
     $splat:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $max:ident, $min:ident,
     $abs:expr, $zero_unless_above:expr, $fault_outside:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        #[repr(C, align(64))]
        pub(crate) struct $name<const N: usize>([$register; N]);

        registers!(@operator $name, Add, add, $add);
        registers!(@operator $name, Sub, sub, $sub);
        registers!(@operator $name, Mul, mul, $mul);
        registers!(@operator $name, Div, div, $div);

        impl<const N: usize> AddAssign for $name<N> {
            #[inline(always)]
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl<const N: usize> Lanes for $name<N> {
            const COUNT: usize = N * $width;
            const INSTRUCTIONS: Instructions = Instructions::$instructions;

            #[inline(always)]
            fn splat(value: f64) -> Self {
                // SAFETY: the processor has these instructions.
                $name([unsafe { $splat(value) }; N])
            }

            #[inline(always)]
            fn numbers(&self) -> &[f64] {
                // SAFETY: registers are doubles side by side, without gaps.
                unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), Self::COUNT) }
            }

            #[inline(always)]
            fn numbers_mut(&mut self) -> &mut [f64] {
                // SAFETY: as in `numbers`; any bits are a double.
                unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), Self::COUNT) }
            }

            #[inline(always)]
            fn reciprocal(self) -> Self {
                Self::splat(1.0) / self
            }

            #[inline(always)]
            fn abs(mut self) -> Self {
                for r in 0..N {
                    // SAFETY: the processor has these instructions.
                    self.0[r] = unsafe { $abs(self.0[r]) };
                }
                self
            }

            #[inline(always)]
            fn max(mut self, other: Self) -> Self {
                for r in 0..N {
                    // Of two that do not compare the instruction takes its second operand.
                    // SAFETY: the processor has these instructions.
                    self.0[r] = unsafe { $max(other.0[r], self.0[r]) };
                }
                self
            }

            #[inline(always)]
            fn min(mut self, other: Self) -> Self {
                for r in 0..N {
                    // Of two that do not compare the instruction takes its second operand.
                    // SAFETY: the processor has these instructions.
                    self.0[r] = unsafe { $min(other.0[r], self.0[r]) };
                }
                self
            }

            #[inline(always)]
            fn zero_unless_above(self, limit: Self, mut value: Self) -> Self {
                for r in 0..N {
                    // SAFETY: the processor has these instructions.
                    value.0[r] = unsafe { $zero_unless_above(self.0[r], limit.0[r], value.0[r]) };
                }
                value
            }

            #[inline(always)]
            fn fault_outside(mut self, high: Self) -> Self {
                for r in 0..N {
                    // SAFETY: the processor has these instructions.
                    self.0[r] = unsafe { $fault_outside(self.0[r], high.0[r]) };
                }
                self
            }
        }
    };
    (@operator $name:ident, $trait:ident, $method:ident, $instruction:ident) => {
        impl<const N: usize> $trait for $name<N> {
            type Output = Self;

            #[inline(always)]
            fn $method(mut self, other: Self) -> Self {
                for r in 0..N {
                    // SAFETY: the processor has these instructions.
                    self.0[r] = unsafe { $instruction(self.0[r], other.0[r]) };
                }
                self
            }
        }
    };
}

registers!(
    /// N registers of four doubles.
    Avx2, __m256d, 4, Avx2,
    _mm256_set1_pd, _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, _mm256_div_pd, _mm256_max_pd, _mm256_min_pd,
    avx2_abs, avx2_zero_unless_above, avx2_fault_outside
);

registers!(
    /// N registers of eight doubles.
    Avx512, __m512d, 8, Avx512,
    _mm512_set1_pd, _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_div_pd, _mm512_max_pd, _mm512_min_pd,
    _mm512_abs_pd, avx512_zero_unless_above, avx512_fault_outside
);

#[inline]
#[target_feature(enable = "avx2")]
fn avx2_abs(value: __m256d) -> __m256d {
    _mm256_andnot_pd(_mm256_set1_pd(-0.0), value)
}

#[inline]
#[target_feature(enable = "avx2")]
fn avx2_zero_unless_above(this: __m256d, limit: __m256d, value: __m256d) -> __m256d {
    _mm256_andnot_pd(_mm256_cmp_pd::<_CMP_LE_OQ>(this, limit), value)
}

#[inline]
#[target_feature(enable = "avx2")]
fn avx2_fault_outside(this: __m256d, high: __m256d) -> __m256d {
    let above = _mm256_cmp_pd::<_CMP_LE_OQ>(_mm256_set1_pd(0.0), this);
    let inside = _mm256_and_pd(above, _mm256_cmp_pd::<_CMP_LE_OQ>(this, high));
    _mm256_andnot_pd(inside, _mm256_set1_pd(f64::NAN))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn avx512_zero_unless_above(this: __m512d, limit: __m512d, value: __m512d) -> __m512d {
    let below = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(this, limit);
    _mm512_mask_mov_pd(value, below, _mm512_set1_pd(0.0))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn avx512_fault_outside(this: __m512d, high: __m512d) -> __m512d {
    let above = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(_mm512_set1_pd(0.0), this);
    let inside = above & _mm512_cmp_pd_mask::<_CMP_LE_OQ>(this, high);
    _mm512_mask_mov_pd(_mm512_set1_pd(f64::NAN), inside, _mm512_set1_pd(0.0))
}
