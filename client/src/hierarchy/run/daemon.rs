//! Recording in the daemon's workers, the small parts here meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sojourn_engine::{Plan, Trace};
use sojourn_proto::{BatchOptions, Key, Outcome, Source, WorkKind};

use super::super::JobError;
use super::super::assembly::{Assembly, Need};
use super::{Origin, Run};
use crate::batch::inline;
use crate::{Answered, Batch, Error, Work, workers};

/// What a job of the daemon is for.
enum Purpose {
    /// The whole trace of the graph at this place.
    Whole(usize),
    /// The plan of a pattern.
    Part(Key),
}

impl Run<'_> {
    /// Records every graph left by way of the daemon.
    pub(super) fn through_daemon(&mut self) -> Result<(), Error> {
        let mut batch = Batch::new(self.client, self.batch_options());
        let mut purposes = Vec::new();
        for at in 0..self.graphs.len() {
            self.client.interrupt().check()?;
            self.submit(at, &mut batch, &mut purposes)?;
            batch.pump()?;
        }
        let result = self.collect(&mut batch, &purposes);
        if result.is_err() || self.stopped {
            batch.cancel();
        }
        result
    }

    /// The daemon's machine is this one: a limit that lets every CPU work is none, and spares the daemon to
    /// take messages one by one.
    fn batch_options(&self) -> BatchOptions {
        // How many jobs the graphs come to is not known yet; more workers than jobs are never used.
        let wanted = workers::workers(self.options.workers, workers::usable_cpus(), usize::MAX);
        let limits = self.options.workers.is_some() || wanted < workers::machine_cpus();
        BatchOptions {
            workers: if limits { u32::try_from(wanted).unwrap_or(u32::MAX) } else { 0 },
            no_store: self.options.no_store,
            force: self.options.force,
        }
    }

    fn submit(&mut self, at: usize, batch: &mut Batch<'_>, purposes: &mut Vec<Purpose>) -> Result<(), Error> {
        let Some(graph) = &mut self.graphs[at] else { return Ok(()) };
        let mut large = Vec::new();
        if graph.chain.len() >= self.options.min_size {
            let (waiting, small) = (&mut self.waiting, &mut self.small);
            graph.parts = Assembly::new(
                &graph.chain,
                self.options.min_size,
                |Need { key, large: job }, pattern, bytes| {
                    let first = !waiting.contains_key(&key);
                    waiting.entry(key).or_default().push(at);
                    match (first, job) {
                        (true, true) => large.push((key, Bytes::from(bytes))),
                        (true, false) => small.push_back((key, pattern.clone())),
                        (false, _) => {}
                    }
                },
            );
        }
        if graph.parts.is_none() {
            let (key, payload) = (graph.key, graph.payload.clone());
            batch.push(Work { idx: purposes.len() as i64, kind: WorkKind::Graph, key, payload })?;
            purposes.push(Purpose::Whole(at));
        }
        for (key, payload) in large {
            batch.push(Work { idx: purposes.len() as i64, kind: WorkKind::Pattern, key, payload })?;
            purposes.push(Purpose::Part(key));
        }
        // Plans that came for an earlier graph already.
        self.catch_up(at);
        Ok(())
    }

    /// Answers are taken as they come; while there are none, the small patterns are recorded.
    fn collect(&mut self, batch: &mut Batch<'_>, purposes: &[Purpose]) -> Result<(), Error> {
        while !self.stopped {
            let answered = match batch.try_next()? {
                Some(answered) => Some(answered),
                None if self.record_one_small() => {
                    self.client.interrupt().check()?;
                    continue;
                }
                None => batch.wait_next()?,
            };
            let Some(Answered { idx, outcome }) = answered else { return Ok(()) };
            match purposes.get(usize::try_from(idx).unwrap_or(usize::MAX)) {
                Some(&Purpose::Whole(at)) => self.whole(at, outcome),
                Some(Purpose::Part(key)) => self.part(*key, outcome),
                None => return Err(Error::Protocol(format!("an answer to job {idx}, which was never sent"))),
            }
        }
        Ok(())
    }

    fn whole(&mut self, at: usize, outcome: Outcome) {
        let Some(graph) = self.graphs[at].take() else { return };
        let (payload, source, micros) = match outcome {
            Outcome::Done { payload, source, micros } => (inline(payload), source, micros),
            Outcome::Failed(failure) => return self.fail(graph.idx, graph.label, failure.into()),
            Outcome::Padding => return self.fail(graph.idx, graph.label, unexpected("padding")),
        };
        let trace = match Trace::decode(&payload) {
            Ok(trace) => trace,
            Err(error) => return self.fail(graph.idx, graph.label, unexpected(&error.to_string())),
        };
        let patterns = trace.summary().patterns;
        let now = source == Source::Computed;
        let origin = Origin {
            computed: if now { patterns } else { 0 },
            reused: if now { 0 } else { patterns },
            cached: source == Source::Stored,
            work: Duration::from_micros(if now { micros } else { 0 }),
        };
        self.finish(graph, trace, payload, &origin);
    }

    fn part(&mut self, key: Key, outcome: Outcome) {
        let (payload, source, micros) = match outcome {
            Outcome::Done { payload, source, micros } => (inline(payload), source, micros),
            Outcome::Failed(failure) => return self.part_failed(key, &failure.into()),
            Outcome::Padding => return self.part_failed(key, &unexpected("padding")),
        };
        match Plan::decode(&payload) {
            Ok(plan) => {
                let recorded = (source == Source::Computed).then_some(Duration::from_micros(micros));
                self.plan_arrived(key, plan, recorded);
            }
            Err(error) => self.part_failed(key, &unexpected(&error.to_string())),
        }
    }

    fn record_one_small(&mut self) -> bool {
        let Some((key, pattern)) = self.small.pop_front() else { return false };
        let begun = Instant::now();
        match Plan::record(&pattern) {
            Ok(plan) => self.plan_arrived(key, plan, Some(begun.elapsed())),
            Err(error) => self.part_failed(key, &JobError::new("limit_exceeded", error.to_string())),
        }
        true
    }

    /// A plan counts as recorded for the first graph that waits for it, as found for the others.
    fn plan_arrived(&mut self, key: Key, plan: Plan, mut recorded: Option<Duration>) {
        self.plans.insert(key, Arc::new(plan));
        for at in self.waiting.insert(key, Vec::new()).unwrap_or_default() {
            self.one_plan_more(at, key, recorded.take());
        }
    }

    fn one_plan_more(&mut self, at: usize, key: Key, recorded: Option<Duration>) {
        let Some(parts) = self.graphs[at].as_mut().and_then(|graph| graph.parts.as_mut()) else { return };
        if parts.arrived(&key, recorded) {
            self.stitch(at);
        }
    }

    fn catch_up(&mut self, at: usize) {
        let Some(parts) = self.graphs[at].as_ref().and_then(|graph| graph.parts.as_ref()) else { return };
        let there: Vec<Key> = parts.missing().filter(|key| self.plans.contains_key(key)).copied().collect();
        for key in there {
            self.one_plan_more(at, key, None);
        }
    }

    fn stitch(&mut self, at: usize) {
        let Some(graph) = self.graphs[at].take() else { return };
        let Some(parts) = &graph.parts else { return };
        match parts.stitch(&graph.chain, &self.plans) {
            Ok(trace) => {
                let bytes = Bytes::from(trace.encode());
                self.store(graph.key, &trace, &bytes);
                let (computed, reused, work) = (parts.computed, parts.reused, parts.work);
                let origin = Origin { computed, reused, cached: computed == 0, work };
                self.finish(graph, trace, bytes, &origin);
            }
            Err(error) => self.fail(graph.idx, graph.label, error),
        }
    }

    /// Without one of its plans a graph has no trace.
    fn part_failed(&mut self, key: Key, error: &JobError) {
        for at in self.waiting.insert(key, Vec::new()).unwrap_or_default() {
            if let Some(graph) = self.graphs[at].take() {
                self.fail(graph.idx, graph.label, error.clone());
            }
        }
    }
}

fn unexpected(what: &str) -> JobError {
    JobError::new("protocol_violation", format!("the daemon answered with {what}"))
}
