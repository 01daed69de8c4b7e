//! Answers computed by GPUs of the daemon's, and whether that is worth it.

use std::time::Duration;

use sojourn_proto::{DeviceState, DevicesReport, Target};

use super::device::choose;
use super::workers::{Place, Retreat};
use super::{Device, Left, Pace, Run, Source, Take};
use crate::{Error, workers};

/// Work of all processors that must be left for a GPU to be thought of where one is at hand, and where its context
/// has to be made first.
const WARM: Duration = Duration::from_secs(1);
const COLD: Duration = Duration::from_secs(5);

/// Vectors that are read ahead to see whether so much is left, at most.
const AHEAD: usize = 250_000;

impl Run<'_> {
    /// Answers all vectors that come, on the GPUs asked for and nowhere else.
    pub(super) fn on_devices(&self, source: &mut Source<'_>, take: &mut Take<'_>) -> Result<(), Error> {
        let targets = self.client.targets(self.options.device)?;
        let place = Place::Devices { targets, retreat: None };
        self.in_processes(source, &mut Pace::of_devices(), place, take).map(drop)
    }

    /// Goes on on GPUs, where that is measured to be faster than processors are, as `each` says of one. What is left
    /// then is for them.
    pub(super) fn on_devices_if_faster(
        &self,
        source: &mut Source<'_>,
        each: Duration,
        take: &mut Take<'_>,
    ) -> Result<Left, Error> {
        let cpus = workers::workers(self.options.workers, workers::usable_cpus(), usize::MAX).max(1) as u32;
        let each = each / cpus;
        if !left(source, each, WARM) {
            return Ok(Left::Some);
        }
        let report = match self.client.devices() {
            Ok(report) => report,
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            // Whoever asked for no GPU need not know that none can be asked for.
            Err(_) => return Ok(Left::Some),
        };
        let own = std::env::var("CUDA_VISIBLE_DEVICES").ok();
        let Ok(targets) = choose(Device::Auto, &report, own.as_deref()) else { return Ok(Left::Some) };
        let warm = report.devices.iter().any(|d| matches!(d.state, DeviceState::Idle | DeviceState::Busy));
        if !(warm || left(source, each, COLD)) || !self.may_be_faster(&report, each) {
            return Ok(Left::Some);
        }
        // The first tiles show what a vector takes there. That of the rest is for the faster.
        let devices = if targets == [Target::AnyDevice] { report.devices.len() } else { targets.len() };
        let slower_than = each * u32::try_from(devices).unwrap_or(u32::MAX);
        let retreat = Some(Retreat { slower_than, first: devices });
        let place = Place::Devices { targets, retreat };
        self.in_processes(source, &mut Pace::of_devices(), place, take)
    }

    /// Whether a GPU could be, by its calibrated rate, if it did nothing but one replay for a vector.
    fn may_be_faster(&self, report: &DevicesReport, each: Duration) -> bool {
        let operations = self.trace.summary().operations as f64;
        report.devices.iter().any(|device| match device.operations_per_second {
            Some(rate) if rate > 0.0 => operations / rate < each.as_secs_f64(),
            // Not measured yet: the first tile will be.
            _ => true,
        })
    }
}

/// Whether vectors are left that take processors so long.
fn left(source: &mut Source<'_>, each: Duration, time: Duration) -> bool {
    let count = time.as_nanos() / each.as_nanos().max(1) + 1;
    usize::try_from(count).is_ok_and(|count| count <= AHEAD && source.has(count))
}
