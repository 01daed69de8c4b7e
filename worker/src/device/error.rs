//! Why there is no device, and what may go wrong on one.

use super::driver::{Failure, Version};
use sojourn_engine::image::Unsupported;

/// Why no GPU can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDevice {
    /// The driver's library cannot be loaded.
    #[error("there is no NVIDIA driver: {reason}; install one of {} or later, or use the CPU", Version::NEEDED.released())]
    NoDriver {
        /// What was looked for.
        reason: String,
    },
    /// The driver cannot load the kernels.
    #[error(
        "the NVIDIA driver knows CUDA {found}, and the kernels need {needed}; install a driver of {} or later, or use \
         the CPU",
        Version::NEEDED.released()
    )]
    DriverTooOld {
        /// CUDA version of the driver, as `12.1`.
        found: String,
        /// CUDA version that it takes.
        needed: String,
    },
    /// There is a driver, and no GPU that this process may see.
    #[error(
        "the NVIDIA driver shows no GPU to this process; is CUDA_VISIBLE_DEVICES set, and are devices accessible?"
    )]
    NoneVisible,
    /// There are GPUs, and this is none of them.
    #[error("there is no GPU {uuid} that this process may see")]
    Unknown {
        /// What was asked for.
        uuid: String,
    },
    /// The driver could not be initialised.
    #[error("the NVIDIA driver could not be initialised: {name} ({code})")]
    Failed {
        /// Number of the driver's error.
        code: u32,
        /// Its name.
        name: String,
    },
}

/// What went wrong on a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// Its memory does not suffice, also after everything else of ours was evicted.
    #[error("{needed} bytes of GPU memory are needed, and {free} are free")]
    OutOfMemory {
        /// Bytes of the allocation that failed.
        needed: u64,
        /// Bytes that the driver said were free then.
        free: u64,
    },
    /// Its context is broken, and everything in it lost: only a new process can use the device again.
    #[error("the GPU's context is lost: {name} ({code}); a new process has to take its place")]
    Poisoned {
        /// Number of the driver's error.
        code: u32,
        /// Its name.
        name: String,
    },
    /// The driver refused a call, and its context still stands.
    #[error("the NVIDIA driver refused {call}: {name} ({code})")]
    Driver {
        /// Number of its error.
        code: u32,
        /// Name of its error.
        name: String,
        /// The function of the driver.
        call: &'static str,
    },
    /// There is no such device.
    #[error(transparent)]
    NoDevice(#[from] NoDevice),
    /// What is asked for is not computed on GPUs; [`supports`](super::supports) tells before.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

impl From<Failure> for DeviceError {
    fn from(failure: Failure) -> DeviceError {
        let sticky = failure.is_sticky();
        let Failure { code, name, call } = failure;
        if sticky { DeviceError::Poisoned { code, name } } else { DeviceError::Driver { code, name, call } }
    }
}

impl From<Failure> for NoDevice {
    fn from(failure: Failure) -> NoDevice {
        let Failure { code, name, .. } = failure;
        match code {
            Failure::NO_DEVICE => NoDevice::NoneVisible,
            _ => NoDevice::Failed { code, name },
        }
    }
}
