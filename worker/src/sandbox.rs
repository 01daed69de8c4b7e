//! What a worker gives up before it reads its first byte: outliving its daemon, files, the network, other
//! programs, and more memory than it was given. What the kernel can not do is named, not passed over.

mod landlock;
mod seccomp;

use std::io;

use rustix::fd::BorrowedFd;
use rustix::net::sockopt::socket_peercred;
use rustix::process::{Pid, Resource, Rlimit, Signal, getppid, setrlimit};

/// Descriptors a worker may have: the three it is given, and a few for the runtime.
pub(crate) const DESCRIPTORS: u64 = 16;

/// Descriptors that a process with a GPU may have: its driver opens dozens for each.
pub(crate) const DEVICE_DESCRIPTORS: u64 = 1024;

/// Of 1000: workers go before the daemon when the kernel is short of memory.
const OOM_SCORE: &str = "500";

/// The worker has no daemon.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Orphaned {
    #[error("descriptor 0 is not a socket of a daemon: {0}")]
    NoSocket(io::Error),
    #[error("parent-death signal can not be set: {0}")]
    NoSignal(io::Error),
    #[error("the daemon that made the socket (process {daemon}) is not the parent any more ({parent:?})")]
    Gone { daemon: i32, parent: Option<i32> },
}

/// Has the kernel kill this process when its parent ends, and makes sure that this has not happened before:
/// the process at the other end of the socket is the one that made the pair, so it must be the parent.
pub(crate) fn tie_to_parent(socket: BorrowedFd<'_>) -> Result<(), Orphaned> {
    let daemon = socket_peercred(socket).map_err(|error| Orphaned::NoSocket(error.into()))?.pid;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| Orphaned::NoSignal(error.into()))?;
    let parent = getppid();
    if parent == Some(daemon) {
        return Ok(());
    }
    let parent = parent.map(Pid::as_raw_pid);
    Err(Orphaned::Gone { daemon: daemon.as_raw_pid(), parent })
}

/// The name in `ps` and `top`, which would be `exe`, the name of the link it was started by.
pub(crate) fn name_process(name: &std::ffi::CStr) {
    // Fails only for a bad address.
    let _ = rustix::thread::set_name(name);
}

/// Sets limits on descriptors, core files and memory, and makes this process the kernel's first choice when
/// memory runs out. What could not be done is returned.
pub(crate) fn limit_resources(descriptors: u64, memory_bytes: Option<&str>) -> Vec<String> {
    let mut gaps = Vec::new();
    let mut limit = |what: &str, resource, value| {
        let both = Rlimit { current: Some(value), maximum: Some(value) };
        if let Err(error) = setrlimit(resource, both) {
            gaps.push(format!("{what} not limited to {value}: {error}"));
        }
    };
    limit("descriptors", Resource::Nofile, descriptors);
    limit("core files", Resource::Core, 0);
    match memory_bytes.map(str::parse) {
        None => {}
        Some(Ok(bytes)) => limit("memory", Resource::As, bytes),
        Some(Err(error)) => gaps.push(format!("memory not limited: ${}: {error}", crate::MEMORY_VARIABLE)),
    }
    if let Err(error) = std::fs::write("/proc/self/oom_score_adj", OOM_SCORE) {
        gaps.push(format!("oom_score_adj not set: {error}"));
    }
    gaps
}

/// Gives up what a GPU's driver can do without: the network, other programs and other processes. Files stay within
/// reach: a driver opens devices, libraries and what the kernel tells in `/proc` and `/sys` whenever it likes. What the
/// kernel could not do is returned.
pub(crate) fn confine_driver() -> Vec<String> {
    let mut gaps = Vec::new();
    if let Err(error) = rustix::thread::set_no_new_privs(true) {
        gaps.push(format!("no_new_privs not set: {error}"));
    }
    gaps.extend(seccomp::deny_calls(seccomp::Denied::BesideDrivers));
    gaps
}

/// Gives up files, network and other programs, for good. What the kernel could not do is returned.
pub(crate) fn confine() -> Vec<String> {
    let mut gaps = Vec::new();
    if let Err(error) = rustix::thread::set_no_new_privs(true) {
        gaps.push(format!("no_new_privs not set: {error}"));
    }
    gaps.extend(landlock::deny_files());
    gaps.extend(seccomp::deny_calls(seccomp::Denied::All));
    gaps
}

/// See [`crate::confinement_gaps`].
pub(crate) fn unsupported() -> Vec<String> {
    landlock::unsupported()
}
