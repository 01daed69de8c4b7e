//! Every bound, in one place, with its reason. What exceeds one is answered by a typed error that names the
//! limit and the value; what comes from outside is measured *before* memory is taken for it.
//!
//! The first part is protocol: both sides rely on it, and changing a number there is a change of the protocol.
//! The second part is defaults of the daemon's configuration.

use std::time::Duration;

/// Bytes of one frame, its length prefix not counted. Large enough that no sensible message is split, small
/// enough that a peer who claims as much costs little. `LengthDelimitedCodec` has 8 MiB where nothing is set.
pub const FRAME_BYTES: usize = 64 << 20;

/// Bytes that decoding one message may claim. Integers claim their full width though they are written in
/// fewer bytes, so this is twice [`FRAME_BYTES`].
pub const DECODE_BYTES: usize = 2 * FRAME_BYTES;

/// Messages up to this length are decoded under [`DECODE_SMALL_BYTES`], so that a few bytes can not claim
/// a text of megabytes.
pub const SMALL_MESSAGE_BYTES: usize = 16 << 10;

/// Bytes that decoding a message of up to [`SMALL_MESSAGE_BYTES`] may claim: 8 for each byte, the ratio of
/// an integer's full width to its shortest form.
pub const DECODE_SMALL_BYTES: usize = 8 * SMALL_MESSAGE_BYTES;

/// Bytes of a hello after its header. Every version keeps within this, for ever.
pub const HELLO_BYTES: usize = 4096;

/// Bytes of one text inside a hello; longer ones are cut when they are written.
pub const HELLO_TEXT_BYTES: usize = 1024;

/// Time that each side has to say hello.
pub const HELLO_TIME: Duration = Duration::from_secs(10);

/// A payload up to this stands in its message; a larger one goes ahead of it in chunks, so that nothing
/// small waits behind it for long.
pub const INLINE_BYTES: usize = 256 << 10;

/// Bytes of one chunk: large enough that framing costs nothing, small enough to interleave.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Bytes of one payload: a graph of [`GRAPH_EDGES`] edges, or its trace.
pub const PAYLOAD_BYTES: u64 = 4 << 30;

/// Chunked blobs under way, or complete and not yet asked for, in one direction of one connection.
pub const BLOBS: usize = 1024;

/// Units of one [`crate::Request::Submit`], answers of one [`crate::Reply::Results`], jobs of one
/// [`crate::Order::Run`]. A batch goes on in the next message.
pub const UNITS_PER_MESSAGE: usize = 4096;

/// Blobs wanted by one [`crate::Request::Lookup`], and so payloads of one [`crate::Reply::Found`].
pub const LOOKUPS_PER_MESSAGE: usize = 4096;

/// Tables in which one blob may be looked for.
pub const TABLES_PER_KEY: usize = 8;

/// Keys under which one [`crate::Request::Put`] or [`crate::Request::Link`] may store its blob.
pub const KEYS_PER_PUT: usize = 16;

/// Rows of one table of a report: workers, devices, sessions, settings, quarantined objects, entries of the store.
pub const ROWS_PER_REPORT: usize = 65_536;

/// Payload bytes that a sender gathers into one message before it sends it and begins the next. A message
/// that keeps to this and to the counts above stays far below [`FRAME_BYTES`].
pub const BUNDLE_BYTES: usize = 1 << 20;

/// A reused buffer that has grown beyond this is given back before the next frame, so that one large message
/// does not hold memory for the life of its connection.
pub const BUFFER_KEEP_BYTES: usize = 4 << 20;

/// Bytes of a socket's path: `sun_path` has 108, the last of them zero.
pub const SOCKET_PATH_BYTES: usize = 107;

/// Vertices of one graph.
pub const GRAPH_VERTICES: usize = 10_000_000;

/// Edges of one graph.
pub const GRAPH_EDGES: usize = 100_000_000;

/// Default time after which a running job that shows no progress is ended.
pub const JOB_SILENCE: Duration = Duration::from_secs(300);

/// Default bytes of address space of a worker (`RLIMIT_AS`), and so the memory of one job: what the largest
/// graph and its trace take, several times over.
pub const JOB_MEMORY_BYTES: u64 = 64 << 30;

/// Default number of jobs that one session may have waiting; beyond it a submission is refused as busy.
pub const JOBS_WAITING_PER_SESSION: usize = 200_000;

/// Default number of jobs that may wait in all.
pub const JOBS_WAITING: usize = 1_000_000;

/// Default bytes of payloads that may wait in all: what the daemon holds in memory for others.
pub const WAITING_BYTES: u64 = 8 << 30;

/// Bytes of blobs held in memory for sessions whose jobs need them, in all: traces to be evaluated that are not
/// stored. One that is larger is refused; for others, those used longest ago make room.
pub const HELD_BYTES: u64 = 2 << 30;

/// Default bytes of results that may wait for one slow reader before no more of its jobs are begun.
pub const UNREAD_BYTES: u64 = 32 << 20;

/// Default number of sessions at once; the next client is told so in the daemon's hello.
pub const SESSIONS: usize = 256;

/// Default bytes of the store on disk, beyond which what was used longest ago is removed.
pub const STORE_BYTES: u64 = 10 << 30;
