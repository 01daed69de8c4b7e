//! A real daemon process for tests, and a plain client of its socket.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use sojourn_proto::codec::{decode, encode};
use sojourn_proto::frame::blocking::{read_frame, write_frame};
use sojourn_proto::hello::{ClientHello, HEADER_LEN, ServerHello, Verdict, parse_header};
use sojourn_proto::{DaemonReport, Reply, Request};

/// How long anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until a condition gives something.
pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A place for a daemon: a directory with its socket, store and state.
pub(crate) struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("s.sock")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    /// A command that runs a daemon here and sees nothing of the tester's own settings.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sojournd"));
        command.env_clear().env("HOME", self.directory.path());
        command.arg("--socket").arg(self.socket()).arg("--store").arg(self.store());
        command.args(["--workers", "2", "--log", "debug"]).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Starts a daemon here and waits until it serves.
    pub(crate) fn start(&self) -> Daemon {
        self.start_with(&[])
    }

    pub(crate) fn start_with(&self, flags: &[&str]) -> Daemon {
        let child = self.command().args(flags).spawn().unwrap();
        let daemon = Daemon { child, socket: self.socket() };
        wait_for("the daemon answers a hello", || Client::try_connect(&daemon.socket));
        daemon
    }
}

/// A running daemon; killed when dropped.
pub(crate) struct Daemon {
    pub(crate) child: Child,
    pub(crate) socket: PathBuf,
}

impl Daemon {
    pub(crate) fn client(&self) -> Client {
        Client::try_connect(&self.socket).expect("the daemon takes clients")
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait_for("the daemon ends", || self.child.try_wait().unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Whether a process exists, zombies included.
pub(crate) fn exists(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// A connection after its hello.
pub(crate) struct Client {
    pub(crate) stream: UnixStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn try_connect(socket: &Path) -> Option<Client> {
        let (stream, hello) = greet(socket, &ClientHello::ours()).ok()?;
        (hello.verdict == Verdict::Accepted).then(|| Client { stream, buffer: Vec::new() })
    }

    pub(crate) fn send(&mut self, request: &Request) {
        write_frame(&mut self.stream, &encode(request).unwrap()).unwrap();
    }

    /// The next reply; none: the daemon has closed the connection.
    pub(crate) fn receive(&mut self) -> Option<Reply> {
        let read = read_frame(&mut self.stream, &mut self.buffer).unwrap();
        read.then(|| decode(&self.buffer).unwrap())
    }

    pub(crate) fn ask(&mut self, request: &Request) -> Reply {
        self.send(request);
        self.receive().expect("an answer")
    }

    pub(crate) fn status(&mut self) -> DaemonReport {
        match self.ask(&Request::Status { id: 999 }) {
            Reply::Status { report, .. } => *report,
            other => panic!("{other:?}"),
        }
    }
}

/// Connects and exchanges hellos.
pub(crate) fn greet(socket: &Path, hello: &ClientHello) -> std::io::Result<(UnixStream, ServerHello)> {
    use std::io::{Error, Read, Write};
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&hello.encode())?;
    let mut header = [0; HEADER_LEN];
    stream.read_exact(&mut header)?;
    let mut rest = vec![0; parse_header(&header).map_err(Error::other)?];
    stream.read_exact(&mut rest)?;
    Ok((stream, ServerHello::decode(&rest).map_err(Error::other)?))
}
