//! A stand-in for everything around the queue: it keeps a ledger of what was asked and answered, and what
//! each worker has been given. Time passes only where a test says so.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use sojourn_proto::{BatchOptions, DeviceId, Failure, FailureKind, JobId, Key, Source, Summary, WorkKind};

use crate::exchange::{Exit, Role, SessionId, WorkerId};
use crate::queue::{Blob, Claim, Effect, Event, Moment, Policy, Queue, Said, Verdict};

pub(super) const PLAIN: BatchOptions = BatchOptions { workers: 0, no_store: false, force: false };
pub(super) const NO_STORE: BatchOptions = BatchOptions { workers: 0, no_store: true, force: false };
pub(super) const FORCE: BatchOptions = BatchOptions { workers: 0, no_store: false, force: true };

pub(super) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn key(n: u64) -> Key {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&n.to_le_bytes());
    Key(bytes)
}

/// Units with these indices, each of its own key `base + idx` and of 100 bytes.
pub(super) fn units(base: u64, indices: impl IntoIterator<Item = i64>) -> Vec<Claim> {
    let one = |idx: i64| {
        let (kind, key) = (WorkKind::Graph, key(base + idx.unsigned_abs()));
        Claim { idx, kind, key, bytes: 100, blob: Blob::None }
    };
    indices.into_iter().map(one).collect()
}

pub(super) struct World {
    pub(super) queue: Queue,
    pub(super) now: Moment,
    /// All effects of the last step.
    pub(super) last: Vec<Effect>,
    /// What was answered, by unit.
    pub(super) answers: BTreeMap<(SessionId, u64, i64), Verdict>,
    pub(super) finished: BTreeMap<(SessionId, u64), Summary>,
    /// What each living worker has been given and has not answered.
    pub(super) workers: BTreeMap<WorkerId, VecDeque<JobId>>,
    pub(super) leaving: BTreeSet<WorkerId>,
    pub(super) ending: BTreeSet<WorkerId>,
    pub(super) started: BTreeSet<WorkerId>,
    pub(super) payloads: BTreeSet<JobId>,
    pub(super) look_ups: VecDeque<(WorkKind, Key)>,
    pub(super) stored: BTreeSet<(WorkKind, Key)>,
    pub(super) spawned: usize,
    /// The device of each process that was started for one, and what should be free there.
    pub(super) on_device: BTreeMap<WorkerId, (DeviceId, Option<u64>)>,
    /// Looks for GPUs, requests answered with what is known of them or that their memory is back, and traces let go.
    pub(super) looks: usize,
    pub(super) told: Vec<u64>,
    pub(super) evicted: Vec<Key>,
    pub(super) quiet: usize,
    pub(super) result_bytes: u64,
    /// Off where there are so many jobs that checking all of them after each step would take minutes.
    pub(super) checked: bool,
}

impl World {
    pub(super) fn new(policy: Policy) -> World {
        let mut world = World {
            queue: Queue::new(policy),
            now: Moment::ZERO,
            last: Vec::new(),
            answers: BTreeMap::new(),
            finished: BTreeMap::new(),
            workers: BTreeMap::new(),
            leaving: BTreeSet::new(),
            ending: BTreeSet::new(),
            started: BTreeSet::new(),
            payloads: BTreeSet::new(),
            look_ups: VecDeque::new(),
            stored: BTreeSet::new(),
            spawned: 0,
            on_device: BTreeMap::new(),
            looks: 0,
            told: Vec::new(),
            evicted: Vec::new(),
            quiet: 0,
            result_bytes: 10,
            checked: true,
        };
        world.step(Event::Tick);
        world
    }

    /// Two slots, a spare, bundles of 4: small enough to think through.
    pub(super) fn small() -> World {
        World::new(Policy { workers: 2, spares: 1, bundle_jobs: 4, ..Policy::default() })
    }

    pub(super) fn step(&mut self, event: Event) {
        self.last = self.queue.step(event, self.now);
        if self.checked {
            self.queue.check();
        }
        for effect in self.last.clone() {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Keep { job, .. } => assert!(self.payloads.insert(job), "payload {job} kept twice"),
            Effect::Forget { job } => assert!(self.payloads.remove(&job), "payload {job} forgotten twice"),
            Effect::LookUp { kind, key } => self.look_ups.push_back((kind, key)),
            Effect::Store { kind, key, .. } => {
                self.stored.insert((kind, key));
            }
            Effect::Answer { idx, .. } if idx < 0 => {}
            Effect::Answer { session, batch, idx, verdict, .. } => {
                let twice = self.answers.insert((session, batch, idx), verdict);
                assert!(twice.is_none(), "unit {session}/{batch}/{idx} answered twice");
                assert!(!self.finished.contains_key(&(session, batch)), "answered after the last word");
            }
            Effect::Finish { session, batch, summary } => {
                assert!(self.finished.insert((session, batch), summary).is_none(), "finished twice");
            }
            Effect::Spawn { worker, role } => {
                self.spawned += 1;
                if let Role::Device { device, expected_free } = role {
                    let twin = |(id, (other, _)): (&WorkerId, &(DeviceId, _))| {
                        *other == device && self.workers.contains_key(id)
                    };
                    assert!(!self.on_device.iter().any(twin), "two processes on {device}");
                    self.on_device.insert(worker, (device, expected_free));
                }
                self.workers.insert(worker, VecDeque::new());
            }
            Effect::Run { worker, jobs } => {
                assert!(!self.leaving.contains(&worker) && !self.ending.contains(&worker));
                assert!(jobs.iter().all(|job| self.payloads.contains(job)), "a job without its payload");
                self.workers.get_mut(&worker).expect("a living worker").extend(jobs);
            }
            Effect::Leave { worker } => {
                assert!(self.workers[&worker].is_empty(), "worker {worker} told to leave with work");
                self.leaving.insert(worker);
            }
            Effect::End { worker } => {
                self.ending.insert(worker);
            }
            Effect::Look => self.looks += 1,
            Effect::Devices { ticket } | Effect::Cleared { ticket } => self.told.push(ticket),
            Effect::Evict { traces, .. } => self.evicted.extend(traces),
            Effect::Quiet => self.quiet += 1,
            Effect::Refuse { .. }
            | Effect::Done { .. }
            | Effect::Goodbye { .. }
            | Effect::Restarted { .. }
            | Effect::Grown { .. }
            | Effect::Idle => {}
        }
    }

    pub(super) fn open(&mut self, session: SessionId) {
        self.step(Event::Opened { session, uid: 1000, pid: 1 });
    }

    pub(super) fn submit(
        &mut self,
        session: SessionId,
        batch: u64,
        options: BatchOptions,
        units: Vec<Claim>,
    ) {
        self.step(Event::Submit { session, batch, options, units, more: false });
    }

    pub(super) fn cancel(&mut self, session: SessionId, batch: u64) {
        self.step(Event::Cancel { session, id: 999, batch });
    }

    pub(super) fn said(&mut self, worker: WorkerId, said: Said) {
        self.step(Event::Worker { worker, said });
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.step(Event::Tick);
    }

    /// Lets everything but work happen until nothing is left: starts, leavings, ends, look-ups.
    pub(super) fn settle(&mut self) {
        loop {
            if let Some(&worker) = self.workers.keys().find(|worker| !self.started.contains(worker)) {
                self.started.insert(worker);
                self.said(worker, Said::Spawned { pid: 100 });
                self.said(worker, Said::Ready);
            } else if let Some(worker) = self.ending.pop_first() {
                self.exit(worker, Exit::Signal { signal: 15, out_of_memory: false });
            } else if let Some(worker) = self.leaving.pop_first() {
                self.exit(worker, Exit::Code(0));
            } else if let Some((kind, key)) = self.look_ups.pop_front() {
                let found = self.stored.contains(&(kind, key)).then_some(self.result_bytes);
                self.step(Event::LookedUp { kind, key, found });
            } else {
                return;
            }
        }
    }

    pub(super) fn exit(&mut self, worker: WorkerId, exit: Exit) {
        self.workers.remove(&worker);
        self.leaving.remove(&worker);
        self.ending.remove(&worker);
        self.said(worker, Said::Exited(exit));
    }

    pub(super) fn kill(&mut self, worker: WorkerId, signal: i32) {
        self.exit(worker, Exit::Signal { signal, out_of_memory: false });
    }

    /// Workers with work, in order.
    pub(super) fn busy(&self) -> Vec<WorkerId> {
        let busy = |id: &&WorkerId| !self.workers[id].is_empty() && !self.ending.contains(id);
        self.workers.keys().filter(busy).copied().collect()
    }

    pub(super) fn begin(&mut self, worker: WorkerId) -> JobId {
        let job = *self.workers[&worker].front().expect("a job to begin");
        self.said(worker, Said::Begun { job });
        job
    }

    pub(super) fn answer_with(&mut self, worker: WorkerId, result: Result<u64, Failure>) {
        let job = self.workers.get_mut(&worker).and_then(VecDeque::pop_front).expect("a job to answer");
        self.said(worker, Said::Answered { job, micros: 100, name: None, result });
    }

    /// A worker does its next job.
    pub(super) fn work(&mut self, worker: WorkerId) {
        self.begin(worker);
        self.answer_with(worker, Ok(self.result_bytes));
    }

    /// Everybody works, in turn, until nothing moves.
    pub(super) fn finish(&mut self) {
        loop {
            self.settle();
            let busy = self.busy();
            if busy.is_empty() {
                return;
            }
            for worker in busy {
                if self.busy().contains(&worker) {
                    self.work(worker);
                }
            }
        }
    }

    pub(super) fn verdict(&self, session: SessionId, batch: u64, idx: i64) -> Option<&Verdict> {
        self.answers.get(&(session, batch, idx))
    }

    pub(super) fn source(&self, session: SessionId, batch: u64, idx: i64) -> Option<Source> {
        match self.verdict(session, batch, idx) {
            Some(Verdict::Result { source, .. }) => Some(*source),
            _ => None,
        }
    }

    pub(super) fn failure(&self, session: SessionId, batch: u64, idx: i64) -> Option<&Failure> {
        match self.verdict(session, batch, idx) {
            Some(Verdict::Failed(failure)) => Some(failure),
            _ => None,
        }
    }

    pub(super) fn failed_as(&self, session: SessionId, batch: u64, idx: i64) -> Option<FailureKind> {
        self.failure(session, batch, idx).map(|failure| failure.kind)
    }

    /// Refusals of the last step.
    pub(super) fn refused(&self) -> Option<(FailureKind, Option<Duration>)> {
        self.last.iter().find_map(|effect| match effect {
            Effect::Refuse { failure, retry_after, .. } => Some((failure.kind, *retry_after)),
            _ => None,
        })
    }

    /// Sizes of the bundles handed out in the last step.
    pub(super) fn bundles(&self) -> Vec<usize> {
        let size = |effect: &Effect| match effect {
            Effect::Run { jobs, .. } => Some(jobs.len()),
            _ => None,
        };
        self.last.iter().filter_map(size).collect()
    }
}
