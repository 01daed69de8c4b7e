//! Answering the units that wait for a job, once each.

use sojourn_proto::{DeviceId, Failure, FailureKind, JobId, Key, RequestId, Source, WorkKind};

use super::job::{Flight, Place, Side, Ticket};
use super::{Effect, Queue, Verdict};
use crate::exchange::SessionId;

/// A result as it comes from a worker or from the store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    pub(super) bytes: u64,
    pub(super) micros: u64,
    /// Whether it was computed now.
    pub(super) computed: bool,
    /// By which GPU; none: by none.
    pub(super) device: Option<DeviceId>,
}

impl Queue {
    /// The store has answered.
    pub(super) fn looked_up(&mut self, kind: WorkKind, key: Key, found: Option<u64>) {
        let Some(&id) = self.flights.get(&Flight { kind, key, store: true }) else { return };
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let Place::LookingUp(session) = job.place else { return };
        self.looked(session);
        match found {
            Some(bytes) => self.succeed(id, Outcome { bytes, micros: 0, computed: false, device: None }),
            None => self.put_ready(id, Side::Back),
        }
    }

    /// Answers all who wait for a job with its result. A follower whose client reads too slowly is not given
    /// it now: he stays, to be served from the store when he has room, so that nobody's memory grows by what
    /// others ask for. The first is always served, so every result helps somebody.
    pub(super) fn succeed(&mut self, id: JobId, outcome: Outcome) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let flight = job.flight;
        let tickets = std::mem::take(&mut job.tickets);
        if let Place::LookingUp(_) = job.place {
            job.move_to(Place::Fresh);
        }
        self.poison.lift(flight.kind, flight.key);
        let mut later = Vec::new();
        for (position, ticket) in tickets.into_iter().enumerate() {
            if position > 0 && flight.store && self.blocked(ticket.session) {
                later.push(ticket);
                continue;
            }
            let source = match (outcome.computed, position) {
                (false, _) => Source::Stored,
                (true, 0) => Source::Computed,
                (true, _) => Source::Shared,
            };
            if let Some(client) = self.sessions.get_mut(&ticket.session) {
                client.unwritten += outcome.bytes;
            }
            self.answer(
                ticket,
                flight.key,
                Verdict::Result { source, micros: outcome.micros, device: outcome.device },
            );
        }
        if later.is_empty() {
            self.drop_job(id);
        } else {
            if let Some(job) = self.jobs.get_mut(&id) {
                job.tickets = later;
            }
            self.put_fresh(id);
        }
    }

    /// Answers all who wait for a job with a failure.
    pub(super) fn fail(&mut self, id: JobId, failure: &Failure) {
        self.disappoint(id, failure);
        self.drop_job(id);
    }

    /// As [`Queue::fail`], of a job that a worker has and that stays there, though nobody waits for it any more.
    pub(super) fn disappoint(&mut self, id: JobId, failure: &Failure) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let key = job.flight.key;
        for ticket in std::mem::take(&mut job.tickets) {
            self.answer(ticket, key, Verdict::Failed(failure.clone()));
        }
    }

    /// Answers one unit, whose ticket the caller has taken from its job.
    pub(super) fn answer(&mut self, Ticket { session, batch, idx }: Ticket, key: Key, verdict: Verdict) {
        let Some(client) = self.sessions.get_mut(&session) else { return };
        let Some(group) = client.batches.get_mut(&batch) else { return };
        if group.pending.remove(&idx).is_none() {
            return;
        }
        client.unanswered -= 1;
        self.unanswered -= 1;
        group.summary.answered += 1;
        if let Verdict::Failed(failure) = &verdict {
            group.summary.failed += 1;
            group.summary.cancelled |= failure.kind == FailureKind::Cancelled;
        }
        self.emit(Effect::Answer { session, batch, idx, key, verdict });
        self.finish_if_over(session, batch);
    }

    /// Says the last word on a batch once nothing of it is missing.
    pub(super) fn finish_if_over(&mut self, session: SessionId, batch: RequestId) {
        let Some(client) = self.sessions.get_mut(&session) else { return };
        let Some(group) = client.batches.get(&batch) else { return };
        if group.open || !group.pending.is_empty() {
            return;
        }
        let summary = group.summary;
        client.batches.remove(&batch);
        self.emit(Effect::Finish { session, batch, summary });
    }

    /// The client has taken so many bytes of results.
    pub(super) fn written(&mut self, session: SessionId, bytes: u64) {
        if let Some(client) = self.sessions.get_mut(&session) {
            client.unwritten = client.unwritten.saturating_sub(bytes);
        }
    }
}
