//! A device's context: what everything on a device lives in.
#![expect(unsafe_code, reason = "the driver is a C library")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cudarc::driver::sys;

use super::Device;
use super::failure::{Failure, check};

/// Waiting for a kernel must not keep a processor busy.
const FLAGS: u32 = sys::CUctx_flags::CU_CTX_SCHED_BLOCKING_SYNC as u32;

/// The context of a device, given back when it is dropped.
#[derive(Debug)]
pub(in super::super) struct Context {
    device: Device,
    handle: sys::CUcontext,
    /// Bytes of all buffers in it.
    pub(super) allocated: AtomicU64,
}

// SAFETY: a context belongs to no thread: each makes it current before it calls the driver, as `enter` does, and the
// driver's functions may be called from any.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    /// Makes the context of a device.
    pub(in super::super) fn new(device: Device) -> Result<Arc<Context>, Failure> {
        let mut handle = std::ptr::null_mut();
        // SAFETY: the device is one of the driver's, which stores a handle.
        unsafe {
            check("cuDevicePrimaryCtxSetFlags", sys::cuDevicePrimaryCtxSetFlags_v2(device.0, FLAGS))?;
            check("cuDevicePrimaryCtxRetain", sys::cuDevicePrimaryCtxRetain(&raw mut handle, device.0))?;
        }
        Ok(Arc::new(Context { device, handle, allocated: AtomicU64::new(0) }))
    }

    /// Makes it the calling thread's, as it has to be for whatever is done in it.
    pub(super) fn enter(&self) -> Result<(), Failure> {
        // SAFETY: the handle is the driver's, and was not given back.
        check("cuCtxSetCurrent", unsafe { sys::cuCtxSetCurrent(self.handle) })
    }

    /// Bytes that are free on the device, and all that it has.
    pub(in super::super) fn memory(&self) -> Result<(u64, u64), Failure> {
        self.enter()?;
        let (mut free, mut total) = (0, 0);
        // SAFETY: a context is current, and the driver stores two numbers.
        check("cuMemGetInfo", unsafe { sys::cuMemGetInfo_v2(&raw mut free, &raw mut total) })?;
        Ok((free as u64, total as u64))
    }

    /// Bytes of all buffers in it.
    pub(in super::super) fn allocated(&self) -> u64 {
        self.allocated.load(Ordering::Relaxed)
    }
}

impl Context {
    /// Waits until all kernels have ended.
    pub(in super::super) fn wait(&self) -> Result<(), Failure> {
        self.enter()?;
        // SAFETY: a context is current.
        check("cuCtxSynchronize", unsafe { sys::cuCtxSynchronize() })
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: what lives in the context holds it, so nothing does any more. That a poisoned one refuses is no matter.
        let _ = unsafe { sys::cuDevicePrimaryCtxRelease_v2(self.device.0) };
    }
}
