//! Looking for GPUs: when somebody asks for them, never before.

use std::time::Duration;

use sojourn_proto::{Description, DeviceId, Failure, FailureKind, JobId, Target};

use super::{Device, Known, State};
use crate::queue::{Effect, Queue};

/// Where none was found, jobs are told so for this long without another look.
const BELIEVED: Duration = Duration::from_secs(5);

impl Queue {
    /// Somebody asks which GPUs there are. Where none were found the next look may find some: a driver was
    /// installed, say.
    pub(in crate::queue) fn ask_devices(&mut self, ticket: u64) {
        match self.devices.known {
            Known::Found => self.emit(Effect::Devices { ticket }),
            Known::Looking => self.devices.asking.push(ticket),
            Known::Nothing | Known::None { .. } => {
                self.devices.asking.push(ticket);
                self.look_for_devices();
            }
        }
    }

    /// A look is over. Devices known before keep what is known of them.
    pub(in crate::queue) fn discovered(&mut self, found: Result<Vec<Description>, Failure>) {
        match found {
            Ok(found) => {
                let mut old = std::mem::take(&mut self.devices.all);
                self.devices.order = found.iter().map(|description| description.id).collect();
                for description in found {
                    let id = description.id;
                    let device = match old.remove(&id) {
                        Some(device) => Device { description, ..device },
                        None => Device::new(description),
                    };
                    self.devices.all.insert(id, device);
                }
                // One that is gone keeps its process until that is gone too.
                for (id, device) in old.into_iter().filter(|(_, device)| device.process.is_some()) {
                    self.devices.order.push(id);
                    self.devices.all.insert(id, device);
                }
                self.devices.known = Known::Found;
            }
            Err(failure) => {
                self.devices.all.retain(|_, device| device.process.is_some());
                self.devices.order.retain(|id| self.devices.all.contains_key(id));
                self.devices.known = Known::None { failure, at: self.now };
            }
        }
        for ticket in std::mem::take(&mut self.devices.asking) {
            self.emit(Effect::Devices { ticket });
        }
    }

    pub(super) fn look_for_devices(&mut self) {
        self.devices.known = Known::Looking;
        self.emit(Effect::Look);
    }

    /// Whether jobs can be placed: if not, a look is under way, or they have failed for what the last one found.
    pub(super) fn devices_are_known(&mut self, waiting: &[Target]) -> bool {
        match &self.devices.known {
            Known::Found => {
                for &target in waiting {
                    if let Target::Device(id) = target
                        && !self.devices.all.contains_key(&id)
                    {
                        let failure = self.no_such_device(id);
                        self.fail_waiting(target, &failure);
                    }
                }
                true
            }
            Known::Looking => false,
            Known::None { failure, at } if self.now < *at + BELIEVED => {
                let failure = failure.clone();
                waiting.iter().for_each(|&target| self.fail_waiting(target, &failure));
                false
            }
            Known::Nothing | Known::None { .. } => {
                self.look_for_devices();
                false
            }
        }
    }

    /// A driver that a process could not use any more: the next who asks has it looked for anew.
    pub(super) fn doubt_devices(&mut self) {
        if matches!(self.devices.known, Known::Found)
            && self.devices.all.values().all(|device| device.state == State::Cold)
        {
            self.devices.known = Known::Nothing;
        }
    }

    fn no_such_device(&self, id: DeviceId) -> Failure {
        let there: Vec<String> = self.devices.order.iter().map(ToString::to_string).collect();
        Failure::new(
            FailureKind::NoDevice,
            format!("there is no GPU {id} here; there is {}", there.join(", ")),
        )
    }

    /// Fails all jobs that wait for this.
    pub(super) fn fail_waiting(&mut self, target: Target, failure: &Failure) {
        let mut jobs: Vec<JobId> = Vec::new();
        for client in self.sessions.values_mut() {
            for batch in client.batches.values_mut() {
                while let Some(job) = batch.on_devices.get_mut(&target).and_then(|lane| lane.take(&self.jobs))
                {
                    jobs.push(job);
                }
            }
        }
        // A job that several batches wait for stands in the lane of each.
        jobs.sort_unstable();
        jobs.dedup();
        for job in jobs {
            self.fail(job, failure);
        }
    }
}
