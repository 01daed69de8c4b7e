//! Starting a process: `std::process::Command` without `pre_exec`, which is vfork and exec and copies nothing.
//!
//! A parent-death signal fires when the *thread* ends that started the process, so all are started by one
//! thread that never ends.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};

use tokio::sync::oneshot;

/// Variables that workers inherit; everything else stays behind, what systemd told the daemon first of all.
const ENVIRONMENT: [&str; 6] =
    ["LANG", "LC_ALL", "TZ", "RUST_BACKTRACE", "LD_LIBRARY_PATH", "SOJOURN_TEST_FAULTS"];

/// Variable with the address space of a worker in bytes.
const MEMORY: &str = "SOJOURN_WORKER_MEMORY_BYTES";

/// A process just started, and our end of its socket.
#[derive(Debug)]
pub(super) struct Started {
    /// The process; whoever holds this must reap it.
    pub(super) child: Child,
    /// Our end.
    pub(super) socket: UnixStream,
}

#[derive(Debug)]
struct Request {
    memory: u64,
    answer: oneshot::Sender<io::Result<Started>>,
}

/// A handle to the spawning thread.
#[derive(Debug, Clone)]
pub(super) struct Spawner {
    requests: mpsc::Sender<Request>,
    /// Kept open so that a replaced or deleted executable file does not matter.
    _executable: Arc<File>,
}

impl Spawner {
    pub(super) fn start() -> io::Result<Spawner> {
        let executable = Arc::new(File::open("/proc/self/exe")?);
        let program = format!("/proc/self/fd/{}", executable.as_raw_fd());
        let (requests, inbox) = mpsc::channel::<Request>();
        std::thread::Builder::new().name("spawner".to_owned()).spawn(move || {
            while let Ok(request) = inbox.recv() {
                let started = start(&program, request.memory);
                if let Err(Ok(mut orphan)) = request.answer.send(started) {
                    // Nobody waits any more; its socket closes with this, and it is not to stay a zombie.
                    let _ = orphan.child.kill();
                    let _ = orphan.child.wait();
                }
            }
            loop {
                std::thread::park();
            }
        })?;
        Ok(Spawner { requests, _executable: executable })
    }

    /// Starts a worker.
    ///
    /// # Errors
    /// What the kernel said: no more processes, descriptors or memory.
    pub(super) async fn spawn(&self, memory: u64) -> io::Result<Started> {
        let (answer, answered) = oneshot::channel();
        let gone = || io::Error::other("the spawning thread has ended");
        self.requests.send(Request { memory, answer }).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn start(program: &str, memory: u64) -> io::Result<Started> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let mut command = Command::new(program);
    command.arg0("sojournd-worker").arg("__worker").env_clear().env(MEMORY, memory.to_string());
    for name in ENVIRONMENT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let stdin = Stdio::from(OwnedFd::from(theirs));
    let child = command.stdin(stdin).stdout(Stdio::null()).process_group(0).spawn()?;
    Ok(Started { child, socket: ours })
}
