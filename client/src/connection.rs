//! One connection to a daemon: hello, requests, and replies delivered by the number of their request.

mod handshake;
mod routes;

use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use sojourn_proto::frame::blocking::append_frame;
use sojourn_proto::{Payload, Reply, Request, RequestId, chunk, codec};

use crate::{Error, Interrupt};
use routes::Routes;

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Process id of the daemon, as the kernel says.
    pub pid: u32,
    /// User id of the daemon, as the kernel says.
    pub uid: u32,
    /// Its build, as it says itself.
    pub build: String,
}

/// A connection whose hellos have been exchanged. A thread reads replies and hands each to whoever waits for
/// its request; any number of threads may ask at once. Dropping it says goodbye.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    writer: Mutex<UnixStream>,
    routes: Arc<Routes>,
    next_id: AtomicU64,
    next_blob: AtomicU64,
    peer: Peer,
}

impl Connection {
    /// Connects and says hello.
    ///
    /// # Errors
    /// [`Error::NoDaemon`] where nothing listens, [`Error::Version`], [`Error::Rejected`].
    pub fn open(socket: &Path) -> Result<Connection, Error> {
        let (stream, peer) = handshake::connect(socket)?;
        let lost = |error: std::io::Error| Error::Lost(error.to_string());
        let writer = Mutex::new(stream.try_clone().map_err(lost)?);
        let reader = stream.try_clone().map_err(lost)?;
        let routes = Arc::new(Routes::default());
        let deliver = Arc::clone(&routes);
        std::thread::Builder::new()
            .name("sojourn-replies".into())
            .spawn(move || deliver.run(reader))
            .map_err(lost)?;
        Ok(Connection {
            stream,
            writer,
            routes,
            next_id: AtomicU64::new(1),
            next_blob: AtomicU64::new(1),
            peer,
        })
    }

    /// Who answers.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whether replies can still come.
    pub fn is_open(&self) -> bool {
        self.routes.closed().is_none()
    }

    /// A request number not used before on this connection.
    pub fn new_id(&self) -> RequestId {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends replies to request `id` to `replies` from now on, until one ends the request.
    pub(crate) fn route(&self, id: RequestId, replies: Sender<Reply>) {
        self.routes.add(id, replies);
    }

    /// Sends a request as it is. Payloads that are too large to stand in it must have gone ahead, see
    /// [`Connection::upload`].
    ///
    /// # Errors
    /// [`Error::Lost`]; [`Error::Protocol`] for a message too large for a frame.
    pub fn send(&self, request: &Request) -> Result<(), Error> {
        let message = codec::encode(request).map_err(|e| Error::Protocol(e.to_string()))?;
        let mut frame = Vec::with_capacity(message.len() + 4);
        append_frame(&mut frame, &message).map_err(|e| Error::Protocol(e.to_string()))?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.write_all(&frame).map_err(|error| self.lost(&error.to_string()))
    }

    /// Sends what of a payload does not fit a message with `room` bytes left, and returns what stands in it.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub fn upload(&self, bytes: Bytes, room: usize) -> Result<Payload, Error> {
        let blob = self.next_blob.fetch_add(1, Ordering::Relaxed);
        let (payload, chunks) = chunk::split_within(bytes, blob, room);
        for part in chunks {
            self.send(&Request::Chunk(part))?;
        }
        Ok(payload)
    }

    /// Asks, and waits for the one reply.
    ///
    /// # Errors
    /// [`Error::Refused`] where the daemon says no; [`Error::Lost`]; [`Error::Interrupted`].
    pub fn call(
        &self,
        interrupt: &Interrupt,
        request: impl FnOnce(RequestId) -> Request,
    ) -> Result<Reply, Error> {
        let id = self.new_id();
        let (sender, replies) = std::sync::mpsc::channel();
        self.route(id, sender);
        self.send(&request(id))?;
        match self.wait(interrupt, &replies)? {
            Reply::Refused { failure, .. } => Err(Error::Refused(failure)),
            reply => Ok(reply),
        }
    }

    /// Next reply on a channel given to [`Connection::route`].
    pub(crate) fn wait(&self, interrupt: &Interrupt, replies: &Receiver<Reply>) -> Result<Reply, Error> {
        loop {
            interrupt.check()?;
            match replies.recv_timeout(Interrupt::PATIENCE) {
                Ok(reply) => return Ok(reply),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.lost("the daemon closed it")),
            }
        }
    }

    /// The error of a lost connection: what the daemon said on leaving, if it said anything, else `otherwise`.
    pub(crate) fn lost(&self, otherwise: &str) -> Error {
        Error::Lost(self.routes.closed().unwrap_or_else(|| otherwise.to_owned()))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Whether it arrives does not matter: the end of the stream says the same, less politely.
        let _ = self.send(&Request::Goodbye);
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
