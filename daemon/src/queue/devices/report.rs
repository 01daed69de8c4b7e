//! What is told of devices.

use sojourn_proto::{DeviceReport, DeviceState};

use super::{Device, Devices, Known, State};

impl Devices {
    /// Each device, in the driver's order.
    pub(in crate::queue) fn reports(&self) -> Vec<DeviceReport> {
        self.order.iter().filter_map(|id| self.all.get(id)).map(show).collect()
    }

    /// Why there is none, where one has looked.
    pub(in crate::queue) fn why_none(&self) -> Option<String> {
        match &self.known {
            Known::None { failure, .. } => Some(failure.message.clone()),
            Known::Nothing | Known::Looking | Known::Found => None,
        }
    }
}

fn show(device: &Device) -> DeviceReport {
    let description = &device.description;
    let (major, minor) = description.compute_capability;
    let memory = device.ledger.memory();
    let state = match device.state {
        State::Cold => DeviceState::Cold,
        State::Starting { .. } => DeviceState::Starting,
        State::Ready { .. } if device.load.is_empty() => DeviceState::Idle,
        State::Ready { .. } => DeviceState::Busy,
        State::Draining | State::Leaving { .. } => DeviceState::Draining,
        State::Ending => DeviceState::Poisoned,
        State::Unreapable => DeviceState::Unreapable,
    };
    DeviceReport {
        uuid: description.id.to_string(),
        name: description.name.clone(),
        compute_capability: format!("{major}.{minor}"),
        driver: description.driver.clone(),
        state,
        pid: device.process.map(|_| device.pid).filter(|&pid| pid != 0),
        total_bytes: description.total_bytes,
        free_bytes: memory.map(|memory| memory.free),
        ours_bytes: memory.map_or(0, |memory| memory.ours),
        grown_bytes: device.ledger.grown(),
        resident: memory
            .map_or_else(Vec::new, |memory| memory.resident.iter().map(|(key, _)| key.to_string()).collect()),
        runs: device.runs,
        losses: device.losses,
        launch_seconds: device.rate.map(|rate| rate.launch_nanos as f64 * 1e-9),
        operations_per_second: device.rate.map(|rate| rate.operations_per_second as f64),
    }
}
