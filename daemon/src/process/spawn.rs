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

use sojourn_proto::DeviceId;
use tokio::sync::oneshot;

/// Variables that workers inherit; everything else stays behind, what systemd told the daemon first of all.
const ENVIRONMENT: [&str; 6] =
    ["LANG", "LC_ALL", "TZ", "RUST_BACKTRACE", "LD_LIBRARY_PATH", "SOJOURN_TEST_FAULTS"];

/// Beginnings of the names of variables that a process with a GPU inherits too, untouched: the driver's own, which
/// say what devices it may show (`CUDA_VISIBLE_DEVICES`), and those of the driver that stands in for it in tests.
const DRIVERS_OWN: [&str; 3] = ["CUDA_", "NVIDIA_", "SOJOURN_SIMULATED_"];

/// Variable with the address space of a worker in bytes.
const MEMORY: &str = "SOJOURN_WORKER_MEMORY_BYTES";

/// Variable with the bytes that a device process waits for to be free.
const EXPECTED_FREE: &str = "SOJOURN_DEVICE_EXPECTED_FREE_BYTES";

/// What is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// A worker with so many bytes of address space.
    Worker {
        /// The bytes.
        memory: u64,
    },
    /// The process of a GPU.
    Device {
        /// Which.
        device: DeviceId,
        /// Bytes that should become free there first.
        expected_free: Option<u64>,
    },
    /// One that says which GPUs there are, and ends.
    Probe,
}

impl Program {
    fn command(self, executable: &str) -> Command {
        let mut command = Command::new(executable);
        command.env_clear();
        match self {
            Program::Worker { memory } => {
                command.arg0("sojournd-worker").arg("__worker").env(MEMORY, memory.to_string());
            }
            Program::Device { device, expected_free } => {
                command.arg0("sojournd-device").arg("__device").arg(device.to_string());
                if let Some(bytes) = expected_free {
                    command.env(EXPECTED_FREE, bytes.to_string());
                }
            }
            Program::Probe => {
                command.arg0("sojournd-device").arg("__device").arg("list");
            }
        }
        for (name, value) in std::env::vars_os() {
            let known = ENVIRONMENT.iter().any(|known| name == *known);
            let text = name.to_string_lossy();
            let drivers = DRIVERS_OWN.iter().any(|own| text.starts_with(own));
            if known || (drivers && !matches!(self, Program::Worker { .. })) {
                command.env(name, value);
            }
        }
        command
    }
}

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
    program: Program,
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
        let path = format!("/proc/self/fd/{}", executable.as_raw_fd());
        let (requests, inbox) = mpsc::channel::<Request>();
        std::thread::Builder::new().name("spawner".to_owned()).spawn(move || {
            while let Ok(request) = inbox.recv() {
                let started = start(request.program.command(&path));
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

    /// Starts a process.
    ///
    /// # Errors
    /// What the kernel said: no more processes, descriptors or memory.
    pub(super) async fn spawn(&self, program: Program) -> io::Result<Started> {
        let (answer, answered) = oneshot::channel();
        let gone = || io::Error::other("the spawning thread has ended");
        self.requests.send(Request { program, answer }).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn start(mut command: Command) -> io::Result<Started> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let stdin = Stdio::from(OwnedFd::from(theirs));
    let child = command.stdin(stdin).stdout(Stdio::null()).process_group(0).spawn()?;
    Ok(Started { child, socket: ours })
}
