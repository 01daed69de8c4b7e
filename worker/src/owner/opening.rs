//! Making the context, and waiting before for what a lost one held.

use std::time::{Duration, Instant};

use sojourn_proto::{Failure, FailureKind};

use super::gpu::OnGpu;
use crate::device::{DeviceError, Gpu, NoDevice};

/// Longest that the memory of a lost process is waited for. Drivers give it back within a second or two; what is not
/// back then was taken by others.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time between looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Of the memory that is waited for, the part that may be missing: others' use of a device changes a little all the
/// time. In sixteenths.
const SLACK: u64 = 1;

/// `CUDA_ERROR_OUT_OF_MEMORY`, by which the making of a context fails.
const OUT_OF_MEMORY: u32 = 2;

/// Opens a device and measures it.
///
/// # Errors
/// Why it can not be used.
pub(super) fn open(uuid: &str, expected: Option<&str>) -> Result<OnGpu, Failure> {
    let expected = expected.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let expected = expected - expected / 16 * SLACK;
    let deadline = Instant::now() + PATIENCE;
    let mut gpu = loop {
        match Gpu::open(uuid) {
            // Until the memory of a lost process is back there may be too little for a context.
            Err(DeviceError::OutOfMemory { .. } | DeviceError::Driver { code: OUT_OF_MEMORY, .. })
                if expected > 0 && Instant::now() < deadline =>
            {
                std::thread::sleep(PAUSE);
            }
            opened => break opened.map_err(|error| unusable(uuid, &error))?,
        }
    };
    loop {
        let free = gpu.memory().map_err(|error| unusable(uuid, &error))?.free;
        if free >= expected {
            break;
        }
        if Instant::now() >= deadline {
            eprintln!(
                "device: {free} bytes are free on {uuid}, {expected} were expected; going on with what there is"
            );
            break;
        }
        std::thread::sleep(PAUSE);
    }
    let rate = gpu.calibrate().map_err(|error| unusable(uuid, &error))?;
    Ok(OnGpu::new(gpu, rate))
}

/// Why a device can not be used.
fn unusable(uuid: &str, error: &DeviceError) -> Failure {
    let kind = match error {
        DeviceError::OutOfMemory { needed, free } => FailureKind::Vram { needed: *needed, free: *free },
        _ => FailureKind::NoDevice,
    };
    match error {
        DeviceError::NoDevice(NoDevice::Unknown { .. }) => Failure::new(kind, error.to_string()),
        _ => Failure::new(kind, format!("the GPU {uuid} can not be used: {error}")),
    }
}
