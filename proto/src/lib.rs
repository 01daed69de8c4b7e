//! What client, daemon and worker say to each other: the handshake, frames, messages, limits, and where the
//! socket and files are. Nothing here computes, and nothing here keeps state between calls but the assembly
//! of chunks.
//!
//! A connection begins with a *hello* from each side, in a layout that no version will ever change; after
//! that it carries length-delimited frames, each one bincode message: [`Request`] up and [`Reply`] down
//! between client and daemon, [`Order`] down and [`Report`] up between daemon and worker.

mod bounded;
pub mod chunk;
pub mod codec;
mod device;
mod failure;
pub mod frame;
pub mod hello;
mod key;
pub mod limits;
mod message;
pub mod paths;
mod report;
mod table;
mod work;

pub use device::{Description, DeviceId, DeviceMemory, ParseDeviceIdError, Rate, Target};
pub use failure::{Failure, FailureKind, Fault};
pub use key::{Key, ParseKeyError};
pub use message::{
    Answer, BatchOptions, Gc, Outcome, Reply, Request, RequestId, ShutdownMode, Source, Summary, Table,
    Wanted,
};
pub use report::{
    CacheCounts, CacheReport, DaemonReport, DeviceReport, DeviceState, DevicesReport, EntryReport, GcReport,
    ListReport, MemoryReport, QueueReport, SessionReport, Setting, VerifyReport, WorkerReport, WorkerState,
};
pub use table::{PLAN_ENCODING, TRACE_ENCODING};
pub use work::{Chunk, JobId, Order, Payload, Report, Unit, WorkKind};
