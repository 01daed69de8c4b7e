//! GPUs, for people; part of `status`, `top` and `memory show`.

use sojourn_proto::DeviceReport;

use crate::render::numbers::{self, bytes};
use crate::render::table::Table;

/// Growth with one job that is worth a warning, in bytes.
const GROWTH: u64 = 500 << 20;

/// The table of GPUs.
pub(crate) fn table(devices: &[DeviceReport]) -> Table {
    let mut table = Table::new(["GPU", "uuid", "state", "process", "jobs", "ours", "free", "of", "traces"]);
    for device in devices {
        table.row([
            device.name.clone(),
            device.uuid.clone(),
            numbers::name(&device.state),
            device.pid.map_or_else(|| "-".into(), |pid| pid.to_string()),
            device.runs.to_string(),
            bytes(device.ours_bytes),
            device.free_bytes.map_or_else(|| "-".into(), bytes),
            bytes(device.total_bytes),
            device.resident.len().to_string(),
        ]);
    }
    table
}

/// What is to be said of devices whose memory grows.
pub(crate) fn warnings(devices: &[DeviceReport]) -> impl Iterator<Item = String> {
    devices.iter().filter_map(warning)
}

fn warning(device: &DeviceReport) -> Option<String> {
    (device.grown_bytes > GROWTH).then(|| {
        let (grown, uuid) = (bytes(device.grown_bytes), &device.uuid);
        format!("memory held on {uuid} grew by {grown} with the last job; `sojourn memory clear` releases it")
    })
}

#[cfg(test)]
mod tests {
    use sojourn_proto::DeviceState;

    use super::*;

    #[test]
    fn growth_of_more_than_500_mb_is_worth_a_warning() {
        let device = |grown_bytes| DeviceReport {
            uuid: "GPU-1".into(),
            name: "GPU".into(),
            compute_capability: "9.0".into(),
            driver: "12.1".into(),
            state: DeviceState::Idle,
            pid: Some(7),
            total_bytes: 1 << 40,
            free_bytes: Some(1 << 39),
            ours_bytes: 1 << 38,
            grown_bytes,
            resident: Vec::new(),
            runs: 3,
            losses: 0,
            launch_seconds: None,
            operations_per_second: None,
        };
        assert_eq!(warning(&device(GROWTH)), None);
        let text = warning(&device(600 << 20)).unwrap();
        assert!(
            text.contains("GPU-1") && text.contains("600.0 MiB") && text.contains("memory clear"),
            "{text}"
        );
    }
}
