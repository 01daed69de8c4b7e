//! Starts workers, speaks to them, and runs the tests one after the other.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::panic::catch_unwind;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use sojourn_proto::chunk::{Assembler, split};
use sojourn_proto::codec::{decode, encode};
use sojourn_proto::frame::blocking;
use sojourn_proto::{Failure, JobId, Key, Order, Payload, Report, WorkKind};

/// Nothing here takes longer unless it hangs.
const DEADLINE: Duration = Duration::from_secs(20);

/// A test and its name.
pub(crate) type Test = (&'static str, fn());

/// Names functions as tests.
macro_rules! tests {
    ($($test:ident),+ $(,)?) => {
        pub(crate) const TESTS: &[crate::harness::Test] = &[$((stringify!($test), $test)),+];
    };
}
pub(crate) use tests;

/// Runs those whose name contains the first argument that is no option.
pub(crate) fn run_all(tests: &[Test]) -> ExitCode {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let chosen: Vec<_> = tests.iter().filter(|(name, _)| name.contains(&filter)).collect();
    let failed = chosen
        .iter()
        .filter(|(name, test)| {
            let passed = catch_unwind(test).is_ok();
            println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
            !passed
        })
        .count();
    println!("\ntest result: {} passed; {failed} failed", chosen.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A worker process, and the daemon's end of its socket.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) stream: UnixStream,
    buffer: Vec<u8>,
    assembler: Assembler,
    blob: u64,
}

/// The answer to a job.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) job: JobId,
    pub(crate) name: Option<Key>,
    pub(crate) result: Result<Vec<u8>, Failure>,
}

impl Process {
    /// Starts one and waits until it is ready.
    pub(crate) fn ready() -> Process {
        Process::ready_with(&[])
    }

    /// As [`Process::ready`], with more in its environment.
    pub(crate) fn ready_with(environment: &[(&str, &str)]) -> Process {
        let mut process = Process::start(environment);
        match process.report() {
            Some(Report::Ready { pid, build }) => {
                assert_eq!(pid, process.child.id());
                assert_eq!(build, *sojourn_proto::hello::BUILD);
            }
            other => panic!("ready was expected, not {other:?}"),
        }
        process
    }

    fn start(environment: &[(&str, &str)]) -> Process {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        ours.set_read_timeout(Some(DEADLINE)).expect("a time limit");
        ours.set_write_timeout(Some(DEADLINE)).expect("a time limit");
        let child = Command::new("/proc/self/exe")
            .arg0("sojournd-worker")
            .arg("__worker")
            .env_clear()
            .env("SOJOURN_TEST_FAULTS", "1")
            .envs(environment.iter().copied())
            .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a worker process");
        Process { child, stream: ours, buffer: Vec::new(), assembler: Assembler::new(1 << 30), blob: 0 }
    }

    /// Its next report, or none where it has closed the socket.
    pub(crate) fn report(&mut self) -> Option<Report> {
        let there = blocking::read_frame(&mut self.stream, &mut self.buffer).expect("a whole frame");
        there.then(|| decode(&self.buffer).expect("a report"))
    }

    pub(crate) fn order(&mut self, order: &Order) {
        let message = encode(order).expect("short enough");
        blocking::write_frame(&mut self.stream, &message).expect("the worker listens");
    }

    /// Has it do jobs, all in one order.
    pub(crate) fn run(&mut self, jobs: &[(JobId, &[u8])]) {
        let jobs = jobs
            .iter()
            .map(|(job, bytes)| {
                let (payload, chunks) = split(bytes.to_vec().into(), self.blob);
                self.blob += 1;
                chunks.for_each(|chunk| self.order(&Order::Chunk(chunk)));
                (*job, WorkKind::Graph, payload)
            })
            .collect::<Vec<(_, _, Payload)>>();
        self.order(&Order::Run(jobs));
    }

    /// That it has begun a job.
    pub(crate) fn begun(&mut self) -> JobId {
        match self.report() {
            Some(Report::Begun { job }) => job,
            other => panic!("a beginning was expected, not {other:?}"),
        }
    }

    /// The next answer, its chunks put together.
    pub(crate) fn answer(&mut self) -> Answer {
        loop {
            match self.report() {
                Some(Report::Chunk(chunk)) => self.assembler.push(chunk).expect("a fitting chunk"),
                Some(Report::Answer { job, name, result, .. }) => {
                    let result = result.map(|payload| {
                        self.assembler.take(payload).expect("all chunks came before").to_vec()
                    });
                    return Answer { job, name, result };
                }
                other => panic!("an answer was expected, not {other:?}"),
            }
        }
    }

    /// The bytes that come before the socket ends.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes).expect("an end of the stream");
        bytes
    }

    /// Bytes of our choice.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the worker listens");
    }

    /// Closes the socket and waits for the worker's end: its status and its log.
    pub(crate) fn close(self) -> (ExitStatus, String) {
        drop(self.stream);
        end(self.child)
    }

    /// Waits for the worker's end with the socket open.
    pub(crate) fn end(self) -> (ExitStatus, String) {
        end(self.child)
    }
}

fn end(mut child: Child) -> (ExitStatus, String) {
    let status = wait_for("the end of the worker", || child.try_wait().expect("a child of ours"));
    let mut log = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut log).expect("text");
    (status, log)
}

/// Looks until there is something, or fails at the deadline.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
