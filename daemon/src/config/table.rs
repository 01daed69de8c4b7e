//! Every setting: name, default, help, whether it may change at run time, how it is read and shown.

use std::path::PathBuf;
use std::time::Duration;

use sojourn_proto::limits;
use sojourn_proto::paths::Places;

use super::cpus::usable_cpus;
use super::flags::Starter;
use super::text::{bytes, count, show_bytes, show_time, time};

/// The values of all settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// Path of the socket.
    pub socket: PathBuf,
    /// Directory of the store; empty: no store.
    pub store: PathBuf,
    /// Directory of the log of a daemon started by a client.
    pub state: PathBuf,
    /// Group whose members may connect besides this user and root; empty: none.
    pub group: String,
    /// Worker processes at once.
    pub workers: u32,
    /// Started workers of no session that wait for one.
    pub spares: u32,
    /// Sessions at once.
    pub sessions: u32,
    /// Jobs that may wait in all.
    pub jobs_waiting: u64,
    /// Jobs of one session that may wait.
    pub jobs_waiting_per_session: u64,
    /// Bytes of payload that may wait in all.
    pub bytes_waiting: u64,
    /// Bytes of results that may wait for a slow reader before no more is computed for it.
    pub unread_bytes: u64,
    /// Time without progress after which a running job is given up.
    pub job_silence: Duration,
    /// Memory of one job's worker in bytes.
    pub job_memory: u64,
    /// Jobs after which a worker is replaced.
    pub worker_jobs: u64,
    /// Age at which a worker is replaced.
    pub worker_age: Duration,
    /// Resident memory above which a worker is replaced between jobs.
    pub worker_rss: u64,
    /// From asking a worker to end until it is killed.
    pub kill_grace: Duration,
    /// Bytes of the store on disk.
    pub store_bytes: u64,
    /// Bytes of stored results kept in memory.
    pub store_memory: u64,
    /// Time that a shutdown gives to running and waiting work.
    pub drain_time: Duration,
    /// Time without client and work after which the daemon ends; zero: never.
    pub idle_exit: Duration,
    /// Time without work after which a GPU is let go.
    pub device_keep_alive: Duration,
    /// Bytes of traces that may stay on a GPU.
    pub device_memory: u64,
    /// How often it is checked that the socket is still in its place.
    pub socket_check: Duration,
    /// Filter of the log.
    pub log: String,
}

impl Values {
    pub(super) fn defaults(places: &Places, starter: Starter) -> Values {
        Values {
            socket: places.socket.path.clone(),
            store: places.store.path.clone(),
            state: places.state.path.clone(),
            group: String::new(),
            workers: usable_cpus(),
            spares: 1,
            sessions: limits::SESSIONS as u32,
            jobs_waiting: limits::JOBS_WAITING as u64,
            jobs_waiting_per_session: limits::JOBS_WAITING_PER_SESSION as u64,
            bytes_waiting: limits::WAITING_BYTES,
            unread_bytes: limits::UNREAD_BYTES,
            job_silence: limits::JOB_SILENCE,
            job_memory: limits::JOB_MEMORY_BYTES,
            worker_jobs: 10_000,
            worker_age: Duration::from_secs(3600),
            worker_rss: 4 << 30,
            kill_grace: Duration::from_secs(2),
            store_bytes: limits::STORE_BYTES,
            store_memory: 64 << 20,
            drain_time: Duration::from_secs(60),
            idle_exit: match starter {
                Starter::Service => Duration::ZERO,
                Starter::Client { .. } => Duration::from_secs(600),
            },
            device_keep_alive: Duration::from_secs(60),
            device_memory: 2 << 30,
            socket_check: Duration::from_secs(60),
            log: "info".to_owned(),
        }
    }
}

/// One setting.
pub(super) struct Entry {
    /// Name in the file; `SOJOURN_` and the name in capitals in the environment.
    pub(super) name: &'static str,
    /// What it does.
    pub(super) help: &'static str,
    /// Whether it may change while the daemon runs.
    pub(super) live: bool,
    /// Its value as it would stand in the file.
    pub(super) show: fn(&Values) -> String,
    /// Reads a value; the error says what is expected.
    pub(super) set: fn(&mut Values, &str) -> Result<(), String>,
}

impl Entry {
    /// Its variable of the environment.
    pub(super) fn variable(&self) -> String {
        format!("SOJOURN_{}", self.name.to_uppercase())
    }
}

fn put<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

/// Converts a count whose bounds fit the type.
fn small(text: &str, least: u32, most: u32) -> Result<u32, String> {
    count(text, least.into(), most.into()).and_then(|n| u32::try_from(n).map_err(|error| error.to_string()))
}

/// A time that may not be zero.
fn positive(text: &str) -> Result<Duration, String> {
    time(text).and_then(|t| if t.is_zero() { Err("it must be above zero".to_owned()) } else { Ok(t) })
}

/// A filter of the log that can be read.
fn filter(text: &str) -> Result<String, String> {
    let parsed = tracing_subscriber::EnvFilter::try_new(text).map_err(|error| error.to_string());
    parsed.map(|_| text.to_owned())
}

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "socket",
        help: "socket to listen on",
        live: false,
        show: |v| v.socket.display().to_string(),
        set: |v, t| put(&mut v.socket, Ok(t.into())),
    },
    Entry {
        name: "store",
        help: "directory of the store; empty: results are not kept",
        live: false,
        show: |v| v.store.display().to_string(),
        set: |v, t| put(&mut v.store, Ok(t.into())),
    },
    Entry {
        name: "state",
        help: "directory of the log of a daemon that a client started",
        live: false,
        show: |v| v.state.display().to_string(),
        set: |v, t| put(&mut v.state, Ok(t.into())),
    },
    Entry {
        name: "group",
        help: "group, by name or number, whose members may connect besides the daemon's user and root",
        live: false,
        show: |v| v.group.clone(),
        set: |v, t| put(&mut v.group, Ok(t.to_owned())),
    },
    Entry {
        name: "workers",
        help: "worker processes at once; by default the CPUs the daemon may use",
        live: true,
        show: |v| v.workers.to_string(),
        set: |v, t| put(&mut v.workers, small(t, 1, 4096)),
    },
    Entry {
        name: "spares",
        help: "started workers that wait for a session",
        live: true,
        show: |v| v.spares.to_string(),
        set: |v, t| put(&mut v.spares, small(t, 0, 4096)),
    },
    Entry {
        name: "sessions",
        help: "sessions at once",
        live: true,
        show: |v| v.sessions.to_string(),
        set: |v, t| put(&mut v.sessions, small(t, 1, 65_536)),
    },
    Entry {
        name: "jobs_waiting",
        help: "jobs that may wait in all",
        live: true,
        show: |v| v.jobs_waiting.to_string(),
        set: |v, t| put(&mut v.jobs_waiting, count(t, 1, 1 << 32)),
    },
    Entry {
        name: "jobs_waiting_per_session",
        help: "jobs of one session that may wait",
        live: true,
        show: |v| v.jobs_waiting_per_session.to_string(),
        set: |v, t| put(&mut v.jobs_waiting_per_session, count(t, 1, 1 << 32)),
    },
    Entry {
        name: "bytes_waiting",
        help: "bytes of jobs that may wait in all",
        live: true,
        show: |v| show_bytes(v.bytes_waiting),
        set: |v, t| put(&mut v.bytes_waiting, bytes(t)),
    },
    Entry {
        name: "unread_bytes",
        help: "bytes of results that may wait for a slow reader before no more is computed for it",
        live: true,
        show: |v| show_bytes(v.unread_bytes),
        set: |v, t| put(&mut v.unread_bytes, bytes(t)),
    },
    Entry {
        name: "job_silence",
        help: "time without progress after which a running job is given up",
        live: true,
        show: |v| show_time(v.job_silence),
        set: |v, t| put(&mut v.job_silence, positive(t)),
    },
    Entry {
        name: "job_memory",
        help: "memory that a worker may have",
        live: true,
        show: |v| show_bytes(v.job_memory),
        set: |v, t| put(&mut v.job_memory, bytes(t)),
    },
    Entry {
        name: "worker_jobs",
        help: "jobs after which a worker is replaced by a fresh one",
        live: true,
        show: |v| v.worker_jobs.to_string(),
        set: |v, t| put(&mut v.worker_jobs, count(t, 1, 1 << 40)),
    },
    Entry {
        name: "worker_age",
        help: "age at which a worker is replaced by a fresh one, between jobs",
        live: true,
        show: |v| show_time(v.worker_age),
        set: |v, t| put(&mut v.worker_age, positive(t)),
    },
    Entry {
        name: "worker_rss",
        help: "resident memory above which a worker is replaced by a fresh one, between jobs",
        live: true,
        show: |v| show_bytes(v.worker_rss),
        set: |v, t| put(&mut v.worker_rss, bytes(t)),
    },
    Entry {
        name: "kill_grace",
        help: "from SIGTERM to SIGKILL when a worker has to end",
        live: true,
        show: |v| show_time(v.kill_grace),
        set: |v, t| put(&mut v.kill_grace, positive(t)),
    },
    Entry {
        name: "store_bytes",
        help: "bytes of the store on disk; beyond it what was used longest ago is removed",
        live: true,
        show: |v| show_bytes(v.store_bytes),
        set: |v, t| put(&mut v.store_bytes, bytes(t)),
    },
    Entry {
        name: "store_memory",
        help: "bytes of stored results kept in memory",
        live: true,
        show: |v| show_bytes(v.store_memory),
        set: |v, t| put(&mut v.store_memory, bytes(t)),
    },
    Entry {
        name: "drain_time",
        help: "time a shutdown gives to work that waits or runs",
        live: true,
        show: |v| show_time(v.drain_time),
        set: |v, t| put(&mut v.drain_time, time(t)),
    },
    Entry {
        name: "idle_exit",
        help: "time without client and work after which the daemon ends; 0: never",
        live: true,
        show: |v| show_time(v.idle_exit),
        set: |v, t| put(&mut v.idle_exit, time(t)),
    },
    Entry {
        name: "device_keep_alive",
        help: "time without work after which a GPU, and all that is kept on it, is let go",
        live: true,
        show: |v| show_time(v.device_keep_alive),
        set: |v, t| put(&mut v.device_keep_alive, time(t)),
    },
    Entry {
        name: "device_memory",
        help: "memory of each GPU that traces may keep, those used longest ago leaving first",
        live: true,
        show: |v| show_bytes(v.device_memory),
        set: |v, t| put(&mut v.device_memory, bytes(t)),
    },
    Entry {
        name: "socket_check",
        help: "how often the daemon looks whether its socket is still in its place",
        live: false,
        show: |v| show_time(v.socket_check),
        set: |v, t| put(&mut v.socket_check, positive(t)),
    },
    Entry {
        name: "log",
        help: "filter of the log: error, warn, info, debug, trace, or by module",
        live: true,
        show: |v| v.log.clone(),
        set: |v, t| put(&mut v.log, filter(t)),
    },
];
