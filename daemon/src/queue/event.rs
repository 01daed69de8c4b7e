//! What may happen to the queue.

use sojourn_proto::{
    BatchOptions, Description, DeviceMemory, Failure, JobId, Key, Rate, RequestId, ShutdownMode, WorkKind,
};

use super::Policy;
use crate::exchange::{Exit, SessionId, WorkerId};

/// A unit as the queue sees it: its payload is a number of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Place in the batch; below zero it is padding.
    pub idx: i64,
    /// What the payload is.
    pub kind: WorkKind,
    /// Key of the payload, checked before.
    pub key: Key,
    /// Bytes of the payload.
    pub bytes: u64,
    /// The blob that its job needs beside it, which [`WorkKind::needs`] names.
    pub blob: Blob,
}

/// The blob that a unit's job needs, as the queue sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blob {
    /// It needs none.
    None,
    /// It is here, and kept for as long as there are jobs that need it.
    Here {
        /// Its bytes.
        bytes: u64,
    },
    /// It is not: the unit is answered so at once, and sent again once it is.
    Missing,
}

/// Something that happened. What refers to a session or worker that is gone is ignored: messages cross.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Time has passed ([`super::Queue::next_deadline`] says until when to wait).
    Tick,
    /// Other bounds from now on. What was admitted under the old ones stays.
    Configure(Box<Policy>),
    /// A client has connected.
    Opened {
        /// Its session.
        session: SessionId,
        /// User id of the client.
        uid: u32,
        /// Process id of the client.
        pid: u32,
    },
    /// A client is gone.
    Closed {
        /// Its session.
        session: SessionId,
    },
    /// Units of a batch.
    Submit {
        /// Whose.
        session: SessionId,
        /// Number of the batch.
        batch: RequestId,
        /// How to run it; the first message of the batch decides.
        options: BatchOptions,
        /// The units.
        units: Vec<Claim>,
        /// Whether further units follow.
        more: bool,
    },
    /// Give up a batch.
    Cancel {
        /// Whose.
        session: SessionId,
        /// Number of the request.
        id: RequestId,
        /// Number of the batch.
        batch: RequestId,
    },
    /// So many bytes of results have reached the client.
    Written {
        /// Whose.
        session: SessionId,
        /// Bytes of payload.
        bytes: u64,
    },
    /// The store's answer to [`super::Effect::LookUp`].
    LookedUp {
        /// Of what kind.
        kind: WorkKind,
        /// The key.
        key: Key,
        /// Bytes of what was found.
        found: Option<u64>,
    },
    /// Replace all workers.
    Restart {
        /// Number of the request, repeated in [`super::Effect::Restarted`].
        ticket: u64,
    },
    /// Somebody asks which GPUs there are; answered by [`super::Effect::Devices`].
    AskDevices {
        /// Number of the request, repeated there.
        ticket: u64,
    },
    /// What a look for GPUs found: the answer to [`super::Effect::Look`].
    Discovered(Result<Vec<Description>, Failure>),
    /// Give the memory of all GPUs back; what runs is finished first.
    ClearDevices {
        /// Number of the request, repeated in [`super::Effect::Cleared`].
        ticket: u64,
    },
    /// Take no more work, and say when all is quiet. A stronger mode overrules a weaker one.
    Shutdown(ShutdownMode),
    /// A worker has said something, or something was seen of it.
    Worker {
        /// Which.
        worker: WorkerId,
        /// What.
        said: Said,
    },
}

/// What is heard of a worker: [`crate::exchange::WorkerEvent`] without the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The process runs.
    Spawned {
        /// Its process id.
        pid: u32,
    },
    /// It is ready for work.
    Ready,
    /// It has begun a job.
    Begun {
        /// The job.
        job: JobId,
    },
    /// It has said something that shows progress.
    Progress,
    /// It has answered a job.
    Answered {
        /// The job.
        job: JobId,
        /// Microseconds of work.
        micros: u64,
        /// Canonical hash of a graph.
        name: Option<Key>,
        /// Bytes of the result, or why there is none.
        result: Result<u64, Failure>,
    },
    /// A device process tells what is on its device.
    Memory {
        /// As the driver reports it.
        memory: DeviceMemory,
        /// As measured.
        rate: Rate,
    },
    /// A device process says that its device can not be used, and why.
    Unusable(Failure),
    /// What the kernel says of it. Being stopped is neither death nor progress.
    Sampled {
        /// Resident memory in bytes.
        rss_bytes: u64,
        /// Stopped by a signal.
        stopped: bool,
    },
    /// Killed, but the kernel does not let go of it.
    Unreapable,
    /// It is gone.
    Exited(Exit),
}
