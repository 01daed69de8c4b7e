//! A batch of graphs from its first look-up to its last result.

mod daemon;
mod kept;
mod local;

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use sojourn_engine::{Chain, Pattern, Plan, Trace};
use sojourn_proto::{FailureKind, Key, WorkKind};

use super::assembly::Assembly;
use super::lookup::{self, Puts};
use super::traced::{Fate, Provenance, Traced};
use super::{Event, Item, JobError, Options, Tally};
use crate::connection::Connection;
use crate::strategy::{BREAK_EVEN_NANOS, estimated_nanos};
use crate::{Client, Error, Strategy};
use kept::Kept;

/// A graph under way.
struct Graph {
    idx: i64,
    label: String,
    claim: Option<Key>,
    chain: Chain,
    payload: Bytes,
    key: Key,
    parts: Option<Assembly>,
}

/// A batch under way.
pub(super) struct Run<'a> {
    client: &'a Client,
    options: &'a Options,
    tell: &'a mut dyn FnMut(Event) -> ControlFlow<()>,
    graphs: Vec<Option<Graph>>,
    connection: Option<Arc<Connection>>,
    puts: Puts,
    plans: Kept,
    /// Patterns to be recorded here.
    small: VecDeque<(Key, Pattern)>,
    /// Graphs that wait for each pattern asked for and not there yet.
    waiting: HashMap<Key, Vec<usize>>,
    progress: Tally,
    components: Tally,
    stopped: bool,
}

impl<'a> Run<'a> {
    /// Answers padding and what can not be traced; encodes the rest.
    pub(super) fn new(
        client: &'a Client,
        items: Vec<Item>,
        options: &'a Options,
        tell: &'a mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Run<'a>, Error> {
        let mut seen = HashSet::new();
        if let Some(twice) = items.iter().find(|item| item.idx >= 0 && !seen.insert(item.idx)) {
            return Err(Error::DuplicateIndex(twice.idx));
        }
        let total = seen.len();
        let mut run = Run {
            client,
            options,
            tell,
            graphs: Vec::with_capacity(total),
            connection: None,
            puts: Puts::default(),
            plans: Kept::default(),
            small: VecDeque::new(),
            waiting: HashMap::new(),
            progress: Tally { done: 0, total },
            components: Tally::default(),
            stopped: false,
        };
        for item in items {
            run.admit(item)?;
        }
        Ok(run)
    }

    fn admit(&mut self, item: Item) -> Result<(), Error> {
        self.client.interrupt().check()?;
        let Item { idx, label, claim, chain } = item;
        match chain {
            _ if idx < 0 => self.say(Event::Padding { idx }),
            Ok(chain) => {
                let payload = Bytes::from(chain.encode());
                let key = WorkKind::Graph.key(&payload);
                self.graphs.push(Some(Graph { idx, label, claim, chain, payload, key, parts: None }));
            }
            Err(error) => {
                self.progress.done += 1;
                self.say(Event::Failed { idx, label, error });
            }
        }
        Ok(())
    }

    /// Runs it to the end.
    pub(super) fn all(mut self) -> Result<(), Error> {
        match Strategy::effective(self.options.strategy, self.options.workers) {
            Strategy::Sequential => self.in_process()?,
            Strategy::Vmap => {
                self.connection = Some(self.client.connect()?);
                self.take_stored()?;
                self.through_daemon()?;
            }
            Strategy::Auto => self.automatic()?,
        }
        self.puts.finish(self.client)
    }

    /// What a running daemon has stored is taken; the rest is weighed.
    fn automatic(&mut self) -> Result<(), Error> {
        self.connection = match self.client.connect_running() {
            Ok(connection) => Some(connection),
            Err(Error::NoDaemon { .. }) => None,
            Err(error) => return Err(error),
        };
        self.take_stored()?;
        let missing = self.graphs.iter().flatten();
        let nanos = missing.fold(0, |sum: u64, g| sum.saturating_add(estimated_nanos(g.chain.edge_count())));
        if nanos == 0 || nanos < BREAK_EVEN_NANOS {
            return self.in_process();
        }
        self.connection = Some(self.client.connect()?);
        self.through_daemon()
    }

    /// Answers the graphs whose traces are stored.
    fn take_stored(&mut self) -> Result<(), Error> {
        let Some(connection) = self.connection.clone() else { return Ok(()) };
        if self.options.no_store {
            return Ok(());
        }
        let places: Vec<usize> = (0..self.graphs.len()).filter(|&at| self.graphs[at].is_some()).collect();
        let keys: Vec<Key> =
            places.iter().filter_map(|&at| self.graphs[at].as_ref()).map(|g| g.key).collect();
        let found = lookup::traces(self.client, &connection, &keys)?;
        for (at, bytes) in places.into_iter().zip(found) {
            let Some(bytes) = bytes else { continue };
            // What does not decode, of another version say, is recorded anew.
            let Ok(trace) = Trace::decode(&bytes) else { continue };
            let Some(graph) = self.graphs[at].take() else { continue };
            self.finish(graph, trace, bytes, Provenance::Stored);
        }
        Ok(())
    }

    /// Tells a result, after its claim was checked.
    fn finish(&mut self, graph: Graph, trace: Trace, bytes: Bytes, provenance: Provenance) {
        let hash = Key(trace.hash());
        if let Some(claim) = graph.claim.filter(|&claim| claim != hash) {
            let message = format!("the graph's hash is {hash}, not {claim} as given");
            return self.fail(graph, JobError::of_kind(FailureKind::HashMismatch, message));
        }
        if graph.parts.is_none() {
            let components = trace.component_summaries().count();
            self.components.done += components;
            self.components.total += components;
        }
        let patterns = trace.summary().patterns;
        let computed = provenance.computed(patterns);
        self.progress.done += 1;
        self.say(Event::Traced(Box::new(Traced {
            idx: graph.idx,
            label: graph.label,
            trace,
            bytes,
            computed,
            reused: patterns - computed,
            cached: provenance.cached(),
            work: provenance.work(),
            provenance,
        })));
        self.tell_progress();
    }

    fn fail(&mut self, graph: Graph, error: JobError) {
        self.progress.done += 1;
        if let Some(parts) = &graph.parts {
            self.components.done += parts.components() - parts.components_done();
        }
        self.say(Event::Failed { idx: graph.idx, label: graph.label, error });
        self.tell_progress();
    }

    fn tell_progress(&mut self) {
        let (graphs, components) = (self.progress, self.components);
        self.say(Event::Progress { graphs, components });
    }

    /// Gives a graph one of its plans, and stitches it if that was the last.
    fn give_plan(&mut self, at: usize, key: &Key, plan: &Arc<Plan>, fate: Fate) {
        let Some(parts) = self.graphs[at].as_mut().and_then(|graph| graph.parts.as_mut()) else { return };
        let components = parts.arrived(key, plan, fate);
        let complete = parts.is_complete();
        if components > 0 {
            self.components.done += components;
            self.tell_progress();
        }
        if complete {
            self.stitch(at);
        }
    }

    fn stitch(&mut self, at: usize) {
        let Some(graph) = self.graphs[at].take() else { return };
        let Some(parts) = &graph.parts else { return };
        match parts.stitch(&graph.chain) {
            Ok((trace, fates)) => {
                let bytes = Bytes::from(trace.encode());
                self.store(graph.key, &trace, &bytes);
                self.finish(graph, trace, bytes, Provenance::Patterns(fates));
            }
            Err(error) => self.fail(graph, error),
        }
    }

    fn say(&mut self, event: Event) {
        if !self.stopped && (self.tell)(event).is_break() {
            self.stopped = true;
        }
    }

    /// Gives a trace made here to the store.
    fn store(&mut self, graph: Key, trace: &Trace, bytes: &Bytes) {
        if self.options.no_store {
            return;
        }
        if let Some(connection) = &self.connection {
            self.puts.send(connection, graph, Key(trace.hash()), bytes.clone());
        }
    }
}
