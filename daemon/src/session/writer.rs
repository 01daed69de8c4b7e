//! The one task that writes to a client.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use futures_util::SinkExt;
use sojourn_proto::chunk::split_within;
use sojourn_proto::codec::encode;
use sojourn_proto::frame::frame_codec;
use sojourn_proto::{Answer, Failure, FailureKind, Outcome, Payload, Reply, RequestId, limits};
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::mpsc;
use tokio_util::codec::{FramedWrite, LengthDelimitedCodec};

use crate::exchange::{Finished, Notice, SessionEvent, SessionId};

/// A number for a blob that goes in chunks, unique in this process and so on each connection.
pub(super) fn next_blob() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Relaxed)
}

/// The client does not take what is written, or the daemon has said goodbye: nothing more is to be written.
struct Over;

struct Writer {
    frames: FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>,
    /// Number of the next message of each batch.
    sequence: HashMap<RequestId, u64>,
    /// Answers of one batch, gathered for one message.
    bundle: Vec<Answer>,
    bundle_of: RequestId,
    room: usize,
    /// Bytes of results written or gathered, not yet told.
    written: u64,
}

/// Writes replies and results until there can be no more of them, a goodbye was said, or the client is gone.
pub(super) async fn run(
    half: OwnedWriteHalf,
    session: SessionId,
    mut replies: mpsc::Receiver<Reply>,
    mut results: mpsc::UnboundedReceiver<SessionEvent>,
    notices: mpsc::Sender<Notice>,
) {
    let mut writer = Writer {
        frames: FramedWrite::new(half, frame_codec()),
        sequence: HashMap::new(),
        bundle: Vec::new(),
        bundle_of: 0,
        room: limits::BUNDLE_BYTES,
        written: 0,
    };
    loop {
        let done = tokio::select! {
            biased;
            reply = replies.recv() => match reply {
                Some(Reply::Goodbye { failure }) => {
                    // The connection's end, asked for by the reader: results that are here go first.
                    let _ = writer.take_all(&mut results).await;
                    let _ = writer.goodbye(failure).await;
                    Err(Over)
                }
                Some(reply) => writer.write(&reply).await,
                None => Err(Over),
            },
            event = results.recv() => match event {
                Some(event) => writer.take(event).await,
                // The dispatching task has forgotten the session, so the daemon ends.
                None => Err(Over),
            },
        };
        if done.is_err() || (results.is_empty() && replies.is_empty() && writer.flush().await.is_err()) {
            break;
        }
        if writer.written > 0 && writer.bundle.is_empty() {
            let bytes = std::mem::take(&mut writer.written);
            let _ = notices.send(Notice::Written { session, bytes }).await;
        }
    }
}

impl Writer {
    async fn take_all(&mut self, results: &mut mpsc::UnboundedReceiver<SessionEvent>) -> Result<(), Over> {
        while let Ok(event) = results.try_recv() {
            self.take(event).await?;
        }
        Ok(())
    }

    async fn take(&mut self, event: SessionEvent) -> Result<(), Over> {
        match event {
            SessionEvent::Answer { batch, idx, key, result } => {
                if batch != self.bundle_of || self.bundle.len() >= limits::UNITS_PER_MESSAGE || self.room == 0
                {
                    self.send_bundle().await?;
                }
                self.bundle_of = batch;
                let outcome = self.outcome(result).await?;
                self.bundle.push(Answer { idx, key, outcome });
                Ok(())
            }
            SessionEvent::Finished { batch, summary } => {
                self.send_bundle().await?;
                let seq = self.sequence.remove(&batch).unwrap_or(0);
                self.write(&Reply::Finished { id: batch, seq, summary }).await
            }
            SessionEvent::Refused { id, failure, retry_after_ms } => {
                self.write(&Reply::Refused { id, failure, retry_after_ms }).await
            }
            SessionEvent::Done { id } => self.write(&Reply::Done { id }).await,
            SessionEvent::Goodbye { failure } => {
                self.goodbye(failure).await?;
                Err(Over)
            }
        }
    }

    /// The outcome of a unit; a large payload goes ahead in chunks.
    async fn outcome(&mut self, result: Option<Result<Finished, Failure>>) -> Result<Outcome, Over> {
        let Finished { payload, source, micros, device } = match result {
            None => return Ok(Outcome::Padding),
            Some(Err(failure)) => return Ok(Outcome::Failed(failure)),
            Some(Ok(finished)) => finished,
        };
        let length = payload.len();
        let (payload, chunks) = split_within(payload, next_blob(), self.room);
        for chunk in chunks {
            self.write(&Reply::Chunk(chunk)).await?;
        }
        if let Payload::Inline(_) = payload {
            self.room = self.room.saturating_sub(length);
        }
        self.written += length as u64;
        Ok(Outcome::Done { payload, source, micros, device })
    }

    async fn send_bundle(&mut self) -> Result<(), Over> {
        self.room = limits::BUNDLE_BYTES;
        if self.bundle.is_empty() {
            return Ok(());
        }
        let answers = std::mem::take(&mut self.bundle);
        let id = self.bundle_of;
        let next = self.sequence.entry(id).or_insert(0);
        let seq = *next;
        *next += 1;
        self.write(&Reply::Results { id, seq, answers }).await
    }

    async fn flush(&mut self) -> Result<(), Over> {
        self.send_bundle().await?;
        SinkExt::<Bytes>::flush(&mut self.frames).await.map_err(|_| Over)
    }

    async fn goodbye(&mut self, failure: Failure) -> Result<(), Over> {
        self.send_bundle().await?;
        self.write(&Reply::Goodbye { failure }).await?;
        SinkExt::<Bytes>::close(&mut self.frames).await.map_err(|_| Over)
    }

    async fn write(&mut self, reply: &Reply) -> Result<(), Over> {
        let bytes = match encode(reply) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%error, "reply not encoded");
                let failure =
                    Failure::new(FailureKind::Internal, format!("a reply could not be sent: {error}"));
                encode(&Reply::Goodbye { failure }).map_err(|_| Over)?
            }
        };
        self.frames.feed(bytes).await.map_err(|_| Over)
    }
}
