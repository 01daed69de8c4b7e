//! How device processes end, and what becomes of their jobs.

use sojourn_proto::{DeviceId, Failure, FailureKind, JobId};

use super::{State, Trouble};
use crate::exchange::Exit;
use crate::queue::crash::{ending, start_failure};
use crate::queue::job::Side;
use crate::queue::{Effect, Queue};

impl Queue {
    /// Ends the process of a device; its jobs are taken back.
    pub(super) fn end_device(&mut self, id: DeviceId) {
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        let Some(process) = device.process else { return };
        if matches!(device.state, State::Ending | State::Unreapable) {
            return;
        }
        device.state = State::Ending;
        let load = device.take_load();
        self.emit(Effect::End { worker: process });
        self.take_back(&load);
    }

    /// Ends all of them.
    pub(in crate::queue) fn end_devices(&mut self) {
        self.devices.order.clone().into_iter().for_each(|id| self.end_device(id));
    }

    /// Has the process of a device leave, its load being finished first.
    pub(super) fn release_device(&mut self, id: DeviceId) {
        let now = self.now;
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        match device.state {
            State::Ready { .. } if !device.load.is_empty() => device.state = State::Draining,
            State::Ready { .. } | State::Starting { .. } => {
                device.state = State::Leaving { since: now };
                if let Some(worker) = device.process {
                    self.emit(Effect::Leave { worker });
                }
            }
            State::Cold | State::Draining | State::Leaving { .. } | State::Ending | State::Unreapable => {}
        }
    }

    /// Has all of them leave.
    pub(in crate::queue) fn release_devices(&mut self) {
        self.devices.order.clone().into_iter().for_each(|id| self.release_device(id));
    }

    /// As [`Queue::release_devices`], and says when those of now are gone.
    pub(in crate::queue) fn clear_devices(&mut self, ticket: u64) {
        let old = self.devices.all.values().filter_map(|device| device.process).collect();
        self.release_devices();
        self.devices.clearing.push((ticket, old));
    }

    /// Says which releases are through. One does not wait for a process that the kernel does not let go of.
    pub(in crate::queue) fn settle_clears(&mut self) {
        let stuck = |process| {
            let device = self.devices.of_process(process).and_then(|id| self.devices.all.get(&id));
            device.is_none_or(|device| device.state == State::Unreapable)
        };
        let clearing = self.devices.clearing.iter();
        let over: Vec<u64> = clearing
            .filter(|(_, old)| old.iter().all(|&old| stuck(old)))
            .map(|&(ticket, _)| ticket)
            .collect();
        self.devices.clearing.retain(|(ticket, _)| !over.contains(ticket));
        for ticket in over {
            self.emit(Effect::Cleared { ticket });
        }
    }

    pub(super) fn leave_if_drained(&mut self, id: DeviceId) {
        let now = self.now;
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        if device.state == State::Draining && device.load.is_empty() {
            device.state = State::Leaving { since: now };
            if let Some(worker) = device.process {
                self.emit(Effect::Leave { worker });
            }
        }
    }

    /// It says that it can not be used, and why; its end follows.
    pub(super) fn unusable(&mut self, id: DeviceId, failure: Failure) {
        if self.devices.all.get(&id).is_some_and(|device| matches!(device.state, State::Starting { .. })) {
            self.end_device(id);
            self.start_failed(id, failure, false);
        }
    }

    pub(super) fn start_failed(&mut self, id: DeviceId, last: Failure, may_pass: bool) {
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        let failures = device.trouble.as_ref().map_or(0, |trouble| trouble.failures) + 1;
        let not_before = self.now + self.policy.backoff(failures);
        device.trouble = Some(Trouble { failures, last, not_before, may_pass });
    }

    /// The process of a device is gone. The job it was at is tried once more, by the next one.
    pub(super) fn device_exited(&mut self, id: DeviceId, exit: &Exit) {
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        let (state, pid, head) = (device.state, device.pid, device.head());
        let lost = !matches!(exit, Exit::Code(0) | Exit::NotStarted { .. });
        let load = device.take_load();
        (device.state, device.process, device.pid) = (State::Cold, None, 0);
        device.ledger.forget(lost);
        match state {
            State::Starting { .. } => {
                let text = format!("the GPU {id} can not be used: {}", start_failure(exit));
                self.start_failed(id, Failure::new(FailureKind::NoDevice, text), true);
            }
            State::Ready { .. } | State::Draining => {
                device.losses += u64::from(lost);
                let rest: Vec<JobId> = load.into_iter().filter(|&job| Some(job) != head).collect();
                self.take_back(&rest);
                let text = format!("device process {pid} {} at this job", ending(exit));
                match (head, exit) {
                    (None, _) => {}
                    (Some(job), Exit::ProtocolViolation { .. }) => {
                        self.fail(job, &Failure::new(FailureKind::ProtocolViolation, text));
                    }
                    (Some(job), _) => self.lost(job, &Failure::new(FailureKind::WorkerLost, text)),
                }
            }
            State::Cold | State::Leaving { .. } | State::Ending | State::Unreapable => {}
        }
        if self.devices.all.get(&id).is_some_and(|device| {
            device.trouble.as_ref().is_some_and(|trouble| trouble.last.kind == FailureKind::NoDevice)
        }) {
            self.doubt_devices();
        }
    }

    /// A device was lost under a job: it is tried again, behind all others, but not for ever.
    pub(super) fn lost(&mut self, id: JobId, failure: &Failure) {
        let attempts = self.policy.attempts;
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.losses += 1;
        let losses = job.losses;
        if job.tickets.is_empty() {
            self.drop_job(id);
        } else if losses < attempts {
            self.put_ready(id, Side::Back);
        } else {
            let text = format!("{}, attempt {losses} of {attempts}", failure.message);
            self.fail(id, &Failure::new(failure.kind, text));
        }
    }

    /// It has broken the protocol: it is ended, and the job it was at has failed for it.
    pub(super) fn device_violated(&mut self, id: DeviceId, what: &str) {
        let Some(device) = self.devices.all.get_mut(&id) else { return };
        let head = device.head();
        if let Some(job) = head {
            device.unload(job);
        }
        self.end_device(id);
        if let Some(job) = head {
            let text = format!("the device process broke the protocol and was ended: {what}");
            self.fail(job, &Failure::new(FailureKind::ProtocolViolation, text));
        }
    }
}
