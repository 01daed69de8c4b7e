//! The loop of a worker: orders in, reports out. Before a job's computation starts, all that was said before
//! and that it has begun are on the wire, so whatever ends this process is blamed on the right job. That
//! takes one write a job: the answer before it goes out in the same.

use std::io::{self, Read, Write};
use std::time::Instant;

use bytes::Bytes;
use sojourn_proto::chunk::{Assembler, ChunkError, split};
use sojourn_proto::codec::{CodecError, decode, encode};
use sojourn_proto::frame::{FrameError, blocking};
use sojourn_proto::{Failure, FailureKind, JobId, Order, Payload, Report, WorkKind, limits};

use crate::compute::{Compute, Computed};
use crate::panics;
use crate::traces::{ROOM, Traces};

/// How serving ended, when it ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The daemon closed the socket, or said so.
    Left,
    /// A job panicked, and was answered.
    Panicked,
    /// The GPU was lost under a job, which was told.
    DeviceLost,
}

/// Why this worker and its daemon can not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    #[error("daemon does not listen: {0}")]
    Write(#[from] io::Error),
}

pub(crate) struct Worker<R, W, C> {
    input: R,
    output: W,
    /// The frame being read; its memory is reused.
    inbox: Vec<u8>,
    /// Frames not yet written.
    outbox: Vec<u8>,
    assembler: Assembler,
    /// Number of the next result that goes in chunks.
    blob: u64,
    traces: Traces,
    compute: C,
}

impl<R: Read, W: Write, C: Compute> Worker<R, W, C> {
    pub(crate) fn new(input: R, output: W, compute: C) -> Worker<R, W, C> {
        let assembler = Assembler::new(limits::PAYLOAD_BYTES);
        let (inbox, outbox) = (Vec::new(), Vec::new());
        Worker { input, output, inbox, outbox, assembler, blob: 0, traces: Traces::new(ROOM), compute }
    }

    /// Says that it is ready, then does what it is told until the socket ends.
    pub(crate) fn serve(mut self, ready: &Report) -> Result<Ended, Broken> {
        self.say(ready)?;
        self.tell()?;
        self.flush()?;
        while blocking::read_frame(&mut self.input, &mut self.inbox)? {
            match decode(&self.inbox)? {
                Order::Chunk(chunk) => self.assembler.push(chunk)?,
                Order::Keep { digest, payload } => {
                    let bytes = self.assembler.take(payload)?;
                    self.traces.keep(digest, bytes);
                }
                Order::Evict(traces) => self.compute.evict(&traces),
                Order::Leave => return Ok(Ended::Left),
                Order::Run(jobs) => {
                    for (job, kind, payload) in jobs {
                        let payload = self.assembler.take(payload)?;
                        if kind.needs().is_some_and(|digest| !self.traces.touch(digest)) {
                            self.say(&Report::Lacks { job })?;
                            continue;
                        }
                        let ended = self.do_job(job, kind, &payload)?;
                        if ended != Ended::Left {
                            self.flush()?;
                            return Ok(ended);
                        }
                        self.tell()?;
                    }
                    self.flush()?;
                }
            }
        }
        Ok(Ended::Left)
    }

    /// Does one job and puts its answer into the outbox. [`Ended::Left`] means that all is well.
    fn do_job(&mut self, job: JobId, kind: WorkKind, payload: &[u8]) -> Result<Ended, Broken> {
        self.say(&Report::Begun { job })?;
        self.flush()?;
        let start = Instant::now();
        let caught = panics::catch(|| self.work(kind, payload));
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (result, ended) = match caught {
            Ok(Err(lost)) if lost.kind == FailureKind::DevicePoisoned => (Err(lost), Ended::DeviceLost),
            Ok(result) => (result, Ended::Left),
            Err(panic) => (Err(panic), Ended::Panicked),
        };
        let (result, name) = match result {
            Ok(Computed { bytes, name }) => (Ok(self.send_ahead(bytes.into())?), name),
            Err(failure) => (Err(failure), None),
        };
        self.say(&Report::Answer { job, micros, name, result })?;
        Ok(ended)
    }

    #[cfg(not(feature = "faults"))]
    fn work(&mut self, kind: WorkKind, payload: &[u8]) -> Result<Computed, Failure> {
        self.compute.compute(kind, payload, &mut self.traces)
    }

    #[cfg(feature = "faults")]
    fn work(&mut self, kind: WorkKind, payload: &[u8]) -> Result<Computed, Failure> {
        match crate::faults::inject(payload, &mut self.output) {
            Some(bytes) => Ok(Computed { bytes, name: None }),
            None => self.compute.compute(kind, payload, &mut self.traces),
        }
    }

    /// The payload of a result; where it is large, its chunks are sent first.
    fn send_ahead(&mut self, bytes: Bytes) -> Result<Payload, Broken> {
        let (payload, chunks) = split(bytes, self.blob);
        for chunk in chunks {
            self.say(&Report::Chunk(chunk))?;
        }
        if let Payload::Chunked { .. } = payload {
            self.blob += 1;
        }
        Ok(payload)
    }

    fn tell(&mut self) -> Result<(), Broken> {
        match self.compute.tell() {
            Some(report) => self.say(&report),
            None => Ok(()),
        }
    }

    fn say(&mut self, report: &Report) -> Result<(), Broken> {
        blocking::append_frame(&mut self.outbox, &encode(report)?)?;
        if self.outbox.len() >= limits::BUNDLE_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Broken> {
        self.output.write_all(&self.outbox)?;
        self.outbox.clear();
        Ok(())
    }
}
