//! A daemon that a client starts: it leaves the client's session and streams, and tells it over a pipe that it
//! serves, or why it does not.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout, stdout};

use crate::config::Starter;
use crate::descriptors::adopt;

/// File name of the log within the state directory.
const LOG: &str = "sojournd.log";

/// Bytes beyond which the log of earlier daemons is moved aside.
const LOG_BYTES: u64 = 4 << 20;

/// Whoever waits to hear how the start went.
#[derive(Debug)]
pub(crate) enum Readiness {
    /// Nobody.
    Nobody,
    /// A client, at the other end of a pipe.
    Client(File),
}

impl Readiness {
    /// Takes the pipe over.
    ///
    /// # Errors
    /// When no such descriptor is open.
    pub(crate) fn new(starter: Starter) -> io::Result<Readiness> {
        match starter {
            Starter::Service => Ok(Readiness::Nobody),
            Starter::Client { ready_fd: 1 } => {
                let pipe = rustix::io::fcntl_dupfd_cloexec(stdout(), 3)?;
                dup2_stdout(null()?)?;
                Ok(Readiness::Client(File::from(pipe)))
            }
            Starter::Client { ready_fd } => Ok(Readiness::Client(File::from(adopt(ready_fd)?))),
        }
    }

    /// Leaves the client's session and its streams; the log goes to a file in `state`.
    ///
    /// # Errors
    /// When the log file can not be opened.
    pub(crate) fn detach(&self, state: &Path) -> io::Result<()> {
        if let Readiness::Nobody = self {
            return Ok(());
        }
        // Fails where this process leads its group already, and so is apart from its starter as it is.
        let _ = rustix::process::setsid();
        dup2_stdin(null()?)?;
        dup2_stdout(null()?)?;
        dup2_stderr(log_file(state)?)?;
        std::env::set_current_dir("/")
    }

    /// The daemon serves.
    pub(crate) fn ready(&mut self) {
        self.say("ready\n");
    }

    /// It does not, and why.
    pub(crate) fn failed(&mut self, text: &str) {
        self.say(&format!("{text}\n"));
    }

    fn say(&mut self, text: &str) {
        if let Readiness::Client(mut pipe) = std::mem::replace(self, Readiness::Nobody) {
            // A client that does not wait any more does not matter.
            let _ = pipe.write_all(text.as_bytes());
        }
    }
}

fn null() -> io::Result<OwnedFd> {
    Ok(OpenOptions::new().read(true).write(true).open("/dev/null")?.into())
}

fn log_file(state: &Path) -> io::Result<OwnedFd> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(state)?;
    let path = state.join(LOG);
    if std::fs::metadata(&path).is_ok_and(|found| found.len() > LOG_BYTES) {
        std::fs::rename(&path, state.join(format!("{LOG}.old")))?;
    }
    Ok(OpenOptions::new().append(true).create(true).mode(0o600).open(path)?.into())
}
