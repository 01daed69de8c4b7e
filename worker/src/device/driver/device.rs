//! The driver's library, and the devices it shows.
#![expect(unsafe_code, reason = "the driver is a C library")]

use std::ffi::{CStr, c_char, c_int};
use std::fmt;

use cudarc::driver::sys;

use super::super::error::NoDevice;
use super::failure::{Failure, check};

/// A version of CUDA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Version(c_int);

impl Version {
    /// What loads the kernels.
    pub(in super::super) const NEEDED: Version = Version(12_010);

    /// Number of the first driver that has [`Version::NEEDED`].
    pub(in super::super) fn released(self) -> u32 {
        530
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 1000, self.0 % 1000 / 10)
    }
}

/// Looks for the driver's library and initialises it.
pub(in super::super) fn load() -> Result<Version, NoDevice> {
    // SAFETY: loading the library runs its initialisers, which is what it is there for.
    if !unsafe { sys::is_culib_present() } {
        return Err(NoDevice::NoDriver {
            reason: "libcuda.so.1 is not found, or cannot be loaded".to_owned(),
        });
    }
    let mut version = 0;
    // SAFETY: the library is there, and stores a number. It needs no initialisation for that.
    check("cuDriverGetVersion", unsafe { sys::cuDriverGetVersion(&raw mut version) })?;
    let version = Version(version);
    if version < Version::NEEDED {
        let (found, needed) = (version.to_string(), Version::NEEDED.to_string());
        return Err(NoDevice::DriverTooOld { found, needed });
    }
    // SAFETY: the library is there.
    check("cuInit", unsafe { sys::cuInit(0) })?;
    Ok(version)
}

/// The devices that the process may see, once the driver is loaded.
pub(in super::super) fn devices() -> Result<Vec<Device>, Failure> {
    let mut count = 0;
    // SAFETY: the library is there, and stores a number.
    check("cuDeviceGetCount", unsafe { sys::cuDeviceGetCount(&raw mut count) })?;
    let device = |ordinal| {
        let mut device = 0;
        // SAFETY: as above.
        check("cuDeviceGet", unsafe { sys::cuDeviceGet(&raw mut device, ordinal) })?;
        Ok(Device(device))
    };
    (0..count).map(device).collect()
}

/// A device, by the driver's number of it.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Device(pub(super) sys::CUdevice);

impl Device {
    pub(in super::super) fn name(self) -> Result<String, Failure> {
        let mut name: [c_char; 256] = [0; 256];
        // SAFETY: the driver writes at most so many bytes, the last of them zero.
        unsafe {
            check("cuDeviceGetName", sys::cuDeviceGetName(name.as_mut_ptr(), name.len() as c_int, self.0))?;
            Ok(CStr::from_ptr(name.as_ptr()).to_string_lossy().into_owned())
        }
    }

    pub(in super::super) fn uuid(self) -> Result<[u8; 16], Failure> {
        let mut uuid = sys::CUuuid { bytes: [0; 16] };
        // SAFETY: the driver stores sixteen bytes.
        check("cuDeviceGetUuid_v2", unsafe { sys::cuDeviceGetUuid_v2(&raw mut uuid, self.0) })?;
        Ok(uuid.bytes.map(|byte| byte as u8))
    }

    pub(in super::super) fn total_bytes(self) -> Result<u64, Failure> {
        let mut bytes = 0;
        // SAFETY: the driver stores a number.
        check("cuDeviceTotalMem_v2", unsafe { sys::cuDeviceTotalMem_v2(&raw mut bytes, self.0) })?;
        Ok(bytes as u64)
    }

    pub(in super::super) fn compute_capability(self) -> Result<(u32, u32), Failure> {
        let major = self.attribute(sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
        let minor = self.attribute(sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
        Ok((major, minor))
    }

    pub(in super::super) fn multiprocessors(self) -> Result<u32, Failure> {
        self.attribute(sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)
    }

    fn attribute(self, attribute: sys::CUdevice_attribute) -> Result<u32, Failure> {
        let mut value = 0;
        // SAFETY: the driver stores a number.
        let result = unsafe { sys::cuDeviceGetAttribute(&raw mut value, attribute, self.0) };
        check("cuDeviceGetAttribute", result)?;
        Ok(value as u32)
    }
}
