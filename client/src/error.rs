//! What can go wrong in a client, and the exit code that each stands for.

use std::path::PathBuf;

use sojourn_proto::hello::VersionMismatch;
use sojourn_proto::paths::PlaceError;
use sojourn_proto::{Failure, FailureKind};

use crate::LoadError;

/// Why a client could not do what it was asked. (A job that failed is not one of these: it is an answer.)
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing answers at the socket, and none was to be started.
    #[error("no daemon answers at {}: {reason}; `sojourn daemon` starts one", socket.display())]
    NoDaemon {
        /// Where it was looked for.
        socket: PathBuf,
        /// What the kernel said.
        reason: String,
    },
    /// A daemon was started and did not become ready; its own words.
    #[error("the daemon could not be started: {0}")]
    NotStarted(String),
    /// Another version of the protocol.
    #[error("{mismatch} (its process is {pid})")]
    Version {
        /// Both versions, and the cure.
        mismatch: VersionMismatch,
        /// Process id of the daemon.
        pid: u32,
    },
    /// The same protocol, but another build that can not be replaced now.
    #[error(
        "the daemon (process {pid}) is build {theirs}, this is build {ours}, and it can not be replaced: {why}; \
         end it with `sojourn shutdown` and try again"
    )]
    OtherBuild {
        /// Build of this client.
        ours: String,
        /// Build of the daemon.
        theirs: String,
        /// Process id of the daemon.
        pid: u32,
        /// Why it was left running.
        why: String,
    },
    /// The daemon's hello said no.
    #[error("the daemon refuses this session: {0}")]
    Rejected(String),
    /// The connection ended.
    #[error("the connection to the daemon was lost: {0}")]
    Lost(String),
    /// The daemon refused a request.
    #[error("{0}")]
    Refused(Failure),
    /// A GPU asked for is not there; the reason.
    #[error("{0}; `--device cpu` computes without one")]
    NoDevice(String),
    /// The daemon broke the protocol.
    #[error("the daemon broke the protocol: {0}")]
    Protocol(String),
    /// The socket's place can not be found or trusted.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Input that can not be read: one problem or more.
    #[error("{}", together(_0))]
    Load(Vec<LoadError>),
    /// An index that stands twice in a batch.
    #[error("index {0} stands twice in the batch; indices must differ, padding (below zero) excepted")]
    DuplicateIndex(i64),
    /// A job of a batch failed where all traces were asked for.
    #[error("{label}: {message}")]
    Job {
        /// Label of the graph.
        label: String,
        /// What was wrong.
        message: String,
    },
    /// Stopped by the user.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// Exit code of a command that ends with this.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::NoDaemon { .. }
            | Error::NotStarted(_)
            | Error::Version { .. }
            | Error::OtherBuild { .. }
            | Error::Rejected(_)
            | Error::Lost(_)
            | Error::Protocol(_)
            | Error::Place(_) => 3,
            Error::Refused(failure) => match failure.kind {
                FailureKind::InvalidInput | FailureKind::NotFound => 4,
                FailureKind::Unsupported | FailureKind::UnsupportedOnDevice => 2,
                _ => 1,
            },
            Error::Load(_) | Error::DuplicateIndex(_) => 4,
            Error::Job { .. } | Error::NoDevice(_) => 1,
            Error::Interrupted => 130,
        }
    }

    /// Whether asking again over a new connection can help.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Error::Lost(_))
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Error {
        Error::Load(vec![error])
    }
}

/// Each on a line of its own.
fn together(errors: &[LoadError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_foreign_daemon_is_3_bad_input_4_and_an_interruption_130() {
        let mismatch =
            VersionMismatch { client: 1, client_build: "a".into(), daemon: 2, daemon_build: "b".into() };
        let version = Error::Version { mismatch, pid: 7 };
        assert_eq!(version.exit_code(), 3);
        assert_eq!(Error::NotStarted(String::new()).exit_code(), 3);
        assert_eq!(Error::DuplicateIndex(3).exit_code(), 4);
        assert_eq!(Error::Interrupted.exit_code(), 130);
        assert_eq!(Error::Refused(Failure::new(FailureKind::NotFound, "")).exit_code(), 4);
        assert_eq!(Error::Refused(Failure::new(FailureKind::Busy, "")).exit_code(), 1);
        assert_eq!(Error::NoDevice(String::new()).exit_code(), 1);
        assert_eq!(Error::Refused(Failure::new(FailureKind::UnsupportedOnDevice, "")).exit_code(), 2);
        let text = version.to_string();
        assert!(
            text.contains("protocol 1") && text.contains("protocol 2") && text.contains("shutdown"),
            "{text}"
        );
    }
}
