//! Kernels: loaded from their intermediate code, and launched.
#![expect(unsafe_code, reason = "the driver is a C library")]

use std::ffi::{CStr, c_void};
use std::sync::Arc;

use cudarc::driver::sys;

use super::Context;
use super::failure::{Failure, check};

/// Kernels of one source, in a context.
#[derive(Debug)]
pub(in super::super) struct Module {
    context: Arc<Context>,
    handle: sys::CUmodule,
}

// SAFETY: a module is used by whichever thread makes its context current, as a context is.
unsafe impl Send for Module {}
// SAFETY: as above.
unsafe impl Sync for Module {}

impl Module {
    /// Has the driver compile intermediate code (PTX) for the context's device.
    pub(in super::super) fn new(context: &Arc<Context>, code: &CStr) -> Result<Arc<Module>, Failure> {
        context.enter()?;
        let mut handle = std::ptr::null_mut();
        // SAFETY: a context is current, and the code ends with a zero.
        let result = unsafe { sys::cuModuleLoadData(&raw mut handle, code.as_ptr().cast()) };
        check("cuModuleLoadData", result)?;
        Ok(Arc::new(Module { context: Arc::clone(context), handle }))
    }

    /// One of its kernels.
    pub(in super::super) fn kernel(self: &Arc<Module>, name: &CStr) -> Result<Kernel, Failure> {
        self.context.enter()?;
        let mut handle = std::ptr::null_mut();
        // SAFETY: a context is current, the module is in it, and the name ends with a zero.
        let result = unsafe { sys::cuModuleGetFunction(&raw mut handle, self.handle, name.as_ptr()) };
        check("cuModuleGetFunction", result)?;
        Ok(Kernel { module: Arc::clone(self), handle })
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        if self.context.enter().is_ok() {
            // SAFETY: its kernels hold the module, so none is left.
            let _ = unsafe { sys::cuModuleUnload(self.handle) };
        }
    }
}

/// A kernel.
#[derive(Debug)]
pub(in super::super) struct Kernel {
    module: Arc<Module>,
    handle: sys::CUfunction,
}

// SAFETY: as for its module.
unsafe impl Send for Kernel {}

/// How many threads run a kernel.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Grid {
    pub(in super::super) blocks: u32,
    /// Threads of a block, in two directions.
    pub(in super::super) threads: (u32, u32),
}

/// An argument of a kernel: 64 bits, an address or a number.
pub(in super::super) type Argument = u64;

impl Kernel {
    /// Starts it. Whether it succeeds is told by the next call that waits for it.
    ///
    /// # Safety
    /// The kernel takes as many arguments, and what it reads and writes by them is there until it has ended.
    pub(in super::super) unsafe fn launch(&self, grid: Grid, arguments: &[Argument]) -> Result<(), Failure> {
        self.module.context.enter()?;
        let mut pointers: Vec<*mut c_void> =
            arguments.iter().map(|argument| std::ptr::from_ref(argument).cast_mut().cast()).collect();
        let Grid { blocks, threads } = grid;
        // SAFETY: the arguments are as the caller vouches, and only read.
        let result = unsafe {
            sys::cuLaunchKernel(
                self.handle,
                blocks,
                1,
                1,
                threads.0,
                threads.1,
                1,
                0,
                std::ptr::null_mut(),
                pointers.as_mut_ptr(),
                std::ptr::null_mut(),
            )
        };
        check("cuLaunchKernel", result)
    }
}
