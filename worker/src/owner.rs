//! The process that owns a GPU: the only place that loads its driver. It is started anew for each context, never
//! forked, so nothing of another context can be met in it; and it ends with its context, so that all the context held
//! is given back whatever state it was in.

mod descriptions;
mod gpu;
mod opening;

use std::ffi::OsStr;
use std::io::{BufReader, Write};
use std::process::ExitCode;

use sojourn_proto::codec::encode;
use sojourn_proto::frame::blocking;
use sojourn_proto::hello::BUILD;
use sojourn_proto::{DeviceId, Failure, FailureKind, Report};

use crate::jobs::Worker;
use crate::stream::{READ_BYTES, Stream};
use crate::{EXIT_BROKEN, EXIT_DEVICE, descriptors, end, panics, sandbox};

/// Variable with the bytes that are to be free on the device before it is used: as many as were free or ours before
/// the process that had it was lost.
pub(crate) const EXPECTED_FREE_VARIABLE: &str = "SOJOURN_DEVICE_EXPECTED_FREE_BYTES";

/// The main function of a device process, from its first moment to its exit code. `what` is the UUID of its GPU, or
/// `list`.
pub fn own_device(what: &OsStr) -> ExitCode {
    let mut gaps = Vec::new();
    if let Err(error) = descriptors::close_inherited() {
        gaps.push(format!("inherited descriptors not closed: {error}"));
    }
    if let Err(orphaned) = sandbox::tie_to_parent(Stream::descriptor()) {
        eprintln!("device: {orphaned}");
        return ExitCode::from(EXIT_BROKEN);
    }
    sandbox::name_process(c"sojournd-device");
    // Before the driver is loaded, so that its threads are confined too.
    gaps.extend(sandbox::limit_resources(sandbox::DEVICE_DESCRIPTORS, None));
    gaps.extend(sandbox::confine_driver());
    if !gaps.is_empty() {
        eprintln!("device: confined less than it should be: {}", gaps.join("; "));
    }
    if what == "list" {
        return say(&descriptions::list(), ExitCode::SUCCESS);
    }
    let text = what.to_string_lossy();
    let opened = match text.parse::<DeviceId>() {
        Ok(_) => opening::open(&text, std::env::var(EXPECTED_FREE_VARIABLE).ok().as_deref()),
        Err(error) => Err(Failure::new(FailureKind::NoDevice, error.to_string())),
    };
    match opened {
        Ok(gpu) => {
            panics::capture();
            let ready = Report::Ready { pid: std::process::id(), build: BUILD.clone() };
            end(Worker::new(BufReader::with_capacity(READ_BYTES, Stream), Stream, gpu).serve(&ready))
        }
        Err(failure) => say(&Report::Unusable(failure), ExitCode::from(EXIT_DEVICE)),
    }
}

/// Says one thing to the daemon.
fn say(report: &Report, code: ExitCode) -> ExitCode {
    let mut frame = Vec::new();
    let encoded = encode(report).map_err(|error| error.to_string());
    let framed = encoded.and_then(|bytes| {
        blocking::append_frame(&mut frame, &bytes).map_err(|error| error.to_string())?;
        Stream.write_all(&frame).map_err(|error| error.to_string())
    });
    match framed {
        Ok(()) => code,
        Err(error) => {
            eprintln!("device: {error}");
            ExitCode::from(EXIT_BROKEN)
        }
    }
}
