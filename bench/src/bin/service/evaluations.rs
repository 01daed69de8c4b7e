//! What many parameter vectors take, as whole commands: in this process by one thread and by two, by one and by two
//! workers of a daemon that runs, and where `auto` has it done. Beside it a loop in Python with a dense solve a vector.

use std::path::Path;
use std::process::Command;

use super::home::{Home, time};

/// Runs of each figure; the least is told, since what is measured at the same time only adds.
const RUNS: usize = 3;

/// Where: the options, and how many workers the daemon may run.
const WHERE: [(&[&str], usize); 5] = [
    (&["--strategy", "sequential"], 1),
    (&["--strategy", "sequential", "--workers", "2"], 1),
    (&["--strategy", "vmap"], 1),
    (&["--strategy", "vmap"], 2),
    (&["--strategy", "auto"], 2),
];

/// A question.
struct Asked {
    name: &'static str,
    model: &'static str,
    /// Whether the model has the three parameters of two islands, or one.
    islands: bool,
    options: &'static [&'static str],
    observations: bool,
}

const QUESTIONS: [Asked; 4] = [
    Asked { name: "mean", model: "model:islands,n=20", islands: true, options: &[], observations: false },
    Asked {
        name: "mean and gradient",
        model: "model:islands,n=20",
        islands: true,
        options: &["--gradient"],
        observations: false,
    },
    Asked {
        name: "log-likelihood of 20",
        model: "model:coalescent,n=10",
        islands: false,
        options: &[],
        observations: true,
    },
    Asked {
        name: "pdf at 40 times",
        model: "model:islands,n=10",
        islands: true,
        options: &["--pdf", "0:8:40"],
        observations: false,
    },
];

/// The mean of a chain of as many vertices as `islands,n=20` has, a vector at a time.
const PYTHON: &str = "import sys, numpy as np
n, count = 228, int(sys.argv[1])
rng = np.random.default_rng(1)
base, slope = rng.random((n, n)), rng.random((n, n))
ones = np.ones(n)
for k in range(count):
    rates = base + (1 + k / count) * slope
    matrix = np.diag(rates.sum(axis=1) + 1) - rates
    np.linalg.solve(matrix, ones)[0]
";

/// Prints the table, for so many vectors each.
pub(super) fn table(program: &Path, counts: &[usize]) {
    println!("| question | vectors | in process | two threads | one worker | two workers | auto |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let folder = std::env::temp_dir().join(format!("sojourn-evaluations-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let observations = folder.join("observations.csv");
    let times: String = (1..=20).map(|k| format!("{}\n", f64::from(k) * 0.15)).collect();
    std::fs::write(&observations, times).expect("a file");
    let homes = [Home::new(program).with_workers(1), Home::new(program).with_workers(2)];
    for asked in QUESTIONS {
        for &count in counts {
            let vectors = folder.join("thetas.csv");
            let vector = |k: usize| {
                let varied = 1.0 + k as f64 / count as f64;
                if asked.islands { format!("1,{varied},0.5\n") } else { format!("{varied}\n") }
            };
            std::fs::write(&vectors, (0..count).map(vector).collect::<String>()).expect("a file");
            let (vectors, observations) = (vectors.to_string_lossy(), observations.to_string_lossy());
            let mut common = vec!["eval", asked.model, "--json", "--thetas", &vectors];
            common.extend(asked.options);
            common.extend(asked.observations.then_some(["--loglik", &observations]).into_iter().flatten());
            let cells = WHERE.map(|(options, workers)| {
                let arguments = [&common[..], options].concat();
                let home = &homes[workers - 1];
                cell((0..=RUNS).filter_map(|_| home.time(&arguments)).map(|t| t.as_secs_f64()))
            });
            println!("| {} | {count} | {} |", asked.name, cells.join(" | "));
        }
    }
    python(&folder);
    // A leftover in the temporary folder harms nobody.
    let _ = std::fs::remove_dir_all(&folder);
}

fn python(folder: &Path) {
    const VECTORS: usize = 2000;
    let script = folder.join("solve.py");
    let count = VECTORS.to_string();
    let run = || time(Command::new("python3").arg(&script).arg(&count)).map(|t| t.as_secs_f64());
    if std::fs::write(&script, PYTHON).is_ok() {
        println!("| Python, dense solve | {VECTORS} | {} | | | | |", cell((0..RUNS).filter_map(|_| run())));
    }
}

fn cell(seconds: impl Iterator<Item = f64>) -> String {
    let least = seconds.fold(f64::INFINITY, f64::min);
    if least.is_finite() { format!("{:.0} ms", least * 1e3) } else { "-".to_owned() }
}
