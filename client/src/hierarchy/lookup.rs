//! Whole traces: asking the store for them, and giving them to it.

use std::sync::mpsc::{Receiver, channel};

use bytes::Bytes;
use sojourn_proto::{Key, Reply, Request, RequestId, Table, Wanted, limits};

use super::traced::Encoded;
use crate::batch::inline;
use crate::connection::Connection;
use crate::{Client, Error};

/// Where the trace of a graph is looked for by the graph's key: what this user put there, then what workers did.
pub(super) const BY_GRAPH: [Table; 2] = [Table::Manifest, Table::Traces];

/// Where it is looked for by the digest of the document that the graph is read from.
pub(super) const BY_DOCUMENT: [Table; 1] = [Table::Files];

/// Stored traces under keys, each looked for in these tables. What can not be used, of another version say, is as
/// good as not there.
pub(super) fn traces(
    client: &Client,
    connection: &Connection,
    keys: &[Key],
    tables: &[Table],
) -> Result<Vec<Option<Encoded>>, Error> {
    let mut found = Vec::with_capacity(keys.len());
    for keys in keys.chunks(limits::LOOKUPS_PER_MESSAGE) {
        let wanted = keys.iter().map(|&key| Wanted { key, tables: tables.to_vec() }).collect();
        let reply = connection.call(client.interrupt(), |id| Request::Lookup { id, wanted })?;
        let Reply::Found { payloads, .. } = reply else {
            return Err(Error::Protocol(format!("a look-up was answered by {reply:?}")));
        };
        if payloads.len() != keys.len() {
            return Err(Error::Protocol("a look-up was answered in another length".into()));
        }
        found.extend(payloads.into_iter().map(|payload| Encoded::new(inline(payload?)).ok()));
    }
    Ok(found)
}

/// Traces on their way into the store. What fails here costs a later look-up and nothing else.
#[derive(Debug, Default)]
pub(super) struct Puts(Vec<Receiver<Reply>>);

impl Puts {
    /// Sends a trace to be stored under keys, without waiting.
    pub(super) fn send(&mut self, connection: &Connection, entries: Vec<(Table, Key)>, trace: Bytes) {
        if let Ok(payload) = connection.upload(trace, limits::INLINE_BYTES) {
            self.ask(connection, |id| Request::Put { id, entries, payload });
        }
    }

    /// Lets the trace that is stored for a graph be found by a document as well, without waiting.
    pub(super) fn link(&mut self, connection: &Connection, graph: Key, document: Key) {
        let wanted = Wanted { key: graph, tables: BY_GRAPH.to_vec() };
        let entries = vec![(Table::Files, document)];
        self.ask(connection, |id| Request::Link { id, wanted, entries });
    }

    fn ask(&mut self, connection: &Connection, request: impl FnOnce(RequestId) -> Request) {
        let (sender, done) = channel();
        let id = connection.new_id();
        connection.route(id, sender);
        if connection.send(&request(id)).is_ok() {
            self.0.push(done);
        }
    }

    /// Waits until all are stored, or refused, so that whoever asks next finds them.
    pub(super) fn finish(&mut self, client: &Client) -> Result<(), Error> {
        for done in self.0.drain(..) {
            while let Err(std::sync::mpsc::RecvTimeoutError::Timeout) =
                done.recv_timeout(crate::Interrupt::PATIENCE)
            {
                client.interrupt().check()?;
            }
        }
        Ok(())
    }
}
