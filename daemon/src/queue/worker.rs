//! A worker process, as far as decisions go.

use std::collections::VecDeque;

use sojourn_proto::{JobId, RequestId};

use super::Moment;
use crate::exchange::SessionId;

/// Where a worker is in its life (see the diagram in [`super`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Spawned, not ready.
    Starting,
    /// Ready, of no session yet.
    Spare,
    /// Of one session, for good.
    Leased { session: SessionId, since: Moment },
    /// Of one session (which may be gone), finishes its load and takes no more.
    Retiring { session: SessionId },
    /// Without load, told to leave.
    Leaving { since: Moment },
    /// Told to end; its load has been taken from it, and whatever it still says is void.
    Ending,
    /// Killed, but not gone: it holds its slot.
    Unreapable,
}

/// Jobs given to a worker in one message, for one batch.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) session: SessionId,
    pub(super) batch: RequestId,
    pub(super) jobs: VecDeque<JobId>,
}

/// A worker process.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) phase: Phase,
    pub(super) pid: u32,
    /// The bundle under way, then at most one that waits in the worker.
    pub(super) load: VecDeque<Bundle>,
    /// The job it has said it is at.
    pub(super) begun: Option<JobId>,
    /// Jobs answered.
    pub(super) jobs: u64,
    pub(super) born: Moment,
    /// When it last showed progress, or got work after having none.
    pub(super) heard: Moment,
    pub(super) rss_bytes: u64,
    pub(super) stopped: bool,
    /// Whether it counts as well started.
    pub(super) proven: bool,
}

impl Worker {
    pub(super) fn new(now: Moment) -> Worker {
        Worker {
            phase: Phase::Starting,
            pid: 0,
            load: VecDeque::new(),
            begun: None,
            jobs: 0,
            born: now,
            heard: now,
            rss_bytes: 0,
            stopped: false,
            proven: false,
        }
    }

    /// The session whose slot it takes: from lease until its load is done.
    pub(super) fn lease(&self) -> Option<SessionId> {
        match self.phase {
            Phase::Leased { session, .. } | Phase::Retiring { session } => Some(session),
            _ => None,
        }
    }

    /// Whether it may be given work of this session.
    pub(super) fn serves(&self, session: SessionId) -> bool {
        matches!(self.phase, Phase::Leased { session: own, .. } if own == session)
    }

    /// The job it is at, or would be at next.
    pub(super) fn head(&self) -> Option<JobId> {
        self.begun.or_else(|| self.load.front().and_then(|bundle| bundle.jobs.front().copied()))
    }

    /// Jobs it has been given and has not answered.
    pub(super) fn loaded(&self) -> usize {
        self.load.iter().map(|bundle| bundle.jobs.len()).sum()
    }

    /// Whether it has jobs of a batch.
    pub(super) fn works_for(&self, session: SessionId, batch: RequestId) -> bool {
        self.load.iter().any(|bundle| bundle.session == session && bundle.batch == batch)
    }

    pub(super) fn holds(&self, job: JobId) -> bool {
        self.load.iter().any(|bundle| bundle.jobs.contains(&job))
    }

    /// Takes an answered job from its load.
    pub(super) fn unload(&mut self, job: JobId) {
        for bundle in &mut self.load {
            bundle.jobs.retain(|&held| held != job);
        }
        self.load.retain(|bundle| !bundle.jobs.is_empty());
        if self.begun == Some(job) {
            self.begun = None;
        }
    }

    /// Takes all jobs from it, in their order.
    pub(super) fn take_load(&mut self) -> Vec<JobId> {
        self.begun = None;
        self.load.drain(..).flat_map(|bundle| bundle.jobs).collect()
    }
}
