//! Recording in this process.

use std::sync::Arc;
use std::time::Instant;

use sojourn_engine::{Plan, Trace};

use super::super::assembly::Assembly;
use super::super::traced::{Encoded, Fate, Provenance};
use super::super::{BatchStage, Event, JobError};
use super::Run;
use crate::Error;

impl Run<'_> {
    /// Records every graph left, one after the other, each pattern once.
    pub(super) fn in_process(&mut self) -> Result<(), Error> {
        for at in 0..self.graphs.len() {
            if self.stopped {
                return Ok(());
            }
            self.record_here(at)?;
        }
        Ok(())
    }

    fn record_here(&mut self, at: usize) -> Result<(), Error> {
        self.client.interrupt().check()?;
        self.say_numbering(at);
        let Some(graph) = &mut self.graphs[at] else { return Ok(()) };
        let mut patterns = Vec::new();
        graph.parts = Assembly::new(&graph.chain, 0, |need| patterns.push((need.key, need.pattern.clone())));
        match &graph.parts {
            Some(parts) => self.components.total += parts.components(),
            None => {
                self.record_acyclic(at);
                return Ok(());
            }
        }
        for (key, pattern) in patterns {
            // A graph of many components takes long; who asks to stop waits for one of them at most.
            self.client.interrupt().check()?;
            if let Some(plan) = self.plans.get(&key) {
                self.give_plan(at, &key, &plan, Fate::Shared);
                continue;
            }
            self.say(Event::Stage(BatchStage::Recording { vertices: pattern.size() }));
            let begun = Instant::now();
            match Plan::record(&pattern).map(Arc::new) {
                Ok(plan) => {
                    self.plans.keep(key, &plan);
                    self.give_plan(at, &key, &plan, Fate::RecordedHere(begun.elapsed()));
                }
                Err(error) => {
                    if let Some(graph) = self.graphs[at].take() {
                        self.give_up(graph, JobError::new("limit_exceeded", error.to_string()));
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Where there is nothing to eliminate, stitching is all.
    fn record_acyclic(&mut self, at: usize) {
        let Some(graph) = self.graphs[at].take() else { return };
        let begun = Instant::now();
        match Trace::record(&graph.chain) {
            Ok(trace) => {
                let trace = Encoded::from(trace);
                self.store(&graph, &trace);
                self.done(graph, trace, Provenance::OneJob(Fate::RecordedHere(begun.elapsed())));
            }
            Err(error) => self.give_up(graph, JobError::new("limit_exceeded", error.to_string())),
        }
    }
}
