//! Large payloads in parts: what is longer than [`limits::INLINE_BYTES`] goes ahead of its message as
//! [`Chunk`]s under a number, and the message names the number. Chunks of several blobs may interleave, and
//! other messages may come between them.

use std::collections::HashMap;

use bytes::Bytes;

use crate::{Chunk, Payload, limits};

/// Chunks that do not fit together, or exceed a limit. The connection is of no use after one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// The blob claims more than a payload may have.
    #[error("blob {blob} of {length} bytes exceeds the payload limit of {} bytes", limits::PAYLOAD_BYTES)]
    TooLong {
        /// Number of the blob.
        blob: u64,
        /// Length claimed.
        length: u64,
    },
    /// The blobs under way claim more than this connection may have.
    #[error("blobs under way of {claimed} bytes exceed the limit of {limit} bytes of this connection")]
    TooMuch {
        /// Bytes claimed, this blob's included.
        claimed: u64,
        /// The limit.
        limit: u64,
    },
    /// Too many blobs at once.
    #[error("more than {} blobs under way", limits::BLOBS)]
    TooMany,
    /// A chunk with no bytes, or with more than a chunk may have.
    #[error("chunk of {length} bytes of blob {blob}: 1 to {} expected", limits::CHUNK_BYTES)]
    ChunkLength {
        /// Number of the blob.
        blob: u64,
        /// Bytes of the chunk.
        length: usize,
    },
    /// The chunks of a blob, or a chunk and the message, name different lengths.
    #[error("blob {blob} was {first} bytes long, and is now {now}")]
    LengthChanged {
        /// Number of the blob.
        blob: u64,
        /// Length its first chunk named.
        first: u64,
        /// Length named now.
        now: u64,
    },
    /// More bytes than the blob's length.
    #[error("blob {blob} of {length} bytes has run over")]
    Overrun {
        /// Number of the blob.
        blob: u64,
        /// Length its first chunk named.
        length: u64,
    },
    /// A message names a blob whose chunks have not all come.
    #[error("blob {blob} is used with {received} of {length} bytes received")]
    Incomplete {
        /// Number of the blob.
        blob: u64,
        /// Bytes that came.
        received: u64,
        /// Its length.
        length: u64,
    },
    /// A message names a blob of which no chunk came, or which was used already.
    #[error("blob {blob} is used but no chunk of it came")]
    Unknown {
        /// Number of the blob.
        blob: u64,
    },
}

/// A payload for a message, and the chunks that must be sent before it (none where it is short). `blob` is
/// the number they go by, unique among the blobs under way in this direction of the connection.
pub fn split(payload: Bytes, blob: u64) -> (Payload, impl Iterator<Item = Chunk>) {
    split_within(payload, blob, limits::INLINE_BYTES)
}

/// As [`split`], for a message that has room for `room` more bytes of payload: what is longer than that goes
/// in chunks too. So a message of many payloads stays within a frame.
pub fn split_within(payload: Bytes, blob: u64, room: usize) -> (Payload, impl Iterator<Item = Chunk>) {
    let length = payload.len() as u64;
    // An empty payload has no chunk, so it always stands in its message.
    let inline = payload.len() <= room.min(limits::INLINE_BYTES) || payload.is_empty();
    let mut rest = if inline { Bytes::new() } else { payload.clone() };
    let message = if inline { Payload::Inline(payload) } else { Payload::Chunked { blob, length } };
    let chunks = std::iter::from_fn(move || {
        let next = rest.split_to(rest.len().min(limits::CHUNK_BYTES));
        (!next.is_empty()).then_some(Chunk { blob, length, bytes: next })
    });
    (message, chunks)
}

/// Puts the chunks of one direction of a connection together.
#[derive(Debug)]
pub struct Assembler {
    blobs: HashMap<u64, Blob>,
    /// Sum of the lengths of all blobs here.
    claimed: u64,
    limit: u64,
}

#[derive(Debug)]
struct Blob {
    length: u64,
    bytes: Vec<u8>,
}

impl Assembler {
    /// An assembler for blobs of at most `max_total_bytes` in all at any time.
    pub fn new(max_total_bytes: u64) -> Assembler {
        Assembler { blobs: HashMap::new(), claimed: 0, limit: max_total_bytes }
    }

    /// Takes a chunk. Memory is taken for what came, not for what is claimed.
    ///
    /// # Errors
    /// Any [`ChunkError`] but `Incomplete` and `Unknown`; nothing was taken then.
    pub fn push(&mut self, chunk: Chunk) -> Result<(), ChunkError> {
        let Chunk { blob, length, bytes: part } = chunk;
        if part.is_empty() || part.len() > limits::CHUNK_BYTES {
            return Err(ChunkError::ChunkLength { blob, length: part.len() });
        }
        let received = match self.blobs.get(&blob) {
            Some(known) if known.length != length => {
                return Err(ChunkError::LengthChanged { blob, first: known.length, now: length });
            }
            Some(known) => known.bytes.len() as u64,
            None => {
                self.admit(blob, length)?;
                0
            }
        };
        if part.len() as u64 > length - received {
            return Err(ChunkError::Overrun { blob, length });
        }
        let known = self.blobs.entry(blob).or_insert_with(|| {
            self.claimed += length;
            Blob { length, bytes: Vec::new() }
        });
        known.append(&part);
        Ok(())
    }

    /// The bytes of a payload: its own, or those of its blob, which is forgotten.
    ///
    /// # Errors
    /// [`ChunkError::Unknown`], [`ChunkError::Incomplete`], [`ChunkError::LengthChanged`].
    pub fn take(&mut self, payload: Payload) -> Result<Bytes, ChunkError> {
        let (blob, length) = match payload {
            Payload::Inline(bytes) => return Ok(bytes),
            Payload::Chunked { blob, length } => (blob, length),
        };
        let known = self.blobs.get(&blob).ok_or(ChunkError::Unknown { blob })?;
        if known.length != length {
            return Err(ChunkError::LengthChanged { blob, first: known.length, now: length });
        }
        let received = known.bytes.len() as u64;
        if received != length {
            return Err(ChunkError::Incomplete { blob, received, length });
        }
        self.claimed -= length;
        Ok(self.blobs.remove(&blob).map(|known| known.bytes).unwrap_or_default().into())
    }

    /// Sum of the lengths of the blobs under way, complete ones not yet taken included.
    pub fn claimed_bytes(&self) -> u64 {
        self.claimed
    }

    fn admit(&self, blob: u64, length: u64) -> Result<(), ChunkError> {
        if length > limits::PAYLOAD_BYTES {
            return Err(ChunkError::TooLong { blob, length });
        }
        let claimed = self.claimed + length;
        if claimed > self.limit {
            return Err(ChunkError::TooMuch { claimed, limit: self.limit });
        }
        if self.blobs.len() == limits::BLOBS {
            return Err(ChunkError::TooMany);
        }
        Ok(())
    }
}

impl Blob {
    /// Grows by doubling but never beyond the blob's length, so that its end leaves nothing to trim.
    fn append(&mut self, part: &[u8]) {
        let needed = self.bytes.len() + part.len();
        if needed > self.bytes.capacity() {
            let doubled = (2 * self.bytes.capacity() as u64).min(self.length) as usize;
            self.bytes.reserve_exact(doubled.max(needed) - self.bytes.len());
        }
        self.bytes.extend_from_slice(part);
    }
}
