//! A batch of graphs from its first look-up to its last result.

mod daemon;
mod kept;
mod local;
mod unread;

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use sojourn_engine::{Chain, Pattern, Plan};
use sojourn_proto::{FailureKind, Key, Table, WorkKind};

use super::assembly::Assembly;
use super::item::Source;
use super::lookup::{self, Puts};
use super::traced::{Encoded, Fate, Provenance, Traced};
use super::{Event, Item, JobError, Options, Tally};
use crate::connection::Connection;
use crate::load::Document;
use crate::strategy::{BREAK_EVEN_NANOS, estimated_nanos};
use crate::{Client, Error, Strategy};
use kept::Kept;

/// What is known of a graph before it is read.
struct Named {
    idx: i64,
    label: String,
    claim: Option<Key>,
}

/// A graph under way.
struct Graph {
    named: Named,
    /// Digest of the document it was read from, under which its trace is to be found next time.
    document: Option<Key>,
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
    /// Not read yet.
    unread: Vec<(Named, Document)>,
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
            unread: Vec::new(),
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
        let Item { idx, label, claim, graph } = item;
        let named = Named { idx, label, claim };
        match graph {
            _ if idx < 0 => self.say(Event::Padding { idx }),
            Source::Chain(chain) => self.add(named, None, *chain),
            Source::Document(document) => self.unread.push((named, document)),
            Source::Missing(error) => self.fail(named, error),
        }
        Ok(())
    }

    fn add(&mut self, named: Named, document: Option<Key>, chain: Chain) {
        let payload = Bytes::from(chain.encode());
        let key = WorkKind::Graph.key(&payload);
        self.graphs.push(Some(Graph { named, document, chain, payload, key, parts: None }));
    }

    /// Runs it to the end.
    pub(super) fn all(mut self) -> Result<(), Error> {
        match Strategy::effective(self.options.strategy, self.options.workers) {
            Strategy::Sequential => {
                self.read_documents()?;
                self.in_process()?;
            }
            Strategy::Vmap => {
                self.connection = Some(self.client.connect()?);
                self.read_documents()?;
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
        self.read_documents()?;
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
        let keys: Vec<Key> = self.graphs.iter().flatten().map(|graph| graph.key).collect();
        let found = lookup::traces(self.client, &connection, &keys, &lookup::BY_GRAPH)?;
        for (at, trace) in found.into_iter().enumerate() {
            let Some(trace) = trace else { continue };
            let Some(graph) = self.graphs[at].take() else { continue };
            self.link(&graph);
            self.finish(graph.named, trace, Provenance::Stored);
        }
        Ok(())
    }

    /// Tells a result, after its claim was checked.
    fn finish(&mut self, named: Named, trace: Encoded, provenance: Provenance) {
        let hash = Key(trace.summary().hash);
        if let Some(claim) = named.claim.filter(|&claim| claim != hash) {
            let message = format!("the graph's hash is {hash}, not {claim} as given");
            return self.fail(named, JobError::of_kind(FailureKind::HashMismatch, message));
        }
        if !matches!(provenance, Provenance::Patterns(_)) {
            let components = trace.summary().cyclic_components;
            self.components.done += components;
            self.components.total += components;
        }
        let patterns = trace.summary().patterns;
        let computed = provenance.computed(patterns);
        self.progress.done += 1;
        self.say(Event::Traced(Box::new(Traced {
            idx: named.idx,
            label: named.label,
            trace,
            computed,
            reused: patterns - computed,
            cached: provenance.cached(),
            work: provenance.work(),
            provenance,
        })));
        self.tell_progress();
    }

    fn fail(&mut self, named: Named, error: JobError) {
        self.progress.done += 1;
        self.say(Event::Failed { idx: named.idx, label: named.label, error });
        self.tell_progress();
    }

    /// A graph fails that may have been cut into components.
    fn give_up(&mut self, graph: Graph, error: JobError) {
        if let Some(parts) = &graph.parts {
            self.components.done += parts.components() - parts.components_done();
        }
        self.fail(graph.named, error);
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
                let trace = Encoded::from(trace);
                self.store(&graph, &trace);
                self.finish(graph.named, trace, Provenance::Patterns(fates));
            }
            Err(error) => self.give_up(graph, error),
        }
    }

    fn say(&mut self, event: Event) {
        if !self.stopped && (self.tell)(event).is_break() {
            self.stopped = true;
        }
    }

    /// Gives a trace made here to the store.
    fn store(&mut self, graph: &Graph, trace: &Encoded) {
        if let Some(connection) = self.connection.as_ref().filter(|_| !self.options.no_store) {
            let mut entries = vec![(Table::Manifest, graph.key), (Table::Names, Key(trace.summary().hash))];
            entries.extend(graph.document.map(|digest| (Table::Files, digest)));
            self.puts.send(connection, entries, trace.bytes().clone());
        }
    }

    /// Lets the trace of a graph, which the store has, be found by the graph's document next time.
    fn link(&mut self, graph: &Graph) {
        let connection = self.connection.as_ref().filter(|_| !self.options.no_store);
        if let (Some(connection), Some(digest)) = (connection, graph.document) {
            self.puts.link(connection, graph.key, digest);
        }
    }
}
