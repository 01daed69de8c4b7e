//! Recording in this process.

use std::time::Instant;

use bytes::Bytes;
use sojourn_engine::Trace;

use super::super::JobError;
use super::{Origin, Run};
use crate::Error;

impl Run<'_> {
    /// Records every graph left, one after the other.
    pub(super) fn in_process(&mut self) -> Result<(), Error> {
        for at in 0..self.graphs.len() {
            let Some(graph) = self.graphs[at].take() else { continue };
            self.client.interrupt().check()?;
            if self.stopped {
                return Ok(());
            }
            let begun = Instant::now();
            match Trace::record(&graph.chain) {
                Ok(trace) => {
                    let bytes = Bytes::from(trace.encode());
                    self.store(graph.key, &trace, &bytes);
                    let computed = trace.summary().patterns;
                    let origin = Origin { computed, reused: 0, cached: false, work: begun.elapsed() };
                    self.finish(graph, trace, bytes, &origin);
                }
                Err(error) => {
                    self.fail(graph.idx, graph.label, JobError::new("limit_exceeded", error.to_string()));
                }
            }
        }
        Ok(())
    }
}
