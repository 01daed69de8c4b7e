//! SuiteSparse's KLU (Davis and Palamadai Natarajan, *Algorithm 907: KLU, a direct sparse solver for circuit
//! simulation problems*, 2010), as much of it as the benchmarks call.
#![expect(unsafe_code, reason = "KLU is a C library")]

use std::ffi::{c_double, c_int, c_void};
use std::ptr::NonNull;

use crate::matrix::System;

/// `klu_common` of SuiteSparse 5 to 7: 5 doubles, 3 ints, 2 pointers, and statistics, 168 bytes in all. Kept
/// larger, and read by nothing but KLU.
#[repr(C, align(16))]
struct Common([u8; 512]);

/// `klu_symbolic`, which only KLU reads.
#[repr(C)]
struct Symbolic(c_void);

/// `klu_numeric`: its first fields; the rest only KLU reads.
#[repr(C)]
struct Numeric {
    n: c_int,
    blocks: c_int,
    /// Entries of L, the diagonal included.
    lower: c_int,
    /// Entries of U, the diagonal included.
    upper: c_int,
}

// `link` lines are printed by the build script. Pointers that KLU declares without const it does not write
// through, as its documentation says ("inputs, not modified").
unsafe extern "C" {
    fn klu_defaults(common: *mut Common) -> c_int;
    fn klu_analyze(n: c_int, ap: *const c_int, ai: *const c_int, common: *mut Common) -> *mut Symbolic;
    fn klu_factor(
        ap: *const c_int,
        ai: *const c_int,
        ax: *const c_double,
        symbolic: *mut Symbolic,
        common: *mut Common,
    ) -> *mut Numeric;
    fn klu_refactor(
        ap: *const c_int,
        ai: *const c_int,
        ax: *const c_double,
        symbolic: *mut Symbolic,
        numeric: *mut Numeric,
        common: *mut Common,
    ) -> c_int;
    fn klu_solve(
        symbolic: *mut Symbolic,
        numeric: *mut Numeric,
        leading: c_int,
        columns: c_int,
        b: *mut c_double,
        common: *mut Common,
    ) -> c_int;
    fn klu_free_symbolic(symbolic: *mut *mut Symbolic, common: *mut Common) -> c_int;
    fn klu_free_numeric(numeric: *mut *mut Numeric, common: *mut Common) -> c_int;
}

/// A matrix analysed and factored.
pub struct Klu<'a> {
    system: &'a System,
    common: Box<Common>,
    symbolic: NonNull<Symbolic>,
    numeric: NonNull<Numeric>,
}

impl<'a> Klu<'a> {
    /// Analyses and factors with KLU's defaults (block triangular form, AMD, scaling). None where KLU finds
    /// the matrix singular.
    pub fn new(system: &'a System) -> Option<Klu<'a>> {
        let mut common = Box::new(Common([0; 512]));
        let (ap, ai) = (system.pointers.as_ptr(), system.rows.as_ptr());
        // SAFETY: `common` is larger than KLU's structure and initialised by KLU before any other use.
        unsafe { klu_defaults(&raw mut *common) };
        // SAFETY: `System` holds n + 1 ascending pointers into as many row numbers, all below n.
        let symbolic = unsafe { klu_analyze(system.len() as c_int, ap, ai, &raw mut *common) };
        let symbolic = NonNull::new(symbolic)?;
        // SAFETY: as above, with one value an entry; `symbolic` is what KLU made of this pattern.
        let numeric =
            unsafe { klu_factor(ap, ai, system.values.as_ptr(), symbolic.as_ptr(), &raw mut *common) };
        match NonNull::new(numeric) {
            Some(numeric) => Some(Klu { system, common, symbolic, numeric }),
            None => {
                // SAFETY: `symbolic` came from KLU and is freed once.
                unsafe { klu_free_symbolic(&mut symbolic.as_ptr(), &raw mut *common) };
                None
            }
        }
    }

    /// Factors the same values again, in the pivot order already found.
    pub fn refactor(&mut self) -> bool {
        let system = self.system;
        self.refactor_with(&system.values)
    }

    /// Factors other values of the same pattern, in the pivot order already found.
    ///
    /// # Panics
    /// If there is not one an entry.
    pub fn refactor_with(&mut self, values: &[f64]) -> bool {
        assert_eq!(values.len(), self.system.rows.len(), "one number an entry");
        let (ap, ai) = (self.system.pointers.as_ptr(), self.system.rows.as_ptr());
        let (symbolic, numeric) = (self.symbolic.as_ptr(), self.numeric.as_ptr());
        // SAFETY: the pattern is that which both objects were made from, and there are as many values.
        unsafe { klu_refactor(ap, ai, values.as_ptr(), symbolic, numeric, &raw mut *self.common) == 1 }
    }

    /// Solves for one right-hand side in place.
    ///
    /// # Panics
    /// If `x` has not one number an unknown.
    pub fn solve(&mut self, x: &mut [f64]) -> bool {
        assert_eq!(x.len(), self.system.len(), "one number an unknown");
        let (symbolic, numeric) = (self.symbolic.as_ptr(), self.numeric.as_ptr());
        let n = x.len() as c_int;
        // SAFETY: `x` has n entries, which is checked above.
        unsafe { klu_solve(symbolic, numeric, n, 1, x.as_mut_ptr(), &raw mut *self.common) == 1 }
    }

    /// Entries of L and U inside the diagonal blocks, diagonals apart.
    pub fn entries(&self) -> usize {
        // SAFETY: KLU made it, it is alive, and these are its first fields.
        let numeric = unsafe { self.numeric.as_ref() };
        (numeric.lower + numeric.upper - 2 * numeric.n) as usize
    }

    /// Blocks of the block triangular form.
    pub fn blocks(&self) -> usize {
        // SAFETY: as in `entries`.
        unsafe { self.numeric.as_ref() }.blocks as usize
    }
}

impl Drop for Klu<'_> {
    fn drop(&mut self) {
        // SAFETY: both came from KLU, are freed once, and are not used again.
        unsafe {
            klu_free_numeric(&mut self.numeric.as_ptr(), &raw mut *self.common);
            klu_free_symbolic(&mut self.symbolic.as_ptr(), &raw mut *self.common);
        }
    }
}
