//! GPUs: how they are named, and where an evaluation is to be computed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A GPU, or a part of one (MIG), by the UUID that its driver gives it: the one name that neither a restart nor
/// `CUDA_VISIBLE_DEVICES` changes. Written `GPU-` or `MIG-` and the UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeviceId {
    /// Whether it is an instance that a GPU was partitioned into.
    pub mig: bool,
    /// The UUID.
    pub uuid: [u8; 16],
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.mig { "MIG" } else { "GPU" })?;
        for (at, byte) in self.uuid.iter().enumerate() {
            let dash = if matches!(at, 0 | 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}

/// Text that names no GPU.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not the UUID of a GPU: GPU- or MIG- and 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12 expected"
)]
pub struct ParseDeviceIdError {
    text: String,
}

impl FromStr for DeviceId {
    type Err = ParseDeviceIdError;

    fn from_str(text: &str) -> Result<DeviceId, ParseDeviceIdError> {
        let error = || ParseDeviceIdError { text: text.chars().take(80).collect() };
        let (mig, rest) = match (text.strip_prefix("GPU-"), text.strip_prefix("MIG-")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(error()),
        };
        let groups: Vec<&str> = rest.split('-').collect();
        if !groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) {
            return Err(error());
        }
        let digits = groups.concat().to_ascii_lowercase();
        let mut uuid = [0; 16];
        for (byte, pair) in uuid.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let digit = |d: u8| (d as char).to_digit(16).ok_or_else(error);
            *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
        }
        Ok(DeviceId { mig, uuid })
    }
}

/// Where an evaluation is to be computed. What asks for a GPU is never computed elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// In a worker process.
    Cpu,
    /// On this GPU.
    Device(DeviceId),
    /// On whichever GPU of the daemon's takes it first.
    AnyDevice,
}

/// A GPU that the daemon may use, as its driver describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Its UUID.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// Compute capability: major, minor.
    pub compute_capability: (u32, u32),
    /// Bytes of its memory in all.
    pub total_bytes: u64,
    /// Version of the driver.
    pub driver: String,
}

/// Memory of a GPU as its driver reports it, and what of it is ours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMemory {
    /// Bytes that are free.
    pub free: u64,
    /// Bytes that our process has allocated.
    pub ours: u64,
    /// Traces resident, by digest, and the bytes of each.
    #[serde(deserialize_with = "crate::bounded::list::<_, _, { crate::limits::ROWS_PER_REPORT }>")]
    pub resident: Vec<(crate::Key, u64)>,
}

/// What a GPU was measured to do when its context was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Nanoseconds from handing it the least work to having the result.
    pub launch_nanos: u64,
    /// Operations on doubles per second, in a kernel like ours.
    pub operations_per_second: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_read_as_it_is_written_and_nothing_else_is() {
        for text in ["GPU-5d3c0c1e-0a5b-4a0f-9d52-00ff10a1b2c3", "MIG-00000000-0000-0000-0000-000000000001"] {
            let id: DeviceId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
            assert_eq!(id.mig, text.starts_with("MIG"));
        }
        let upper: DeviceId = "GPU-5D3C0C1E-0A5B-4A0F-9D52-00FF10A1B2C3".parse().unwrap();
        assert_eq!(upper.to_string(), "GPU-5d3c0c1e-0a5b-4a0f-9d52-00ff10a1b2c3");
        for wrong in [
            "",
            "cuda:0",
            "GPU-",
            "GPU-5d3c0c1e0a5b4a0f9d5200ff10a1b2c3",
            "5d3c0c1e-0a5b-4a0f-9d52-00ff10a1b2c3",
            "GPU-5d3c0c1e-0a5b-4a0f-9d52-00ff10a1b2cg",
            "GPU-5d3c0c1-e0a5b-4a0f-9d52-00ff10a1b2c3",
            "GPU-5d3c0c1e-0a5b-4a0f-9d52-00ff10a1b2ü",
        ] {
            let error = wrong.parse::<DeviceId>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
        }
    }
}
