//! Recording in the daemon's workers, the small parts here meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sojourn_engine::Plan;
use sojourn_proto::{BatchOptions, Key, Outcome, WorkKind};

use super::super::assembly::{Assembly, Need};
use super::super::traced::{Encoded, Fate, Provenance};
use super::super::{BatchStage, Event, JobError};
use super::Run;
use crate::batch::inline;
use crate::{Answered, Batch, Error, Work, workers};

/// Time between two tellings of what is waited for.
const WAITING_TOLD: Duration = Duration::from_millis(250);

/// What a job of the daemon is for.
enum Purpose {
    /// The whole trace of the graph at this place.
    Whole(usize),
    /// The plan of a pattern.
    Part(Key),
}

impl Run<'_> {
    /// Records every graph left by way of the daemon. Answers are taken while later graphs are still cut.
    pub(super) fn through_daemon(&mut self) -> Result<(), Error> {
        let mut batch = Batch::new(self.client, self.batch_options());
        let result = self.submit_and_collect(&mut batch);
        if result.is_err() || self.stopped {
            batch.cancel();
        }
        result
    }

    fn submit_and_collect(&mut self, batch: &mut Batch<'_>) -> Result<(), Error> {
        let mut purposes = Vec::new();
        for at in 0..self.graphs.len() {
            self.client.interrupt().check()?;
            self.submit(at, batch, &mut purposes)?;
            while let Some(answered) = batch.try_next()? {
                self.answered(answered, &purposes)?;
            }
            if self.stopped {
                return Ok(());
            }
        }
        self.collect(batch, &purposes)
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
        self.say_numbering(at);
        let Some(graph) = &mut self.graphs[at] else { return Ok(()) };
        let mut large = Vec::new();
        let mut there = Vec::new();
        if graph.chain.len() >= self.options.min_size {
            let (waiting, small, plans) = (&mut self.waiting, &mut self.small, &self.plans);
            graph.parts = Assembly::new(&graph.chain, self.options.min_size, |need| {
                let Need { key, pattern, bytes, large: job } = need;
                if let Some(plan) = plans.get(&key) {
                    there.push((key, plan));
                    return;
                }
                let waiters = waiting.entry(key).or_default();
                waiters.push(at);
                match (waiters.len(), job) {
                    (1, true) => large.push((key, Bytes::from(bytes))),
                    (1, false) => small.push_back((key, pattern.clone())),
                    _ => {}
                }
            });
        }
        match &graph.parts {
            Some(parts) => self.components.total += parts.components(),
            None => {
                let (key, payload) = (graph.key, graph.payload.clone());
                batch.push(Work { idx: purposes.len() as i64, kind: WorkKind::Graph, key, payload })?;
                purposes.push(Purpose::Whole(at));
            }
        }
        for (key, payload) in large {
            batch.push(Work { idx: purposes.len() as i64, kind: WorkKind::Pattern, key, payload })?;
            purposes.push(Purpose::Part(key));
        }
        for (key, plan) in there {
            self.give_plan(at, &key, &plan, Fate::Shared);
        }
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
                None => {
                    self.say_waiting(purposes);
                    batch.wait_next()?
                }
            };
            let Some(answered) = answered else { return Ok(()) };
            self.answered(answered, purposes)?;
        }
        Ok(())
    }

    /// Tells what is waited for; not too often, since all jobs are looked at for it.
    fn say_waiting(&mut self, purposes: &[Purpose]) {
        if self.waiting_told.is_some_and(|told| told.elapsed() < WAITING_TOLD) {
            return;
        }
        self.waiting_told = Some(Instant::now());
        let missing = |purpose: &&Purpose| match purpose {
            Purpose::Whole(at) => self.graphs[*at].is_some(),
            Purpose::Part(key) => self.waiting.contains_key(key),
        };
        let jobs = purposes.iter().filter(missing).count();
        let parts = self.graphs.iter().flatten().filter_map(|graph| graph.parts.as_ref());
        let largest = parts.map(Assembly::largest_missing).max().unwrap_or(0);
        self.say(Event::Stage(BatchStage::Waiting { jobs, largest }));
    }

    fn answered(&mut self, answered: Answered, purposes: &[Purpose]) -> Result<(), Error> {
        let Answered { idx, outcome } = answered;
        match purposes.get(usize::try_from(idx).unwrap_or(usize::MAX)) {
            Some(&Purpose::Whole(at)) => self.whole(at, outcome),
            Some(Purpose::Part(key)) => self.part(*key, outcome),
            None => return Err(Error::Protocol(format!("an answer to job {idx}, which was never sent"))),
        }
        Ok(())
    }

    fn whole(&mut self, at: usize, outcome: Outcome) {
        let Some(graph) = self.graphs[at].take() else { return };
        let (payload, fate) = match outcome {
            Outcome::Done { payload, source, micros, .. } => (inline(payload), Fate::of_job(source, micros)),
            Outcome::Failed(failure) => return self.give_up(graph, failure.into()),
            Outcome::Padding => return self.give_up(graph, unexpected("padding")),
        };
        match Encoded::new(payload) {
            Ok(trace) => {
                self.link(graph.key, graph.document);
                self.done(graph, trace, Provenance::OneJob(fate));
            }
            Err(error) => self.give_up(graph, unexpected(&error.to_string())),
        }
    }

    fn part(&mut self, key: Key, outcome: Outcome) {
        let (payload, fate) = match outcome {
            Outcome::Done { payload, source, micros, .. } => (inline(payload), Fate::of_job(source, micros)),
            Outcome::Failed(failure) => return self.part_failed(key, &failure.into()),
            Outcome::Padding => return self.part_failed(key, &unexpected("padding")),
        };
        match Plan::decode(&payload) {
            Ok(plan) => self.plan_arrived(key, plan, fate),
            Err(error) => self.part_failed(key, &unexpected(&error.to_string())),
        }
    }

    fn record_one_small(&mut self) -> bool {
        let Some((key, pattern)) = self.small.pop_front() else { return false };
        let begun = Instant::now();
        match Plan::record(&pattern) {
            Ok(plan) => self.plan_arrived(key, plan, Fate::RecordedHere(begun.elapsed())),
            Err(error) => self.part_failed(key, &JobError::new("limit_exceeded", error.to_string())),
        }
        true
    }

    /// A plan came for the first graph that waits for it; the others share it.
    fn plan_arrived(&mut self, key: Key, plan: Plan, fate: Fate) {
        let plan = Arc::new(plan);
        self.plans.keep(key, &plan);
        for (place, at) in self.waiting.remove(&key).unwrap_or_default().into_iter().enumerate() {
            self.give_plan(at, &key, &plan, if place == 0 { fate } else { Fate::Shared });
        }
    }

    /// Without one of its plans a graph has no trace.
    fn part_failed(&mut self, key: Key, error: &JobError) {
        for at in self.waiting.remove(&key).unwrap_or_default() {
            if let Some(graph) = self.graphs[at].take() {
                self.give_up(graph, error.clone());
            }
        }
    }
}

fn unexpected(what: &str) -> JobError {
    JobError::new("protocol_violation", format!("the daemon answered with {what}"))
}
