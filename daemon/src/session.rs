//! A client's session: hello, then requests in and replies out, until one side leaves.
//!
//! Two tasks share it. The *reader* takes frames, puts chunks together and handles requests; the *writer* is
//! the only one that writes. Between them is a bounded channel, so a client that asks and does not read stops
//! being read. Results come to the writer from the dispatching task, which stops computing for a session while
//! too many of its bytes wait here; [`Notice::Written`] tells it of their departure.

mod batch;
mod config;
mod greeting;
mod inbox;
mod status;
mod storage;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use sojourn_proto::chunk::Assembler;
use sojourn_proto::codec::decode;
use sojourn_proto::frame::frame_codec;
use sojourn_proto::{Failure, FailureKind, Reply, Request, RequestId, limits};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::codec::{FramedRead, LengthDelimitedCodec};

use crate::exchange::{Notice, SessionId};
use crate::held::Held;
use crate::settings::Settings;
use crate::store::StoreHandle;

pub(crate) use greeting::{greet, refuse};

/// Replies that wait to be written; beyond it the session is not read.
const REPLIES: usize = 16;

/// Requests of one session answered at once beside its batches.
const AT_ONCE: usize = 16;

/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;

/// A client that is told goodbye has so long to read it.
const FAREWELL: Duration = Duration::from_secs(5);

/// What sessions need of the daemon.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// To the dispatching task.
    pub(crate) notices: mpsc::Sender<Notice>,
    /// The store.
    pub(crate) store: StoreHandle,
    /// Blobs held for sessions.
    pub(crate) held: Held,
    /// The configuration.
    pub(crate) settings: Arc<Settings>,
    /// To the task that ends the daemon.
    pub(crate) shutdown: mpsc::UnboundedSender<crate::shutdown::Wish>,
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) session: SessionId,
    pub(crate) uid: u32,
    pub(crate) pid: u32,
}

/// What the handlers of requests work with.
#[derive(Debug, Clone)]
struct Desk {
    peer: Peer,
    around: Arc<Surroundings>,
    replies: mpsc::Sender<Reply>,
}

impl Desk {
    async fn reply(&self, reply: Reply) {
        // The writer is gone only with its session.
        let _ = self.replies.send(reply).await;
    }

    async fn refuse(&self, id: RequestId, failure: Failure) {
        self.reply(Reply::Refused { id, failure, retry_after_ms: None }).await;
    }

    async fn notice(&self, notice: Notice) {
        let _ = self.around.notices.send(notice).await;
    }
}

/// Serves a client after its hello was accepted, until the connection ends.
pub(crate) async fn serve(stream: UnixStream, peer: Peer, around: Arc<Surroundings>) {
    let (read, write) = stream.into_split();
    let (replies, outbox) = mpsc::channel(REPLIES);
    let (events, results) = mpsc::unbounded_channel();
    let Peer { session, uid, pid } = peer;
    let desk = Desk { peer, around, replies };
    desk.notice(Notice::Opened { session, uid, pid, events }).await;
    let mut writer = tokio::spawn(writer::run(write, session, outbox, results, desk.around.notices.clone()));
    let mut reader = Reader {
        frames: FramedRead::with_capacity(read, frame_codec(), READ_BYTES),
        assembler: Assembler::new(limits::PAYLOAD_BYTES),
        permits: Arc::new(Semaphore::new(AT_ONCE)),
        desk: desk.clone(),
    };
    let failure = tokio::select! {
        failure = reader.run() => failure,
        // It has said goodbye for the daemon, or the client takes nothing more.
        _ = &mut writer => None,
    };
    drop(reader);
    if let Some(failure) = failure {
        tracing::info!(session, %failure, "session ended for what its client sent");
        desk.reply(Reply::Goodbye { failure }).await;
    }
    desk.around.held.leave(session);
    desk.notice(Notice::Closed { session }).await;
    drop(desk);
    if !writer.is_finished() && tokio::time::timeout(FAREWELL, &mut writer).await.is_err() {
        writer.abort();
    }
}

struct Reader {
    frames: FramedRead<OwnedReadHalf, LengthDelimitedCodec>,
    assembler: Assembler,
    permits: Arc<Semaphore>,
    desk: Desk,
}

impl Reader {
    /// Reads until the client leaves. What it did wrong, where it ends for that.
    async fn run(&mut self) -> Option<Failure> {
        while let Some(frame) = self.frames.next().await {
            let request = match frame {
                Ok(frame) => parse(&frame),
                Err(error) => return broken_frame(&error),
            };
            match request {
                Ok(Request::Goodbye) => return None,
                Ok(request) => {
                    if let Err(failure) = self.handle(request).await {
                        return Some(failure);
                    }
                }
                Err(failure) => return Some(failure),
            }
        }
        None
    }

    /// Handles a request: those on batches in their order, others beside each other.
    async fn handle(&mut self, request: Request) -> Result<(), Failure> {
        match request {
            Request::Chunk(chunk) => inbox::push(&mut self.assembler, chunk)?,
            Request::Submit { id, options, units, more } => {
                let units = inbox::units(&mut self.assembler, units)?;
                batch::submit(&self.desk, id, options, units, more).await;
            }
            Request::Cancel { id, batch } => batch::cancel(&self.desk, id, batch).await,
            Request::Put { id, entries, payload } => {
                let payload = inbox::take(&mut self.assembler, payload)?;
                storage::put(&self.desk, id, entries, payload).await;
            }
            Request::Hold { id, payload } => {
                let payload = inbox::take(&mut self.assembler, payload)?;
                storage::hold(&self.desk, id, payload).await;
            }
            Request::Ping { id } => self.desk.reply(Reply::Done { id }).await,
            other => self.beside(other).await,
        }
        Ok(())
    }

    /// Answers a request in a task of its own, since it may wait for the disk or for workers.
    async fn beside(&self, request: Request) {
        let Ok(permit) = self.permits.clone().acquire_owned().await else { return };
        let desk = self.desk.clone();
        tokio::spawn(async move {
            let _permit = permit;
            answer(&desk, request).await;
        });
    }
}

async fn answer(desk: &Desk, request: Request) {
    match request {
        Request::Lookup { id, wanted } => storage::look_up(desk, id, wanted).await,
        Request::Link { id, wanted, entries } => storage::link(desk, id, &wanted, entries).await,
        Request::CacheStats { id } => storage::stats(desk, id).await,
        Request::CacheVerify { id } => storage::verify(desk, id).await,
        Request::CacheList { id, table, limit } => storage::list(desk, id, table, limit).await,
        Request::CacheGc { id, gc } => storage::collect(desk, id, gc).await,
        Request::CacheClear { id } => storage::clear(desk, id).await,
        Request::Status { id } => status::status(desk, id).await,
        Request::Memory { id, clear } => status::memory(desk, id, clear).await,
        Request::Devices { id } => status::devices(desk, id).await,
        Request::RestartWorkers { id } => status::restart_workers(desk, id).await,
        Request::Shutdown { id, mode } => status::shut_down(desk, id, mode).await,
        Request::ConfigShow { id } => config::show(desk, id).await,
        Request::ConfigSet { id, name, value } => config::set(desk, id, &name, &value).await,
        // Handled where they are read.
        Request::Chunk(_)
        | Request::Submit { .. }
        | Request::Cancel { .. }
        | Request::Put { .. }
        | Request::Hold { .. }
        | Request::Ping { .. }
        | Request::Goodbye => {}
    }
}

fn parse(frame: &BytesMut) -> Result<Request, Failure> {
    decode(frame).map_err(|error| Failure::new(FailureKind::InvalidInput, format!("broken frame: {error}")))
}

/// What a failed read says of the client; none: it is merely gone.
fn broken_frame(error: &std::io::Error) -> Option<Failure> {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidData => Some(Failure::new(
            FailureKind::LimitExceeded,
            format!("frame over the limit of {} bytes; send large payloads in chunks", limits::FRAME_BYTES),
        )),
        // tokio-util reports a stream that ends inside a frame as Other.
        ErrorKind::UnexpectedEof | ErrorKind::Other => {
            Some(Failure::new(FailureKind::InvalidInput, "the stream ended inside a frame"))
        }
        _ => None,
    }
}
