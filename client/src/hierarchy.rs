//! From graphs to traces by way of their components: whole traces that are stored are taken; of the rest the
//! large components are recorded in workers, each pattern once however often it occurs in the batch, the small
//! ones here meanwhile, and all are stitched. The traces are the same bytes as [`sojourn_engine::Trace::record`] makes.

mod assembly;
mod item;
mod lookup;
mod run;
mod traced;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use crate::evaluation::Device;
use crate::{Client, Error, Strategy};

pub use item::{Item, JobError, Source};
pub use traced::{Encoded, Fate, PatternFate, Provenance, Traced};

/// How a batch of graphs is traced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where it is done; see [`Strategy::effective`] for what `workers` adds to it.
    pub strategy: Option<Strategy>,
    /// At most so many worker processes; where none is given, as many as there are usable CPUs.
    pub workers: Option<NonZeroUsize>,
    /// Components of at least so many vertices are jobs of their own, where there are any.
    pub min_size: usize,
    /// Neither look into the store nor write to it.
    pub no_store: bool,
    /// Try again what is marked as having crashed workers.
    pub force: bool,
    /// Where traces are evaluated; recording them is for processors.
    pub device: Device,
}

impl Default for Options {
    fn default() -> Options {
        let device = Device::default();
        Options { strategy: None, workers: None, min_size: MIN_SIZE, no_store: false, force: false, device }
    }
}

/// Default of [`Options::min_size`]: below it a component is recorded faster than it is sent and fetched.
pub const MIN_SIZE: usize = 50;

/// What happens while a batch runs.
#[derive(Debug)]
pub enum Event {
    /// A trace is ready.
    Traced(Box<Traced>),
    /// A job failed.
    Failed {
        /// Its index.
        idx: i64,
        /// Its label.
        label: String,
        /// Why.
        error: JobError,
    },
    /// Padding, answered as padding.
    Padding {
        /// Its index, below zero.
        idx: i64,
    },
    /// How far it is.
    Progress {
        /// Graphs, padding apart; failed ones are done.
        graphs: Tally,
        /// Components of two or more vertices: done when their plans are there. How many there are is known of
        /// the graphs that have been cut or are done, so the total may grow.
        components: Tally,
    },
    /// What it is at from now on.
    Stage(BatchStage),
}

/// What a batch is at: for whoever waits where that takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchStage {
    /// A document is read, or a model built.
    Reading,
    /// A graph of so many vertices is cut into components, and these are numbered canonically.
    Numbering {
        /// Vertices of the graph.
        vertices: usize,
    },
    /// A component is recorded in this process: its vertices are ordered for elimination, and what fills in is found.
    Recording {
        /// Vertices of the component.
        vertices: usize,
    },
    /// Workers record graphs and components.
    Waiting {
        /// Jobs whose answers are missing.
        jobs: usize,
        /// Vertices of the largest component among them, as far as that is known.
        largest: usize,
    },
    /// A trace is put together, and its graph's hash computed.
    Stitching {
        /// Vertices of the graph.
        vertices: usize,
    },
}

/// So many done of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Done.
    pub done: usize,
    /// In all.
    pub total: usize,
}

/// Traces a batch and tells each result as it is ready; `Break` from `tell` ends the batch early.
///
/// # Errors
/// What concerns the batch as a whole: no daemon, [`Error::DuplicateIndex`], [`Error::Interrupted`]. What
/// concerns one job is told as [`Event::Failed`].
pub fn trace_batch(
    client: &Client,
    items: Vec<Item>,
    options: &Options,
    tell: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<(), Error> {
    run::Run::new(client, items, options, tell)?.all()
}

/// The library's one call: the traces of all graphs of a batch, by index. `strategy`, `workers` and `min_size`
/// are as for `sojourn trace`; padding is skipped.
///
/// # Errors
/// As [`trace_batch`], and [`Error::Job`] for the first job that failed.
pub fn compute_missing_traces(
    client: &Client,
    items: Vec<Item>,
    options: &Options,
) -> Result<BTreeMap<i64, Traced>, Error> {
    let mut traces = BTreeMap::new();
    let mut failed = None;
    trace_batch(client, items, options, &mut |event| match event {
        Event::Traced(traced) => {
            traces.insert(traced.idx, *traced);
            ControlFlow::Continue(())
        }
        Event::Failed { label, error, .. } => {
            failed = Some(Error::Job { label, message: error.message });
            ControlFlow::Break(())
        }
        Event::Padding { .. } | Event::Progress { .. } | Event::Stage(_) => ControlFlow::Continue(()),
    })?;
    failed.map_or(Ok(traces), Err)
}

#[cfg(test)]
mod tests;
