//! Messages between the daemon's tasks. Each task owns its state and is spoken to by these alone; no lock is
//! held across an await.
//!
//! ```text
//! session --Notice--> dispatch --SessionEvent--> session
//! process --Notice--> dispatch --WorkerCommand--> process
//! ```

use bytes::Bytes;
use sojourn_proto::{
    BatchOptions, DaemonReport, Description, DeviceId, DeviceMemory, DevicesReport, Failure, JobId, Key,
    Rate, RequestId, ShutdownMode, Source, Summary, WorkKind,
};
use tokio::sync::{mpsc, oneshot};

use crate::queue::Policy;

/// Number of a client's session within the daemon's life.
pub type SessionId = u64;

/// Number of a worker process within the daemon's life; never used twice, unlike process ids.
pub type WorkerId = u64;

/// What a process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It records and evaluates on a processor, for one session.
    Worker,
    /// It evaluates on a GPU, the only process of ours that does on this one, for all sessions.
    Device {
        /// Which.
        device: DeviceId,
        /// Bytes that should be free there once the memory of a process that was lost is back.
        expected_free: Option<u64>,
    },
}

/// One unit of a batch whose key has been checked against its bytes by the session.
#[derive(Debug, Clone)]
pub struct Work {
    /// Place in the batch; below zero it is padding.
    pub idx: i64,
    /// What the payload is.
    pub kind: WorkKind,
    /// Checked key.
    pub key: Key,
    /// Pattern, graph or tile.
    pub payload: Bytes,
    /// The blob it needs beside its payload.
    pub blob: Needed,
}

/// The blob that a job needs beside its payload, as the session found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needed {
    /// It needs none.
    Nothing,
    /// Its bytes.
    Blob(Bytes),
    /// It is not here.
    Missing,
}

/// A job for a worker process, with everything it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The job.
    pub job: JobId,
    /// What the payload is; it names the blob that it needs.
    pub kind: WorkKind,
    /// Pattern, graph or tile.
    pub payload: Bytes,
    /// The blob; empty where none is needed.
    pub blob: Bytes,
}

/// To the dispatching task, which owns the queue.
#[derive(Debug)]
pub enum Notice {
    /// A client has connected.
    Opened {
        /// Its session.
        session: SessionId,
        /// User id of the client; workers are never shared between users.
        uid: u32,
        /// Process id of the client.
        pid: u32,
        /// Where its answers go.
        events: mpsc::UnboundedSender<SessionEvent>,
    },
    /// A client is gone; its attached work is cancelled.
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
        /// How to run it (the first message of a batch decides).
        options: BatchOptions,
        /// The units.
        units: Vec<Work>,
        /// Whether further units follow.
        more: bool,
    },
    /// Give up a batch.
    Cancel {
        /// Whose.
        session: SessionId,
        /// Number of the request, to be answered.
        id: RequestId,
        /// Number of the batch.
        batch: RequestId,
    },
    /// The session has written so many bytes of results to its client (flow control: a slow reader gets no
    /// further results computed while too many of its bytes wait here).
    Written {
        /// Whose.
        session: SessionId,
        /// Bytes of payload.
        bytes: u64,
    },
    /// Replace all workers; answered when the old ones are gone.
    RestartWorkers {
        /// Answered then.
        done: oneshot::Sender<()>,
    },
    /// End the daemon; answered when no more work is taken.
    Shutdown {
        /// What becomes of running work.
        mode: ShutdownMode,
        /// Answered then.
        done: Option<oneshot::Sender<()>>,
    },
    /// Give the memory of all GPUs back; answered when the processes that held it are gone.
    ClearDevices {
        /// Answered then.
        done: oneshot::Sender<()>,
    },
    /// Which GPUs there are, after a look for them where none are known.
    Devices {
        /// Answered with them.
        report: oneshot::Sender<DevicesReport>,
    },
    /// What a look for GPUs found.
    Discovered(Result<Vec<Description>, Failure>),
    /// A look at queue, workers and sessions (the store's part is filled in by the asker).
    Report {
        /// Answered with it.
        report: oneshot::Sender<DaemonReport>,
    },
    /// Other bounds from now on; what was admitted under the old ones stays.
    Configure {
        /// All of them.
        policy: Box<Policy>,
    },
    /// A worker process has something to say.
    Worker {
        /// Which.
        worker: WorkerId,
        /// What.
        event: WorkerEvent,
    },
    /// The store's answer to [`crate::dispatch`]'s look-up of a key.
    LookedUp {
        /// Of what kind.
        kind: WorkKind,
        /// The key.
        key: Key,
        /// The blob, verified.
        found: Option<Bytes>,
    },
}

/// What a process-supervising task says of its worker.
#[derive(Debug)]
pub enum WorkerEvent {
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
    /// It has said something that shows progress (part of a large result).
    Progress,
    /// It has answered a job.
    Answered {
        /// The job.
        job: JobId,
        /// Microseconds of work.
        micros: u64,
        /// Canonical hash of a graph.
        name: Option<Key>,
        /// Its result.
        result: Result<Bytes, Failure>,
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
    /// What the kernel says of it, now and then.
    Sampled {
        /// Resident memory in bytes.
        rss_bytes: u64,
        /// Stopped by a signal.
        stopped: bool,
    },
    /// Killed, but the kernel has not let go of it within the deadline.
    Unreapable,
    /// It is gone and reaped, or it never ran. Last event of a worker.
    Exited(Exit),
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// It could not be started.
    NotStarted {
        /// Why.
        reason: String,
    },
    /// It left with this code (0 after [`WorkerCommand::Leave`] is the good end).
    Code(i32),
    /// A signal ended it.
    Signal {
        /// Number of the signal.
        signal: i32,
        /// Whether the kernel's out-of-memory killer was at work.
        out_of_memory: bool,
    },
    /// It broke the protocol and was killed for it.
    ProtocolViolation {
        /// What it did.
        what: String,
    },
}

/// To the task that supervises a worker process.
#[derive(Debug)]
pub enum WorkerCommand {
    /// Do these jobs in order.
    Run(Vec<Task>),
    /// Let these traces go from the device.
    Evict(Vec<Key>),
    /// Finish what is under way and leave.
    Leave,
    /// End it: message, TERM, grace, KILL to its group.
    End,
}

/// From the dispatching task to a session, which writes it to its client.
#[derive(Debug)]
pub enum SessionEvent {
    /// The answer to one unit.
    Answer {
        /// Number of the batch.
        batch: RequestId,
        /// As the unit's.
        idx: i64,
        /// As the unit's.
        key: Key,
        /// What became of it; none for padding.
        result: Option<Result<Finished, Failure>>,
    },
    /// Last word on a batch.
    Finished {
        /// Number of the batch.
        batch: RequestId,
        /// Counts.
        summary: Summary,
    },
    /// Units not taken.
    Refused {
        /// Number of the request.
        id: RequestId,
        /// Why.
        failure: Failure,
        /// When to ask again.
        retry_after_ms: Option<u64>,
    },
    /// Done as asked.
    Done {
        /// Number of the request.
        id: RequestId,
    },
    /// The daemon ends: say goodbye and close.
    Goodbye {
        /// Why.
        failure: Failure,
    },
}

/// A finished job.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Trace, plan or answers.
    pub payload: Bytes,
    /// Where it came from.
    pub source: Source,
    /// Microseconds of work in a worker.
    pub micros: u64,
    /// The GPU that computed it; none: none did.
    pub device: Option<DeviceId>,
}
