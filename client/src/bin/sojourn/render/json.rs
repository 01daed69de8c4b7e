//! The JSON that scripts rely on: one object a line, names and order of fields stable, numbers in their shortest
//! form that reads back the same.

mod eval;

use serde::Serialize;
use sojourn_client::hierarchy::{Fate, PatternFate, Provenance};
use sojourn_client::{JobError, Traced};
use sojourn_proto::{
    DaemonReport, DeviceReport, Key, MemoryReport, QueueReport, SessionReport, WorkerReport, WorkerState,
};

use crate::error::CommandError;
use crate::output::Out;

pub(crate) use eval::{
    EvalLine, FailedTheta, GradientLine, MethodLine, NamedLists, OccupancyLine, ResidenceLine, TrapLine,
};

impl Out {
    /// Writes an object as a line.
    pub(crate) fn json(&mut self, object: &impl Serialize) -> Result<(), CommandError> {
        let text = serde_json::to_string(object);
        self.line(
            text.map_err(|error| CommandError::Failed(format!("an answer can not be written: {error}")))?,
        )
    }
}

/// What went wrong with a job or a theta.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: &'a str,
}

/// A trace that is ready.
#[derive(Debug, Serialize)]
pub(crate) struct TraceLine<'a> {
    idx: i64,
    label: &'a str,
    hash: String,
    vertices: usize,
    edges: usize,
    parameters: usize,
    components: usize,
    largest_component: usize,
    operations: u64,
    bytes: usize,
    cached: bool,
    computed: usize,
    reused: usize,
    micros: u128,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    story: Option<Story>,
}

/// With `--verbose`: what became of the parts.
#[derive(Debug, Serialize)]
struct Story {
    /// What became of the graph as a whole, where nothing is known of its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    whole: Option<&'static str>,
    patterns: Vec<PatternLine>,
}

/// A distinct pattern of two or more vertices.
#[derive(Debug, Serialize)]
struct PatternLine {
    key: String,
    vertices: usize,
    edges: usize,
    components: usize,
    fate: &'static str,
    micros: u128,
}

impl Story {
    fn of(provenance: &Provenance) -> Story {
        match provenance {
            Provenance::Stored => Story { whole: Some("found"), patterns: Vec::new() },
            Provenance::OneJob(fate) => Story { whole: Some(fate_name(*fate)), patterns: Vec::new() },
            Provenance::Patterns(patterns) => {
                Story { whole: None, patterns: patterns.iter().map(PatternLine::of).collect() }
            }
        }
    }
}

impl PatternLine {
    fn of(pattern: &PatternFate) -> PatternLine {
        PatternLine {
            key: pattern.key.to_string(),
            vertices: pattern.vertices,
            edges: pattern.edges,
            components: pattern.components,
            fate: fate_name(pattern.fate),
            micros: pattern.fate.recorded().unwrap_or_default().as_micros(),
        }
    }
}

fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::RecordedInWorker(_) => "recorded_in_worker",
        Fate::RecordedHere(_) => "recorded_here",
        Fate::Found => "found",
        Fate::Shared => "shared",
    }
}

impl<'a> TraceLine<'a> {
    /// The line of a trace; `verbose`: with what became of its parts.
    pub(crate) fn of(traced: &'a Traced, verbose: bool) -> TraceLine<'a> {
        let summary = traced.trace.summary();
        TraceLine {
            idx: traced.idx,
            label: &traced.label,
            hash: Key(summary.hash).to_string(),
            vertices: summary.vertices,
            edges: summary.edges,
            parameters: summary.parameters,
            components: summary.components,
            largest_component: summary.largest_component,
            operations: summary.operations,
            bytes: traced.trace.bytes().len(),
            cached: traced.cached,
            computed: traced.computed,
            reused: traced.reused,
            micros: traced.work.as_micros(),
            story: verbose.then(|| Story::of(&traced.provenance)),
        }
    }
}

/// A job that failed.
#[derive(Debug, Serialize)]
pub(crate) struct FailedLine<'a> {
    idx: i64,
    label: &'a str,
    error: ErrorBody<'a>,
}

impl<'a> FailedLine<'a> {
    /// The line of a job that failed.
    pub(crate) fn of(idx: i64, label: &'a str, error: &'a JobError) -> FailedLine<'a> {
        FailedLine { idx, label, error: ErrorBody { kind: &error.kind, message: &error.message } }
    }
}

/// Padding, answered as padding.
#[derive(Debug, Serialize)]
pub(crate) struct PaddingLine {
    idx: i64,
    padding: bool,
}

impl PaddingLine {
    /// The line of padding.
    pub(crate) fn of(idx: i64) -> PaddingLine {
        PaddingLine { idx, padding: true }
    }
}

/// `sojourn status --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Status<'a> {
    pid: u32,
    version: &'a str,
    protocol: u32,
    uptime_s: f64,
    pub(crate) workers: Vec<Worker>,
    queue: &'a QueueReport,
    cache: Cache,
    devices: &'a [DeviceReport],
    sessions: &'a [SessionReport],
}

/// A worker process.
#[derive(Debug, Serialize)]
pub(crate) struct Worker {
    pid: u32,
    state: WorkerState,
    session: Option<u64>,
    jobs: u64,
    rss_bytes: u64,
}

/// The store.
#[derive(Debug, Serialize)]
struct Cache {
    entries: u64,
    bytes: u64,
    hits: u64,
    misses: u64,
}

impl<'a> Status<'a> {
    /// Of what the daemon reports, the part that is promised to scripts.
    pub(crate) fn of(report: &'a DaemonReport) -> Status<'a> {
        let cache = &report.cache;
        let worker = |w: &WorkerReport| Worker {
            pid: w.pid,
            state: w.state,
            session: w.session,
            jobs: w.jobs,
            rss_bytes: w.rss_bytes,
        };
        Status {
            pid: report.pid,
            version: &report.version,
            protocol: report.protocol,
            uptime_s: report.uptime_s,
            workers: report.workers.iter().map(worker).collect(),
            queue: &report.queue,
            cache: Cache {
                entries: cache.entries,
                bytes: cache.bytes,
                hits: cache.hits,
                misses: cache.misses,
            },
            devices: &report.devices,
            sessions: &report.sessions,
        }
    }
}

/// `sojourn memory show --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Memory<'a> {
    devices: &'a [DeviceReport],
    store_memory_bytes: u64,
}

impl<'a> Memory<'a> {
    /// Of what the daemon reports, the part that is promised to scripts.
    pub(crate) fn of(report: &'a MemoryReport) -> Memory<'a> {
        Memory { devices: &report.devices, store_memory_bytes: report.store_memory_bytes }
    }
}

#[cfg(test)]
mod tests;
