//! The bytes of a hello.

use crate::limits;

/// First bytes of every connection, in both directions.
pub const MAGIC: [u8; 8] = *b"SOJOURN\0";

/// Bytes of magic and length, which every hello begins with.
pub const HEADER_LEN: usize = 12;

/// Bytes that are no hello.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HelloError {
    /// The first bytes are others: not a peer of this protocol.
    #[error("peer does not speak this protocol: it begins with {0:02x?}")]
    NotOurs([u8; 8]),
    /// The length is over the limit.
    #[error("hello of {length} bytes exceeds the limit of {} bytes", limits::HELLO_BYTES)]
    TooLong {
        /// Length claimed.
        length: usize,
    },
    /// It ends before its last field.
    #[error("hello of {length} bytes ends inside a field")]
    Truncated {
        /// Its length.
        length: usize,
    },
    /// A text in it is not UTF-8.
    #[error("text in hello is not UTF-8")]
    NotText,
}

/// Length of the rest, from the header.
///
/// # Errors
/// [`HelloError::NotOurs`], [`HelloError::TooLong`].
pub fn parse_header(header: &[u8; HEADER_LEN]) -> Result<usize, HelloError> {
    let [m0, m1, m2, m3, m4, m5, m6, m7, length @ ..] = *header;
    let magic = [m0, m1, m2, m3, m4, m5, m6, m7];
    if magic != MAGIC {
        return Err(HelloError::NotOurs(magic));
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > limits::HELLO_BYTES {
        return Err(HelloError::TooLong { length });
    }
    Ok(length)
}

/// Writes the fields in order, then the header before them.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Writer {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[0; 4]);
        Writer(bytes)
    }

    /// What both hellos begin with.
    pub(super) fn common(&mut self, protocol: u32, capabilities: u64, build: &str) {
        self.0.extend_from_slice(&protocol.to_le_bytes());
        self.0.extend_from_slice(&capabilities.to_le_bytes());
        self.text(build);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    /// Cut at a character's end where it is too long: a hello must always be sayable.
    pub(super) fn text(&mut self, text: &str) {
        let mut end = text.len().min(limits::HELLO_TEXT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let cut = &text[..end];
        self.0.extend_from_slice(&(cut.len() as u16).to_le_bytes());
        self.0.extend_from_slice(cut.as_bytes());
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let length = (self.0.len() - HEADER_LEN) as u32;
        self.0[MAGIC.len()..HEADER_LEN].copy_from_slice(&length.to_le_bytes());
        self.0
    }
}

/// Reads the fields in order.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Reader<'a> {
        Reader { rest, length: rest.len() }
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], HelloError> {
        let (field, rest) =
            self.rest.split_at_checked(count).ok_or(HelloError::Truncated { length: self.length })?;
        self.rest = rest;
        Ok(field)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], HelloError> {
        let truncated = HelloError::Truncated { length: self.length };
        self.bytes(N)?.try_into().map_err(|_| truncated)
    }

    pub(super) fn u8(&mut self) -> Result<u8, HelloError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, HelloError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, HelloError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn text(&mut self) -> Result<String, HelloError> {
        let length = u16::from_le_bytes(self.array()?);
        let bytes = self.bytes(usize::from(length))?;
        Ok(std::str::from_utf8(bytes).map_err(|_| HelloError::NotText)?.to_owned())
    }
}
