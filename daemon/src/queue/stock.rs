//! The stock of workers: starting them, not too often, and failing fast where none will start.

use sojourn_proto::{Failure, FailureKind, JobId};

use super::worker::{Phase, Worker};
use super::{Effect, Moment, Policy, Queue};
use crate::exchange::{Role, SessionId};

/// How starting workers has gone of late.
#[derive(Debug, Default)]
pub(super) struct Starts {
    /// Failed starts in a row.
    failures: u32,
    /// Why the last one failed.
    reason: String,
    /// No start before.
    not_before: Moment,
    /// Whether the stock waits for that.
    held_up: bool,
}

impl Starts {
    pub(super) fn failed(&mut self, now: Moment, reason: String, policy: &Policy) {
        self.failures = self.failures.saturating_add(1);
        self.reason = reason;
        self.not_before = now + policy.backoff(self.failures);
    }

    /// A worker has lived long enough, or worked: starting works.
    pub(super) fn proven(&mut self) {
        *self = Starts::default();
    }

    pub(super) fn failing(&self) -> bool {
        self.failures > 0
    }

    /// When the next start is to be tried, where the pause after a failed one holds it up.
    pub(super) fn held_up_until(&self) -> Option<Moment> {
        self.held_up.then_some(self.not_before)
    }

    pub(super) fn reason(&self) -> &str {
        &self.reason
    }
}

impl Queue {
    /// Workers that may be leased at once: those the kernel does not let go of hold their slots.
    pub(super) fn capacity(&self) -> usize {
        let stuck = self.workers.values().filter(|worker| worker.phase == Phase::Unreapable).count();
        self.policy.workers.saturating_sub(stuck)
    }

    fn in_phase(&self, phase: Phase) -> usize {
        self.workers.values().filter(|worker| worker.phase == phase).count()
    }

    fn spares_wanted(&self) -> usize {
        if self.shutdown.is_some() { 0 } else { self.policy.spares }
    }

    /// Starts workers for `wanted` free slots and for the stock, and lets go of what is too many. While
    /// starts fail there is one try at a time, after a pause that doubles.
    pub(super) fn replenish(&mut self, wanted: usize) {
        let target = wanted + self.spares_wanted();
        let bound = self.policy.workers + self.policy.spares;
        let mut coming = self.in_phase(Phase::Starting) + self.in_phase(Phase::Spare);
        let mut processes = self.workers.len();
        self.starts.held_up = false;
        while coming < target && processes < bound {
            self.starts.held_up = self.now < self.starts.not_before;
            if self.starts.held_up || (self.starts.failing() && self.in_phase(Phase::Starting) > 0) {
                break;
            }
            self.last_worker += 1;
            let worker = self.last_worker;
            self.workers.insert(worker, Worker::new(self.now));
            self.emit(Effect::Spawn { worker, role: Role::Worker });
            coming += 1;
            processes += 1;
        }
        let spares: Vec<_> = self
            .workers
            .iter()
            .filter(|(_, worker)| worker.phase == Phase::Spare)
            .map(|(&id, _)| id)
            .skip(target)
            .collect();
        for surplus in spares {
            self.retire(surplus);
        }
    }

    /// Why no worker can be had: after so many failed starts, or where no slot is left.
    fn no_worker(&self) -> Option<String> {
        if self.capacity() == 0 {
            return Some("all slots are held by processes that the kernel does not let go of".to_owned());
        }
        (self.starts.failures >= self.policy.start_attempts).then(|| {
            format!("{} starts failed in a row; the last: {}", self.starts.failures, self.starts.reason)
        })
    }

    /// Fails the waiting jobs of sessions that have no worker and can get none, with the reason: waiting
    /// would not help, and a client that hangs learns nothing.
    pub(super) fn fail_fast(&mut self) {
        let Some(reason) = self.no_worker() else { return };
        if self.in_phase(Phase::Spare) > 0 {
            return;
        }
        let failure =
            Failure::new(FailureKind::NoWorker, format!("no worker process can be started: {reason}"));
        let stranded: Vec<SessionId> = self
            .sessions
            .keys()
            .copied()
            .filter(|&session| !self.workers.values().any(|worker| worker.serves(session)))
            .collect();
        for session in stranded {
            for job in self.ready_jobs(session) {
                self.fail(job, &failure);
            }
        }
    }

    /// Takes all jobs of a session out of its lanes that are ready for a worker.
    fn ready_jobs(&mut self, session: SessionId) -> Vec<JobId> {
        let Some(client) = self.sessions.get_mut(&session) else { return Vec::new() };
        let mut ready = Vec::new();
        for batch in client.batches.values_mut() {
            while let Some(job) = batch.ready.take(&self.jobs) {
                ready.push(job);
            }
        }
        ready
    }

    /// `ready`, `draining`, or `degraded: why`.
    pub(super) fn health(&self) -> String {
        if self.shutdown.is_some() {
            "draining".to_owned()
        } else if self.capacity() == 0 {
            "degraded: all slots are held by processes that the kernel does not let go of".to_owned()
        } else if self.starts.failing() {
            format!("degraded: starting a worker failed: {}", self.starts.reason())
        } else {
            "ready".to_owned()
        }
    }
}
