//! Entries that a trace vouches for, without a check in release builds.
#![expect(
    unsafe_code,
    reason = "indices of a trace are checked once, where it is made, and not at every use"
)]

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
