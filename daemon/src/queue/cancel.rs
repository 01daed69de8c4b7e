//! Giving up: batches by request, sessions when their client is gone.

use std::collections::BTreeSet;

use sojourn_proto::{Failure, FailureKind, JobId, RequestId};

use super::job::{Place, Ticket};
use super::worker::Phase;
use super::{Effect, Queue, Verdict};
use crate::exchange::{SessionId, WorkerId};

impl Queue {
    /// Gives up a batch: all its units are answered as cancelled, then it is finished. A batch that is over,
    /// or never was, needs nothing: cancelling is done whenever and however often it is asked for.
    pub(super) fn cancel(&mut self, session: SessionId, id: RequestId, batch: RequestId) {
        if let Some(group) = self.batch_mut(session, batch) {
            group.open = true;
            let units: Vec<_> = group.pending.iter().map(|(&idx, &job)| (idx, job)).collect();
            let jobs = self.withdraw(session, batch);
            let failure = Failure::new(FailureKind::Cancelled, "cancelled by the client");
            for (idx, job) in units {
                let Some(key) = self.jobs.get(&job).map(|job| job.flight.key) else { continue };
                self.answer(Ticket { session, batch, idx }, key, Verdict::Failed(failure.clone()));
            }
            if let Some(group) = self.batch_mut(session, batch) {
                group.open = false;
                group.summary.cancelled = true;
            }
            self.finish_if_over(session, batch);
            self.drop_orphans(&jobs);
        }
        self.emit(Effect::Done { session, id });
    }

    /// A client is gone: all its batches are given up, without a word, and its workers leave.
    pub(super) fn close(&mut self, session: SessionId) {
        let Some(client) = self.sessions.get(&session) else { return };
        let mut jobs = BTreeSet::new();
        for batch in client.batches.keys().copied().collect::<Vec<_>>() {
            jobs.append(&mut self.withdraw(session, batch));
        }
        if let Some(client) = self.sessions.remove(&session) {
            self.unanswered -= client.unanswered;
        }
        self.drop_orphans(&jobs);
        self.pass_on_payloads(session);
        for worker in self.leased_to(session) {
            self.retire(worker);
        }
    }

    /// Takes the tickets of a batch from their jobs. Jobs that others wait for go on; they stand in the
    /// lanes of those already. Returns the jobs it waited for.
    fn withdraw(&mut self, session: SessionId, batch: RequestId) -> BTreeSet<JobId> {
        let Some(group) = self.batch_mut(session, batch) else { return BTreeSet::new() };
        let jobs: BTreeSet<JobId> = group.pending.values().copied().collect();
        for &id in &jobs {
            if let Some(job) = self.jobs.get_mut(&id) {
                job.tickets.retain(|ticket| (ticket.session, ticket.batch) != (session, batch));
            }
        }
        jobs
    }

    /// Drops those of the jobs that nobody waits for any more. One that a worker is at is stopped by ending
    /// the worker; one that merely waits in a worker is left until it would be next, for the sake of what is
    /// before it.
    fn drop_orphans(&mut self, jobs: &BTreeSet<JobId>) {
        for &id in jobs {
            let Some(job) = self.jobs.get(&id) else { continue };
            if job.tickets.is_empty() && !matches!(job.place, Place::Assigned(_)) {
                self.drop_job(id);
            }
        }
        let vain: Vec<_> = self.workers.keys().copied().filter(|&id| self.works_in_vain(id)).collect();
        for worker in vain {
            self.end(worker);
        }
    }

    /// Whether nobody waits for the job that a worker is at, or would be at next.
    pub(super) fn works_in_vain(&self, worker: WorkerId) -> bool {
        self.workers
            .get(&worker)
            .and_then(super::worker::Worker::head)
            .and_then(|job| self.jobs.get(&job))
            .is_some_and(|job| job.tickets.is_empty())
    }

    fn leased_to(&self, session: SessionId) -> Vec<WorkerId> {
        let leased = self.workers.iter().filter(|(_, worker)| worker.lease() == Some(session));
        leased.map(|(&id, _)| id).collect()
    }

    /// What a session that is gone paid for, and others still wait for, is counted to the next in line.
    fn pass_on_payloads(&mut self, gone: SessionId) {
        for job in self.jobs.values_mut().filter(|job| job.payer == gone) {
            let Some(heir) = job.tickets.first() else { continue };
            job.payer = heir.session;
            if let Some(client) = self.sessions.get_mut(&heir.session) {
                client.bytes += job.bytes;
            }
        }
    }

    /// Lets a worker finish its load, then leave. Where it has none it leaves at once.
    pub(super) fn retire(&mut self, id: WorkerId) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        match worker.phase {
            Phase::Leased { session, .. } if !worker.load.is_empty() => {
                worker.phase = Phase::Retiring { session };
            }
            Phase::Retiring { .. } if !worker.load.is_empty() => {}
            Phase::Starting | Phase::Spare | Phase::Leased { .. } | Phase::Retiring { .. } => {
                worker.phase = Phase::Leaving { since: self.now };
                self.emit(Effect::Leave { worker: id });
            }
            Phase::Leaving { .. } | Phase::Ending | Phase::Unreapable => {}
        }
    }

    /// Ends a worker; its jobs are taken back.
    pub(super) fn end(&mut self, id: WorkerId) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        if matches!(worker.phase, Phase::Ending | Phase::Unreapable) {
            return;
        }
        worker.phase = Phase::Ending;
        let load = worker.take_load();
        self.emit(Effect::End { worker: id });
        self.take_back(&load);
    }
}
