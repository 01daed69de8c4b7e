//! A batch of jobs under way: units go up as the window allows, answers come back as each is ready, and what
//! was refused as too much or lost with a connection goes up again.

mod upload;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sojourn_proto::{
    Answer, BatchOptions, Failure, FailureKind, Key, Outcome, Payload, Reply, Request, RequestId, WorkKind,
};

use crate::connection::Connection;
use crate::{Client, Error, Interrupt};

/// One `(idx, hash, graph)`, ready for the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Place in the batch; below zero it is padding.
    pub idx: i64,
    /// What the payload is.
    pub kind: WorkKind,
    /// [`WorkKind::key`] of the payload.
    pub key: Key,
    /// Encoded chain or pattern.
    pub payload: Bytes,
}

/// What became of a job; see [`Outcome`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Place in the batch.
    pub idx: i64,
    /// What became of it; bytes always stand inline.
    pub outcome: Outcome,
}

/// Messages that may have unanswered jobs at once: enough that the daemon never waits for the next, few enough
/// that a large batch is not copied whole into its queue.
const WINDOW: usize = 4;

/// Times that a batch connects anew without an answer in between, before it gives up.
const RECONNECTS: u32 = 3;

/// A batch under way. Without a limit on workers each of its messages is a batch of its own to the daemon, so
/// that a refusal names exactly the units it refuses. A limit on workers holds for one batch of the daemon's, so
/// with one set the messages go up under one number, as parts of one batch that stays open while jobs of it are
/// unanswered.
#[derive(Debug)]
pub struct Batch<'a> {
    client: &'a Client,
    options: BatchOptions,
    connection: Option<Arc<Connection>>,
    sender: Sender<Reply>,
    replies: Receiver<Reply>,
    indices: HashSet<i64>,
    /// Not sent, or to be sent again.
    pending: VecDeque<Work>,
    /// Sent and not fully answered, by the number under which it went up.
    sent: HashMap<RequestId, HashMap<i64, Sent>>,
    /// Jobs without an answer of each message that has any.
    in_flight: HashMap<u64, usize>,
    messages: u64,
    /// The number that further messages go up under, where a limit on workers is set.
    open: Option<RequestId>,
    /// Messages that may be in flight.
    window: usize,
    ready: VecDeque<Answered>,
    not_before: Option<Instant>,
    reconnects: u32,
}

/// A job at the daemon.
#[derive(Debug)]
struct Sent {
    work: Work,
    message: u64,
}

impl<'a> Batch<'a> {
    /// An empty batch.
    pub fn new(client: &'a Client, options: BatchOptions) -> Batch<'a> {
        Batch::windowed(client, options, WINDOW)
    }

    /// An empty batch of which so many messages may be unanswered at once.
    pub(crate) fn windowed(client: &'a Client, options: BatchOptions, window: usize) -> Batch<'a> {
        let (sender, replies) = channel();
        Batch {
            client,
            options,
            connection: None,
            sender,
            replies,
            indices: HashSet::new(),
            pending: VecDeque::new(),
            sent: HashMap::new(),
            in_flight: HashMap::new(),
            messages: 0,
            open: None,
            window,
            ready: VecDeque::new(),
            not_before: None,
            reconnects: 0,
        }
    }

    /// Adds a job; it goes up at the next [`Batch::pump`], [`Batch::try_next`] or [`Batch::wait_next`].
    ///
    /// # Errors
    /// [`Error::DuplicateIndex`] unless it is padding.
    pub fn push(&mut self, work: Work) -> Result<(), Error> {
        if work.idx < 0 {
            // Answered here: it would only travel to be answered so.
            self.ready.push_back(Answered { idx: work.idx, outcome: Outcome::Padding });
            return Ok(());
        }
        if !self.indices.insert(work.idx) {
            return Err(Error::DuplicateIndex(work.idx));
        }
        self.pending.push_back(work);
        Ok(())
    }

    /// Jobs without an answer.
    pub fn unanswered(&self) -> usize {
        self.pending.len() + self.sent.values().map(HashMap::len).sum::<usize>()
    }

    /// Sends what the window allows; does not wait for answers.
    ///
    /// # Errors
    /// As [`Client::connect`]; a connection lost meanwhile is made anew.
    pub fn pump(&mut self) -> Result<(), Error> {
        while !self.pending.is_empty()
            && self.in_flight.len() < self.window
            && self.not_before.is_none_or(|then| Instant::now() >= then)
        {
            self.not_before = None;
            match self.send_message() {
                Err(error) if error.is_lost() => self.start_over(error)?,
                other => other?,
            }
        }
        Ok(())
    }

    /// The next answer that is there already.
    ///
    /// # Errors
    /// As [`Batch::wait_next`].
    pub fn try_next(&mut self) -> Result<Option<Answered>, Error> {
        self.pump()?;
        while self.ready.is_empty() {
            match self.replies.try_recv() {
                Ok(reply) => self.take(reply)?,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        Ok(self.ready.pop_front())
    }

    /// The next answer, waited for; none once every job has been answered.
    ///
    /// # Errors
    /// [`Error::Refused`] where the daemon will not take a message, [`Error::Interrupted`], and those of
    /// [`Client::connect`] where the connection was lost and can not be made anew.
    pub fn wait_next(&mut self) -> Result<Option<Answered>, Error> {
        loop {
            if let Some(answer) = self.try_next()? {
                return Ok(Some(answer));
            }
            if self.unanswered() == 0 {
                self.close();
                return Ok(None);
            }
            if self.client.interrupt().is_set() {
                self.cancel();
                return Err(Error::Interrupted);
            }
            let patience = self.not_before.map_or(Interrupt::PATIENCE, |then| {
                then.saturating_duration_since(Instant::now())
                    .clamp(Duration::from_millis(1), Interrupt::PATIENCE)
            });
            if let Ok(reply) = self.replies.recv_timeout(patience) {
                self.take(reply)?;
            } else if self.connection.as_ref().is_some_and(|connection| !connection.is_open()) {
                // Replies that came before the end are all in the channel by now.
                while let Ok(reply) = self.replies.try_recv() {
                    self.take(reply)?;
                }
                self.reconnect()?;
            }
        }
    }

    /// Gives up what is unanswered, here and at the daemon.
    pub fn cancel(&mut self) {
        self.pending.clear();
        self.in_flight.clear();
        let sent = std::mem::take(&mut self.sent);
        sent.into_keys().for_each(|batch| self.cancel_at_daemon(batch));
        // All of it may be answered, and the batch open all the same.
        if let Some(batch) = self.open.take() {
            self.cancel_at_daemon(batch);
        }
    }

    fn cancel_at_daemon(&self, batch: RequestId) {
        if let Some(connection) = &self.connection {
            // Where this fails the connection is gone, and with it the batch.
            let _ = connection.send(&Request::Cancel { id: connection.new_id(), batch });
        }
    }

    /// Tells the daemon that no more comes of a batch in several messages; what is pushed later is a new one.
    fn close(&mut self) {
        let (Some(id), Some(connection)) = (self.open.take(), &self.connection) else { return };
        self.sent.remove(&id);
        let last = Request::Submit { id, options: self.options, units: Vec::new(), more: false };
        // Where this fails the connection is gone, and with it the batch.
        let _ = connection.send(&last);
    }

    fn reconnect(&mut self) -> Result<(), Error> {
        let lost = match &self.connection {
            Some(connection) => connection.lost("it ended"),
            None => Error::Lost("it ended".into()),
        };
        self.start_over(lost)
    }

    /// After the loss of a connection everything unanswered is to be sent again.
    fn start_over(&mut self, lost: Error) -> Result<(), Error> {
        self.reconnects += 1;
        if self.reconnects > RECONNECTS {
            return Err(lost);
        }
        (self.connection, self.open) = (None, None);
        self.in_flight.clear();
        let sent = self.sent.drain().flat_map(|(_, works)| works.into_values());
        let mut again: Vec<Work> = sent.map(|sent| sent.work).collect();
        again.sort_unstable_by_key(|work| work.idx);
        again.extend(self.pending.drain(..));
        self.pending = again.into();
        // Late replies of the old connection have no message here, but a new connection counts from 1 again.
        (self.sender, self.replies) = channel();
        Ok(())
    }

    fn take(&mut self, reply: Reply) -> Result<(), Error> {
        match reply {
            Reply::Results { id, answers, .. } => {
                self.reconnects = 0;
                answers.into_iter().for_each(|answer| self.settle(id, answer));
                Ok(())
            }
            Reply::Finished { id, .. } => {
                // All were answered before; one that was not is not to be waited for.
                for work in self.take_back(id) {
                    let failure = Failure::new(FailureKind::ProtocolViolation, "the daemon gave no answer");
                    self.ready.push_back(Answered { idx: work.idx, outcome: Outcome::Failed(failure) });
                }
                Ok(())
            }
            Reply::Refused { id, failure, retry_after_ms } => self.refused(id, failure, retry_after_ms),
            other => Err(Error::Protocol(format!("a batch was answered by {other:?}"))),
        }
    }

    fn settle(&mut self, id: RequestId, answer: Answer) {
        let Some(works) = self.sent.get_mut(&id) else { return };
        let Some(Sent { message, .. }) = works.remove(&answer.idx) else { return };
        if works.is_empty() && self.open != Some(id) {
            self.sent.remove(&id);
        }
        self.landed(message);
        self.ready.push_back(Answered { idx: answer.idx, outcome: answer.outcome });
    }

    /// A job of a message is no longer waited for.
    fn landed(&mut self, message: u64) {
        if let Some(unanswered) = self.in_flight.get_mut(&message) {
            *unanswered -= 1;
            if *unanswered == 0 {
                self.in_flight.remove(&message);
            }
        }
    }

    /// What went up under a number and has no answer, by index.
    fn take_back(&mut self, id: RequestId) -> Vec<Work> {
        let sent: Vec<Sent> = self.sent.remove(&id).unwrap_or_default().into_values().collect();
        sent.iter().for_each(|sent| self.landed(sent.message));
        let mut works: Vec<Work> = sent.into_iter().map(|sent| sent.work).collect();
        works.sort_unstable_by_key(|work| work.idx);
        works
    }

    /// None of a message's units were taken: they go up again later, or never can.
    fn refused(&mut self, id: RequestId, failure: Failure, retry_after_ms: Option<u64>) -> Result<(), Error> {
        if !self.sent.contains_key(&id) {
            return Ok(());
        }
        if failure.kind != FailureKind::Busy {
            return Err(Error::Refused(failure));
        }
        if self.open == Some(id) {
            // Which of the messages under this number it was is not said. So all of it goes up anew, and from
            // here on a message at a time: it would cost the work under way a second time.
            self.open = None;
            self.window = 1;
            self.cancel_at_daemon(id);
        }
        self.take_back(id).into_iter().rev().for_each(|work| self.pending.push_front(work));
        self.not_before = Some(Instant::now() + Duration::from_millis(retry_after_ms.unwrap_or(100)));
        Ok(())
    }
}

/// Bytes of an answer; inline, as the connection has put chunks together.
pub(crate) fn inline(payload: Payload) -> Bytes {
    match payload {
        Payload::Inline(bytes) => bytes,
        Payload::Chunked { .. } => Bytes::new(),
    }
}

#[cfg(test)]
mod tests;
