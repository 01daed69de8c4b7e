//! Whole traces: asking the store for them, and giving them to it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use bytes::Bytes;
use sojourn_proto::{Key, Reply, Request, Table, limits};

use crate::batch::inline;
use crate::connection::Connection;
use crate::{Client, Error};

/// Stored traces under graph keys, each table asked for each key; none where neither has one.
pub(super) fn traces(
    client: &Client,
    connection: &Connection,
    keys: &[Key],
) -> Result<Vec<Option<Bytes>>, Error> {
    let mut found = Vec::with_capacity(keys.len());
    for keys in keys.chunks(limits::LOOKUPS_PER_MESSAGE / 2) {
        let entries = keys.iter().flat_map(|&key| [(Table::Manifest, key), (Table::Traces, key)]).collect();
        let reply = connection.call(client.interrupt(), |id| Request::Lookup { id, entries })?;
        let Reply::Found { payloads, .. } = reply else {
            return Err(Error::Protocol(format!("a look-up was answered by {reply:?}")));
        };
        if payloads.len() != 2 * keys.len() {
            return Err(Error::Protocol("a look-up was answered in another length".into()));
        }
        let mut payloads = payloads.into_iter().map(|payload| payload.map(inline));
        while let (Some(own), Some(common)) = (payloads.next(), payloads.next()) {
            found.push(own.or(common));
        }
    }
    Ok(found)
}

/// Traces on their way into the store. What fails here costs a later look-up and nothing else.
#[derive(Debug, Default)]
pub(super) struct Puts(Vec<Receiver<Reply>>);

impl Puts {
    /// Sends a trace under the key of its graph and under its canonical hash, without waiting.
    pub(super) fn send(&mut self, connection: &Arc<Connection>, graph: Key, name: Key, trace: Bytes) {
        let Ok(payload) = connection.upload(trace, limits::INLINE_BYTES) else { return };
        let (sender, done) = channel();
        let id = connection.new_id();
        connection.route(id, sender);
        let entries = vec![(Table::Manifest, graph), (Table::Names, name)];
        if connection.send(&Request::Put { id, entries, payload }).is_ok() {
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
