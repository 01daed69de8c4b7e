//! Payloads as they come in: put together from chunks, under limits.

use bytes::Bytes;
use sojourn_proto::chunk::{Assembler, ChunkError};
use sojourn_proto::{Chunk, Failure, FailureKind, Payload, Unit};

/// A unit with its bytes, and the key that the client claims for them.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) unit: Unit,
    pub(super) bytes: Bytes,
}

/// Takes a part of a payload.
pub(super) fn push(assembler: &mut Assembler, chunk: Chunk) -> Result<(), Failure> {
    assembler.push(chunk).map_err(|error| failure(&error))
}

/// The bytes of a payload.
pub(super) fn take(assembler: &mut Assembler, payload: Payload) -> Result<Bytes, Failure> {
    assembler.take(payload).map_err(|error| failure(&error))
}

/// The bytes of all units.
pub(super) fn units(assembler: &mut Assembler, units: Vec<Unit>) -> Result<Vec<Claimed>, Failure> {
    let claim = |mut unit: Unit| {
        let payload = std::mem::replace(&mut unit.payload, Payload::Inline(Bytes::new()));
        Ok(Claimed { bytes: take(assembler, payload)?, unit })
    };
    units.into_iter().map(claim).collect()
}

/// A broken sequence of chunks leaves the connection without meaning, so it ends by this.
fn failure(error: &ChunkError) -> Failure {
    let kind = match error {
        ChunkError::TooLong { .. } | ChunkError::TooMuch { .. } | ChunkError::TooMany => {
            FailureKind::LimitExceeded
        }
        _ => FailureKind::InvalidInput,
    };
    Failure::new(kind, error.to_string())
}
