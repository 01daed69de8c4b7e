//! The engine, as a worker uses it: the bytes of a job in, the bytes of its result out.

use sojourn_proto::{Failure, FailureKind, Key, WorkKind};

/// A result.
pub(crate) struct Computed {
    /// Encoded plan or trace.
    pub(crate) bytes: Vec<u8>,
    /// For a graph, its canonical hash.
    pub(crate) name: Option<Key>,
}

/// Does one job.
///
/// # Errors
/// A failure of kind [`FailureKind::InvalidInput`] that names what is wrong with the payload.
pub(crate) fn compute(kind: WorkKind, payload: &[u8]) -> Result<Computed, Failure> {
    let _ = payload;
    Err(Failure::new(FailureKind::Unsupported, format!("no engine for {kind:?} in this build")))
}
