//! A client's session and its batches.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sojourn_proto::{BatchOptions, JobId, RequestId, Summary, Target};

use super::job::Lane;

/// A client.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) uid: u32,
    pub(super) pid: u32,
    pub(super) batches: BTreeMap<RequestId, Batch>,
    /// Units admitted and not answered.
    pub(super) unanswered: usize,
    /// Bytes of payload of the jobs it pays for.
    pub(super) bytes: u64,
    /// Bytes of results on the way to the client.
    pub(super) unwritten: u64,
    /// Look-ups under way at its expense.
    pub(super) looking: usize,
    /// When it last got a worker, in turns of the queue.
    pub(super) served: u64,
    /// When a job of its last went to a GPU, likewise.
    pub(super) served_by_device: u64,
    pub(super) pace: Pace,
}

impl Session {
    pub(super) fn new(uid: u32, pid: u32) -> Session {
        Session {
            uid,
            pid,
            batches: BTreeMap::new(),
            unanswered: 0,
            bytes: 0,
            unwritten: 0,
            looking: 0,
            served: 0,
            served_by_device: 0,
            pace: Pace::default(),
        }
    }
}

/// A batch from its first message to its last answer.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) options: BatchOptions,
    /// Indices taken so far.
    pub(super) seen: BTreeSet<i64>,
    /// Units not answered, each with the job it waits for.
    pub(super) pending: BTreeMap<i64, JobId>,
    pub(super) fresh: Lane,
    pub(super) ready: Lane,
    /// What is ready for GPUs, by where it may go.
    pub(super) on_devices: BTreeMap<Target, Lane>,
    pub(super) summary: Summary,
    /// Whether further units may follow.
    pub(super) open: bool,
    /// When it last got something, in turns of the queue.
    pub(super) served: u64,
}

impl Batch {
    pub(super) fn new(options: BatchOptions) -> Batch {
        Batch {
            options,
            seen: BTreeSet::new(),
            pending: BTreeMap::new(),
            fresh: Lane::default(),
            ready: Lane::default(),
            on_devices: BTreeMap::new(),
            summary: Summary::default(),
            open: true,
            served: 0,
        }
    }

    /// Where its jobs wait that are ready for this.
    pub(super) fn ready_for(&mut self, target: Target) -> &mut Lane {
        match target {
            Target::Cpu => &mut self.ready,
            Target::Device(_) | Target::AnyDevice => self.on_devices.entry(target).or_default(),
        }
    }

    /// Workers it may have at once.
    pub(super) fn workers(&self) -> usize {
        match self.options.workers {
            0 => usize::MAX,
            cap => cap as usize,
        }
    }
}

/// Running mean of what jobs take; it forgets, as batches differ.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    micros: Option<u64>,
}

impl Pace {
    pub(super) fn note(&mut self, micros: u64) {
        self.micros = Some(match self.micros {
            None => micros,
            Some(mean) => mean - mean / 8 + micros / 8,
        });
    }

    /// Mean time of a job, once one is known.
    pub(super) fn mean(self) -> Option<Duration> {
        self.micros.map(Duration::from_micros)
    }
}
