//! Why a command ends without having done what it was asked, and the exit code of each reason.

use std::io;

use sojourn_client::{Error, LoadError};

/// Some job failed, or something asked for is not there.
pub(crate) const FAILED: u8 = 1;
/// The command line can not be followed.
pub(crate) const USAGE: u8 = 2;
/// Input that can not be read, or is not what it should be.
pub(crate) const INPUT: u8 = 4;

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The library's own: no daemon, unreadable input, interruption.
    #[error(transparent)]
    Client(#[from] Error),
    /// The command line can not be followed.
    #[error("{0}")]
    Usage(String),
    /// Input that can not be read, or is not what it should be; an unknown hash.
    #[error("{0}")]
    Input(String),
    /// Something could not be done, whoever's fault it is.
    #[error("{0}")]
    Failed(String),
    /// Whoever read standard output has enough. Not an error: the program ends quietly.
    #[error("standard output was closed")]
    ClosedPipe,
}

impl CommandError {
    /// The code the program ends with.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            CommandError::Client(error) => error.exit_code(),
            CommandError::Usage(_) => USAGE,
            CommandError::Input(_) => INPUT,
            CommandError::Failed(_) => FAILED,
            CommandError::ClosedPipe => 0,
        }
    }

    /// An error of writing to standard output.
    pub(crate) fn writing(error: &io::Error) -> CommandError {
        if error.kind() == io::ErrorKind::BrokenPipe {
            CommandError::ClosedPipe
        } else {
            CommandError::Failed(format!("standard output can not be written: {error}"))
        }
    }
}

impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> CommandError {
        CommandError::Client(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_ends_with_0_and_a_full_disk_with_1() {
        let pipe = CommandError::writing(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(pipe.exit_code(), 0);
        let full = CommandError::writing(&io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.exit_code(), FAILED);
        assert!(full.to_string().contains("standard output"), "{full}");
    }
}
