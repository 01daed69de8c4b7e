//! Descriptor 0 as a stream in both directions: borrowed for good, so it is neither duplicated nor closed.

use std::io::{self, IoSlice, Read, Write};

use rustix::fd::BorrowedFd;

/// Bytes that one read takes from the kernel where they are there; larger frames go past the buffer.
pub(crate) const READ_BYTES: usize = 64 << 10;

/// The worker's end of the socket pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream;

impl Stream {
    /// Descriptor 0.
    pub(crate) fn descriptor() -> BorrowedFd<'static> {
        rustix::stdio::stdin()
    }
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(Stream::descriptor(), bytes)?)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(Stream::descriptor(), bytes)?)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(rustix::io::writev(Stream::descriptor(), parts)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
