//! Why a job was not done, as it travels to whoever asked: a kind for programs, a text for people, and
//! whose fault it is.

use serde::{Deserialize, Serialize};

/// Who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// Whoever made the input.
    Input,
    /// Whoever runs the machine: memory, disk, processes, limits.
    Environment,
    /// We: a bug.
    Internal,
}

/// What happened, for programs. The name in snake case stands in the JSON as `error.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The payload is not what it claims to be, or describes something impossible.
    InvalidInput,
    /// The key claimed is not the digest of the bytes sent.
    HashMismatch,
    /// A limit was exceeded; the text names limit and value.
    LimitExceeded,
    /// The worker process died twice under this job (killed from outside, say).
    WorkerLost,
    /// The computation crashed (SIGSEGV, SIGABRT); asked again, it is answered so without a try.
    Poisonous,
    /// The worker panicked; the text holds message and place.
    WorkerPanicked,
    /// The worker broke the protocol.
    ProtocolViolation,
    /// No result, nor progress, within the time limit.
    TimedOut,
    /// The worker ran into its memory limit, or the kernel killed it for memory.
    OutOfMemory,
    /// No worker could be started; the text says why.
    NoWorker,
    /// Cancelled by the client, or by a shutdown.
    Cancelled,
    /// The queue is full: ask again later.
    Busy,
    /// A stored object that does not exist.
    NotFound,
    /// The blob that a job needs is not here: send it ([`crate::Request::Hold`]), and the job again.
    MissingBlob,
    /// A command that this daemon does not know or not permit.
    Unsupported,
    /// There is no such GPU, or no usable driver; the text says why.
    NoDevice,
    /// The GPU has not got the memory, even with nothing else of ours on it.
    Vram {
        /// Bytes that were asked for.
        needed: u64,
        /// Bytes that were free.
        free: u64,
    },
    /// The GPU's context was lost under this job twice.
    DevicePoisoned,
    /// The GPU can not compute a part of the question; the text names it.
    UnsupportedOnDevice,
    /// A bug on our side.
    Internal,
}

impl FailureKind {
    /// Whose fault this kind of failure is.
    pub fn fault(self) -> Fault {
        match self {
            FailureKind::InvalidInput
            | FailureKind::HashMismatch
            | FailureKind::NotFound
            | FailureKind::Unsupported
            | FailureKind::UnsupportedOnDevice => Fault::Input,
            FailureKind::LimitExceeded
            | FailureKind::WorkerLost
            | FailureKind::TimedOut
            | FailureKind::OutOfMemory
            | FailureKind::NoWorker
            | FailureKind::Cancelled
            | FailureKind::MissingBlob
            | FailureKind::NoDevice
            | FailureKind::Vram { .. }
            | FailureKind::DevicePoisoned
            | FailureKind::Busy => Fault::Environment,
            FailureKind::Poisonous
            | FailureKind::WorkerPanicked
            | FailureKind::ProtocolViolation
            | FailureKind::Internal => Fault::Internal,
        }
    }
}

/// A failure with its text: what was wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// For programs.
    pub kind: FailureKind,
    /// For people.
    pub message: String,
}

impl Failure {
    /// A failure of a kind, with its text.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Failure {
        Failure { kind, message: message.into() }
    }
}
