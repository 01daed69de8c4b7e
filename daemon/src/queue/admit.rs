//! Which units are taken. A message is taken whole or not at all.

use std::collections::BTreeSet;
use std::time::Duration;

use sojourn_proto::{BatchOptions, Failure, FailureKind, JobId, Key, RequestId};

use super::job::{Flight, Job, Place, Side, Ticket};
use super::session::{Batch, Session};
use super::{Blob, Claim, Effect, Queue, Verdict};
use crate::exchange::SessionId;

/// Why a message is not taken, and when to send it again.
struct Refusal {
    failure: Failure,
    retry_after: Option<Duration>,
}

impl Refusal {
    fn for_good(kind: FailureKind, message: String) -> Refusal {
        Refusal { failure: Failure::new(kind, message), retry_after: None }
    }
}

impl Queue {
    pub(super) fn submit(
        &mut self,
        (session, batch): (SessionId, RequestId),
        options: BatchOptions,
        units: &[Claim],
        more: bool,
    ) {
        let Some(client) = self.sessions.get(&session) else { return };
        if let Err(Refusal { failure, retry_after }) = self.judge(client, batch, units) {
            self.emit(Effect::Refuse { session, id: batch, failure, retry_after });
            return;
        }
        let options = match self.batch_mut(session, batch) {
            Some(known) => known.options,
            None => options,
        };
        if let Some(client) = self.sessions.get_mut(&session) {
            // Open while its units are taken, so that answers given at once do not finish it.
            client.batches.entry(batch).or_insert_with(|| Batch::new(options)).open = true;
        }
        for (position, unit) in units.iter().enumerate() {
            self.admit(Ticket { session, batch, idx: unit.idx }, position, unit, options);
        }
        if let Some(batch) = self.batch_mut(session, batch) {
            batch.open = more;
        }
        self.finish_if_over(session, batch);
    }

    fn judge(&self, client: &Session, batch: RequestId, units: &[Claim]) -> Result<(), Refusal> {
        if self.shutdown.is_some() {
            let message = "the daemon is shutting down and takes no more work".to_owned();
            return Err(Refusal::for_good(FailureKind::Cancelled, message));
        }
        let known = client.batches.get(&batch);
        check_indices(known, batch, units)?;
        if known.is_none() && client.batches.len() >= self.policy.batches_per_session {
            return Err(self.busy(
                "batches under way",
                client.batches.len(),
                self.policy.batches_per_session,
            ));
        }
        let count = units.iter().filter(|unit| unit.idx >= 0).count();
        let policy = &self.policy;
        for (name, held, bound) in [
            ("jobs waiting for one session", client.unanswered, policy.units_per_session),
            ("jobs waiting in all", self.unanswered, policy.units_in_all),
        ] {
            self.fits(name, (held as u64, count as u64, bound as u64))?;
        }
        let bytes = units.iter().filter(|unit| unit.idx >= 0).map(|unit| unit.bytes).sum();
        for (name, held, bound) in [
            ("bytes of jobs waiting for one session", client.bytes, policy.bytes_per_session),
            ("bytes of jobs waiting in all", self.bytes, policy.bytes_in_all),
        ] {
            self.fits(name, (held, bytes, bound))?;
        }
        let blobs = (self.blobs.bytes(), self.blobs.further(units), policy.blob_bytes_in_all);
        self.fits("bytes of blobs that jobs need", blobs)
    }

    /// Whether so many more fit under a bound: busy where they will once something is done, a limit exceeded
    /// where they never will.
    fn fits(&self, name: &str, (held, more, bound): (u64, u64, u64)) -> Result<(), Refusal> {
        if more > bound {
            let message =
                format!("{name}: {more} in one message, the limit is {bound}; send fewer at a time");
            return Err(Refusal::for_good(FailureKind::LimitExceeded, message));
        }
        if held + more > bound {
            return Err(self.busy(name, held as usize, bound as usize));
        }
        Ok(())
    }

    /// A refusal that a later try may turn: after the time in which half of what waits should be done.
    fn busy(&self, name: &str, held: usize, bound: usize) -> Refusal {
        let mean = self.pace.mean().unwrap_or_default();
        let share = self.unanswered / self.policy.workers.max(1) / 2;
        let wait = mean.saturating_mul(u32::try_from(share).unwrap_or(u32::MAX));
        let message = format!("the queue is full: {name}: {held}, the limit is {bound}; ask again later");
        Refusal {
            failure: Failure::new(FailureKind::Busy, message),
            retry_after: Some(wait.min(self.policy.retry_cap).max(self.policy.retry_first)),
        }
    }

    fn admit(&mut self, ticket: Ticket, position: usize, unit: &Claim, options: BatchOptions) {
        if ticket.idx < 0 {
            self.answer_at_once(ticket, unit.key, Verdict::Padding);
            return;
        }
        match self.poison.get(unit.kind, unit.key) {
            Some(_) if options.force => self.poison.lift(unit.kind, unit.key),
            Some(failure) => {
                let verdict = Verdict::Failed(failure.clone());
                self.answer_at_once(ticket, unit.key, verdict);
                return;
            }
            None => {}
        }
        let store = !options.no_store && unit.kind.table().is_some();
        let flight = Flight { kind: unit.kind, key: unit.key, store };
        let job = match (self.flights.get(&flight), unit.blob) {
            (Some(&job), _) => job,
            (None, Blob::Missing) => {
                let text = "the blob that this job needs is not here; send it, and the job again";
                let failure = Failure::new(FailureKind::MissingBlob, text);
                self.answer_at_once(ticket, unit.key, Verdict::Failed(failure));
                return;
            }
            (None, _) => self.new_job(flight, unit, ticket.session, position),
        };
        self.join(job, ticket);
    }

    /// Answers a unit that no job is needed for.
    fn answer_at_once(&mut self, Ticket { session, batch, idx }: Ticket, key: Key, verdict: Verdict) {
        let Some(group) = self.batch_mut(session, batch) else { return };
        group.summary.answered += 1;
        if let Verdict::Failed(_) = verdict {
            group.summary.failed += 1;
        }
        if idx >= 0 {
            group.seen.insert(idx);
        }
        self.emit(Effect::Answer { session, batch, idx, key, verdict });
    }

    fn new_job(&mut self, flight: Flight, unit: &Claim, payer: SessionId, position: usize) -> JobId {
        let bytes = unit.bytes;
        self.last_job += 1;
        let id = self.last_job;
        let place = if flight.store { Place::Fresh } else { Place::Ready };
        self.jobs.insert(id, Job { flight, bytes, payer, losses: 0, tickets: Vec::new(), place, turn: 0 });
        self.flights.insert(flight, id);
        self.bytes += bytes;
        self.blobs.keep(flight.kind.needs(), unit.blob);
        if let Some(client) = self.sessions.get_mut(&payer) {
            client.bytes += bytes;
        }
        self.emit(Effect::Keep { position, job: id });
        id
    }

    /// Lets one more unit wait for a job.
    fn join(&mut self, id: JobId, ticket: Ticket) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.tickets.push(ticket);
        let (place, turn, target) = (job.place, job.turn, job.flight.kind.target());
        self.unanswered += 1;
        let Some(client) = self.sessions.get_mut(&ticket.session) else { return };
        client.unanswered += 1;
        let Some(batch) = client.batches.get_mut(&ticket.batch) else { return };
        batch.seen.insert(ticket.idx);
        batch.pending.insert(ticket.idx, id);
        match place {
            Place::Fresh => batch.fresh.put(id, turn, Side::Back),
            Place::Ready => batch.ready_for(target).put(id, turn, Side::Back),
            Place::LookingUp(_) | Place::Assigned(_) => {}
        }
    }
}

/// Indices are unique within a batch, padding excepted.
fn check_indices(known: Option<&Batch>, id: RequestId, units: &[Claim]) -> Result<(), Refusal> {
    let mut message = BTreeSet::new();
    for idx in units.iter().map(|unit| unit.idx).filter(|&idx| idx >= 0) {
        if known.is_some_and(|batch| batch.seen.contains(&idx)) || !message.insert(idx) {
            return Err(Refusal::for_good(
                FailureKind::InvalidInput,
                format!(
                    "index {idx} stands twice in batch {id}: indices are unique within a batch, \
                     padding (below zero) excepted"
                ),
            ));
        }
    }
    Ok(())
}
