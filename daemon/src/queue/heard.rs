//! What workers say, where all goes well.

use sojourn_proto::{Failure, FailureKind, JobId, Key};

use super::answer::Outcome;
use super::worker::Phase;
use super::{Effect, Queue, Said};
use crate::exchange::WorkerId;

impl Queue {
    pub(super) fn heard(&mut self, id: WorkerId, said: Said) {
        let now = self.now;
        if let Some(device) = self.devices.of_process(id) {
            return self.device_said(device, said);
        }
        let Some(worker) = self.workers.get_mut(&id) else { return };
        match said {
            Said::Spawned { pid } => worker.pid = pid,
            Said::Ready => {
                if worker.phase == Phase::Starting {
                    worker.phase = Phase::Spare;
                    worker.heard = now;
                }
            }
            Said::Begun { job } => self.begun(id, job),
            Said::Progress => worker.heard = now,
            Said::Answered { job, micros, name, result } => self.answered(id, job, (micros, name), result),
            Said::Sampled { rss_bytes, stopped } => {
                worker.rss_bytes = rss_bytes;
                worker.stopped = stopped;
                self.retire_if_used_up(id);
            }
            Said::Unreapable => {
                self.end(id);
                if let Some(worker) = self.workers.get_mut(&id) {
                    worker.phase = Phase::Unreapable;
                }
            }
            Said::Exited(exit) => self.exited(id, &exit),
            // A worker that speaks as a device would was ended by its supervisor.
            Said::Memory { .. } | Said::Unusable(_) => {}
        }
    }

    fn begun(&mut self, id: WorkerId, job: JobId) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        if worker.lease().is_none() {
            return;
        }
        if worker.holds(job) {
            worker.begun = Some(job);
            worker.heard = self.now;
        } else {
            self.violated(id, &format!("it began job {job}, which it was not given"));
        }
    }

    fn answered(
        &mut self,
        id: WorkerId,
        job: JobId,
        (micros, name): (u64, Option<Key>),
        result: Result<u64, Failure>,
    ) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        let Some(session) = worker.lease() else { return };
        if !worker.holds(job) {
            self.violated(id, &format!("it answered job {job}, which it was not given or had answered"));
            return;
        }
        worker.unload(job);
        worker.jobs += 1;
        worker.heard = self.now;
        if !worker.proven {
            worker.proven = true;
            self.starts.proven();
        }
        self.pace.note(micros);
        if let Some(client) = self.sessions.get_mut(&session) {
            client.pace.note(micros);
        }
        match result {
            Ok(bytes) => {
                self.store(job, name);
                self.succeed(job, Outcome { bytes, micros, computed: true, device: None });
            }
            Err(failure) => {
                // Such a worker may have been left in any state.
                if matches!(
                    failure.kind,
                    FailureKind::WorkerPanicked | FailureKind::OutOfMemory | FailureKind::Internal
                ) {
                    self.retire(id);
                }
                self.fail(job, &failure);
            }
        }
        if self.works_in_vain(id) {
            self.end(id);
        }
        self.retire_if_used_up(id);
    }

    /// Has the result at hand stored, before it is answered.
    fn store(&mut self, id: JobId, name: Option<Key>) {
        let Some(job) = self.jobs.get(&id) else { return };
        if !job.flight.store {
            return;
        }
        let mut uids: Vec<u32> = job
            .tickets
            .iter()
            .filter_map(|ticket| self.sessions.get(&ticket.session))
            .map(|client| client.uid)
            .collect();
        uids.sort_unstable();
        uids.dedup();
        let (kind, key) = (job.flight.kind, job.flight.key);
        self.emit(Effect::Store { kind, key, name, uids });
    }

    /// Retires a leased worker that has done its jobs, is too old or too big, or may leave as its load is
    /// done.
    pub(super) fn retire_if_used_up(&mut self, id: WorkerId) {
        let Some(worker) = self.workers.get(&id) else { return };
        let used_up = match worker.phase {
            Phase::Leased { .. } => {
                worker.jobs + worker.loaded() as u64 >= self.policy.jobs_per_worker
                    || self.now >= worker.born + self.policy.max_age
                    || worker.rss_bytes > self.policy.max_rss
            }
            Phase::Retiring { .. } => worker.load.is_empty(),
            _ => false,
        };
        if used_up {
            self.retire(id);
        }
    }
}
