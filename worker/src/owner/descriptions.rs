//! Which GPUs there are, as the daemon is told.

use sojourn_proto::{Description, Failure, FailureKind, Report};

use crate::device;

/// What there is to say to a daemon that asks.
pub(super) fn list() -> Report {
    match device::discover() {
        Ok(found) => Report::Devices(found.into_iter().filter_map(described).collect()),
        Err(none) => Report::Unusable(Failure::new(FailureKind::NoDevice, none.to_string())),
    }
}

/// A device under its UUID; one that has none could not be asked for.
fn described(device: device::Description) -> Option<Description> {
    let id = device.uuid.parse().inspect_err(|error| eprintln!("device: {error}")).ok()?;
    Some(Description {
        id,
        name: device.name,
        compute_capability: device.compute_capability,
        total_bytes: device.total_bytes,
        driver: device.driver,
    })
}
