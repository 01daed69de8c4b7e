//! A batch of graphs from its first look-up to its last result.

mod daemon;
mod kept;
mod local;
mod results;
mod unread;

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use sojourn_engine::{Chain, Pattern, Plan};
use sojourn_proto::{Key, WorkKind};

use super::assembly::Assembly;
use super::item::Source;
use super::lookup::{self, Puts};
use super::traced::{Encoded, Fate, Provenance};
use super::{BatchStage, Event, Item, Options, Tally};
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
    /// The same graph again, in this batch.
    copies: Vec<Again>,
}

/// A graph that is the same as another of the batch.
struct Again {
    named: Named,
    document: Option<Key>,
}

/// A batch under way.
pub(super) struct Run<'a> {
    client: &'a Client,
    options: &'a Options,
    tell: &'a mut dyn FnMut(Event) -> ControlFlow<()>,
    /// Not read yet.
    unread: Vec<(Named, Document)>,
    graphs: Vec<Option<Graph>>,
    /// Place of each graph by its key.
    places: HashMap<Key, usize>,
    connection: Option<Arc<Connection>>,
    puts: Puts,
    plans: Kept,
    /// Patterns to be recorded here.
    small: VecDeque<(Key, Pattern)>,
    /// Graphs that wait for each pattern asked for and not there yet.
    waiting: HashMap<Key, Vec<usize>>,
    /// When it was last told what is waited for.
    waiting_told: Option<Instant>,
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
            places: HashMap::new(),
            connection: None,
            puts: Puts::default(),
            plans: Kept::default(),
            small: VecDeque::new(),
            waiting: HashMap::new(),
            waiting_told: None,
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
        let place = *self.places.entry(key).or_insert(self.graphs.len());
        match self.graphs.get_mut(place).and_then(Option::as_mut) {
            Some(same) => same.copies.push(Again { named, document }),
            None => {
                let (parts, copies) = (None, Vec::new());
                self.graphs.push(Some(Graph { named, document, chain, payload, key, parts, copies }));
            }
        }
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
            self.link(graph.key, graph.document);
            self.done(graph, trace, Provenance::Stored);
        }
        Ok(())
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
        self.say(Event::Stage(BatchStage::Stitching { vertices: graph.chain.len() }));
        match parts.stitch(&graph.chain) {
            Ok((trace, fates)) => {
                let trace = Encoded::from(trace);
                self.store(&graph, &trace);
                self.done(graph, trace, Provenance::Patterns(fates));
            }
            Err(error) => self.give_up(graph, error),
        }
    }
}
