//! What workers gain over one process, by the length of a job: 2 s of work in jobs of equal length, in this
//! process one after the other, and by way of the daemon with 1, 2 and 4 workers. The store is left out: every
//! job is recorded. Once the bare service, patterns up and plans as bytes down; once whole graphs, cut, looked
//! through, decoded and stitched by the client. Beside it Python's pool of spawned processes with jobs that
//! take as much processor time, its start included and apart.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sojourn_client::hierarchy::Source;
use sojourn_client::{Batch, Client, Interrupt, Item, Options, Start, Strategy, Work, trace_batch};
use sojourn_engine::{Chain, Decomposition, Pattern, Plan, models};
use sojourn_proto::paths::{Overrides, Places, environment};
use sojourn_proto::{BatchOptions, WorkKind};

use super::home::Home;

/// Work of one run.
const WORK: Duration = Duration::from_secs(2);

/// Runs of each figure; the median counts.
const RUNS: usize = 5;

const WORKERS: [usize; 3] = [1, 2, 4];

/// Jobs that each take so much processor time, in one process and in pools of spawned processes.
const PYTHON: &str = "import multiprocessing as m, sys, time
def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end: pass
if __name__ == '__main__':
    seconds, count = float(sys.argv[1]), int(sys.argv[2])
    begin = time.perf_counter()
    for _ in range(count): burn(seconds)
    print(time.perf_counter() - begin)
    for workers in map(int, sys.argv[3:]):
        begin = time.perf_counter()
        with m.get_context('spawn').Pool(workers) as pool:
            pool.map(burn, [0] * workers, 1)
            begun = time.perf_counter()
            pool.map(burn, [seconds] * count)
            end = time.perf_counter()
        print(end - begun, end - begin)
";

/// Prints a table with the rows chosen for each length of a job, in milliseconds.
pub(crate) fn table(program: &Path, lengths: &[f64], chosen: &dyn Fn(&str) -> bool) {
    println!("| jobs | | alone | 1 worker | 2 workers | 4 workers | a job costs besides |");
    println!("|---|---|--:|--:|--:|--:|--:|");
    for &milliseconds in lengths {
        let jobs = Jobs::of(Duration::from_secs_f64(milliseconds * 1e-3));
        let name = format!("{} of {milliseconds} ms", jobs.chains.len());
        let home = Home::new(program).with_workers(WORKERS[WORKERS.len() - 1]);
        let client = client(&home);
        let count = jobs.chains.len();
        if chosen("plans") {
            row(&name, "plans", count, &jobs.plans_alone(), &|n| jobs.plans(&client, n));
        }
        if chosen("graphs") {
            row(&name, "graphs", count, &jobs.graphs_alone(&client), &|n| jobs.graphs(&client, n));
        }
        if chosen("python") {
            python(&name, milliseconds * 1e-3, count);
        }
    }
}

fn client(home: &Home<'_>) -> Client {
    let flags = Overrides { socket: Some(home.socket()), ..Overrides::default() };
    let places = Places::discover(&flags, &Overrides::default(), &environment).expect("places");
    Client::new(places, Start::Never, Interrupt::new())
}

/// Graphs of one component each, all different.
struct Jobs {
    chains: Vec<Chain>,
    patterns: Vec<Pattern>,
}

impl Jobs {
    /// As many graphs as make up the work, of the size whose plan takes so long to record here.
    fn of(length: Duration) -> Jobs {
        let count = (WORK.as_secs_f64() / length.as_secs_f64()).round().max(1.0) as usize;
        let mut vertices = 300.0 * (length.as_secs_f64() / 1e-3).sqrt();
        for _ in 0..4 {
            let samples = (0..9).map(|seed| recorded(&pattern(&chain(vertices as usize, seed)))).collect();
            vertices *= (length.as_secs_f64() / median(samples)).sqrt();
        }
        let chains: Vec<Chain> = (0..count).map(|seed| chain(vertices as usize, seed)).collect();
        let patterns = chains.iter().map(pattern).collect();
        Jobs { chains, patterns }
    }

    fn plans_alone(&self) -> Vec<f64> {
        runs(|| self.patterns.iter().for_each(|pattern| drop(Plan::record(pattern).map(|p| p.encode()))))
    }

    /// Seconds of runs by way of the daemon.
    fn plans(&self, client: &Client, workers: usize) -> Vec<f64> {
        runs(|| {
            let workers = u32::try_from(workers).expect("few");
            let mut batch = Batch::new(client, BatchOptions { workers, no_store: true, force: false });
            for (idx, pattern) in self.patterns.iter().enumerate() {
                let payload = Bytes::from(pattern.encode());
                let (kind, key) = (WorkKind::Pattern, WorkKind::Pattern.key(&payload));
                batch.push(Work { idx: idx as i64, kind, key, payload }).expect("distinct indices");
            }
            let answers = std::iter::from_fn(|| batch.wait_next().expect("the daemon answers"));
            assert_eq!(answers.count(), self.patterns.len());
        })
    }

    fn graphs_alone(&self, client: &Client) -> Vec<f64> {
        let options = Options { strategy: Some(Strategy::Sequential), ..Options::default() };
        self.traced(client, &options)
    }

    fn graphs(&self, client: &Client, workers: usize) -> Vec<f64> {
        let workers = NonZeroUsize::new(workers);
        let strategy = Some(Strategy::Vmap);
        self.traced(client, &Options { strategy, workers, no_store: true, min_size: 2, ..Options::default() })
    }

    fn traced(&self, client: &Client, options: &Options) -> Vec<f64> {
        runs(|| {
            let items: Vec<Item> =
                self.chains.iter().enumerate().map(|(idx, chain)| item(idx, chain)).collect();
            trace_batch(client, items, options, &mut |_| ControlFlow::Continue(())).expect("traces");
        })
    }
}

fn item(idx: usize, chain: &Chain) -> Item {
    Item { graph: Source::Chain(Box::new(chain.clone())), ..Item::padding(idx as i64) }
}

fn chain(vertices: usize, seed: usize) -> Chain {
    Chain::new(&models::build(&format!("random,n={vertices},degree=3,seed={seed}")).expect("a model"))
}

fn pattern(chain: &Chain) -> Pattern {
    Decomposition::new(chain).patterns().first().expect("a component").clone()
}

/// Seconds to record a plan.
fn recorded(pattern: &Pattern) -> f64 {
    let begin = Instant::now();
    drop(Plan::record(pattern).map(|plan| plan.encode()));
    begin.elapsed().as_secs_f64()
}

/// Seconds of each run, the first apart: it finds workers not yet started.
fn runs(mut work: impl FnMut()) -> Vec<f64> {
    let mut seconds: Vec<f64> = (0..=RUNS)
        .map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed().as_secs_f64()
        })
        .collect();
    seconds.remove(0);
    seconds
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Prints times and speed-ups; a job's cost besides is what two workers take longer than half the work.
fn row(name: &str, what: &str, count: usize, alone: &[f64], by: &dyn Fn(usize) -> Vec<f64>) {
    let alone = median(alone.to_vec());
    let times: Vec<f64> = WORKERS.iter().map(|&workers| median(by(workers))).collect();
    print_row(name, what, count, alone, &times);
}

fn print_row(name: &str, what: &str, count: usize, alone: f64, times: &[f64]) {
    let cell = |&time: &f64| format!("{:.0} ms, {:.2}", time * 1e3, alone / time);
    let cells: Vec<String> = times.iter().map(cell).collect();
    let besides = (2.0 * times[1] - alone) / count as f64 * 1e6;
    println!("| {name} | {what} | {:.0} ms | {} | {besides:.0} us |", alone * 1e3, cells.join(" | "));
}

fn python(name: &str, seconds: f64, count: usize) {
    let script = std::env::temp_dir().join(format!("speed-up-{}.py", std::process::id()));
    if std::fs::write(&script, PYTHON).is_err() {
        return;
    }
    let mut runs: Vec<Vec<f64>> = Vec::new();
    for _ in 0..RUNS {
        let mut command = Command::new("python3");
        command.arg(&script).arg(seconds.to_string()).arg(count.to_string());
        let output = command.args(WORKERS.map(|workers| workers.to_string())).output();
        let Ok(output) = output else { break };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        runs.push(text.split_whitespace().filter_map(|number| number.parse().ok()).collect());
    }
    // A leftover in the temporary folder harms nobody.
    let _ = std::fs::remove_file(script);
    let figures = 1 + 2 * WORKERS.len();
    if runs.is_empty() || runs.iter().any(|run| run.len() != figures) {
        return;
    }
    let figure = |at: usize| median(runs.iter().map(|run| run[at]).collect());
    let of = |offset: usize| -> Vec<f64> { (0..WORKERS.len()).map(|n| figure(offset + 2 * n)).collect() };
    print_row(name, "Python pool, started", count, figure(0), &of(1));
    print_row(name, "Python pool, its start included", count, figure(0), &of(2));
}
