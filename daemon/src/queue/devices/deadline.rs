//! What happens to devices by the passing of time alone.

use sojourn_proto::{DeviceId, Failure, FailureKind};

use super::{Device, State};
use crate::queue::{Moment, Policy, Queue};

impl Queue {
    /// When something is due for a device.
    pub(in crate::queue) fn device_deadlines(&self) -> impl Iterator<Item = Moment> + '_ {
        let due = self.devices.all.values().filter_map(|device| due(device, &self.policy));
        due.chain(self.devices.held_up)
    }

    pub(in crate::queue) fn pass_device_deadlines(&mut self) {
        let now = self.now;
        let overdue: Vec<DeviceId> = self
            .devices
            .all
            .iter()
            .filter(|(_, device)| due(device, &self.policy).is_some_and(|at| at <= now))
            .map(|(&id, _)| id)
            .collect();
        for id in overdue {
            let Some(device) = self.devices.all.get_mut(&id) else { continue };
            match device.state {
                State::Starting { .. } => {
                    let limit = self.policy.device_start.as_secs_f64();
                    let text =
                        format!("the GPU {id} can not be used: its process was not ready within {limit} s");
                    self.end_device(id);
                    self.start_failed(id, Failure::new(FailureKind::NoDevice, text), false);
                }
                State::Ready { .. } if device.load.is_empty() => self.release_device(id),
                State::Ready { .. } | State::Draining => self.device_silent(id),
                State::Leaving { .. } => self.end_device(id),
                State::Cold | State::Ending | State::Unreapable => {}
            }
        }
    }

    /// It has shown no progress for too long: its job has failed, without another try, which would only take as
    /// long again.
    fn device_silent(&mut self, id: DeviceId) {
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        let (head, pid) = (device.head(), device.pid);
        if let Some(job) = head {
            device.unload(job);
        }
        device.losses += 1;
        self.end_device(id);
        if let Some(job) = head {
            let limit = self.policy.silence.as_secs_f64();
            let text = format!("no progress within {limit} s in device process {pid}, which was ended");
            self.fail(job, &Failure::new(FailureKind::TimedOut, text));
        }
    }
}

/// When something is due for a device.
fn due(device: &Device, policy: &Policy) -> Option<Moment> {
    match device.state {
        State::Starting { since } => Some(since + policy.device_start),
        State::Ready { since } if device.load.is_empty() => Some(since + policy.device_keep_alive),
        State::Ready { .. } | State::Draining => Some(device.heard + policy.silence),
        State::Leaving { since } => Some(since + policy.device_leave),
        State::Cold | State::Ending | State::Unreapable => None,
    }
}
