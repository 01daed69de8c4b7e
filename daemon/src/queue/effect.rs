//! What the queue decides, for others to carry out, in order.

use std::time::Duration;

use sojourn_proto::{DeviceId, Failure, JobId, Key, RequestId, Source, Summary, WorkKind};

use crate::exchange::{Role, SessionId, WorkerId};

/// One thing to do. Effects of one step are to be carried out in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Keep the payload of a unit of the message at hand, until [`Effect::Forget`]. Payloads of the other
    /// units may be dropped.
    Keep {
        /// Position of the unit in the message, from 0.
        position: usize,
        /// The job it belongs to.
        job: JobId,
    },
    /// The payload of a job is no longer needed.
    Forget {
        /// The job.
        job: JobId,
    },
    /// Ask the store for a key; [`super::Event::LookedUp`] is the answer.
    LookUp {
        /// Of what kind.
        kind: WorkKind,
        /// The key.
        key: Key,
    },
    /// Put the result at hand into the store. Nothing waits for it: a result is delivered even where it can
    /// not be stored.
    Store {
        /// Of what kind.
        kind: WorkKind,
        /// Its key.
        key: Key,
        /// Canonical hash under which these users may ask for it too.
        name: Option<Key>,
        /// The users who asked.
        uids: Vec<u32>,
    },
    /// Answer a unit.
    Answer {
        /// Whose.
        session: SessionId,
        /// Number of the batch.
        batch: RequestId,
        /// As the unit's.
        idx: i64,
        /// As the unit's.
        key: Key,
        /// What became of it.
        verdict: Verdict,
    },
    /// Last word on a batch.
    Finish {
        /// Whose.
        session: SessionId,
        /// Number of the batch.
        batch: RequestId,
        /// Counts.
        summary: Summary,
    },
    /// None of the units of the message at hand are taken.
    Refuse {
        /// Whose.
        session: SessionId,
        /// Number of the batch.
        id: RequestId,
        /// Why.
        failure: Failure,
        /// When to ask again, where that can help.
        retry_after: Option<Duration>,
    },
    /// A request is done.
    Done {
        /// Whose.
        session: SessionId,
        /// Number of the request.
        id: RequestId,
    },
    /// Say goodbye to a client: the daemon ends.
    Goodbye {
        /// Whose.
        session: SessionId,
        /// Why.
        failure: Failure,
    },
    /// Start a worker, or the process of a GPU.
    Spawn {
        /// Its number.
        worker: WorkerId,
        /// What it is for.
        role: Role,
    },
    /// Give a worker jobs, to be done in order.
    Run {
        /// Which.
        worker: WorkerId,
        /// The jobs.
        jobs: Vec<JobId>,
    },
    /// Look for GPUs; [`super::Event::Discovered`] is the answer.
    Look,
    /// Tell which GPUs are known now.
    Devices {
        /// Number of the [`super::Event::AskDevices`] that this answers.
        ticket: u64,
    },
    /// Have a device process let traces go.
    Evict {
        /// Which.
        worker: WorkerId,
        /// The traces, by digest.
        traces: Vec<Key>,
    },
    /// What we hold on a GPU has grown more with one job than it should.
    Grown {
        /// Which.
        device: DeviceId,
        /// By so many bytes.
        bytes: u64,
    },
    /// All device processes of the time of a [`super::Event::ClearDevices`] are gone.
    Cleared {
        /// Number of that request.
        ticket: u64,
    },
    /// Tell a worker without work to leave.
    Leave {
        /// Which.
        worker: WorkerId,
    },
    /// End a worker, whatever it does.
    End {
        /// Which.
        worker: WorkerId,
    },
    /// All workers of the time of a [`super::Event::Restart`] are gone.
    Restarted {
        /// Number of that request.
        ticket: u64,
    },
    /// There has been neither session nor work for [`super::Policy::idle`].
    Idle,
    /// After a shutdown: every unit is answered, every worker gone. Said once.
    Quiet,
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The result at hand is its answer.
    Result {
        /// Where the result came from.
        source: Source,
        /// Microseconds of work in a worker.
        micros: u64,
        /// The GPU that computed it; none: none did.
        device: Option<DeviceId>,
    },
    /// Not done, and why.
    Failed(Failure),
    /// Padding.
    Padding,
}
