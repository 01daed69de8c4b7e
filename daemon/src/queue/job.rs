//! A job: one computation, and all units that wait for it.

use std::collections::{BTreeMap, VecDeque};

use sojourn_proto::{JobId, Key, RequestId, WorkKind};

use crate::exchange::{SessionId, WorkerId};

/// What makes two units one computation. With and without the store are two: who wants the store left alone
/// must not be served from it by joining a look-up. What is never kept is always without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flight {
    pub(super) kind: WorkKind,
    pub(super) key: Key,
    pub(super) store: bool,
}

/// One unit waiting for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    pub(super) session: SessionId,
    pub(super) batch: RequestId,
    pub(super) idx: i64,
}

/// Where a job is. It is in exactly one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the `fresh` lane of each batch that waits for it: the store has not been asked.
    Fresh,
    /// The store has been asked, at this session's expense.
    LookingUp(SessionId),
    /// In the `ready` lane of each batch that waits for it: a worker is needed.
    Ready,
    /// In the load of this worker.
    Assigned(WorkerId),
}

/// One computation.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) flight: Flight,
    /// Bytes of payload held for it, and the session they are counted to.
    pub(super) bytes: u64,
    pub(super) payer: SessionId,
    /// Workers that died under it.
    pub(super) losses: u32,
    /// Who waits for it, in order of arrival; the first leads. Empty only while a worker has the job and
    /// everybody has given it up.
    pub(super) tickets: Vec<Ticket>,
    pub(super) place: Place,
    /// Raised whenever it changes its place, so that old entries in lanes are known for what they are.
    pub(super) turn: u32,
}

impl Job {
    /// Moves it, which makes all its entries in lanes stale.
    pub(super) fn move_to(&mut self, place: Place) {
        self.turn += 1;
        self.place = place;
    }
}

/// Jobs of a batch in the order in which they are to be taken. A job that several batches wait for stands in
/// the lane of each, so that none of them depends on the turn (or the slow reading) of another; whoever comes
/// first takes it, and the entries of the others are stale from then on.
#[derive(Debug, Default)]
pub(super) struct Lane(VecDeque<(JobId, u32)>);

/// At which end of a lane a job is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Front,
    Back,
}

fn current(jobs: &BTreeMap<JobId, Job>, (id, turn): (JobId, u32)) -> bool {
    jobs.get(&id).is_some_and(|job| job.turn == turn)
}

impl Lane {
    pub(super) fn put(&mut self, id: JobId, turn: u32, side: Side) {
        match side {
            Side::Front => self.0.push_front((id, turn)),
            Side::Back => self.0.push_back((id, turn)),
        }
    }

    /// Takes the next job.
    pub(super) fn take(&mut self, jobs: &BTreeMap<JobId, Job>) -> Option<JobId> {
        self.trim(jobs);
        self.0.pop_front().map(|(id, _)| id)
    }

    /// The next job.
    pub(super) fn peek(&mut self, jobs: &BTreeMap<JobId, Job>) -> Option<JobId> {
        self.trim(jobs);
        self.0.front().map(|&(id, _)| id)
    }

    /// Jobs in it: exact where none is shared, an upper bound otherwise, 0 only if there is none.
    pub(super) fn len(&mut self, jobs: &BTreeMap<JobId, Job>) -> usize {
        self.trim(jobs);
        self.0.len()
    }

    /// How many there are.
    pub(super) fn count(&self, jobs: &BTreeMap<JobId, Job>) -> usize {
        self.0.iter().filter(|&&entry| current(jobs, entry)).count()
    }

    /// Whether there is any.
    pub(super) fn any(&self, jobs: &BTreeMap<JobId, Job>) -> bool {
        self.0.iter().any(|&entry| current(jobs, entry))
    }

    /// Removes all stale entries once they could outnumber the `live` ones: memory stays in proportion.
    pub(super) fn compact(&mut self, jobs: &BTreeMap<JobId, Job>, live: usize) {
        if self.0.len() > 2 * live + 64 {
            self.0.retain(|&entry| current(jobs, entry));
        }
    }

    fn trim(&mut self, jobs: &BTreeMap<JobId, Job>) {
        while self.0.front().is_some_and(|&entry| !current(jobs, entry)) {
            self.0.pop_front();
        }
    }

    #[cfg(test)]
    pub(super) fn holds(&self, id: JobId, turn: u32) -> bool {
        self.0.contains(&(id, turn))
    }
}
