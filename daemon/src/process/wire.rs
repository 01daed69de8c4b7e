//! Orders out, reports in. Orders are written by a task of their own, so that a worker that does not read
//! can not keep its supervisor from hearing or killing it.

use std::collections::BTreeSet;

use bytes::{Bytes, BytesMut};
use futures_util::SinkExt;
use sojourn_proto::chunk::{Assembler, split_within};
use sojourn_proto::codec::{decode, encode};
use sojourn_proto::frame::frame_codec;
use sojourn_proto::hello::BUILD;
use sojourn_proto::{JobId, Order, Report, WorkKind, limits};
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::mpsc;
use tokio_util::codec::FramedWrite;

use crate::exchange::WorkerEvent;

/// What is to be written to a worker.
#[derive(Debug)]
pub(super) enum Outgoing {
    Run(Vec<(JobId, WorkKind, Bytes)>),
    Leave,
}

/// Writes orders until there are no more, or the worker does not take them: its end is seen by others.
pub(super) async fn write_orders(half: OwnedWriteHalf, mut inbox: mpsc::UnboundedReceiver<Outgoing>) {
    let mut frames = FramedWrite::new(half, frame_codec());
    let mut blob = 0;
    while let Some(outgoing) = inbox.recv().await {
        let order = match outgoing {
            Outgoing::Leave => Order::Leave,
            Outgoing::Run(jobs) => {
                let mut listed = Vec::with_capacity(jobs.len());
                let mut room = limits::BUNDLE_BYTES;
                for (job, kind, bytes) in jobs {
                    let inline = bytes.len();
                    let (payload, chunks) = split_within(bytes, blob, room);
                    blob += 1;
                    for chunk in chunks {
                        if write(&mut frames, &Order::Chunk(chunk)).await.is_none() {
                            return;
                        }
                    }
                    if let sojourn_proto::Payload::Inline(_) = payload {
                        room = room.saturating_sub(inline);
                    }
                    listed.push((job, kind, payload));
                }
                Order::Run(listed)
            }
        };
        if write(&mut frames, &order).await.is_none() {
            return;
        }
    }
}

async fn write(
    frames: &mut FramedWrite<OwnedWriteHalf, tokio_util::codec::LengthDelimitedCodec>,
    order: &Order,
) -> Option<()> {
    let bytes = encode(order).inspect_err(|error| tracing::error!(%error, "order not encoded")).ok()?;
    frames.send(bytes).await.ok()
}

/// What a worker has said so far, checked against what it was asked.
#[derive(Debug)]
pub(super) struct Conversation {
    pid: u32,
    ready: bool,
    outstanding: BTreeSet<JobId>,
    assembler: Assembler,
}

impl Conversation {
    pub(super) fn new(pid: u32) -> Conversation {
        let assembler = Assembler::new(limits::PAYLOAD_BYTES);
        Conversation { pid, ready: false, outstanding: BTreeSet::new(), assembler }
    }

    /// Notes jobs given to the worker.
    pub(super) fn asked(&mut self, jobs: &[(JobId, WorkKind, Bytes)]) {
        self.outstanding.extend(jobs.iter().map(|(job, ..)| *job));
    }

    /// Whether it has answered all it was asked.
    pub(super) fn is_idle(&self) -> bool {
        self.outstanding.is_empty()
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// What the worker did wrong. Nothing of that frame counts then.
    pub(super) fn hear(&mut self, frame: &BytesMut) -> Result<WorkerEvent, String> {
        let report: Report = decode(frame).map_err(|error| error.to_string())?;
        match report {
            Report::Ready { .. } if self.ready => Err("said that it is ready twice".to_owned()),
            Report::Ready { pid, build } => {
                if pid != self.pid || build != *BUILD {
                    return Err(format!("says it is process {pid} of build {build}"));
                }
                self.ready = true;
                Ok(WorkerEvent::Ready)
            }
            _ if !self.ready => Err("spoke before it was ready".to_owned()),
            Report::Chunk(chunk) => {
                self.assembler.push(chunk).map_err(|error| error.to_string())?;
                Ok(WorkerEvent::Progress)
            }
            Report::Begun { job } if self.outstanding.contains(&job) => Ok(WorkerEvent::Begun { job }),
            Report::Begun { job } => Err(format!("began job {job}, which it does not have")),
            Report::Answer { job, micros, name, result } => {
                if !self.outstanding.remove(&job) {
                    return Err(format!("answered job {job}, which it does not have"));
                }
                let result = match result {
                    Ok(payload) => Ok(self.assembler.take(payload).map_err(|error| error.to_string())?),
                    Err(failure) => Err(failure),
                };
                Ok(WorkerEvent::Answered { job, micros, name, result })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use sojourn_proto::codec::encode;
    use sojourn_proto::hello::BUILD;
    use sojourn_proto::{Payload, Report, WorkKind};

    use super::Conversation;

    fn frame(report: &Report) -> BytesMut {
        BytesMut::from(&encode(report).unwrap()[..])
    }

    fn answer(job: u64) -> BytesMut {
        let result = Ok(Payload::Inline(Bytes::from_static(b"x")));
        frame(&Report::Answer { job, micros: 1, name: None, result })
    }

    #[test]
    fn a_second_answer_a_foreign_job_and_garbage_are_violations() {
        let mut worker = Conversation::new(7);
        assert!(worker.hear(&answer(1)).unwrap_err().contains("before it was ready"));
        assert!(worker.hear(&frame(&Report::Ready { pid: 8, build: BUILD.clone() })).is_err());
        worker.hear(&frame(&Report::Ready { pid: 7, build: BUILD.clone() })).unwrap();
        worker.asked(&[(1, WorkKind::Graph, Bytes::new())]);
        assert!(worker.hear(&answer(2)).unwrap_err().contains("job 2"));
        worker.hear(&answer(1)).unwrap();
        assert!(worker.is_idle());
        assert!(worker.hear(&answer(1)).is_err());
        assert!(worker.hear(&BytesMut::from(&b"\xff\xff\xff"[..])).is_err());
    }

    #[test]
    fn a_result_whose_chunks_never_came_is_a_violation() {
        let mut worker = Conversation::new(7);
        worker.hear(&frame(&Report::Ready { pid: 7, build: BUILD.clone() })).unwrap();
        worker.asked(&[(1, WorkKind::Graph, Bytes::new())]);
        let result = Ok(Payload::Chunked { blob: 3, length: 1 << 20 });
        assert!(worker.hear(&frame(&Report::Answer { job: 1, micros: 1, name: None, result })).is_err());
    }
}
