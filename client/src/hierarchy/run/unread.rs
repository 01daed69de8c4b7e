//! Graphs that were not read yet: those whose traces are stored need not be.

use sojourn_engine::Chain;
use sojourn_proto::Key;

use super::super::lookup;
use super::super::traced::{Encoded, Provenance};
use super::super::{BatchStage, Event};
use super::Run;
use crate::load::{Document, LoadError, Problem};
use crate::{Error, Loaded};

impl Run<'_> {
    /// Answers the documents whose traces are stored, and reads the others, all of them before anything is told:
    /// who named a wrong file wants to know that first.
    pub(super) fn read_documents(&mut self) -> Result<(), Error> {
        let unread = std::mem::take(&mut self.unread);
        let documents: Vec<&Document> = unread.iter().map(|(_, document)| document).collect();
        let known = self.known(&documents)?;
        let (mut stored, mut wrong) = (Vec::new(), Vec::new());
        for ((named, document), known) in unread.into_iter().zip(known) {
            self.client.interrupt().check()?;
            let digest = match known {
                Known::Trace(trace) => {
                    stored.push((named, *trace));
                    continue;
                }
                Known::Digest(digest) => Some(digest),
                Known::Nothing => None,
            };
            self.say(Event::Stage(BatchStage::Reading));
            match chain(&named.label, &document) {
                Ok(chain) => self.add(named, digest, chain),
                Err(error) => wrong.push(error),
            }
        }
        if !wrong.is_empty() {
            return Err(Error::Load(wrong));
        }
        stored.into_iter().for_each(|(named, trace)| self.finish(named, trace, Provenance::Stored));
        Ok(())
    }

    fn known(&self, documents: &[&Document]) -> Result<Vec<Known>, Error> {
        let Some(connection) = self.connection.as_ref().filter(|_| !self.options.no_store) else {
            return Ok(documents.iter().map(|_| Known::Nothing).collect());
        };
        let digests: Vec<Key> = documents.iter().map(|document| document.digest()).collect();
        let found = lookup::traces(self.client, connection, &digests, &lookup::BY_DOCUMENT)?;
        let known = |(digest, trace): (Key, Option<Encoded>)| {
            trace.map_or(Known::Digest(digest), |trace| Known::Trace(Box::new(trace)))
        };
        Ok(digests.into_iter().zip(found).map(known).collect())
    }
}

/// What is known of a document before it is read.
enum Known {
    /// Nothing: no store is asked.
    Nothing,
    /// Its digest, under which nothing is stored.
    Digest(Key),
    /// Its trace.
    Trace(Box<Encoded>),
}

fn chain(label: &str, document: &Document) -> Result<Chain, LoadError> {
    match document.load()? {
        Loaded::Graph(graph) => Ok(Chain::new(&graph)),
        Loaded::Trace(_) => Err(LoadError::new(label, Problem::TraceNotGraph)),
    }
}
