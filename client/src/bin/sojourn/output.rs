//! Where data goes: standard output ([`Out`]), and what `-o` names ([`OutputFile`]).

mod file;
mod place;
mod temporary;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use crate::error::CommandError;
pub(crate) use file::{OutputFile, check_file, check_folder, write_file};
pub(crate) use place::is_stream;
pub(crate) use temporary::remove_all;

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
