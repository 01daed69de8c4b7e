//! Frames: a length of four bytes, little-endian, and so many bytes of message. The length is checked
//! against [`limits::FRAME_BYTES`] before memory is taken.

use tokio_util::codec::LengthDelimitedCodec;

use crate::limits;

/// Bytes of a frame's length prefix.
pub const PREFIX_BYTES: usize = 4;

/// A stream that does not consist of frames.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length prefix is over the limit.
    #[error("frame of {length} bytes exceeds the limit of {} bytes", limits::FRAME_BYTES)]
    TooLong {
        /// The length claimed.
        length: usize,
    },
    /// The stream ended inside a frame.
    #[error("stream ended inside a frame, after {received} of {length} bytes")]
    Truncated {
        /// Bytes that came.
        received: usize,
        /// Bytes expected, the prefix not counted (4 where the prefix itself was cut).
        length: usize,
    },
    /// Reading or writing failed.
    #[error("stream failed: {0}")]
    Io(#[from] std::io::Error),
}

/// Frames for tokio: use with `tokio_util::codec::Framed` or its two halves.
pub fn frame_codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .little_endian()
        .length_field_length(PREFIX_BYTES)
        .max_frame_length(limits::FRAME_BYTES)
        .new_codec()
}

/// The same frames for a thread that waits.
pub mod blocking {
    use std::io::{self, ErrorKind, IoSlice, Read, Write};

    use super::{FrameError, PREFIX_BYTES};
    use crate::limits;

    /// Reads one frame into `buffer`, whose contents are replaced and whose memory is reused. False: the
    /// stream ended where a frame would have begun.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] before memory is taken; [`FrameError::Truncated`]; [`FrameError::Io`]. The
    /// stream is of no use after any of them.
    pub fn read_frame(stream: &mut impl Read, buffer: &mut Vec<u8>) -> Result<bool, FrameError> {
        let mut prefix = [0; PREFIX_BYTES];
        match read_fully(stream, &mut prefix)? {
            0 => return Ok(false),
            PREFIX_BYTES => {}
            received => return Err(FrameError::Truncated { received, length: PREFIX_BYTES }),
        }
        let length = u32::from_le_bytes(prefix) as usize;
        if length > limits::FRAME_BYTES {
            return Err(FrameError::TooLong { length });
        }
        if buffer.capacity() > limits::BUFFER_KEEP_BYTES && length <= limits::BUFFER_KEEP_BYTES {
            *buffer = Vec::new();
        }
        // The claim is earned step by step: memory is taken for what has come, and one step more. What the
        // buffer held before is overwritten in place, not zeroed again.
        let mut received = 0;
        buffer.truncate(length);
        while received < length {
            let end = length.min((received + limits::CHUNK_BYTES).max(buffer.len()));
            buffer.resize(end, 0);
            let read = read_fully(stream, &mut buffer[received..end])?;
            received += read;
            if received < end {
                return Err(FrameError::Truncated { received, length });
            }
        }
        Ok(true)
    }

    /// Writes one frame, prefix and message in one call of the kernel where it takes them whole.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] before anything is written; [`FrameError::Io`].
    pub fn write_frame(stream: &mut impl Write, message: &[u8]) -> Result<(), FrameError> {
        let prefix = prefix(message)?;
        let mut parts = [IoSlice::new(&prefix), IoSlice::new(message)];
        let mut parts = &mut parts[..];
        while !parts.is_empty() {
            match stream.write_vectored(parts) {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero).into()),
                Ok(written) => IoSlice::advance_slices(&mut parts, written),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
            // An empty message leaves an empty slice, which no write can use up.
            while parts.first().is_some_and(|part| part.is_empty()) {
                parts = &mut std::mem::take(&mut parts)[1..];
            }
        }
        Ok(())
    }

    /// Appends a frame to a buffer, so that several go out in one write.
    ///
    /// # Errors
    /// [`FrameError::TooLong`], the buffer left as it was.
    pub fn append_frame(buffer: &mut Vec<u8>, message: &[u8]) -> Result<(), FrameError> {
        let prefix = prefix(message)?;
        buffer.extend_from_slice(&prefix);
        buffer.extend_from_slice(message);
        Ok(())
    }

    fn prefix(message: &[u8]) -> Result<[u8; PREFIX_BYTES], FrameError> {
        let length = message.len();
        match u32::try_from(length) {
            Ok(prefix) if length <= limits::FRAME_BYTES => Ok(prefix.to_le_bytes()),
            _ => Err(FrameError::TooLong { length }),
        }
    }

    /// Reads until the slice is full or the stream ends; how many bytes came.
    fn read_fully(stream: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
        let mut received = 0;
        while received < bytes.len() {
            match stream.read(&mut bytes[received..]) {
                Ok(0) => break,
                Ok(read) => received += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(received)
    }
}
