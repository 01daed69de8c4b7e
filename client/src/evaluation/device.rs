//! Which GPUs may compute, by what was asked for and what the daemon and the environment show.

use std::str::FromStr;

use sojourn_proto::{DeviceId, DeviceReport, DevicesReport, ParseDeviceIdError, Reply, Request, Target};

use crate::{Client, Error};

/// Where numbers are to be computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Device {
    /// Wherever it is measured to be fastest.
    #[default]
    Auto,
    /// On processors.
    Cpu,
    /// On all GPUs together.
    EveryGpu,
    /// On the GPU of this number, as `CUDA_VISIBLE_DEVICES` counts them.
    Number(usize),
    /// On this GPU.
    Id(DeviceId),
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Device, String> {
        match text {
            "auto" => Ok(Device::Auto),
            "cpu" => Ok(Device::Cpu),
            "cuda" => Ok(Device::EveryGpu),
            _ => match text.strip_prefix("cuda:") {
                Some(number) => number.parse().ok().map(Device::Number),
                None => text.parse().ok().map(Device::Id),
            }
            .ok_or_else(|| "auto, cpu, cuda, cuda:N or the UUID of a GPU expected".to_owned()),
        }
    }
}

impl Client {
    /// Which GPUs the daemon has; it is started if need be, and looks for them if it has not.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub fn devices(&self) -> Result<DevicesReport, Error> {
        match self.ask(|id| Request::Devices { id })? {
            Reply::Devices { report, .. } => Ok(report),
            other => Err(Error::Protocol(format!("a request for devices was answered by {other:?}"))),
        }
    }

    /// Where jobs are to be sent that a GPU was asked for, in turn.
    ///
    /// # Errors
    /// [`Error::NoDevice`] with the reason, where it is not there; those of [`Client::devices`].
    pub(super) fn targets(&self, device: Device) -> Result<Vec<Target>, Error> {
        let report = self.devices()?;
        let own = std::env::var("CUDA_VISIBLE_DEVICES").ok();
        choose(device, &report, own.as_deref()).map_err(Error::NoDevice)
    }
}

/// The targets that a choice comes to.
pub(super) fn choose(
    device: Device,
    report: &DevicesReport,
    own: Option<&str>,
) -> Result<Vec<Target>, String> {
    if report.devices.is_empty() {
        let why = report.none.as_deref().unwrap_or("the daemon has none");
        return Err(format!("there is no GPU: {why}"));
    }
    let visible = visible(report, own)?;
    let ids = visible.iter().map(|device| device.uuid.parse());
    let ids =
        ids.collect::<Result<Vec<DeviceId>, ParseDeviceIdError>>().map_err(|error| error.to_string())?;
    if ids.is_empty() {
        return Err("there is no GPU: CUDA_VISIBLE_DEVICES leaves none".to_owned());
    }
    let there = || ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match device {
        Device::Number(number) => match ids.get(number) {
            Some(&id) => Ok(vec![Target::Device(id)]),
            None => Err(format!("there is no GPU cuda:{number}: of cuda:0 on there is {}", there())),
        },
        Device::Id(id) if ids.contains(&id) => Ok(vec![Target::Device(id)]),
        Device::Id(id) => Err(format!("there is no GPU {id} here; there is {}", there())),
        Device::Auto | Device::Cpu | Device::EveryGpu if ids.len() == report.devices.len() => {
            Ok(vec![Target::AnyDevice])
        }
        Device::Auto | Device::Cpu | Device::EveryGpu => Ok(ids.into_iter().map(Target::Device).collect()),
    }
}

/// Of the daemon's GPUs those that `CUDA_VISIBLE_DEVICES` of this process leaves, in its order. The daemon's own list
/// has had that of the daemon applied by the driver; it is never widened.
fn visible<'a>(report: &'a DevicesReport, own: Option<&str>) -> Result<Vec<&'a DeviceReport>, String> {
    let Some(own) = own.filter(|own| report.visible.as_deref() != Some(*own)) else {
        return Ok(report.devices.iter().collect());
    };
    let mut found: Vec<&DeviceReport> = Vec::new();
    for entry in own.split(',').map(str::trim) {
        let device = match entry.parse::<usize>() {
            Ok(_) if report.visible.is_some() => {
                return Err(format!(
                    "CUDA_VISIBLE_DEVICES={own} counts devices, and the daemon was started under another \
                     ({}), so that its numbers say nothing here; name them by UUID, or `sojourn shutdown` first",
                    report.visible.as_deref().unwrap_or_default()
                ));
            }
            Ok(number) => report.devices.get(number),
            // As the driver has it, a beginning of a UUID is enough if it is of one alone.
            Err(_) if entry.len() > 4 => {
                let mut like = report.devices.iter().filter(|device| device.uuid.starts_with(entry));
                like.next().filter(|_| like.next().is_none())
            }
            Err(_) => None,
        };
        // What comes after something that is not there is not seen either.
        match device {
            Some(device) if !found.iter().any(|other| other.uuid == device.uuid) => found.push(device),
            _ => break,
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
