//! What happens by the passing of time alone.

use sojourn_proto::{Failure, FailureKind};

use super::worker::{Phase, Worker};
use super::{Effect, Moment, Policy, Queue};
use crate::exchange::WorkerId;

/// What is due for a worker at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// It should have been ready.
    Ready,
    /// It should have shown progress.
    Progress,
    /// It should have left.
    Left,
    /// It is too old.
    Renewal,
    /// It has lived long enough to count as well started.
    Proof,
}

/// Since when there is nobody and nothing.
#[derive(Debug, Default)]
pub(super) struct Idle {
    since: Option<Moment>,
    told: bool,
}

impl Queue {
    /// When to step with [`super::Event::Tick`] if nothing happens before.
    pub fn next_deadline(&self) -> Option<Moment> {
        let workers = self.workers.values().filter_map(|worker| due(worker, &self.policy)).map(|(at, _)| at);
        let idle = self.idle.since.filter(|_| !self.idle.told).zip(self.policy.idle);
        workers
            .chain(self.starts.held_up_until())
            .chain(self.quantum_ends)
            .chain(self.device_deadlines())
            .chain(idle.map(|(since, idle)| since + idle))
            .min()
    }

    pub(super) fn pass_deadlines(&mut self) {
        self.pass_device_deadlines();
        let overdue: Vec<_> = self
            .workers
            .iter()
            .filter_map(|(&id, worker)| due(worker, &self.policy).map(|(at, what)| (id, at, what)))
            .filter(|&(_, at, _)| at <= self.now)
            .map(|(id, _, what)| (id, what))
            .collect();
        for (id, what) in overdue {
            match what {
                Due::Ready => {
                    let limit = self.policy.start_deadline.as_secs_f64();
                    let reason = format!("it was not ready within {limit} s");
                    self.starts.failed(self.now, reason, &self.policy);
                    self.end(id);
                }
                Due::Progress => self.time_out(id),
                Due::Left => self.end(id),
                Due::Renewal => self.retire(id),
                Due::Proof => {
                    if let Some(worker) = self.workers.get_mut(&id) {
                        worker.proven = true;
                        self.starts.proven();
                    }
                }
            }
        }
    }

    /// A worker has shown no progress for too long, stopped or not: its job has failed, without another try,
    /// which would only take as long again.
    fn time_out(&mut self, id: WorkerId) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        let stopped = if worker.stopped { " (it is stopped by a signal)" } else { "" };
        let head = worker.head();
        if let Some(job) = head {
            worker.unload(job);
        }
        let pid = worker.pid;
        self.end(id);
        if let Some(job) = head {
            let limit = self.policy.silence.as_secs_f64();
            let text =
                format!("no progress within {limit} s in worker process {pid}{stopped}, which was ended");
            self.fail(job, &Failure::new(FailureKind::TimedOut, text));
        }
    }

    /// Notes since when there is neither session nor job, and says so once that has lasted.
    pub(super) fn note_idleness(&mut self) {
        if !self.sessions.is_empty() || !self.jobs.is_empty() {
            self.idle = Idle::default();
            return;
        }
        let since = *self.idle.since.get_or_insert(self.now);
        let over = self.policy.idle.is_some_and(|idle| self.now >= since + idle);
        if over && !self.idle.told && self.shutdown.is_none() {
            self.idle.told = true;
            self.emit(Effect::Idle);
        }
    }

    /// Since when there is neither session nor work; none while there is.
    pub fn idle_since(&self) -> Option<Moment> {
        self.idle.since
    }
}

/// What is due next for a worker, and when.
fn due(worker: &Worker, policy: &Policy) -> Option<(Moment, Due)> {
    let proof = (!worker.proven).then(|| (worker.heard + policy.proof, Due::Proof));
    match worker.phase {
        Phase::Starting => Some((worker.born + policy.start_deadline, Due::Ready)),
        Phase::Spare => proof,
        Phase::Leased { .. } | Phase::Retiring { .. } if !worker.load.is_empty() => {
            Some((worker.heard + policy.silence, Due::Progress))
        }
        Phase::Leased { .. } => {
            proof.into_iter().chain([(worker.born + policy.max_age, Due::Renewal)]).min_by_key(|&(at, _)| at)
        }
        Phase::Leaving { since } => Some((since + policy.leave_grace, Due::Left)),
        Phase::Retiring { .. } | Phase::Ending | Phase::Unreapable => None,
    }
}
