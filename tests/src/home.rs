//! A home for one test: folders of its own, so that tests run side by side and leave nothing behind.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use sojourn_proto::{Request, ShutdownMode};
use tempfile::TempDir;

use crate::{Session, executables, kill, process_exists, wait_for};

/// Folders and environment of one test. When it goes, its daemon is ended.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; none after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// A daemon of a home, in the foreground; killed when it goes.
#[derive(Debug)]
pub struct Running {
    /// The process.
    pub child: Child,
}

impl Default for Home {
    fn default() -> Home {
        Home::new()
    }
}

impl Home {
    /// An empty home.
    ///
    /// # Panics
    /// If no folder can be made.
    pub fn new() -> Home {
        let folder = tempfile::Builder::new().prefix("sojourn-").tempdir().expect("a temporary folder");
        for name in ["run", "cache", "state", "config"] {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).expect("a folder");
            let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            std::fs::set_permissions(&path, owner_only).expect("permissions");
        }
        Home { folder, variables: Vec::new() }
    }

    /// Sets a variable for every process of this home.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Home {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path within the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The socket of the home's daemon.
    pub fn socket(&self) -> PathBuf {
        self.path("run/sojourn/sojourn.sock")
    }

    /// The store of the home's daemon.
    pub fn store(&self) -> PathBuf {
        self.path("cache/sojourn")
    }

    /// Writes a file and returns its path as text.
    ///
    /// # Panics
    /// If it can not be written.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file");
        path.to_string_lossy().into_owned()
    }

    /// A program with this home's environment and nothing else of ours.
    pub fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// `sojourn` with these arguments, ready to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(&executables().sojourn);
        command.args(arguments);
        command
    }

    /// Runs `sojourn` with these arguments to its end.
    ///
    /// # Panics
    /// If it can not be started.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        Finished::from(self.command(arguments).output().expect("sojourn starts"))
    }

    /// Runs `sojourn`, expects exit code 0, and returns its standard output.
    ///
    /// # Panics
    /// If the code is another.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let finished = self.run(arguments);
        assert_eq!(finished.code, Some(0), "sojourn {arguments:?}: {}", finished.stderr);
        finished.stdout
    }

    /// As [`Home::ok`], its output as JSON, one value a line.
    ///
    /// # Panics
    /// If a line is no JSON.
    pub fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let lines = self.ok(arguments);
        lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Starts `sojournd` in the foreground and waits until it answers.
    ///
    /// # Panics
    /// If it does not within ten seconds.
    pub fn daemon(&self, arguments: &[&str]) -> Running {
        let mut command = self.program(&executables().sojournd);
        let log = self.path("daemon.log");
        let stderr = std::fs::File::options().create(true).append(true).open(&log).expect("a log");
        let child =
            command.args(arguments).stdout(Stdio::null()).stderr(stderr).spawn().expect("sojournd starts");
        let running = Running { child };
        wait_for("the daemon to answer", Duration::from_secs(20), || {
            Session::open(&self.socket())?.status().pid.eq(&running.pid()).then_some(())
        });
        running
    }

    /// A session with the home's daemon, over a connection of its own.
    ///
    /// # Panics
    /// If no daemon takes it.
    pub fn session(&self) -> Session {
        Session::open(&self.socket()).expect("the daemon takes clients")
    }

    /// The daemon's process id, if one answers.
    pub fn pid_if_any(&self) -> Option<u32> {
        Some(Session::open(&self.socket())?.status().pid)
    }

    /// What `sojourn status --json` says, if a daemon answers.
    pub fn status_if_any(&self) -> Option<Value> {
        let finished = self.run(&["status", "--json"]);
        if finished.code == Some(0) { serde_json::from_str(&finished.stdout).ok() } else { None }
    }

    /// What `sojourn status --json` says.
    ///
    /// # Panics
    /// If no daemon answers.
    pub fn status(&self) -> Value {
        self.status_if_any().expect("a daemon answers")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", std::fs::read_to_string(self.path("daemon.log")).unwrap_or_default());
            // What is wrong is said already; a daemon that does not answer must not say it over.
            return;
        }
        let Some(mut session) = Session::open(&self.socket()) else { return };
        let pid = session.status().pid;
        session.send(&Request::Shutdown { id: 1, mode: ShutdownMode::Now });
        let gone = || (!process_exists(pid)).then_some(());
        wait_for("the daemon to end", Duration::from_secs(20), gone);
    }
}

impl From<Output> for Finished {
    fn from(output: Output) -> Finished {
        Finished {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Running {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal);
    }

    /// Waits until it has ended, and returns its exit code; none after a signal.
    ///
    /// # Panics
    /// If it has not ended by the deadline.
    pub fn wait(&mut self, deadline: Duration) -> Option<i32> {
        wait_for("the daemon to end", deadline, || self.child.try_wait().expect("our child")).code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
