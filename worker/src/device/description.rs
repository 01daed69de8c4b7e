//! Which GPUs there are.

use super::driver::{self, Device, Version};
use super::error::NoDevice;

/// A GPU, or a part of one that is used like one (MIG).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// `GPU-` or `MIG-` and five groups of hexadecimal digits: the same in every process and after a restart.
    pub uuid: String,
    /// What the manufacturer calls it.
    pub name: String,
    /// Which instructions it has: major and minor number.
    pub compute_capability: (u32, u32),
    /// Number of its multiprocessors.
    pub multiprocessors: u32,
    /// Its memory in bytes.
    pub total_bytes: u64,
    /// CUDA version of the driver, as `12.4`.
    pub driver: String,
}

/// The GPUs that this process may see (`CUDA_VISIBLE_DEVICES` is the driver's to respect), in the driver's order. No
/// context is made on any.
///
/// # Errors
/// If there is none, or no driver that can use it.
pub fn discover() -> Result<Vec<Description>, NoDevice> {
    visible().map(|devices| devices.into_iter().map(|(_, description)| description).collect())
}

/// The GPUs that this process may see, ready to be opened.
pub(super) fn visible() -> Result<Vec<(Device, Description)>, NoDevice> {
    let version = driver::load()?;
    let devices = driver::devices()?;
    if devices.is_empty() {
        return Err(NoDevice::NoneVisible);
    }
    devices.into_iter().map(|device| Ok((device, describe(device, version)?))).collect()
}

fn describe(device: Device, version: Version) -> Result<Description, NoDevice> {
    let name = device.name()?;
    // Which of both a UUID is of, only the name tells.
    let kind = if name.contains(" MIG ") { "MIG" } else { "GPU" };
    Ok(Description {
        uuid: uuid(kind, device.uuid()?),
        compute_capability: device.compute_capability()?,
        multiprocessors: device.multiprocessors()?,
        total_bytes: device.total_bytes()?,
        driver: version.to_string(),
        name,
    })
}

fn uuid(kind: &str, bytes: [u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{kind}-{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_uuid_has_the_digits_in_groups_as_the_drivers_own_tools_write_it() {
        let bytes = std::array::from_fn(|i| 0x10 + i as u8);
        assert_eq!(super::uuid("GPU", bytes), "GPU-10111213-1415-1617-1819-1a1b1c1d1e1f");
    }
}
