//! Sets of the vertices of a small component: one register holds one.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

use crate::pattern::Shape;

/// A set of numbers below the number of bits.
pub(crate) trait Bits:
    Copy + PartialEq + BitAnd<Output = Self> + BitOr<Output = Self> + BitOrAssign + Not<Output = Self>
{
    const EMPTY: Self;

    /// The set of one number.
    fn one(number: usize) -> Self;

    /// All numbers below one.
    fn below(number: usize) -> Self;

    fn len(self) -> u32;

    /// The least member of a set that is not empty.
    fn least(self) -> usize;

    /// The set of its least member.
    fn lowest(self) -> Self;

    /// The set without its least member.
    fn rest(self) -> Self;

    /// Ascending, each with the set of it alone.
    fn members(self) -> Members<Self> {
        Members(self)
    }
}

pub(crate) struct Members<S>(S);

impl<S: Bits> Iterator for Members<S> {
    type Item = (usize, S);

    #[inline]
    fn next(&mut self) -> Option<(usize, S)> {
        if self.0 == S::EMPTY {
            return None;
        }
        let least = (self.0.least(), self.0.lowest());
        self.0 = self.0.rest();
        Some(least)
    }
}

macro_rules! bits {
    ($integer:ty) => {
        impl Bits for $integer {
            const EMPTY: Self = 0;

            #[inline]
            fn one(number: usize) -> Self {
                1 << number
            }

            #[inline]
            fn below(number: usize) -> Self {
                (1 << number) - 1
            }

            #[inline]
            fn len(self) -> u32 {
                self.count_ones()
            }

            #[inline]
            fn least(self) -> usize {
                self.trailing_zeros() as usize
            }

            #[inline]
            fn lowest(self) -> Self {
                self & self.wrapping_neg()
            }

            #[inline]
            fn rest(self) -> Self {
                self & self.wrapping_sub(1)
            }
        }
    };
}

bits!(u16);
bits!(u64);
bits!(u128);

/// A digraph of at most N vertices.
#[derive(Clone)]
pub(crate) struct Matrix<S, const N: usize> {
    pub(crate) size: usize,
    /// Vertices entered from each vertex.
    pub(crate) leaving: [S; N],
    /// Vertices from which each vertex is entered.
    pub(crate) entering: [S; N],
}

impl<S: Bits, const N: usize> Matrix<S, N> {
    pub(crate) fn new(shape: Shape<'_>) -> Matrix<S, N> {
        let mut matrix = Matrix { size: shape.size(), leaving: [S::EMPTY; N], entering: [S::EMPTY; N] };
        for v in 0..matrix.size {
            for &t in shape.targets(v as u32) {
                matrix.leaving[v] |= S::one(t as usize);
                matrix.entering[t as usize] |= S::one(v);
            }
        }
        matrix
    }

    pub(crate) fn is_symmetric(&self) -> bool {
        self.leaving[..self.size] == self.entering[..self.size]
    }

    /// Vertices joined with each, in whichever direction.
    pub(crate) fn joined(&self) -> [S; N] {
        std::array::from_fn(|v| self.leaving[v] | self.entering[v])
    }
}
