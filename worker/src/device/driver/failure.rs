//! What the driver says when it refuses.
#![expect(unsafe_code, reason = "the driver is a C library")]

use std::ffi::CStr;

use cudarc::driver::sys;

/// An error of the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Failure {
    pub(in super::super) code: u32,
    pub(in super::super) name: String,
    pub(in super::super) call: &'static str,
}

impl Failure {
    /// There is not so much memory.
    pub(in super::super) const OUT_OF_MEMORY: u32 = 2;
    /// There is no device that the process may see.
    pub(in super::super) const NO_DEVICE: u32 = 100;

    /// Whether the context is lost: every later call in this process would fail, too.
    pub(in super::super) fn is_sticky(&self) -> bool {
        // Errors of the hardware and of kernels, and contexts that are gone; of 999 (unknown) nothing better is known.
        matches!(self.code, 4 | 201 | 214 | 220 | 226 | 700 | 702 | 709 | 710 | 714..=719 | 721 | 999)
    }
}

/// The result of a call of the driver.
pub(super) fn check(call: &'static str, result: sys::CUresult) -> Result<(), Failure> {
    match result {
        sys::CUresult::CUDA_SUCCESS => Ok(()),
        error => Err(Failure { code: error as u32, name: name(error), call }),
    }
}

fn name(error: sys::CUresult) -> String {
    let mut name = std::ptr::null();
    // SAFETY: the library is there, since it has just answered; it stores a pointer to a constant of its own, or null.
    unsafe {
        match sys::cuGetErrorName(error, &raw mut name) {
            sys::CUresult::CUDA_SUCCESS if !name.is_null() => {
                CStr::from_ptr(name).to_string_lossy().into_owned()
            }
            _ => format!("{error:?}"),
        }
    }
}
