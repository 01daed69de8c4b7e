//! What comes out of a batch: traces, and what became of the parts of each.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sojourn_engine::{DecodeError, Stitched, Summary, Trace};
use sojourn_proto::{Key, Source};

/// A trace, and how it came about.
#[derive(Debug, Clone)]
pub struct Traced {
    /// Index of its graph.
    pub idx: i64,
    /// Label of its graph.
    pub label: String,
    /// The trace.
    pub trace: Encoded,
    /// Distinct patterns of two or more vertices recorded for it now.
    pub computed: usize,
    /// Distinct patterns of two or more vertices found in the store, or recorded for another graph.
    pub reused: usize,
    /// Whether nothing had to be recorded.
    pub cached: bool,
    /// Time spent recording, in whichever process.
    pub work: Duration,
    /// What became of its parts.
    pub provenance: Provenance,
}

/// A trace as bytes, decoded where it is used: most are only kept.
#[derive(Debug, Clone)]
pub struct Encoded {
    summary: Summary,
    bytes: Bytes,
    /// What was encoded, where that was done here.
    stitched: Option<Arc<Trace<Stitched>>>,
}

impl Encoded {
    /// A trace from its bytes.
    ///
    /// # Errors
    /// If they are of another kind or version, or damaged.
    pub fn new(bytes: Bytes) -> Result<Encoded, DecodeError> {
        Ok(Encoded { summary: Summary::read(&bytes)?, bytes, stitched: None })
    }

    /// The trace in numbers.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The bytes of its file.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// [`Trace::start_sum_other_than_one`], without finding the rows of L and U. None where the bytes are no trace.
    pub fn start_sum_other_than_one(&self) -> Option<f64> {
        match &self.stitched {
            Some(stitched) => stitched.start_sum_other_than_one(),
            None => Trace::decode_stitched(&self.bytes).ok()?.start_sum_other_than_one(),
        }
    }

    /// The trace, to be replayed.
    ///
    /// # Errors
    /// If its bytes were forged: what is merely damaged is refused by [`Encoded::new`].
    pub fn decode(&self) -> Result<Trace, DecodeError> {
        Trace::decode(&self.bytes)
    }

    /// The same, with less work where it was encoded here.
    ///
    /// # Errors
    /// As [`Encoded::decode`].
    pub fn into_trace(self) -> Result<Trace, DecodeError> {
        match self.stitched {
            Some(stitched) => Arc::unwrap_or_clone(stitched).eliminate(),
            None => Trace::decode(&self.bytes),
        }
    }
}

impl From<Trace<Stitched>> for Encoded {
    fn from(trace: Trace<Stitched>) -> Encoded {
        let (summary, bytes) = (trace.summary(), trace.encode().into());
        Encoded { summary, bytes, stitched: Some(Arc::new(trace)) }
    }
}

impl From<Trace> for Encoded {
    fn from(trace: Trace) -> Encoded {
        Encoded::from(Trace::<Stitched>::from(trace))
    }
}

/// Where a trace has its plans from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provenance {
    /// Taken whole from the store: whoever stored it knew of its parts, and nobody else does.
    Stored,
    /// Recorded as one job, since it has no component large enough for a job of its own: this became of the job.
    OneJob(Fate),
    /// Cut into components: this became of each distinct pattern, in the order in which they first occur.
    Patterns(Vec<PatternFate>),
}

/// A distinct pattern of a graph, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternFate {
    /// Key of the pattern: graphs that have a pattern of this key share its plan.
    pub key: Key,
    /// Its vertices, two or more.
    pub vertices: usize,
    /// Its edges inside.
    pub edges: usize,
    /// Components of this graph that have it.
    pub components: usize,
    /// What became of it.
    pub fate: Fate,
}

/// Where a plan, or the trace of a whole graph, came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Recorded now in a worker process, in this time.
    RecordedInWorker(Duration),
    /// Recorded now in this process, in this time.
    RecordedHere(Duration),
    /// Found in the store.
    Found,
    /// Asked for once, for another graph of this batch or by another client at the same moment.
    Shared,
}

impl Fate {
    /// The fate of a job that a worker of the daemon did.
    pub(super) fn of_job(source: Source, micros: u64) -> Fate {
        match source {
            Source::Computed => Fate::RecordedInWorker(Duration::from_micros(micros)),
            Source::Stored => Fate::Found,
            Source::Shared => Fate::Shared,
        }
    }

    /// The fate of the same when it is met again.
    fn shared(self) -> Fate {
        if self.recorded().is_some() { Fate::Shared } else { self }
    }

    /// Time it took to record, where that was done now and for this graph.
    pub fn recorded(self) -> Option<Duration> {
        match self {
            Fate::RecordedInWorker(time) | Fate::RecordedHere(time) => Some(time),
            Fate::Found | Fate::Shared => None,
        }
    }
}

impl Provenance {
    /// Whether nothing had to be recorded.
    pub(super) fn cached(&self) -> bool {
        match self {
            Provenance::Stored => true,
            Provenance::OneJob(fate) => fate.recorded().is_none(),
            Provenance::Patterns(patterns) => patterns.iter().all(|p| p.fate.recorded().is_none()),
        }
    }

    /// What became of the parts of the same graph when it is met again.
    pub(super) fn shared(&self) -> Provenance {
        match self {
            Provenance::Stored => Provenance::Stored,
            Provenance::OneJob(fate) => Provenance::OneJob(fate.shared()),
            Provenance::Patterns(patterns) => Provenance::Patterns(
                patterns.iter().map(|p| PatternFate { fate: p.fate.shared(), ..p.clone() }).collect(),
            ),
        }
    }

    /// Of so many distinct patterns, those recorded now.
    pub(super) fn computed(&self, patterns: usize) -> usize {
        match self {
            Provenance::Stored => 0,
            Provenance::OneJob(fate) => fate.recorded().map_or(0, |_| patterns),
            Provenance::Patterns(fates) => fates.iter().filter(|p| p.fate.recorded().is_some()).count(),
        }
    }

    /// Time spent recording.
    pub(super) fn work(&self) -> Duration {
        match self {
            Provenance::Stored => Duration::ZERO,
            Provenance::OneJob(fate) => fate.recorded().unwrap_or_default(),
            Provenance::Patterns(fates) => fates.iter().filter_map(|p| p.fate.recorded()).sum(),
        }
    }
}
