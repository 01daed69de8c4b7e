//! A plain client of the socket: frames as they are, with none of the client library's care in between.

use std::collections::BTreeMap;
use std::io::{Error, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use sojourn_engine::{Chain, models};
use sojourn_proto::codec::{decode, encode};
use sojourn_proto::frame::blocking::{read_frame, write_frame};
use sojourn_proto::hello::{ClientHello, HEADER_LEN, ServerHello, Verdict, parse_header};
use sojourn_proto::{
    BatchOptions, DaemonReport, Failure, Outcome, Payload, Reply, Request, RequestId, Source, Summary, Unit,
    WorkKind,
};

/// How long an answer may take before a test has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A batch without limits of its own.
pub const OPTIONS: BatchOptions = BatchOptions { workers: 0, no_store: false, force: false };

/// A connection after its hello.
#[derive(Debug)]
pub struct Session {
    /// The connection itself, for tests that break it.
    pub stream: UnixStream,
    buffer: Vec<u8>,
}

impl Session {
    /// Connects; none where nobody listens or the hello is refused.
    pub fn open(socket: &Path) -> Option<Session> {
        let (stream, hello) = greet(socket, &ClientHello::ours()).ok()?;
        (hello.verdict == Verdict::Accepted).then(|| Session { stream, buffer: Vec::new() })
    }

    /// Sends a request.
    ///
    /// # Panics
    /// If the daemon does not take it.
    pub fn send(&mut self, request: &Request) {
        let message = encode(request).expect("a message");
        write_frame(&mut self.stream, &message).expect("the daemon reads");
    }

    /// The next reply; none once the daemon has closed the connection.
    ///
    /// # Panics
    /// If nothing comes for long, or no whole message.
    pub fn receive(&mut self) -> Option<Reply> {
        let read = read_frame(&mut self.stream, &mut self.buffer).expect("a whole frame, in time");
        read.then(|| decode(&self.buffer).expect("a reply"))
    }

    /// Asks for one reply.
    ///
    /// # Panics
    /// As [`Session::receive`], and if the connection ends.
    pub fn ask(&mut self, request: &Request) -> Reply {
        self.send(request);
        self.receive().expect("an answer")
    }

    /// What the daemon says of itself; nothing else may be on its way.
    ///
    /// # Panics
    /// As [`Session::ask`].
    pub fn status(&mut self) -> DaemonReport {
        match self.ask(&Request::Status { id: 999_999 }) {
            Reply::Status { report, .. } => *report,
            other => panic!("{other:?} where a status was asked for"),
        }
    }

    /// Hands a batch in.
    ///
    /// # Panics
    /// As [`Session::send`].
    pub fn submit(&mut self, id: RequestId, options: BatchOptions, units: Vec<Unit>) {
        self.send(&Request::Submit { id, options, units, more: false });
    }

    /// The outcomes of a batch by index, and its counts.
    ///
    /// # Panics
    /// If an index is answered twice, a message is missing, or anything else comes.
    pub fn collect(&mut self, batch: RequestId) -> (BTreeMap<i64, Outcome>, Summary) {
        let mut outcomes = BTreeMap::new();
        let mut expected = 0;
        loop {
            match self.receive().expect("the batch goes on") {
                Reply::Results { id, seq, answers } if id == batch && seq == expected => {
                    expected += 1;
                    for answer in answers {
                        assert!(outcomes.insert(answer.idx, answer.outcome).is_none(), "answered twice");
                    }
                }
                Reply::Finished { id, seq, summary } if id == batch && seq == expected => {
                    return (outcomes, summary);
                }
                Reply::Done { .. } => {}
                other => panic!("{other:?} in batch {batch}, where message {expected} was due"),
            }
        }
    }

    /// The outcome of a batch of one job.
    ///
    /// # Panics
    /// As [`Session::collect`].
    pub fn outcome(&mut self, options: BatchOptions, payload: &[u8]) -> Outcome {
        self.submit(1, options, vec![unit(0, payload)]);
        let (mut outcomes, _) = self.collect(1);
        outcomes.remove(&0).expect("index 0 is answered")
    }

    /// The failure of a batch of one job.
    ///
    /// # Panics
    /// If it succeeds.
    pub fn failure(&mut self, payload: &[u8]) -> Failure {
        match self.outcome(OPTIONS, payload) {
            Outcome::Failed(failure) => failure,
            other => panic!("{other:?} where a failure was due"),
        }
    }

    /// Bytes and source of the trace of a graph.
    ///
    /// # Panics
    /// If it fails, or is too large for one message.
    pub fn trace(&mut self, payload: &[u8]) -> (Bytes, Source) {
        match self.outcome(OPTIONS, payload) {
            Outcome::Done { payload: Payload::Inline(bytes), source, .. } => (bytes, source),
            other => panic!("{other:?} where a trace was due"),
        }
    }
}

/// Connects and exchanges hellos.
///
/// # Errors
/// What the kernel said, or that the answer is no hello.
pub fn greet(socket: &Path, hello: &ClientHello) -> std::io::Result<(UnixStream, ServerHello)> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&hello.encode())?;
    let mut header = [0; HEADER_LEN];
    stream.read_exact(&mut header)?;
    let mut rest = vec![0; parse_header(&header).map_err(Error::other)?];
    stream.read_exact(&mut rest)?;
    Ok((stream, ServerHello::decode(&rest).map_err(Error::other)?))
}

/// A job: a whole graph, with its right key.
pub fn unit(idx: i64, payload: &[u8]) -> Unit {
    let kind = WorkKind::Graph;
    Unit { idx, kind, key: kind.key(payload), payload: Payload::Inline(Bytes::copy_from_slice(payload)) }
}

/// Payload of the graph of a model.
///
/// # Panics
/// If there is no such model.
pub fn graph(model: &str) -> Vec<u8> {
    Chain::new(&models::build(model).expect("a model")).encode()
}
