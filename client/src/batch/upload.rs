//! One message of a batch, as large as it should be.

use std::sync::Arc;

use sojourn_proto::{Request, Unit, limits};

use super::{Batch, Sent, Work};
use crate::Error;

impl Batch<'_> {
    /// Sends as many pending jobs as one message holds.
    pub(super) fn send_message(&mut self) -> Result<(), Error> {
        let connection = match &self.connection {
            Some(connection) if connection.is_open() => Arc::clone(connection),
            Some(connection) => return Err(connection.lost("it ended")),
            None => {
                let connection = self.client.connect()?;
                self.connection = Some(Arc::clone(&connection));
                connection
            }
        };
        let works = self.next_message();
        let limited = self.options.workers > 0;
        let id = match self.open {
            Some(id) => id,
            None => {
                let id = connection.new_id();
                connection.route(id, self.sender.clone());
                id
            }
        };
        self.open = limited.then_some(id);
        self.messages += 1;
        let message = self.messages;
        self.in_flight.insert(message, works.len());
        let mut room = limits::BUNDLE_BYTES;
        let mut units = Vec::with_capacity(works.len());
        let mut sent = Vec::with_capacity(works.len());
        let mut broken = None;
        for work in works {
            if broken.is_none() {
                match connection.upload(work.payload.clone(), room) {
                    Ok(payload) => {
                        if let sojourn_proto::Payload::Inline(bytes) = &payload {
                            room -= bytes.len();
                        }
                        units.push(Unit { idx: work.idx, kind: work.kind, key: work.key, payload });
                    }
                    Err(error) => broken = Some(error),
                }
            }
            sent.push((work.idx, Sent { work, message }));
        }
        self.sent.entry(id).or_default().extend(sent);
        match broken {
            Some(error) => Err(error),
            None => connection.send(&Request::Submit { id, options: self.options, units, more: limited }),
        }
    }

    /// Takes the next message's jobs from those pending: bounded in number, and in what goes up in chunks.
    fn next_message(&mut self) -> Vec<Work> {
        let mut works = Vec::new();
        let (mut bytes, mut blobs) = (0, 0);
        while let Some(work) = self.pending.front() {
            let length = work.payload.len();
            let large = usize::from(length > limits::INLINE_BYTES || bytes + length > limits::BUNDLE_BYTES);
            let full = works.len() >= limits::UNITS_PER_MESSAGE
                || blobs + large > limits::BLOBS / 4
                || bytes + length > limits::FRAME_BYTES;
            if full && !works.is_empty() {
                break;
            }
            bytes += length;
            blobs += large;
            works.extend(self.pending.pop_front());
        }
        works
    }
}
