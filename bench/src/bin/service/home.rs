//! Commands and daemons in homes of their own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time of a command from its start to its end; none if it fails.
pub(crate) fn time(command: &mut Command) -> Option<Duration> {
    let begin = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then(|| begin.elapsed())
}

/// A home of its own for one run; its daemon ends with it.
pub(crate) struct Home<'a> {
    folder: PathBuf,
    /// A daemon in the foreground.
    daemon: Option<Child>,
    program: &'a Path,
}

impl<'a> Home<'a> {
    /// An empty home.
    pub(crate) fn new(program: &'a Path) -> Home<'a> {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("sojourn-bench-{}-{number}", std::process::id()));
        let run = folder.join("run");
        std::fs::create_dir_all(&run).expect("a folder");
        std::fs::set_permissions(&run, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .expect("permissions");
        Home { folder, daemon: None, program }
    }

    /// With a daemon that runs.
    pub(crate) fn with_daemon(self) -> Home<'a> {
        self.time(&["ping"]).expect("a daemon starts");
        self
    }

    /// With a daemon that may run so many workers.
    pub(crate) fn with_workers(mut self, workers: usize) -> Home<'a> {
        let count = workers.to_string();
        let daemon = &mut self.command(&["daemon", "--workers", &count, "--set", "spares=2"]);
        daemon.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.daemon = Some(daemon.spawn().expect("a daemon starts"));
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.time(&["ping", "--no-start"]).is_none() {
            assert!(Instant::now() < deadline, "the daemon does not answer");
        }
        self
    }

    /// The socket of its daemon.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join("run/sojourn/sojourn.sock")
    }

    /// A command of this home.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command.args(arguments);
        for (variable, name) in [
            ("XDG_RUNTIME_DIR", "run"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CONFIG_HOME", "config"),
        ] {
            command.env(variable, self.folder.join(name));
        }
        command
    }

    /// Time of a command of this home.
    pub(crate) fn time(&self, arguments: &[&str]) -> Option<Duration> {
        time(&mut self.command(arguments))
    }
}

impl Drop for Home<'_> {
    fn drop(&mut self) {
        // Where no daemon was started there is none to end, and no folder but our own to leave behind.
        let _ = time(&mut self.command(&["shutdown", "--now"]));
        let _ = self.daemon.as_mut().map(Child::wait);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
