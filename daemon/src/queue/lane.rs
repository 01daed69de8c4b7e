//! Putting jobs into the lanes of those who wait for them, and taking them out again.

use sojourn_proto::{JobId, RequestId};

use super::job::{Place, Side};
use super::session::Batch;
use super::{Effect, Queue};
use crate::exchange::SessionId;

impl Queue {
    pub(super) fn batch_mut(&mut self, session: SessionId, batch: RequestId) -> Option<&mut Batch> {
        self.sessions.get_mut(&session)?.batches.get_mut(&batch)
    }

    /// Puts a job where the store is to be asked for it.
    pub(super) fn put_fresh(&mut self, id: JobId) {
        self.put(id, Place::Fresh, Side::Back);
    }

    /// Puts a job where workers take theirs; at the front where it has already had its turn.
    pub(super) fn put_ready(&mut self, id: JobId, side: Side) {
        self.put(id, Place::Ready, side);
    }

    fn put(&mut self, id: JobId, place: Place, side: Side) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.move_to(place);
        let (turn, target) = (job.turn, job.flight.kind.target());
        let mut waiting: Vec<_> = job.tickets.iter().map(|ticket| (ticket.session, ticket.batch)).collect();
        waiting.dedup();
        for (session, number) in waiting {
            let Some(client) = self.sessions.get_mut(&session) else { continue };
            let Some(batch) = client.batches.get_mut(&number) else { continue };
            let live = batch.pending.len();
            let fresh = place == Place::Fresh;
            let lane = if fresh { &mut batch.fresh } else { batch.ready_for(target) };
            lane.put(id, turn, side);
            lane.compact(&self.jobs, live);
        }
    }

    /// Takes back the jobs of a worker that was ended: they keep their attempts and go in front again, in
    /// their order. Those that nobody waits for are dropped.
    pub(super) fn take_back(&mut self, jobs: &[JobId]) {
        for &id in jobs.iter().rev() {
            if self.jobs.get(&id).is_some_and(|job| job.tickets.is_empty()) {
                self.drop_job(id);
            } else {
                self.put_ready(id, Side::Front);
            }
        }
    }

    /// Forgets a job that nobody waits for.
    pub(super) fn drop_job(&mut self, id: JobId) {
        let Some(job) = self.jobs.remove(&id) else { return };
        self.flights.remove(&job.flight);
        self.bytes -= job.bytes;
        self.blobs.release(job.flight.kind.needs());
        if let Some(client) = self.sessions.get_mut(&job.payer) {
            client.bytes -= job.bytes;
        }
        if let Place::LookingUp(session) = job.place {
            self.looked(session);
        }
        self.emit(Effect::Forget { job: id });
    }

    /// A look-up at a session's expense is over.
    pub(super) fn looked(&mut self, session: SessionId) {
        if let Some(client) = self.sessions.get_mut(&session) {
            client.looking = client.looking.saturating_sub(1);
        }
    }

    /// Whether the client of a session reads too slowly to be given more.
    pub(super) fn blocked(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_none_or(|client| client.unwritten >= self.policy.result_bytes)
    }
}
