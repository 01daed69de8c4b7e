//! Entries that a trace vouches for, without a check in release builds.
#![expect(
    unsafe_code,
    reason = "indices of a trace are checked once, where it is made, and not at every use"
)]

use crate::symbolic::Rows;

/// An entry that the trace vouches for.
///
/// # Safety
/// `index` must be below the slice's length.
#[inline(always)]
pub(super) unsafe fn at<T: Copy>(slice: &[T], index: usize) -> T {
    debug_assert!(index < slice.len(), "{index} of {}", slice.len());
    // SAFETY: as required of the caller.
    unsafe { *slice.get_unchecked(index) }
}

/// The entries of a row, by the pointers to the rows' first ones.
///
/// # Safety
/// `row + 1` must be below the slice's length.
#[inline(always)]
pub(super) unsafe fn entries(first: &[u32], row: usize) -> std::ops::Range<usize> {
    // SAFETY: as required of the caller.
    unsafe { at(first, row) as usize..at(first, row + 1) as usize }
}

/// The same, to be written.
///
/// # Safety
/// `index` must be below the slice's length.
#[inline(always)]
pub(super) unsafe fn of<T>(slice: &mut [T], index: usize) -> &mut T {
    debug_assert!(index < slice.len(), "{index} of {}", slice.len());
    // SAFETY: as required of the caller.
    unsafe { slice.get_unchecked_mut(index) }
}

/// So many entries from one on.
///
/// # Safety
/// There must be as many.
#[inline(always)]
pub(super) unsafe fn part_of<T>(slice: &[T], start: usize, count: usize) -> &[T] {
    debug_assert!(start + count <= slice.len());
    // SAFETY: as required of the caller.
    unsafe { slice.get_unchecked(start..start + count) }
}

/// Rows of column numbers.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) first: &'a [u32],
    pub(super) columns: &'a [u32],
}

impl<'a> View<'a> {
    #[inline(always)]
    pub(super) fn of(rows: &'a Rows) -> View<'a> {
        View { first: &rows.first, columns: &rows.columns }
    }

    /// # Safety
    /// There must be such a row.
    #[inline(always)]
    pub(super) unsafe fn entries(self, row: usize) -> std::ops::Range<usize> {
        // SAFETY: as required of the caller.
        unsafe { entries(self.first, row) }
    }

    /// # Safety
    /// There must be such an entry.
    #[inline(always)]
    pub(super) unsafe fn column(self, entry: usize) -> usize {
        // SAFETY: as required of the caller.
        unsafe { at(self.columns, entry) as usize }
    }
}
