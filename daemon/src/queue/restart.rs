//! Replacing all workers, what runs being finished first.

use std::collections::BTreeSet;

use super::worker::Phase;
use super::{Effect, Queue};
use crate::exchange::WorkerId;

/// A restart that waits for the workers of its time to go.
#[derive(Debug)]
pub(super) struct Restart {
    ticket: u64,
    old: BTreeSet<WorkerId>,
}

impl Queue {
    pub(super) fn restart(&mut self, ticket: u64) {
        let old: BTreeSet<_> = self.workers.keys().copied().collect();
        for &worker in &old {
            self.retire(worker);
        }
        self.restarts.push(Restart { ticket, old });
    }

    pub(super) fn gone_from_restarts(&mut self, worker: WorkerId) {
        for restart in &mut self.restarts {
            restart.old.remove(&worker);
        }
    }

    /// Says which restarts are through. One does not wait for a process that the kernel does not let go of.
    pub(super) fn settle_restarts(&mut self) {
        let workers = &self.workers;
        let stuck = |id: &WorkerId| workers.get(id).is_some_and(|worker| worker.phase == Phase::Unreapable);
        let (over, waiting) =
            std::mem::take(&mut self.restarts).into_iter().partition(|restart| restart.old.iter().all(stuck));
        self.restarts = waiting;
        let over: Vec<Restart> = over;
        for Restart { ticket, .. } in over {
            self.emit(Effect::Restarted { ticket });
        }
    }
}
