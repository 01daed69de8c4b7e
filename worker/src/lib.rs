//! What runs inside a worker process: it reads jobs from a socket, computes them with the engine, and
//! answers. It is the one place that parses what clients send, so it can open no file, reach no network and
//! start no process, and it dies with its daemon.
//!
//! A worker is the daemon's own executable started anew with `__worker` as first argument; descriptor 0 is
//! one end of a socket pair made by the daemon, 1 is null, 2 the log. It takes no other argument. From the
//! environment it takes [`MEMORY_VARIABLE`] alone (and, in builds with the feature `faults`, the switch of
//! that feature).
//!
//! With `__device` and the UUID of a GPU it is the process that owns this one ([`own_device`]): the same loop, and
//! evaluations alone. With `__device list` it says which GPUs there are, and ends.
//!
//! It ends with exit code 0 when the daemon closes the socket or tells it to leave, [`EXIT_PANICKED`] after
//! it has answered a job whose computation panicked, and [`EXIT_BROKEN`] when it can not go on with this
//! daemon: it was orphaned, or the stream broke. A device process whose GPU can not be used, or not any more, ends
//! with [`EXIT_DEVICE`].

mod compute;
mod descriptors;
pub mod device;
#[cfg(feature = "faults")]
mod faults;
mod jobs;
mod owner;
mod panics;
mod sandbox;
mod stream;
mod traces;

use std::ffi::OsString;
use std::io::BufReader;
use std::process::ExitCode;

use sojourn_proto::Report;
use sojourn_proto::hello::BUILD;

use compute::Processor;
use jobs::{Ended, Worker};
pub use owner::own_device;
use stream::Stream;

/// Exit code after a panic: the job was answered, but this process may be half-broken.
pub const EXIT_PANICKED: u8 = 3;

/// Exit code where daemon and worker can not go on: orphaned before it began, a stream that failed or did
/// not hold orders.
pub const EXIT_BROKEN: u8 = 4;

/// Exit code of a device process whose GPU can not be used, or whose context was lost.
pub const EXIT_DEVICE: u8 = 5;

/// Variable with the bytes of address space that the worker may have (`RLIMIT_AS`).
pub const MEMORY_VARIABLE: &str = "SOJOURN_WORKER_MEMORY_BYTES";

/// What this kernel lacks to confine workers fully, for people; empty where it lacks nothing. Changes nothing.
pub fn confinement_gaps() -> Vec<String> {
    sandbox::unsupported()
}

/// Runs what a daemon starts its own executable anew for, by the hidden first argument: `__worker`, or `__device` and
/// what of it. None: it was started by somebody else, for something else.
pub fn started_by_daemon(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let first = arguments.nth(1)?;
    match first.to_str()? {
        "__worker" => Some(run()),
        "__device" => Some(own_device(&arguments.next().unwrap_or_default())),
        _ => None,
    }
}

/// The main function of a worker process, from its first moment to its exit code.
pub fn run() -> ExitCode {
    let mut gaps = Vec::new();
    if let Err(error) = descriptors::close_inherited() {
        gaps.push(format!("inherited descriptors not closed: {error}"));
    }
    if let Err(orphaned) = sandbox::tie_to_parent(Stream::descriptor()) {
        eprintln!("worker: {orphaned}");
        return ExitCode::from(EXIT_BROKEN);
    }
    // The build is read from /proc, so before files are out of reach.
    let ready = Report::Ready { pid: std::process::id(), build: BUILD.clone() };
    sandbox::name_process(c"sojournd-worker");
    gaps.extend(sandbox::limit_resources(
        sandbox::DESCRIPTORS,
        std::env::var(MEMORY_VARIABLE).ok().as_deref(),
    ));
    gaps.extend(sandbox::confine());
    if !gaps.is_empty() {
        eprintln!("worker: confined less than it should be: {}", gaps.join("; "));
    }
    panics::capture();
    let input = BufReader::with_capacity(stream::READ_BYTES, Stream);
    end(Worker::new(input, Stream, Processor).serve(&ready))
}

/// The exit code of a process that has served.
fn end(served: Result<Ended, jobs::Broken>) -> ExitCode {
    match served {
        Ok(Ended::Left) => ExitCode::SUCCESS,
        Ok(Ended::Panicked) => ExitCode::from(EXIT_PANICKED),
        Ok(Ended::DeviceLost) => ExitCode::from(EXIT_DEVICE),
        Err(broken) => {
            eprintln!("worker: {broken}");
            ExitCode::from(EXIT_BROKEN)
        }
    }
}
