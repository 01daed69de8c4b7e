//! Handing out work: look-ups to the store, bundles to workers.

use std::collections::VecDeque;

use sojourn_proto::{JobId, RequestId};

use super::job::Place;
use super::worker::Bundle;
use super::{Effect, Queue};
use crate::exchange::{SessionId, WorkerId};

impl Queue {
    /// Hands out whatever can be, after any event.
    pub(super) fn schedule(&mut self) {
        self.look_up();
        self.fill_idle();
        let unmet = self.lease_slots();
        self.replenish(unmet.to_start);
        if !unmet.anyone_starves {
            self.prefetch(&unmet.expecting);
        }
        self.fail_fast();
    }

    /// Asks the store for fresh jobs, a few at a time for each session that reads what it gets.
    fn look_up(&mut self) {
        for session in self.sessions.keys().copied().collect::<Vec<_>>() {
            while !self.blocked(session) && self.looks(session) < self.policy.look_ups {
                let Some(id) = self.next_fresh(session) else { break };
                let Some(job) = self.jobs.get_mut(&id) else { break };
                job.move_to(Place::LookingUp(session));
                let (kind, key) = (job.flight.kind, job.flight.key);
                if let Some(client) = self.sessions.get_mut(&session) {
                    client.looking += 1;
                }
                self.emit(Effect::LookUp { kind, key });
            }
        }
    }

    fn looks(&self, session: SessionId) -> usize {
        self.sessions.get(&session).map_or(0, |client| client.looking)
    }

    /// The next job of a session to be looked up, of the batch served longest ago.
    fn next_fresh(&mut self, session: SessionId) -> Option<JobId> {
        let turn = self.turn();
        let client = self.sessions.get_mut(&session)?;
        let jobs = &self.jobs;
        let batch = client
            .batches
            .values_mut()
            .filter_map(|batch| batch.fresh.peek(jobs).map(|_| batch))
            .min_by_key(|batch| batch.served)?;
        batch.served = turn;
        batch.fresh.take(jobs)
    }

    /// Gives each leased worker without load a bundle of its session.
    fn fill_idle(&mut self) {
        for (worker, session) in self.accepting(0) {
            self.fill(worker, session);
        }
    }

    /// Gives each worker that is at its only bundle another, so that it need not wait for the next while its
    /// answer travels. Not where the session expects a further worker, which should have that bundle.
    fn prefetch(&mut self, expecting: &[SessionId]) {
        for (worker, session) in self.accepting(1) {
            if !expecting.contains(&session) {
                self.fill(worker, session);
            }
        }
    }

    fn accepting(&self, bundles: usize) -> Vec<(WorkerId, SessionId)> {
        self.workers
            .iter()
            .filter(|(_, worker)| worker.load.len() == bundles)
            .filter_map(|(&id, worker)| worker.lease().map(|session| (id, session, worker)))
            .filter(|(_, session, worker)| worker.serves(*session) && !self.blocked(*session))
            .map(|(id, session, _)| (id, session))
            .collect()
    }

    /// Gives a worker a bundle of the batch served longest ago that may use it. Says whether there was one.
    pub(super) fn fill(&mut self, worker: WorkerId, session: SessionId) -> bool {
        let Some(batch) = self.next_batch(worker, session) else { return false };
        let count = self.bundle_size(worker, (session, batch));
        let jobs = self.take_bundle((session, batch), count, worker);
        if jobs.is_empty() {
            return false;
        }
        let (now, turn) = (self.now, self.turn());
        if let Some(batch) = self.batch_mut(session, batch) {
            batch.served = turn;
        }
        if let Some(worker) = self.workers.get_mut(&worker) {
            if worker.load.is_empty() {
                worker.heard = now;
            }
            worker.load.push_back(Bundle { session, batch, jobs: VecDeque::from(jobs.clone()) });
        }
        self.emit(Effect::Run { worker, jobs });
        self.retire_if_used_up(worker);
        true
    }

    fn next_batch(&mut self, worker: WorkerId, session: SessionId) -> Option<RequestId> {
        let client = self.sessions.get_mut(&session)?;
        let (jobs, workers) = (&self.jobs, &self.workers);
        client
            .batches
            .iter_mut()
            .filter(|(number, batch)| {
                let using = workers.values().filter(|other| other.works_for(session, **number)).count();
                using < batch.workers()
                    || workers.get(&worker).is_some_and(|worker| worker.works_for(session, **number))
            })
            .filter_map(|(&number, batch)| batch.ready.peek(jobs).map(|_| (batch.served, number)))
            .min()
            .map(|(_, number)| number)
    }

    /// Jobs for one bundle: what waits, split over the workers the batch can have that are still without;
    /// no more work than a session that comes next should wait for; no more than the worker may still do.
    fn bundle_size(&mut self, worker: WorkerId, (session, number): (SessionId, RequestId)) -> usize {
        let using = self.workers.values().filter(|other| other.works_for(session, number)).count();
        let reach = self.share().max(self.held(session));
        let done = self.workers.get(&worker).map_or(0, |worker| worker.jobs + worker.loaded() as u64);
        let left = usize::try_from(self.policy.jobs_per_worker.saturating_sub(done)).unwrap_or(usize::MAX);
        let Some(client) = self.sessions.get_mut(&session) else { return 0 };
        let mean = client.pace.mean();
        let Some(batch) = client.batches.get_mut(&number) else { return 0 };
        let reach = reach.min(batch.workers()).max(1);
        let without = if using < reach { reach - using } else { reach };
        let even = batch.ready.len(&self.jobs).div_ceil(without);
        let timely = match mean {
            // Until the first is done, nobody knows whether they take microseconds or hours.
            None => 1,
            Some(mean) => {
                usize::try_from(self.policy.bundle_time.as_micros() / mean.as_micros().max(1)).unwrap_or(1)
            }
        };
        even.min(timely).min(self.policy.bundle_jobs).min(left).max(1)
    }

    fn take_bundle(
        &mut self,
        (session, batch): (SessionId, RequestId),
        count: usize,
        worker: WorkerId,
    ) -> Vec<JobId> {
        let mut bundle = Vec::new();
        let mut bytes = 0;
        let Some(client) = self.sessions.get_mut(&session) else { return bundle };
        let Some(batch) = client.batches.get_mut(&batch) else { return bundle };
        while bundle.len() < count {
            let Some(job) =
                batch.ready.peek(&self.jobs).and_then(|id| self.jobs.get_mut(&id).map(|job| (id, job)))
            else {
                break;
            };
            let (id, job) = job;
            bytes += job.bytes;
            if !bundle.is_empty() && bytes > self.policy.bundle_bytes {
                break;
            }
            // Its entries are stale from here on, the one in front of this lane too.
            job.move_to(Place::Assigned(worker));
            bundle.push(id);
        }
        bundle
    }
}
