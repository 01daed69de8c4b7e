//! The driver API, as far as it is needed, made safe: devices, a context, memory of it, kernels in it.
//!
//! Its modules are the only ones that call the driver. What makes that sound: the library was found before anything is
//! called ([`load`]); handles come from the driver and are kept by types that own them; everything that lives in a
//! context holds it; sizes of copies are checked against those of the memory; and who launches a kernel says why what
//! it reads and writes is there.

mod context;
mod device;
mod failure;
mod kernel;
mod memory;

pub(super) use context::Context;
pub(super) use device::{Device, Version, devices, load};
pub(super) use failure::Failure;
pub(super) use kernel::{Argument, Grid, Kernel, Module};
pub(super) use memory::Buffer;
