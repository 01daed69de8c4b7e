//! Messages to bytes and back. The only module that names the encoding, so that a successor of `bincode`
//! that writes the same bytes is a change of this file.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits;

/// A message that could not be encoded, or bytes that are none.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The message is longer than a frame can be.
    #[error(
        "message of {length} bytes exceeds the frame limit of {} bytes; send it in chunks",
        limits::FRAME_BYTES
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The message holds something that has no encoding.
    #[error("message can not be encoded: {0}")]
    Encode(#[from] bincode::error::EncodeError),
    /// The bytes are not a message, or claim more than [`limits::DECODE_BYTES`].
    #[error("bytes are not a message of this protocol: {0}")]
    Decode(#[from] bincode::error::DecodeError),
    /// A message, and then more.
    #[error("message ends after {consumed} of {length} bytes")]
    TrailingBytes {
        /// Bytes of the message.
        consumed: usize,
        /// Bytes given.
        length: usize,
    },
}

/// The bytes of a message, without frame.
///
/// # Errors
/// [`CodecError::TooLong`] where they would not fit a frame.
pub fn encode<T: Serialize>(message: &T) -> Result<Bytes, CodecError> {
    let bytes = bincode::serde::encode_to_vec(message, bincode::config::standard())?;
    if bytes.len() > limits::FRAME_BYTES {
        return Err(CodecError::TooLong { length: bytes.len() });
    }
    Ok(bytes.into())
}

/// The message that these bytes are, all of them. Whatever the bytes claim, no more memory is taken than the
/// limits allow: the length of each part is checked before it is allocated.
///
/// # Errors
/// [`CodecError::Decode`] where they are none, [`CodecError::TrailingBytes`] where they are one and more.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    use bincode::serde::decode_from_slice;
    let standard = bincode::config::standard();
    let (message, consumed) = if bytes.len() <= limits::SMALL_MESSAGE_BYTES {
        decode_from_slice(bytes, standard.with_limit::<{ limits::DECODE_SMALL_BYTES }>())?
    } else {
        decode_from_slice(bytes, standard.with_limit::<{ limits::DECODE_BYTES }>())?
    };
    if consumed != bytes.len() {
        return Err(CodecError::TrailingBytes { consumed, length: bytes.len() });
    }
    Ok(message)
}
