//! GPUs: which there are, who computes on them, and what is on them.
//!
//! ```text
//!           first job            ready             kept long enough, released by request
//!   Cold -------------> Starting -----> Ready ------> Draining -----> Leaving --> Cold
//!    ^                     |              |           (with load)        |
//!    |                     | not in time  | lost its context, silent     | not within the grace
//!    |                     v              v                              v
//!    +------ gone -------- Ending <-------+------------------------------+--> (Unreapable)
//! ```
//!
//! A GPU has one process at most, and a new one only once the last is gone. It serves all sessions, since a context
//! is dear and what is on the device is but traces and tiles; jobs are taken from those who wait in turn. A job
//! that names no GPU goes to whichever can take it, one that has its trace already before others.

mod answer;
mod deadline;
mod ledger;
mod life;
mod look;
mod report;
mod schedule;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sojourn_proto::{Description, DeviceId, Failure, JobId, Rate};

use super::Moment;
use crate::exchange::WorkerId;
use ledger::Ledger;

/// Jobs that a device is given ahead: one it is at, one it has next.
const AHEAD: usize = 2;

/// All that is known of GPUs.
#[derive(Debug, Default)]
pub(super) struct Devices {
    known: Known,
    /// In the driver's order.
    order: Vec<DeviceId>,
    all: BTreeMap<DeviceId, Device>,
    /// Requests that wait for a look, and for processes to go.
    asking: Vec<u64>,
    clearing: Vec<(u64, BTreeSet<WorkerId>)>,
    /// When a start is to be tried that the pause after a failed one holds up.
    held_up: Option<Moment>,
}

/// What is known of which GPUs there are.
#[derive(Debug, Default)]
enum Known {
    /// Nobody has looked.
    #[default]
    Nothing,
    /// Somebody looks.
    Looking,
    /// Those in [`Devices::order`].
    Found,
    /// None, and why, as of then.
    None { failure: Failure, at: Moment },
}

/// Where the process of a device is in its life (see the diagram above).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is none.
    Cold,
    /// Not ready yet.
    Starting { since: Moment },
    /// It has a context; without load it is idle since then.
    Ready { since: Moment },
    /// It finishes its load and takes no more.
    Draining,
    /// Without load, told to leave.
    Leaving { since: Moment },
    /// Told to end; its load has been taken from it, and whatever it still says is void.
    Ending,
    /// Killed, but not gone: no other may be started beside it.
    Unreapable,
}

/// Starts that failed of late.
#[derive(Debug)]
struct Trouble {
    failures: u32,
    last: Failure,
    /// No start before.
    not_before: Moment,
    /// Whether another start may go better: it died, where one that says why would say so again.
    may_pass: bool,
}

/// A GPU.
#[derive(Debug)]
struct Device {
    description: Description,
    state: State,
    process: Option<WorkerId>,
    pid: u32,
    /// Jobs given to it and not answered.
    load: VecDeque<JobId>,
    /// The job it has said it is at.
    begun: Option<JobId>,
    /// When it last showed progress, or got work after having none.
    heard: Moment,
    ledger: Ledger,
    rate: Option<Rate>,
    runs: u64,
    losses: u64,
    trouble: Option<Trouble>,
}

impl Device {
    fn new(description: Description) -> Device {
        Device {
            description,
            state: State::Cold,
            process: None,
            pid: 0,
            load: VecDeque::new(),
            begun: None,
            heard: Moment::ZERO,
            ledger: Ledger::default(),
            rate: None,
            runs: 0,
            losses: 0,
            trouble: None,
        }
    }

    /// Whether it takes a job now.
    fn has_room(&self) -> bool {
        matches!(self.state, State::Ready { .. }) && self.load.len() < AHEAD
    }

    /// The job it is at, or would be at next.
    fn head(&self) -> Option<JobId> {
        self.begun.or_else(|| self.load.front().copied())
    }

    fn unload(&mut self, job: JobId) {
        self.load.retain(|&held| held != job);
        if self.begun == Some(job) {
            self.begun = None;
        }
    }

    fn take_load(&mut self) -> Vec<JobId> {
        self.begun = None;
        self.load.drain(..).collect()
    }
}

impl Devices {
    /// The device that a process is for.
    pub(super) fn of_process(&self, process: WorkerId) -> Option<DeviceId> {
        self.all.iter().find(|(_, device)| device.process == Some(process)).map(|(&id, _)| id)
    }

    /// Jobs that devices are at.
    pub(super) fn heads(&self) -> impl Iterator<Item = JobId> + '_ {
        self.all.values().filter_map(Device::head)
    }

    /// Whether no process is left that could still go.
    pub(super) fn are_gone(&self) -> bool {
        self.all.values().all(|device| device.process.is_none() || device.state == State::Unreapable)
    }

    /// Jobs that devices have, each with the process that has it.
    #[cfg(test)]
    pub(super) fn loads(&self) -> impl Iterator<Item = (JobId, WorkerId)> + '_ {
        self.all.values().flat_map(|device| device.load.iter().map(|&job| (job, device.process.unwrap_or(0))))
    }

    /// What must hold between any two steps.
    #[cfg(test)]
    pub(super) fn check(&self) {
        assert_eq!(self.order.len(), self.all.len(), "devices and their order");
        for (id, device) in &self.all {
            assert_eq!(device.state == State::Cold, device.process.is_none(), "{id}: {device:?}");
            assert!(device.load.len() <= AHEAD, "{id} has more than a job ahead");
            let working = matches!(device.state, State::Ready { .. } | State::Draining);
            assert!(working || device.load.is_empty(), "{id} has work: {device:?}");
            assert!(device.state != State::Draining || !device.load.is_empty(), "{id} could leave");
            assert!(device.begun.is_none_or(|job| device.load.contains(&job)), "{id} is at another's job");
        }
    }
}
