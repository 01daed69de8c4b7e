//! Telling results, and giving them to the store.

use sojourn_proto::{FailureKind, Key, Table};

use super::super::traced::{Encoded, Provenance, Traced};
use super::super::{BatchStage, Event, JobError};
use super::{Graph, Named, Run};

impl Run<'_> {
    /// Tells the result of a graph, and of its copies.
    pub(super) fn done(&mut self, graph: Graph, trace: Encoded, provenance: Provenance) {
        for same in graph.copies {
            if same.document != graph.document {
                self.link(graph.key, same.document);
            }
            self.finish(same.named, trace.clone(), provenance.shared());
        }
        self.finish(graph.named, trace, provenance);
    }

    /// Tells a result, after its claim was checked.
    pub(super) fn finish(&mut self, named: Named, trace: Encoded, provenance: Provenance) {
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

    pub(super) fn fail(&mut self, named: Named, error: JobError) {
        self.progress.done += 1;
        self.say(Event::Failed { idx: named.idx, label: named.label, error });
        self.tell_progress();
    }

    /// A graph fails that may have been cut into components.
    pub(super) fn give_up(&mut self, graph: Graph, error: JobError) {
        if let Some(parts) = &graph.parts {
            self.components.done += parts.components() - parts.components_done();
        }
        for same in graph.copies {
            self.fail(same.named, error.clone());
        }
        self.fail(graph.named, error);
    }

    pub(super) fn tell_progress(&mut self) {
        let (graphs, components) = (self.progress, self.components);
        self.say(Event::Progress { graphs, components });
    }

    /// Tells that a graph is about to be numbered.
    pub(super) fn say_numbering(&mut self, at: usize) {
        if let Some(graph) = &self.graphs[at] {
            let vertices = graph.chain.len();
            self.say(Event::Stage(BatchStage::Numbering { vertices }));
        }
    }

    pub(super) fn say(&mut self, event: Event) {
        if !self.stopped && (self.tell)(event).is_break() {
            self.stopped = true;
        }
    }

    /// Gives a trace made here to the store.
    pub(super) fn store(&mut self, graph: &Graph, trace: &Encoded) {
        if let Some(connection) = self.connection.as_ref().filter(|_| !self.options.no_store) {
            let mut entries = vec![(Table::Manifest, graph.key), (Table::Names, Key(trace.summary().hash))];
            entries.extend(graph.document.map(|digest| (Table::Files, digest)));
            self.puts.send(connection, entries, trace.bytes().clone());
        }
    }

    /// Lets the trace of a graph, which the store has, be found by the graph's document next time.
    pub(super) fn link(&mut self, graph: Key, document: Option<Key>) {
        let connection = self.connection.as_ref().filter(|_| !self.options.no_store);
        if let (Some(connection), Some(digest)) = (connection, document) {
            self.puts.link(connection, graph, digest);
        }
    }
}
