//! Evaluation at many parameter vectors: in the calling process and through the daemon, to the same bytes, in order,
//! in bounded memory, whatever happens to workers, store and client meanwhile.

mod bulk;
mod faults;
mod files;
mod likelihoods;
mod numbers;
mod observations;
mod outputs;
mod same;
mod stages;
mod stream;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use sojourn_tests::{Home, wait_for};

const PATIENCE: Duration = Duration::from_secs(60);

/// Vectors as CSV, every 50th of which is refused.
fn vectors(from: usize, to: usize) -> String {
    let vector =
        |k: usize| if k % 50 == 7 { "-1\n".to_owned() } else { format!("{}\n", 1.0 + k as f64 / 64.0) };
    (from..to).map(vector).collect()
}

/// An evaluation under way, its vectors on standard input.
struct Evaluation {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Evaluation {
    /// Starts one with these vectors, handed in by a thread of their own since whoever reads them may be slow.
    fn start(home: &Home, arguments: &[&str], vectors: String) -> Evaluation {
        Evaluation::in_parts(home, arguments, vec![vectors]).0
    }

    /// As [`Evaluation::start`]; each further part is handed in when told to.
    fn in_parts(home: &Home, arguments: &[&str], parts: Vec<String>) -> (Evaluation, Sender<()>) {
        let mut command = home.command(arguments);
        command.args(["--thetas", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("sojourn starts");
        let mut input = child.stdin.take().expect("a pipe");
        let (go, told) = channel();
        std::thread::spawn(move || {
            for (at, part) in parts.into_iter().enumerate() {
                // Whoever was interrupted reads no more, and a test that has failed tells nothing more.
                if at > 0 && told.recv().is_err() || input.write_all(part.as_bytes()).is_err() {
                    return;
                }
            }
        });
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        (Evaluation { child, output }, go)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        line
    }

    /// What else it says, and its exit code, once it has them all.
    fn rest(mut self) -> (String, Option<i32>) {
        let mut text = String::new();
        self.output.read_to_string(&mut text).expect("text");
        let code = wait_for("its end", PATIENCE, || self.child.try_wait().expect("our child")).code();
        (text, code)
    }
    /// Ends it in the middle.
    fn kill(mut self) {
        self.child.kill().expect("our child");
        self.child.wait().expect("our child");
    }
}
