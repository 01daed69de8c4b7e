//! Memory of a device.
#![expect(unsafe_code, reason = "the driver is a C library")]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use cudarc::driver::sys;

use super::Context;
use super::failure::{Failure, check};

/// Numbers that may be copied to a device as they are.
pub(in super::super) trait Plain: Copy + Default {}
impl Plain for f64 {}
impl Plain for u32 {}

/// Memory on a device, given back when it is dropped.
#[derive(Debug)]
pub(in super::super) struct Buffer {
    context: Arc<Context>,
    address: sys::CUdeviceptr,
    bytes: usize,
}

impl Buffer {
    /// Takes so many bytes.
    pub(in super::super) fn new(context: &Arc<Context>, bytes: usize) -> Result<Buffer, Failure> {
        context.enter()?;
        let (mut address, bytes) = (0, bytes.max(8));
        // SAFETY: a context is current, and the driver stores an address.
        check("cuMemAlloc", unsafe { sys::cuMemAlloc_v2(&raw mut address, bytes) })?;
        context.allocated.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(Buffer { context: Arc::clone(context), address, bytes })
    }

    pub(in super::super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes numbers from this byte on.
    ///
    /// # Panics
    /// If it ends before them.
    pub(in super::super) fn write<T: Plain>(&self, at: usize, numbers: &[T]) -> Result<(), Failure> {
        let to = self.place(at, size_of_val(numbers));
        self.context.enter()?;
        // SAFETY: so many bytes are there on both sides, as was checked.
        let result = unsafe { sys::cuMemcpyHtoD_v2(to, numbers.as_ptr().cast(), size_of_val(numbers)) };
        check("cuMemcpyHtoD", result)
    }

    /// Reads numbers from this byte on. Kernels that were launched before have ended then.
    ///
    /// # Panics
    /// If it ends before them.
    pub(in super::super) fn read<T: Plain>(&self, at: usize, numbers: &mut [T]) -> Result<(), Failure> {
        let from = self.place(at, size_of_val(numbers));
        self.context.enter()?;
        // SAFETY: so many bytes are there on both sides, as was checked, and any bits are such a number.
        let result = unsafe { sys::cuMemcpyDtoH_v2(numbers.as_mut_ptr().cast(), from, size_of_val(numbers)) };
        check("cuMemcpyDtoH", result)
    }

    /// Copies its first half to its second, on the device; and waits for it.
    pub(in super::super) fn copy_half(&self) -> Result<(), Failure> {
        self.context.enter()?;
        let half = self.bytes / 2;
        // SAFETY: both halves are there, and do not overlap.
        let result = unsafe { sys::cuMemcpyDtoD_v2(self.address + half as u64, self.address, half) };
        check("cuMemcpyDtoD", result)?;
        self.context.wait()
    }

    /// Where so many bytes from one on begin on the device.
    ///
    /// # Panics
    /// If it ends before them.
    pub(in super::super) fn place(&self, at: usize, bytes: usize) -> u64 {
        assert!(at + bytes <= self.bytes, "{bytes} bytes from {at} of {}", self.bytes);
        self.address + at as u64
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.context.allocated.fetch_sub(self.bytes as u64, Ordering::Relaxed);
        if self.context.enter().is_ok() {
            // SAFETY: the address is the driver's, and nothing else holds it. Where the context is lost, so is it.
            let _ = unsafe { sys::cuMemFree_v2(self.address) };
        }
    }
}
