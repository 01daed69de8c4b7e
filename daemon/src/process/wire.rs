//! Orders out, reports in. Orders are written by a task of their own, so that a worker that does not read
//! can not keep its supervisor from hearing or killing it.

use std::collections::{BTreeMap, HashSet};

use bytes::{Bytes, BytesMut};
use futures_util::SinkExt;
use sojourn_proto::chunk::{Assembler, split_within};
use sojourn_proto::codec::{decode, encode};
use sojourn_proto::frame::frame_codec;
use sojourn_proto::hello::BUILD;
use sojourn_proto::{JobId, Key, Order, Payload, Report, limits};
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::mpsc;
use tokio_util::codec::{FramedWrite, LengthDelimitedCodec};

use crate::exchange::{Role, Task, WorkerEvent};

/// What is to be written to a worker.
#[derive(Debug)]
pub(super) enum Outgoing {
    Run(Vec<Task>),
    /// Once more, with its blob, which the worker has not got or has forgotten.
    Again(Task),
    Evict(Vec<Key>),
    Leave,
}

/// Writes orders until there are no more, or the worker does not take them: its end is seen by others.
pub(super) async fn write_orders(half: OwnedWriteHalf, mut inbox: mpsc::UnboundedReceiver<Outgoing>) {
    let mut pen = Pen { frames: FramedWrite::new(half, frame_codec()), blob: 0, sent: HashSet::new() };
    while let Some(outgoing) = inbox.recv().await {
        let written = match outgoing {
            Outgoing::Leave => pen.write(&Order::Leave).await,
            Outgoing::Evict(traces) => pen.write(&Order::Evict(traces)).await,
            Outgoing::Run(tasks) => pen.run(tasks).await,
            Outgoing::Again(task) => {
                task.kind.needs().map(|digest| pen.sent.remove(&digest));
                pen.run(vec![task]).await
            }
        };
        if written.is_none() {
            return;
        }
    }
}

/// Writes to one worker.
struct Pen {
    frames: FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>,
    /// Number of the next blob that goes in chunks.
    blob: u64,
    /// Blobs that the worker was sent, and has not said that it lacks.
    sent: HashSet<Key>,
}

impl Pen {
    /// Orders jobs, in as few messages as may be. A blob that the worker was not sent goes right ahead of the
    /// first job that needs it: however few it keeps, it has that one then.
    async fn run(&mut self, tasks: Vec<Task>) -> Option<()> {
        let mut listed = Vec::with_capacity(tasks.len());
        let mut room = limits::BUNDLE_BYTES;
        for Task { job, kind, payload, blob } in tasks {
            if let Some(digest) = kind.needs().filter(|digest| !self.sent.contains(digest)) {
                if !listed.is_empty() {
                    self.write(&Order::Run(std::mem::take(&mut listed))).await?;
                    room = limits::BUNDLE_BYTES;
                }
                let payload = self.send_ahead(blob, limits::BUNDLE_BYTES).await?;
                self.write(&Order::Keep { digest, payload }).await?;
                self.sent.insert(digest);
            }
            let inline = payload.len();
            let payload = self.send_ahead(payload, room).await?;
            if let Payload::Inline(_) = payload {
                room = room.saturating_sub(inline);
            }
            listed.push((job, kind, payload));
        }
        self.write(&Order::Run(listed)).await
    }

    /// A payload for a message that has so much room left, its chunks written.
    async fn send_ahead(&mut self, bytes: Bytes, room: usize) -> Option<Payload> {
        let (payload, chunks) = split_within(bytes, self.blob, room);
        self.blob += 1;
        for chunk in chunks {
            self.write(&Order::Chunk(chunk)).await?;
        }
        Some(payload)
    }

    async fn write(&mut self, order: &Order) -> Option<()> {
        let bytes = encode(order).inspect_err(|error| tracing::error!(%error, "order not encoded")).ok()?;
        self.frames.send(bytes).await.ok()
    }
}

/// What a frame of a worker comes to.
#[derive(Debug)]
pub(super) enum Heard {
    /// Something to be told.
    Event(WorkerEvent),
    /// It can not begin this without its blob. That is no progress: who says nothing else is silent.
    Lacking(Task),
}

/// What a worker has said so far, checked against what it was asked.
#[derive(Debug)]
pub(super) struct Conversation {
    pid: u32,
    role: Role,
    ready: bool,
    /// Given and not answered.
    outstanding: BTreeMap<JobId, Task>,
    assembler: Assembler,
}

impl Conversation {
    pub(super) fn new(pid: u32, role: Role) -> Conversation {
        let assembler = Assembler::new(limits::PAYLOAD_BYTES);
        Conversation { pid, role, ready: false, outstanding: BTreeMap::new(), assembler }
    }

    /// Notes jobs given to the worker.
    pub(super) fn asked(&mut self, tasks: &[Task]) {
        self.outstanding.extend(tasks.iter().map(|task| (task.job, task.clone())));
    }

    /// Whether it has answered all it was asked.
    pub(super) fn is_idle(&self) -> bool {
        self.outstanding.is_empty()
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// What the worker did wrong. Nothing of that frame counts then.
    pub(super) fn hear(&mut self, frame: &BytesMut) -> Result<Heard, String> {
        let report: Report = decode(frame).map_err(|error| error.to_string())?;
        match report {
            Report::Ready { .. } if self.ready => Err("said that it is ready twice".to_owned()),
            Report::Ready { pid, build } => {
                if pid != self.pid || build != *BUILD {
                    return Err(format!("says it is process {pid} of build {build}"));
                }
                self.ready = true;
                Ok(Heard::Event(WorkerEvent::Ready))
            }
            Report::Unusable(failure) if !self.ready && self.role != Role::Worker => {
                Ok(Heard::Event(WorkerEvent::Unusable(failure)))
            }
            _ if !self.ready => Err("spoke before it was ready".to_owned()),
            Report::Chunk(chunk) => {
                self.assembler.push(chunk).map_err(|error| error.to_string())?;
                Ok(Heard::Event(WorkerEvent::Progress))
            }
            Report::Memory { memory, rate } if self.role != Role::Worker => {
                Ok(Heard::Event(WorkerEvent::Memory { memory, rate }))
            }
            Report::Devices(_) | Report::Unusable(_) | Report::Memory { .. } => {
                Err("spoke of GPUs out of turn".to_owned())
            }
            Report::Begun { job } if self.outstanding.contains_key(&job) => {
                Ok(Heard::Event(WorkerEvent::Begun { job }))
            }
            Report::Begun { job } => Err(format!("began job {job}, which it does not have")),
            Report::Lacks { job } => match self.outstanding.get(&job) {
                Some(task) if task.kind.needs().is_some() => Ok(Heard::Lacking(task.clone())),
                _ => Err(format!("lacks something for job {job}, which it does not have or needs nothing")),
            },
            Report::Answer { job, micros, name, result } => {
                if self.outstanding.remove(&job).is_none() {
                    return Err(format!("answered job {job}, which it does not have"));
                }
                let result = match result {
                    Ok(payload) => Ok(self.assembler.take(payload).map_err(|error| error.to_string())?),
                    Err(failure) => Err(failure),
                };
                Ok(Heard::Event(WorkerEvent::Answered { job, micros, name, result }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use sojourn_proto::codec::encode;
    use sojourn_proto::hello::BUILD;
    use sojourn_proto::{Key, Payload, Report, Target, WorkKind};

    use super::{Conversation, Heard, Role, Task};

    fn frame(report: &Report) -> BytesMut {
        BytesMut::from(&encode(report).unwrap()[..])
    }

    fn answer(job: u64) -> BytesMut {
        let result = Ok(Payload::Inline(Bytes::from_static(b"x")));
        frame(&Report::Answer { job, micros: 1, name: None, result })
    }

    fn task(kind: WorkKind) -> Task {
        Task { job: 1, kind, payload: Bytes::new(), blob: Bytes::from_static(b"trace") }
    }

    #[test]
    fn a_worker_may_lack_a_blob_and_nothing_where_none_is_needed() {
        let needing = WorkKind::Evaluation { trace: Key::of_blob(b"trace"), target: Target::Cpu };
        for (kind, fine) in [(needing, true), (WorkKind::Graph, false)] {
            let mut worker = Conversation::new(7, Role::Worker);
            worker.hear(&frame(&Report::Ready { pid: 7, build: BUILD.clone() })).unwrap();
            worker.asked(&[task(kind)]);
            match worker.hear(&frame(&Report::Lacks { job: 1 })) {
                Ok(Heard::Lacking(again)) => assert!(fine && again == task(kind)),
                Ok(Heard::Event(event)) => panic!("{event:?}"),
                Err(text) => assert!(!fine && text.contains("job 1"), "{text}"),
            }
            assert!(!worker.is_idle(), "it is still to be answered");
            assert!(worker.hear(&frame(&Report::Lacks { job: 2 })).is_err());
        }
    }

    #[test]
    fn a_second_answer_a_foreign_job_and_garbage_are_violations() {
        let mut worker = Conversation::new(7, Role::Worker);
        assert!(worker.hear(&answer(1)).unwrap_err().contains("before it was ready"));
        assert!(worker.hear(&frame(&Report::Ready { pid: 8, build: BUILD.clone() })).is_err());
        worker.hear(&frame(&Report::Ready { pid: 7, build: BUILD.clone() })).unwrap();
        worker.asked(&[task(WorkKind::Graph)]);
        assert!(worker.hear(&answer(2)).unwrap_err().contains("job 2"));
        worker.hear(&answer(1)).unwrap();
        assert!(worker.is_idle());
        assert!(worker.hear(&answer(1)).is_err());
        assert!(worker.hear(&BytesMut::from(&b"\xff\xff\xff"[..])).is_err());
    }

    #[test]
    fn a_result_whose_chunks_never_came_is_a_violation() {
        let mut worker = Conversation::new(7, Role::Worker);
        worker.hear(&frame(&Report::Ready { pid: 7, build: BUILD.clone() })).unwrap();
        worker.asked(&[task(WorkKind::Graph)]);
        let result = Ok(Payload::Chunked { blob: 3, length: 1 << 20 });
        assert!(worker.hear(&frame(&Report::Answer { job: 1, micros: 1, name: None, result })).is_err());
    }
}
