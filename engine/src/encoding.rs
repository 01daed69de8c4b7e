//! Little-endian sections: how chains, patterns, plans and traces are written as bytes, and read back from
//! bytes that nobody vouches for.

/// Bytes that are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("truncated at byte {at}: {what} needs {needed} more bytes, {left} are left")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Offset.
        at: usize,
        /// Bytes it needs.
        needed: usize,
        /// Bytes there are.
        left: usize,
    },
    /// Bytes after the end.
    #[error("{extra} bytes too many after byte {at}")]
    Trailing {
        /// Where the end should have been.
        at: usize,
        /// Bytes beyond it.
        extra: usize,
    },
    /// Not of this kind at all.
    #[error("not {expected}: it begins with other bytes")]
    Magic {
        /// What was expected.
        expected: &'static str,
    },
    /// Written by another version.
    #[error("format version {found} of {what} is not known here (this build reads version {supported})")]
    Version {
        /// What was being read.
        what: &'static str,
        /// Version found.
        found: u32,
        /// Version known.
        supported: u32,
    },
    /// The checksum does not fit the bytes.
    #[error("the checksum of {what} does not fit its bytes: it is damaged")]
    Checksum {
        /// What was being read.
        what: &'static str,
    },
    /// An elimination that costs more or less than the bytes say. Work stops where it passes what they say.
    #[error("{what} does not cost the {stated} operations that it states: it is damaged or forged")]
    Cost {
        /// What was being read.
        what: &'static str,
        /// Operations of one replay that the bytes state.
        stated: u64,
    },
    /// A number that can not be at this place.
    #[error("{what}: {problem}")]
    Inconsistent {
        /// What was being read.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Shorthand for [`DecodeError::Inconsistent`].
pub(crate) fn inconsistent(what: &'static str, problem: impl Into<String>) -> DecodeError {
    DecodeError::Inconsistent { what, problem: problem.into() }
}

/// Appends sections to a buffer.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn with_magic(magic: &[u8; 8], version: u32) -> Writer {
        let mut writer = Writer { bytes: magic.to_vec() };
        writer.u32(version);
        writer
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Numbers without their count, which the reader knows from elsewhere.
    pub(crate) fn u32s(&mut self, values: &[u32]) {
        self.bytes.reserve(values.len() * 4);
        values.iter().for_each(|v| self.bytes.extend_from_slice(&v.to_le_bytes()));
    }

    /// Numbers without their count.
    pub(crate) fn f64s(&mut self, values: &[f64]) {
        self.bytes.reserve(values.len() * 8);
        values.iter().for_each(|v| self.bytes.extend_from_slice(&v.to_le_bytes()));
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads sections, checking lengths before it allocates.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    pub(crate) fn expect_magic(
        &mut self,
        magic: &[u8; 8],
        version: u32,
        what: &'static str,
    ) -> Result<(), DecodeError> {
        self.expect_version(magic, &[version], what).map(|_| ())
    }

    /// Reads the first bytes of what has one of several versions, ascending; returns the version.
    pub(crate) fn expect_version(
        &mut self,
        magic: &[u8; 8],
        versions: &[u32],
        what: &'static str,
    ) -> Result<u32, DecodeError> {
        if self.take(8, what).map_err(|_| DecodeError::Magic { expected: what })? != magic {
            return Err(DecodeError::Magic { expected: what });
        }
        let found = self.u32(what)?;
        match versions.contains(&found) {
            true => Ok(found),
            false => {
                let supported = versions.last().copied().unwrap_or(0);
                Err(DecodeError::Version { what, found, supported })
            }
        }
    }

    pub(crate) fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let left = self.bytes.len() - self.at;
        if count > left {
            return Err(DecodeError::Truncated { what, at: self.at, needed: count, left });
        }
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        Ok(self.array::<1>(what)?[0])
    }

    pub(crate) fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    pub(crate) fn u64(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    pub(crate) fn digest(&mut self, what: &'static str) -> Result<[u8; 32], DecodeError> {
        self.array(what)
    }

    pub(crate) fn u32s(&mut self, count: usize, what: &'static str) -> Result<Vec<u32>, DecodeError> {
        let bytes = self.take(count.saturating_mul(4), what)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect())
    }

    pub(crate) fn f64s(&mut self, count: usize, what: &'static str) -> Result<Vec<f64>, DecodeError> {
        let bytes = self.take(count.saturating_mul(8), what)?;
        Ok(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
    }

    /// Row pointers of `rows` rows: from 0, never falling.
    pub(crate) fn pointers(&mut self, rows: usize, what: &'static str) -> Result<Vec<u32>, DecodeError> {
        let pointers = self.u32s(rows.saturating_add(1), what)?;
        if pointers[0] != 0 || pointers.windows(2).any(|p| p[0] > p[1]) {
            return Err(inconsistent(what, "row pointers do not rise from zero"));
        }
        Ok(pointers)
    }

    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            extra => Err(DecodeError::Trailing { at: self.at, extra }),
        }
    }
}
