//! How long the service takes as a whole, from a shell: process start, reading the graph, the daemon, the
//! answer. Each figure is the median over fresh homes (no store, no daemon of an earlier run), with Python's
//! process pool beside it where `python3` is at hand.
//!
//! ```sh
//! cargo build --release && cargo run --release -p sojourn-bench --bin service -- target/release/sojourn
//! ```
//!
//! With numbers behind the program: what workers gain on jobs of so many milliseconds each, see `speed_up`; with
//! `plans`, `graphs` or `python` besides only these rows. With `evaluations` and numbers of vectors: what these take,
//! see `evaluations`.

mod evaluations;
mod home;
mod speed_up;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use home::{Home, time};

/// Runs of each figure.
const RUNS: usize = 11;

/// Runs of figures that take seconds.
const FEW_RUNS: usize = 5;

/// Isolation with migration, 8 and 8 samples: 6.3 million edges, 8 405 components of two or more vertices or one,
/// 174 patterns. What a published tutorial does with it takes 784 s.
const MODEL: &str = "model:im,n1=8,n2=8";

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
    let rest: Vec<String> = std::env::args().skip(2).collect();
    let lengths: Vec<f64> = rest.iter().filter_map(|text| text.parse().ok()).collect();
    if rest.first().is_some_and(|word| word == "evaluations") {
        let counts: Vec<usize> = rest.iter().filter_map(|text| text.parse().ok()).collect();
        evaluations::table(program, &counts);
    } else if lengths.is_empty() {
        from_a_shell(program);
    } else {
        let chosen = |what: &str| rest.len() == lengths.len() || rest.iter().any(|word| word == what);
        speed_up::table(program, &lengths, &chosen);
    }
}

fn from_a_shell(program: &Path) {
    let small = ["trace", "model:coalescent,n=10", "--strategy", "vmap"];
    let large = ["trace", COMPONENTS, "--strategy", "vmap"];
    let alone = ["trace", COMPONENTS, "--strategy", "sequential"];
    let model = ["trace", MODEL, "--strategy", "vmap"];
    let evaluated = ["eval", MODEL, "--theta", "1,0.1", "--strategy", "vmap"];
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
    row("480 664 states, cold: built, cut, traced", (0..FEW_RUNS).map(|_| Home::new(program).time(&model)));
    row("the same, and evaluated", (0..FEW_RUNS).map(|_| Home::new(program).time(&evaluated)));
    let warm = Home::new(program).with_daemon();
    warm.time(&evaluated);
    row("the same, warm store", (0..FEW_RUNS).map(|_| warm.time(&evaluated)));
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
