//! What the dispatching task needs of others.

use bytes::Bytes;
use sojourn_proto::{Key, Table, WorkKind};
use tokio::sync::mpsc;

use crate::exchange::{Role, WorkerCommand, WorkerId};

/// Whoever starts worker processes.
pub trait Pool: Send {
    /// Starts supervision of a new worker, or of a device's process, and returns at once. What happens to the worker, a failure to start
    /// it too, is told by [`crate::exchange::Notice::Worker`]; the last of it is `Exited`, always.
    fn spawn(&mut self, worker: WorkerId, role: Role) -> mpsc::UnboundedSender<WorkerCommand>;

    /// Looks for GPUs, and returns at once. Must be answered, once, by [`crate::exchange::Notice::Discovered`].
    fn look(&mut self);
}

/// An entry for the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Where to: `Traces`, `Plans`, or `Names`.
    pub table: Table,
    /// Whose, in a table that each user has of his own (`Names`).
    pub uid: Option<u32>,
    /// Under which key.
    pub key: Key,
    /// The blob.
    pub payload: Bytes,
}

/// A handle to the store. Both methods return at once.
pub trait Store: Send {
    /// Looks a key up in the table of its kind. Must be answered, once, by
    /// [`crate::exchange::Notice::LookedUp`], with none where anything fails; and must see what was
    /// [`put`](Store::put) before it.
    fn look_up(&mut self, kind: WorkKind, key: Key);

    /// Stores a blob. Where that fails, it is for the store to count: the result has been delivered.
    fn put(&mut self, put: Put);
}

/// What the daemon says of itself in reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its build.
    pub version: String,
    /// Protocol version it speaks.
    pub protocol: u32,
}
