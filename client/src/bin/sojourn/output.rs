//! Where data goes: standard output, and files that are whole or not there.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::CommandError;

/// Standard output, buffered until [`Out::flush`] or the end of the command. A reader that has gone away ends
/// the command by [`CommandError::ClosedPipe`].
pub(crate) struct Out(BufWriter<Box<dyn Write + Send>>);

impl Out {
    /// The standard output of this process.
    pub(crate) fn standard() -> Out {
        Out::to(io::stdout())
    }

    /// Some other place.
    pub(crate) fn to(sink: impl Write + Send + 'static) -> Out {
        Out(BufWriter::with_capacity(64 << 10, Box::new(sink)))
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, text: impl Display) -> Result<(), CommandError> {
        writeln!(self.0, "{text}").map_err(|error| CommandError::writing(&error))
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), CommandError> {
        self.0.write_all(bytes).map_err(|error| CommandError::writing(&error))
    }

    /// Hands on what was written so far, for whoever reads results as they are ready.
    pub(crate) fn flush(&mut self) -> Result<(), CommandError> {
        self.0.flush().map_err(|error| CommandError::writing(&error))
    }
}

/// Writes a file: under another name first, so that nobody ever finds half of it.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let failed =
        |error: io::Error| CommandError::Failed(format!("{} can not be written: {error}", path.display()));
    let temporary = beside(path);
    std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path)).map_err(|error| {
        // What may be left of it is of no use to anyone.
        let _ = std::fs::remove_file(&temporary);
        failed(error)
    })
}

/// The name under which a file is written until it is whole.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_noticed_at_the_flush() {
        let mut out = Out::to(Closed);
        out.line("buffered").unwrap();
        assert!(matches!(out.flush(), Err(CommandError::ClosedPipe)));
    }

    #[test]
    fn a_file_that_can_not_be_written_is_named_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("taken")).unwrap();
        let error = write_file(&directory.path().join("taken"), b"x").unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        write_file(&directory.path().join("free"), b"x").unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    }
}
