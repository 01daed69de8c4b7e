//! What device processes say, where all goes well.

use sojourn_proto::{DeviceId, DeviceMemory, Failure, FailureKind, JobId, Rate};

use super::State;
use crate::queue::answer::Outcome;
use crate::queue::{Effect, Queue, Said};

impl Queue {
    pub(in crate::queue) fn device_said(&mut self, id: DeviceId, said: Said) {
        let now = self.now;
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        match said {
            Said::Spawned { pid } => device.pid = pid,
            Said::Ready => {
                if matches!(device.state, State::Starting { .. }) {
                    device.state = State::Ready { since: now };
                    device.heard = now;
                    device.trouble = None;
                }
            }
            Said::Begun { job } if device.load.contains(&job) => {
                device.begun = Some(job);
                device.heard = now;
            }
            Said::Begun { job } => {
                self.device_violated(id, &format!("it began job {job}, which it was not given"));
            }
            Said::Progress => device.heard = now,
            Said::Answered { job, result, micros, .. } => self.device_answered(id, job, micros, result),
            Said::Memory { memory, rate } => self.device_memory(id, memory, rate),
            Said::Unusable(failure) => self.unusable(id, failure),
            Said::Sampled { .. } => {}
            Said::Unreapable => {
                self.end_device(id);
                if let Some(device) = self.devices.all.get_mut(&id) {
                    device.state = State::Unreapable;
                }
            }
            Said::Exited(exit) => self.device_exited(id, &exit),
        }
    }

    fn device_answered(&mut self, id: DeviceId, job: JobId, micros: u64, result: Result<u64, Failure>) {
        let now = self.now;
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        if !matches!(device.state, State::Ready { .. } | State::Draining) {
            return;
        }
        if !device.load.contains(&job) {
            let what = format!("it answered job {job}, which it was not given or had answered");
            return self.device_violated(id, &what);
        }
        device.unload(job);
        device.heard = now;
        device.runs += 1;
        if let State::Ready { since } = &mut device.state {
            *since = now;
        }
        match result {
            Ok(bytes) => self.succeed(job, Outcome { bytes, micros, computed: true, device: Some(id) }),
            Err(failure) if failure.kind == FailureKind::DevicePoisoned => {
                device.losses += 1;
                self.end_device(id);
                self.lost(job, &failure);
            }
            Err(failure) => {
                // Such a process ends by itself, and may have been left in any state.
                if matches!(failure.kind, FailureKind::WorkerPanicked | FailureKind::Internal) {
                    self.end_device(id);
                }
                self.fail(job, &failure);
            }
        }
        self.leave_if_drained(id);
    }

    fn device_memory(&mut self, id: DeviceId, memory: DeviceMemory, rate: Rate) {
        let budget = self.policy.device_memory;
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        device.rate = Some(rate);
        let grown = device.ledger.note(memory);
        let needed: Vec<_> = device
            .load
            .iter()
            .filter_map(|job| self.jobs.get(job).and_then(|job| job.flight.kind.needs()))
            .collect();
        let (process, going) = (device.process, device.ledger.excess(budget, &needed));
        if let Some(bytes) = grown {
            self.emit(Effect::Grown { device: id, bytes });
        }
        if let Some(worker) = process.filter(|_| !going.is_empty()) {
            self.emit(Effect::Evict { worker, traces: going });
        }
    }
}
