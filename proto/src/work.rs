//! Jobs and their payloads, and what daemon and worker say about them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Description, DeviceMemory, Failure, Key, Rate, Table, Target, bounded, limits};

/// What the bytes of a job are, and so what comes back. The daemon knows no more of a job than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WorkKind {
    /// A component's canonical pattern goes in, its elimination plan comes out.
    Pattern,
    /// A normalised graph goes in, its whole trace comes out.
    Graph,
    /// A question and a tile of parameter vectors go in, the answers come out. They are not stored.
    Evaluation {
        /// Digest of the bytes of the trace that is asked, which the worker must have: [`Key::of_blob`].
        trace: Key,
        /// Where the answers are to be computed; it is no part of the key.
        target: Target,
    },
}

impl WorkKind {
    /// Key of a job: the digest of its bytes under the kind's domain, behind that of the blob it needs. Whoever holds the bytes can check the
    /// claim, so a false one is refused before it is queued, and no job can stand in another's place.
    pub fn key(self, payload: &[u8]) -> Key {
        match self {
            WorkKind::Pattern => Key::of("sojourn 2026 component pattern v1", &[payload]),
            WorkKind::Graph => Key::of("sojourn 2026 normalised graph v1", &[payload]),
            WorkKind::Evaluation { trace, .. } => Key::of("sojourn 2026 evaluation v1", &[&trace.0, payload]),
        }
    }

    /// The blob that a worker must have beside the payload.
    pub fn needs(self) -> Option<Key> {
        match self {
            WorkKind::Pattern | WorkKind::Graph => None,
            WorkKind::Evaluation { trace, .. } => Some(trace),
        }
    }

    /// Where it is done.
    pub fn target(self) -> Target {
        match self {
            WorkKind::Pattern | WorkKind::Graph => Target::Cpu,
            WorkKind::Evaluation { target, .. } => target,
        }
    }

    /// Table in which results are kept; none where they are not.
    pub fn table(self) -> Option<Table> {
        match self {
            WorkKind::Pattern => Some(Table::Plans),
            WorkKind::Graph => Some(Table::Traces),
            WorkKind::Evaluation { .. } => None,
        }
    }
}

/// Bytes of a job or of a result: with the message where they are few, ahead of it in chunks where not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payload {
    /// The bytes themselves.
    Inline(#[serde(deserialize_with = "bounded::bytes")] Bytes),
    /// Bytes that came before in [`Chunk`]s under this number.
    Chunked {
        /// Number, unique among the blobs under way in this direction of the connection.
        blob: u64,
        /// Sum of the chunks' lengths.
        length: u64,
    },
}

/// A part of a large payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Number of the blob it belongs to.
    pub blob: u64,
    /// Length of the whole blob, the same in each of its chunks.
    pub length: u64,
    /// The next bytes.
    #[serde(deserialize_with = "bounded::bytes")]
    pub bytes: Bytes,
}

/// One `(idx, hash, graph)`: everything a job needs is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Place in the batch, chosen by the client; below zero it is padding and never computed.
    pub idx: i64,
    /// What the payload is.
    pub kind: WorkKind,
    /// [`WorkKind::key`] of the payload, as the client claims.
    pub key: Key,
    /// The graph, pattern or tile; empty for padding.
    pub payload: Payload,
}

/// Number of a job within the daemon's life.
pub type JobId = u64;

/// From daemon to worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Part of a payload to come.
    Chunk(Chunk),
    /// Keep a blob for jobs that need it. What was needed longest ago may be forgotten for it.
    Keep {
        /// [`Key::of_blob`] of the bytes.
        digest: Key,
        /// The bytes.
        payload: Payload,
    },
    /// Do these, in order, one [`Report::Answer`] or [`Report::Lacks`] each.
    Run(
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::UNITS_PER_MESSAGE }>")]
        Vec<(JobId, WorkKind, Payload)>,
    ),
    /// To a device process: let the device's memory go that these traces take. They are sent again when they are
    /// needed again.
    Evict(#[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")] Vec<Key>),
    /// Finish what is under way and leave.
    Leave,
}

/// From worker to daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// First message: the worker is ready.
    Ready {
        /// Its process id.
        pid: u32,
        /// Its build, to be the daemon's own.
        build: String,
    },
    /// The one message of a process that was started to look for GPUs: those there are, in the driver's order.
    Devices(
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")] Vec<Description>,
    ),
    /// Why there is no GPU, of a process that was started to look for them; of a device process, why it ends
    /// without ever being ready.
    Unusable(Failure),
    /// Of a device process, when it is ready and after each job: what is on its device.
    Memory {
        /// As the driver reports it.
        memory: DeviceMemory,
        /// As measured when the context was made.
        rate: Rate,
    },
    /// Part of a result to come.
    Chunk(Chunk),
    /// A job has been begun (so that a crash is blamed on the right one of a bundle).
    Begun {
        /// The job.
        job: JobId,
    },
    /// A job can not be begun: the worker has not got, or has forgotten, the blob it needs. It is to be sent
    /// again with the job.
    Lacks {
        /// The job.
        job: JobId,
    },
    /// A job is done, or can not be.
    Answer {
        /// The job.
        job: JobId,
        /// Microseconds it took in the worker.
        micros: u64,
        /// For a graph, its canonical hash, under which its trace can be asked for later.
        name: Option<Key>,
        /// The trace or plan, or why there is none.
        result: Result<Payload, Failure>,
    },
}
