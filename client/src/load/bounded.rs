//! What compressed input may expand to: a small file must not fill the memory.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// Bytes to which input may expand whatever its compressed size: matrices of zeros compress a thousandfold.
pub(super) const FREE_EXPANSION: u64 = 1 << 30;
/// Most bytes for each compressed one beyond that.
pub(super) const MAX_EXPANSION: u64 = 200;

/// Expansion beyond the bounds.
#[derive(Debug, thiserror::Error)]
enum ExpansionError {
    #[error("it expands to more than {0} bytes, the limit")]
    Size(u64),
    #[error(
        "{packed} bytes expand to {plain} and more: beyond {FREE_EXPANSION} bytes each may expand to {MAX_EXPANSION}"
    )]
    Ratio { packed: u64, plain: u64 },
}

/// A reader that counts the bytes read from it.
pub(super) struct CountingReader<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R> CountingReader<R> {
    /// Returns the reader, and its count.
    pub(super) fn new(inner: R) -> (CountingReader<R>, Rc<Cell<u64>>) {
        let count = Rc::new(Cell::new(0));
        (CountingReader { inner, count: Rc::clone(&count) }, count)
    }

    fn add(&self, bytes: usize) {
        self.count.set(self.count.get() + bytes as u64);
    }
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.add(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for CountingReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.add(amount);
        self.inner.consume(amount);
    }
}

/// A decompressing reader that fails where its input expands beyond the bounds.
pub(super) struct ExpandingReader<R> {
    inner: R,
    packed: Rc<Cell<u64>>,
    plain: u64,
    limit: u64,
}

impl<R: Read> ExpandingReader<R> {
    /// Bounds a reader; `packed` counts the compressed bytes that it has read, `limit` is in plain bytes.
    pub(super) fn new(inner: R, packed: Rc<Cell<u64>>, limit: u64) -> ExpandingReader<R> {
        ExpandingReader { inner, packed, plain: 0, limit }
    }
}

impl<R: Read> Read for ExpandingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.plain += read as u64;
        let (plain, packed) = (self.plain, self.packed.get());
        if plain > self.limit {
            return Err(io::Error::other(ExpansionError::Size(self.limit)));
        }
        if plain > FREE_EXPANSION && plain / MAX_EXPANSION > packed {
            return Err(io::Error::other(ExpansionError::Ratio { packed, plain }));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(packed: u64, plain: u64, limit: u64) -> Result<u64, String> {
        let mut reader =
            ExpandingReader::new(io::repeat(b'0').take(plain), Rc::new(Cell::new(packed)), limit);
        io::copy(&mut reader, &mut io::sink()).map_err(|error| error.to_string())
    }

    #[test]
    fn expansion_is_bounded_in_bytes_and_beyond_a_gibibyte_in_ratio() {
        assert_eq!(bounded(1, 1 << 20, 1 << 20), Ok(1 << 20));
        assert!(bounded(1, (1 << 20) + 1, 1 << 20).unwrap_err().contains("more than 1048576 bytes"));
        let large = FREE_EXPANSION + (1 << 20);
        assert_eq!(bounded(large / MAX_EXPANSION, large, u64::MAX), Ok(large));
        assert!(
            bounded(large / MAX_EXPANSION - 1, large, u64::MAX).unwrap_err().contains("may expand to 200")
        );
    }

    #[test]
    fn what_is_read_and_what_is_consumed_is_counted() {
        let (mut reader, count) = CountingReader::new(&b"0123456789"[..]);
        reader.read_exact(&mut [0; 3]).unwrap();
        reader.consume(4);
        assert_eq!(count.get(), 7);
    }
}
