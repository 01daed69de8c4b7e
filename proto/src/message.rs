//! What client and daemon say to each other.

use serde::{Deserialize, Serialize};

use crate::report::{
    CacheReport, DaemonReport, DevicesReport, GcReport, ListReport, MemoryReport, Setting, VerifyReport,
};
use crate::{Chunk, DeviceId, Failure, Key, Payload, Unit, bounded, limits};

/// Number of a request, chosen by the client and unique on its connection; each reply repeats it.
pub type RequestId = u64;

/// How a batch is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchOptions {
    /// At most this many worker processes at once; 0: as many as the daemon has.
    pub workers: u32,
    /// Neither look into the store nor write to it.
    pub no_store: bool,
    /// Try again what is marked poisonous.
    pub force: bool,
}

/// Tables of the store that map a key to a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Table {
    /// Pattern key -> plan. Written by the daemon alone, from what its workers computed.
    Plans,
    /// Graph key -> trace. Written by the daemon alone, from what its workers computed.
    Traces,
    /// Graph key -> trace, of this user only. Clients may write it; whoever lies there lies to himself.
    Manifest,
    /// Canonical hash of a graph -> trace, of this user only: what `sojourn eval HASH` looks up.
    Names,
    /// Digest of a file's bytes -> trace of its graph, of this user only, so that a file met before need not be
    /// read as a graph. Clients may write it; whoever lies there lies to himself.
    Files,
}

/// A blob that is looked for under a key in some tables, in turn: the first one found is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The key.
    pub key: Key,
    /// Where to look, in this order.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::TABLES_PER_KEY }>")]
    pub tables: Vec<Table>,
}

/// What is to be removed from the store, beside what nobody can find any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gc {
    /// Blobs used longest ago, until the store has so many bytes at most; none: as many as it is configured to.
    pub max_bytes: Option<u64>,
    /// Blobs not used for so many seconds.
    pub older_than_s: Option<u64>,
    /// Directories of other formats of the store, beside this one's.
    pub other_formats: bool,
}

/// How a shutdown treats running work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShutdownMode {
    /// No new work; what is queued is still done.
    Drain,
    /// No new work; what runs is finished, what waits is cancelled.
    Fast,
    /// Everything is cancelled at once.
    Now,
}

/// From client to daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Part of a payload to come.
    Chunk(Chunk),
    /// Jobs of a batch. A batch may come in several of these under one id; `more` says that it goes on.
    /// Answered by [`Reply::Results`] as they are ready, then [`Reply::Finished`]; or [`Reply::Refused`].
    Submit {
        /// Number of the batch.
        id: RequestId,
        /// How to run it; the first message of a batch decides.
        options: BatchOptions,
        /// The jobs; indices are unique within the batch, padding excepted.
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::UNITS_PER_MESSAGE }>")]
        units: Vec<Unit>,
        /// Whether further units of this batch follow.
        more: bool,
    },
    /// Give up a batch: its waiting jobs are dropped, its running ones stopped unless others wait for them.
    /// The batch's own [`Reply::Finished`] follows; this is answered by [`Reply::Done`].
    Cancel {
        /// Number of this request.
        id: RequestId,
        /// Number of the batch.
        batch: RequestId,
    },
    /// Look blobs up. Answered by [`Reply::Found`], blobs in the order asked.
    Lookup {
        /// Number of this request.
        id: RequestId,
        /// What to look up.
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::LOOKUPS_PER_MESSAGE }>")]
        wanted: Vec<Wanted>,
    },
    /// Store a blob under keys in this user's own tables ([`Table::Manifest`], [`Table::Names`],
    /// [`Table::Files`]). Answered by [`Reply::Done`] once it is there.
    Put {
        /// Number of this request.
        id: RequestId,
        /// Where to.
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::KEYS_PER_PUT }>")]
        entries: Vec<(Table, Key)>,
        /// The blob.
        payload: Payload,
    },
    /// Hold a blob in memory for this session's jobs that need it, without storing it. Answered by
    /// [`Reply::Done`]. What was used longest ago makes room for it, and is then a
    /// [`crate::FailureKind::MissingBlob`] to jobs that come later.
    Hold {
        /// Number of this request.
        id: RequestId,
        /// The blob; its name is [`Key::of_blob`].
        payload: Payload,
    },
    /// Find what is stored under one key under others as well, in this user's own tables. Answered by
    /// [`Reply::Done`], or refused as not found.
    Link {
        /// Number of this request.
        id: RequestId,
        /// What to look up.
        wanted: Wanted,
        /// Where it is to be found as well.
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::KEYS_PER_PUT }>")]
        entries: Vec<(Table, Key)>,
    },
    /// Are you there? Answered by [`Reply::Done`].
    Ping {
        /// Number of this request.
        id: RequestId,
    },
    /// One look at everything. Answered by [`Reply::Status`].
    Status {
        /// Number of this request.
        id: RequestId,
    },
    /// Replace all worker processes by fresh ones; what runs is finished first. Answered by [`Reply::Done`]
    /// when the old ones are gone.
    RestartWorkers {
        /// Number of this request.
        id: RequestId,
    },
    /// Memory of devices and of the store. Answered by [`Reply::Memory`].
    Memory {
        /// Number of this request.
        id: RequestId,
        /// Release what can be released first.
        clear: bool,
    },
    /// Which GPUs there are. Answered by [`Reply::Devices`], after a look for them where none were known.
    Devices {
        /// Number of this request.
        id: RequestId,
    },
    /// Sizes and counts of the store. Answered by [`Reply::Cache`].
    CacheStats {
        /// Number of this request.
        id: RequestId,
    },
    /// Read and verify every blob. Answered by [`Reply::Verified`].
    CacheVerify {
        /// Number of this request.
        id: RequestId,
    },
    /// List entries of the store. Answered by [`Reply::Listed`].
    CacheList {
        /// Number of this request.
        id: RequestId,
        /// Of this table; none: of all.
        table: Option<Table>,
        /// At most so many; [`limits::ROWS_PER_REPORT`] is the most that is answered.
        limit: u32,
    },
    /// Remove from the store what nobody can find, and what is too much. Answered by [`Reply::Collected`].
    CacheGc {
        /// Number of this request.
        id: RequestId,
        /// What else is to go.
        gc: Gc,
    },
    /// Remove everything from the store. Answered by [`Reply::Done`].
    CacheClear {
        /// Number of this request.
        id: RequestId,
    },
    /// The configuration in force. Answered by [`Reply::Config`].
    ConfigShow {
        /// Number of this request.
        id: RequestId,
    },
    /// Change a setting until the daemon ends. Answered by [`Reply::Config`].
    ConfigSet {
        /// Number of this request.
        id: RequestId,
        /// Name of the setting.
        name: String,
        /// Its value, as it would stand in the file.
        value: String,
    },
    /// End the daemon. Answered by [`Reply::Done`] when it has stopped taking work.
    Shutdown {
        /// Number of this request.
        id: RequestId,
        /// What becomes of running work.
        mode: ShutdownMode,
    },
    /// Last message: the client leaves on purpose.
    Goodbye,
}

/// Where a result came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Recorded now, for this job.
    Computed,
    /// Found in the store.
    Stored,
    /// Recorded now, for another job with the same key.
    Shared,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Done: a trace, a plan, or the answers of a tile.
    Done {
        /// The bytes.
        payload: Payload,
        /// Where they came from.
        source: Source,
        /// Microseconds of work in a worker (as recorded, where it was found in the store: 0).
        micros: u64,
        /// The GPU that computed it; none: the CPU did.
        device: Option<DeviceId>,
    },
    /// Padding, answered as padding.
    Padding,
    /// Not done, and why.
    Failed(Failure),
}

/// The answer to one unit of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// As the unit's.
    pub idx: i64,
    /// As the unit's.
    pub key: Key,
    /// What became of it.
    pub outcome: Outcome,
}

/// Counts at the end of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Answers sent, padding included.
    pub answered: u64,
    /// Of these, failed.
    pub failed: u64,
    /// Whether the batch was cancelled before it was through.
    pub cancelled: bool,
}

/// From daemon to client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Part of a payload to come.
    Chunk(Chunk),
    /// Some answers of a batch, as they are ready.
    Results {
        /// Number of the batch.
        id: RequestId,
        /// Number of this message within its batch, from 0 without gaps.
        seq: u64,
        /// The answers.
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::UNITS_PER_MESSAGE }>")]
        answers: Vec<Answer>,
    },
    /// Last message of a batch.
    Finished {
        /// Number of the batch.
        id: RequestId,
        /// Number of this message within its batch.
        seq: u64,
        /// Counts.
        summary: Summary,
    },
    /// Blobs, in the order asked; none where there is none.
    Found {
        /// Number of the request.
        id: RequestId,
        /// The blobs.
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::LOOKUPS_PER_MESSAGE }>")]
        payloads: Vec<Option<Payload>>,
    },
    /// Done as asked.
    Done {
        /// Number of the request.
        id: RequestId,
    },
    /// Not done, and why; for a batch it means that none of the units of that message were taken.
    Refused {
        /// Number of the request.
        id: RequestId,
        /// Why.
        failure: Failure,
        /// Milliseconds after which to ask again, where that can help.
        retry_after_ms: Option<u64>,
    },
    /// One look at everything.
    Status {
        /// Number of the request.
        id: RequestId,
        /// What was seen.
        report: Box<DaemonReport>,
    },
    /// Memory of devices and of the store.
    Memory {
        /// Number of the request.
        id: RequestId,
        /// What was seen.
        report: MemoryReport,
    },
    /// Which GPUs there are.
    Devices {
        /// Number of the request.
        id: RequestId,
        /// What was found.
        report: DevicesReport,
    },
    /// Sizes and counts of the store.
    Cache {
        /// Number of the request.
        id: RequestId,
        /// What was seen.
        report: CacheReport,
    },
    /// What verification of the store found.
    Verified {
        /// Number of the request.
        id: RequestId,
        /// What was seen.
        report: VerifyReport,
    },
    /// Entries of the store.
    Listed {
        /// Number of the request.
        id: RequestId,
        /// What was found.
        report: ListReport,
    },
    /// What was removed from the store.
    Collected {
        /// Number of the request.
        id: RequestId,
        /// What was done.
        report: GcReport,
    },
    /// The configuration in force.
    Config {
        /// Number of the request.
        id: RequestId,
        /// Every setting.
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::ROWS_PER_REPORT }>")]
        settings: Vec<Setting>,
    },
    /// Last message: the daemon ends, or ends this connection, and why.
    Goodbye {
        /// Why.
        failure: Failure,
    },
}
