//! The hello that each side sends first, in a layout that no version will ever change.
//!
//! ```text
//! offset  bytes  meaning (integers little-endian)
//!      0      8  magic: 53 4F 4A 4F 55 52 4E 00 ("SOJOURN" and a zero)
//!      8      4  length of the rest, at most 4096
//!     12      4  protocol version
//!     16      8  capabilities, one bit each
//!     24      2  length of the build text
//!     26      b  build text, UTF-8
//! -- the client's ends here; the daemon's goes on
//!   26+b      1  verdict
//!   27+b      2  length of the verdict's text
//!   29+b      t  verdict's text, UTF-8: what was wrong and what to do
//! -- bytes after these are ignored, so that later versions may append
//! ```
//!
//! The client speaks first. The daemon answers with its own hello whatever version it hears, so that a client
//! of any age learns both versions; after any verdict but [`Verdict::Accepted`] it closes the connection.

mod build;
mod layout;

pub use build::{BUILD, VERSION, is_rebuilt};
pub use layout::{HEADER_LEN, HelloError, MAGIC, parse_header};

use layout::{Reader, Writer};

/// Version of everything that follows the hello. It rises whenever a message changes.
pub const PROTOCOL_VERSION: u32 = 3;

/// First message of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello {
    /// Protocol version it speaks.
    pub protocol: u32,
    /// What it can do beyond that version; no bit has a meaning yet.
    pub capabilities: u64,
    /// Its [`BUILD`].
    pub build: String,
}

impl ClientHello {
    /// The hello of this build.
    pub fn ours() -> ClientHello {
        ClientHello { protocol: PROTOCOL_VERSION, capabilities: 0, build: BUILD.clone() }
    }

    /// Header and rest.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.common(self.protocol, self.capabilities, &self.build);
        writer.finish()
    }

    /// From the rest, after the header.
    ///
    /// # Errors
    /// [`HelloError::Truncated`], [`HelloError::NotText`].
    pub fn decode(rest: &[u8]) -> Result<ClientHello, HelloError> {
        let mut reader = Reader::new(rest);
        Ok(ClientHello { protocol: reader.u32()?, capabilities: reader.u64()?, build: reader.text()? })
    }
}

/// What the daemon says to a client's hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Accepted,
    /// Another protocol version.
    VersionMismatch,
    /// This user may not connect.
    Forbidden,
    /// As many sessions as the daemon takes are there: try again later.
    TooManySessions,
    /// The daemon is about to end.
    ShuttingDown,
    /// A verdict of a later version: no, for the reason in the text.
    Other(u8),
}

impl From<u8> for Verdict {
    fn from(code: u8) -> Verdict {
        match code {
            0 => Verdict::Accepted,
            1 => Verdict::VersionMismatch,
            2 => Verdict::Forbidden,
            3 => Verdict::TooManySessions,
            4 => Verdict::ShuttingDown,
            other => Verdict::Other(other),
        }
    }
}

impl From<Verdict> for u8 {
    fn from(verdict: Verdict) -> u8 {
        match verdict {
            Verdict::Accepted => 0,
            Verdict::VersionMismatch => 1,
            Verdict::Forbidden => 2,
            Verdict::TooManySessions => 3,
            Verdict::ShuttingDown => 4,
            Verdict::Other(code) => code,
        }
    }
}

/// The daemon's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHello {
    /// Protocol version it speaks.
    pub protocol: u32,
    /// What it can do beyond that version; no bit has a meaning yet.
    pub capabilities: u64,
    /// Its [`BUILD`].
    pub build: String,
    /// Whether the session goes on.
    pub verdict: Verdict,
    /// Why not, and what to do; empty where it goes on.
    pub text: String,
}

impl ServerHello {
    /// The hello of this build.
    pub fn ours(verdict: Verdict, text: impl Into<String>) -> ServerHello {
        ServerHello {
            protocol: PROTOCOL_VERSION,
            capabilities: 0,
            build: BUILD.clone(),
            verdict,
            text: text.into(),
        }
    }

    /// This build's answer to a client: accepted where it speaks the same version, else both versions named
    /// and the cure. (Whether the user may connect at all is decided before.)
    pub fn answer(client: &ClientHello) -> ServerHello {
        let ours = ServerHello::ours(Verdict::Accepted, "");
        match check_version(client, &ours) {
            Ok(()) => ours,
            Err(mismatch) => {
                ServerHello { verdict: Verdict::VersionMismatch, text: mismatch.to_string(), ..ours }
            }
        }
    }

    /// Header and rest.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.common(self.protocol, self.capabilities, &self.build);
        writer.u8(self.verdict.into());
        writer.text(&self.text);
        writer.finish()
    }

    /// From the rest, after the header.
    ///
    /// # Errors
    /// [`HelloError::Truncated`], [`HelloError::NotText`].
    pub fn decode(rest: &[u8]) -> Result<ServerHello, HelloError> {
        let mut reader = Reader::new(rest);
        Ok(ServerHello {
            protocol: reader.u32()?,
            capabilities: reader.u64()?,
            build: reader.text()?,
            verdict: reader.u8()?.into(),
            text: reader.text()?,
        })
    }

    /// What a client makes of it.
    ///
    /// # Errors
    /// [`Refusal::Version`] where the versions differ, whatever the daemon thought of it;
    /// [`Refusal::Verdict`] for any other no.
    pub fn accept(&self, client: &ClientHello) -> Result<(), Refusal> {
        check_version(client, self)?;
        match self.verdict {
            Verdict::Accepted => Ok(()),
            verdict => Err(Refusal::Verdict { verdict, text: self.text.clone() }),
        }
    }
}

/// Why a client is not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The daemon speaks another version.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// The daemon said no.
    #[error("the daemon refuses this session: {text}")]
    Verdict {
        /// Its verdict.
        verdict: Verdict,
        /// Its reason.
        text: String,
    },
}

/// Client and daemon speak different versions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "client speaks protocol {client} (build {client_build}), the daemon protocol {daemon} (build \
     {daemon_build}); end the daemon with `sojourn shutdown` of its own build, or install the same version \
     of both, and try again"
)]
pub struct VersionMismatch {
    /// Version of the client.
    pub client: u32,
    /// Build of the client.
    pub client_build: String,
    /// Version of the daemon.
    pub daemon: u32,
    /// Build of the daemon.
    pub daemon_build: String,
}

fn check_version(client: &ClientHello, daemon: &ServerHello) -> Result<(), VersionMismatch> {
    if client.protocol == daemon.protocol {
        return Ok(());
    }
    Err(VersionMismatch {
        client: client.protocol,
        client_build: client.build.clone(),
        daemon: daemon.protocol,
        daemon_build: daemon.build.clone(),
    })
}
