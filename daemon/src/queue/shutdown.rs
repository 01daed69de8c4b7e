//! The end: no more work, then no more workers, then quiet.

use std::collections::BTreeSet;

use sojourn_proto::{Failure, FailureKind, JobId, ShutdownMode};

use super::job::Place;
use super::worker::{Phase, Worker};
use super::{Effect, Queue};

fn strength(mode: ShutdownMode) -> u8 {
    match mode {
        ShutdownMode::Drain => 0,
        ShutdownMode::Fast => 1,
        ShutdownMode::Now => 2,
    }
}

impl Queue {
    /// Begins the end, or hastens it; a weaker mode changes nothing. Batches of which more was to come end
    /// with what has come.
    pub(super) fn shut_down(&mut self, mode: ShutdownMode) {
        if self.shutdown.is_some_and(|already| strength(already) >= strength(mode)) {
            return;
        }
        self.shutdown = Some(mode);
        let mut open = Vec::new();
        for (&session, client) in &mut self.sessions {
            for (&number, batch) in client.batches.iter_mut().filter(|(_, batch)| batch.open) {
                batch.open = false;
                batch.summary.cancelled = true;
                open.push((session, number));
            }
        }
        for (session, batch) in open {
            self.finish_if_over(session, batch);
        }
    }

    /// Cancels what the mode does not let finish: all that waits, or all. What waits in a worker, behind the job
    /// that it is at, stays there unwanted: the worker is ended when it comes to it.
    pub(super) fn cancel_for_shutdown(&mut self) {
        let failure = Failure::new(FailureKind::Cancelled, "cancelled: the daemon is shutting down");
        match self.shutdown {
            None | Some(ShutdownMode::Drain) => {}
            Some(ShutdownMode::Fast) => {
                let heads = self.workers.values().filter_map(Worker::head);
                let running: BTreeSet<JobId> = heads.chain(self.devices.heads()).collect();
                let doomed: Vec<(JobId, Place)> = self
                    .jobs
                    .iter()
                    .filter(|(id, job)| !job.tickets.is_empty() && !running.contains(id))
                    .map(|(&id, job)| (id, job.place))
                    .collect();
                for (job, place) in doomed {
                    match place {
                        Place::Assigned(_) => self.disappoint(job, &failure),
                        Place::Fresh | Place::LookingUp(_) | Place::Ready => self.fail(job, &failure),
                    }
                }
            }
            Some(ShutdownMode::Now) => {
                for worker in self.workers.keys().copied().collect::<Vec<_>>() {
                    self.end(worker);
                }
                self.end_devices();
                for job in self.jobs.keys().copied().collect::<Vec<_>>() {
                    self.fail(job, &failure);
                }
            }
        }
    }

    /// Takes the next step of a shutdown, if one is under way: the workers leave when there is no work, and when they are gone all is quiet.
    pub(super) fn settle_shutdown(&mut self) {
        if self.shutdown.is_none() || self.quiet {
            return;
        }
        if !self.jobs.is_empty() {
            return;
        }
        for worker in self.workers.keys().copied().collect::<Vec<_>>() {
            self.retire(worker);
        }
        self.release_devices();
        if self.workers.values().any(|worker| worker.phase != Phase::Unreapable) || !self.devices.are_gone() {
            return;
        }
        self.quiet = true;
        let failure = Failure::new(FailureKind::Cancelled, "the daemon has shut down");
        for session in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.emit(Effect::Goodbye { session, failure: failure.clone() });
        }
        self.emit(Effect::Quiet);
    }
}
