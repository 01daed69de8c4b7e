//! What the daemon says of itself. Serialised with `serde_json` these are the objects of `sojourn status
//! --json` and `sojourn memory show --json`, so field names are stable.

use serde::{Deserialize, Serialize};

use crate::{bounded, limits};

/// What a worker process is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// Started, not ready yet.
    Starting,
    /// Ready, of no session yet.
    Spare,
    /// Leased to a session, without work.
    Idle,
    /// Working.
    Busy,
    /// Stopped by a signal (SIGSTOP), not dead.
    Stopped,
    /// Killed, but the kernel does not let go of it.
    Unreapable,
}

/// One worker process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerReport {
    /// Process id.
    pub pid: u32,
    /// What it does.
    pub state: WorkerState,
    /// Session it is leased to.
    pub session: Option<u64>,
    /// Jobs done so far.
    pub jobs: u64,
    /// Resident memory in bytes.
    pub rss_bytes: u64,
    /// Seconds since it last said anything, while busy.
    pub silent_s: Option<f64>,
}

/// The queue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueReport {
    /// Jobs waiting.
    pub waiting: u64,
    /// Jobs in workers.
    pub running: u64,
}

/// The store, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CacheCounts {
    /// Entries in all tables.
    pub entries: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Look-ups answered since start.
    pub hits: u64,
    /// Of these, answered from the daemon's own memory, without the disk.
    pub memory_hits: u64,
    /// Look-ups not answered since start.
    pub misses: u64,
    /// Objects found damaged and set aside since start.
    pub quarantined: u64,
    /// Writes that failed since start (results were delivered all the same).
    pub write_failures: u64,
}

/// The store, and where it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CacheReport {
    /// Its folder; empty where the store is off.
    pub directory: String,
    /// Its numbers.
    pub counts: CacheCounts,
    /// Entries of each table, by name.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub tables: Vec<(String, u64)>,
    /// Directories of other formats of the store beside this one's, which nothing here reads or counts.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub other_formats: Vec<String>,
}

/// An entry of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryReport {
    /// Its table, by name.
    pub table: String,
    /// Whose it is, in a table that each user has of his own.
    pub uid: Option<u32>,
    /// Its key, in hexadecimal digits.
    pub key: String,
    /// What it leads to: `plan` or `trace`.
    pub kind: String,
    /// Version of that blob's encoding; of another version than this daemon's it is never served.
    pub encoding: u32,
    /// Length of that blob.
    pub bytes: u64,
    /// When that blob was last written or read from disk, in seconds since 1970.
    pub used_s: u64,
}

/// Entries of the store, those used last first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListReport {
    /// The entries, as many as were asked for.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub rows: Vec<EntryReport>,
    /// How many there are.
    pub total: u64,
}

/// What was removed from the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GcReport {
    /// Blobs removed for their age, or to make room.
    pub evicted: u64,
    /// Blobs removed that no entry led to.
    pub unnamed: u64,
    /// Entries removed whose blobs are gone.
    pub dangling: u64,
    /// Files of dead daemons removed that were half-written.
    pub leftovers: u64,
    /// Damaged files removed that had been set aside long enough.
    pub quarantined: u64,
    /// Files removed in directories of other formats of the store.
    pub other_formats: u64,
    /// Bytes of all that.
    pub freed_bytes: u64,
    /// Entries that are left.
    pub entries: u64,
    /// Bytes of blobs and entries that are left.
    pub bytes: u64,
}

/// What a verification of the store found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Blobs read whole and found right.
    pub intact: u64,
    /// Objects found damaged and set aside, by name.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub quarantined: Vec<String>,
}

/// What the daemon does with a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// No process of ours has a context there.
    Cold,
    /// A process has been started for it.
    Starting,
    /// A context is there, without work.
    Idle,
    /// It has work.
    Busy,
    /// Its process is to go: kept long enough without work, or released by request.
    Draining,
    /// Its process is being ended: its context was lost, or it does not answer.
    Poisoned,
    /// Its process was killed, but the kernel does not let go of it.
    Unreapable,
}

/// A GPU, as its driver reports it, and what we do with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Its UUID, `GPU-..` or `MIG-..`.
    pub uuid: String,
    /// Its name.
    pub name: String,
    /// Compute capability, such as 9.0.
    pub compute_capability: String,
    /// Version of its driver.
    pub driver: String,
    /// What we do with it.
    pub state: DeviceState,
    /// The process that has our context there.
    pub pid: Option<u32>,
    /// Bytes of memory in all.
    pub total_bytes: u64,
    /// Bytes free, as of the last job; none where we have no context, since only that could tell.
    pub free_bytes: Option<u64>,
    /// Bytes we hold.
    pub ours_bytes: u64,
    /// Bytes by which what we hold, resident traces apart, grew with the last job.
    pub grown_bytes: u64,
    /// Traces resident, by digest.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub resident: Vec<String>,
    /// Jobs run since the daemon's start.
    pub runs: u64,
    /// Processes that were lost under a job since the daemon's start.
    pub losses: u64,
    /// Seconds from handing it the least work to having the result, as measured when its context was last made.
    pub launch_seconds: Option<f64>,
    /// Operations on doubles per second, measured likewise.
    pub operations_per_second: Option<f64>,
}

/// Which GPUs there are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DevicesReport {
    /// Those that the driver shows the daemon, in its order.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub devices: Vec<DeviceReport>,
    /// Why there is none.
    pub none: Option<String>,
    /// `CUDA_VISIBLE_DEVICES` of the daemon.
    pub visible: Option<String>,
}

/// Memory of devices and of the store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryReport {
    /// One a GPU; empty where there is none.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub devices: Vec<DeviceReport>,
    /// Bytes of results held in the daemon's memory.
    pub store_memory_bytes: u64,
    /// Resident memory of the daemon process.
    pub daemon_rss_bytes: u64,
    /// Resident memory of all workers.
    pub workers_rss_bytes: u64,
}

/// A client's session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionReport {
    /// Number of the session.
    pub id: u64,
    /// Process id of the client.
    pub pid: u32,
    /// User id of the client.
    pub uid: u32,
    /// Jobs of its that wait.
    pub waiting: u64,
    /// Jobs of its that run.
    pub running: u64,
}

/// One look at everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DaemonReport {
    /// Process id of the daemon.
    pub pid: u32,
    /// Its build.
    pub version: String,
    /// Protocol version it speaks.
    pub protocol: u32,
    /// Seconds since it started.
    pub uptime_s: f64,
    /// `ready`, `draining`, or `degraded: why` when workers can not be started.
    pub health: String,
    /// Worker processes.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub workers: Vec<WorkerReport>,
    /// The queue.
    pub queue: QueueReport,
    /// The store.
    pub cache: CacheCounts,
    /// GPUs.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub devices: Vec<DeviceReport>,
    /// Sessions.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
    pub sessions: Vec<SessionReport>,
}

/// A setting, its value, and where that came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Name, as in the file.
    pub name: String,
    /// Value, as it would stand in the file.
    pub value: String,
    /// `default`, `file`, `environment`, `flag`, `set`.
    pub origin: String,
    /// What it does.
    pub help: String,
}
