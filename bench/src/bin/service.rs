//! How long the service takes as a whole, from a shell: process start, reading the graph, the daemon, the
//! answer. Each figure is the median over fresh homes (no store, no daemon of an earlier run), with Python's
//! process pool beside it where `python3` is at hand.
//!
//! ```sh
//! cargo build --release && cargo run --release -p sojourn-bench --bin service -- target/release/sojourn
//! ```

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs of each figure.
const RUNS: usize = 11;

/// The graph whose 200 components took a pool of two spawned Python workers 33 s, and one process 10.8 s.
const COMPONENTS: &str = "engine/tests/fixtures/graphs/sccchain_200x60_distinct.json.gz";

/// A pool of two spawned workers, from start to the first result of a function that does nothing.
const PYTHON_POOL: &str = "import multiprocessing as m, os
if __name__ == '__main__':
    p = m.get_context('spawn').Pool(2)
    p.apply(os.getpid)
    p.terminate()
";

fn main() {
    let program = std::env::args().nth(1).unwrap_or_else(|| "target/release/sojourn".to_owned());
    let program = Path::new(&program);
    let small = ["trace", "model:coalescent,n=10", "--strategy", "vmap"];
    let large = ["trace", COMPONENTS, "--strategy", "vmap"];
    let alone = ["trace", COMPONENTS, "--strategy", "sequential"];
    println!("| from a shell, whole process | median | least | most |");
    println!("|---|---|---|---|");
    row("first result, daemon running", (0..RUNS).map(|_| Home::new(program).with_daemon().time(&small)));
    row("first result, daemon started for it", (0..RUNS).map(|_| Home::new(program).time(&small)));
    row(
        "200 components, cold store, a worker a CPU",
        (0..RUNS).map(|_| Home::new(program).with_daemon().time(&large)),
    );
    row("200 components, in process, no daemon", (0..RUNS).map(|_| Home::new(program).time(&alone)));
    let warm = Home::new(program).with_daemon();
    warm.time(&large);
    row("200 components, warm store", (0..RUNS).map(|_| warm.time(&large)));
    let script = std::env::temp_dir().join(format!("pool-{}.py", std::process::id()));
    if std::fs::write(&script, PYTHON_POOL).is_ok() {
        let pool = || time(Command::new("python3").arg(&script));
        row("Python: spawned pool of 2, first result of a no-op", (0..RUNS).map(|_| pool()));
        let python = || time(Command::new("python3").args(["-c", "pass"]));
        row("Python: the interpreter alone", (0..RUNS).map(|_| python()));
        // A leftover in the temporary folder harms nobody.
        let _ = std::fs::remove_file(script);
    }
}

fn row(name: &str, times: impl Iterator<Item = Option<Duration>>) {
    let mut times: Vec<Duration> = times.flatten().collect();
    times.sort_unstable();
    let milliseconds = |i: usize| times.get(i).map_or(f64::NAN, |t| t.as_secs_f64() * 1e3);
    let (median, least, most) =
        (milliseconds(times.len() / 2), milliseconds(0), milliseconds(times.len().saturating_sub(1)));
    println!("| {name} | {median:.1} ms | {least:.1} | {most:.1} |");
}

/// Time of a command from its start to its end; none if it fails.
fn time(command: &mut Command) -> Option<Duration> {
    let begin = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then(|| begin.elapsed())
}

/// A home of its own for one run; its daemon ends with it.
struct Home<'a> {
    folder: std::path::PathBuf,
    program: &'a Path,
}

impl<'a> Home<'a> {
    fn new(program: &'a Path) -> Home<'a> {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("sojourn-bench-{}-{number}", std::process::id()));
        let run = folder.join("run");
        std::fs::create_dir_all(&run).expect("a folder");
        std::fs::set_permissions(&run, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .expect("permissions");
        Home { folder, program }
    }

    fn with_daemon(self) -> Home<'a> {
        self.time(&["ping"]).expect("a daemon starts");
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
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

    fn time(&self, arguments: &[&str]) -> Option<Duration> {
        time(&mut self.command(arguments))
    }
}

impl Drop for Home<'_> {
    fn drop(&mut self) {
        // Where no daemon was started there is none to end, and no folder but our own to leave behind.
        let _ = time(&mut self.command(&["shutdown", "--now"]));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
