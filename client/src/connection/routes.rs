//! From the stream to whoever waits: replies by the number of their request, chunks put together before.

use std::collections::HashMap;
use std::io::BufReader;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sojourn_proto::chunk::{Assembler, ChunkError};
use sojourn_proto::frame::blocking::read_frame;
use sojourn_proto::{Outcome, Payload, Reply, RequestId, codec};

/// Who waits for which request, and why nothing more will come once the connection has ended.
#[derive(Debug, Default)]
pub(super) struct Routes(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    waiting: HashMap<RequestId, Sender<Reply>>,
    closed: Option<String>,
}

impl Routes {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the connection has ended, if it has.
    pub(super) fn closed(&self) -> Option<String> {
        self.table().closed.clone()
    }

    /// Where replies to a request go. On an ended connection the sender is dropped at once, so that its
    /// receiver learns it.
    pub(super) fn add(&self, id: RequestId, replies: Sender<Reply>) {
        let mut table = self.table();
        if table.closed.is_none() {
            table.waiting.insert(id, replies);
        }
    }

    /// Reads until the stream ends; the body of the reading thread.
    pub(super) fn run(&self, stream: UnixStream) {
        let reason = self.read(stream);
        let mut table = self.table();
        table.closed.get_or_insert(reason);
        table.waiting.clear();
    }

    fn read(&self, stream: UnixStream) -> String {
        let mut stream = BufReader::new(stream);
        // The daemon is trusted with memory: it runs for this user, and sends what was asked for.
        let mut assembler = Assembler::new(u64::MAX >> 1);
        let mut frame = Vec::new();
        loop {
            match read_frame(&mut stream, &mut frame) {
                Ok(true) => {}
                Ok(false) => return "the daemon closed it".to_owned(),
                Err(error) => return error.to_string(),
            }
            let reply = match codec::decode::<Reply>(&frame) {
                Ok(reply) => reply,
                Err(error) => return error.to_string(),
            };
            match reply {
                Reply::Chunk(chunk) => {
                    if let Err(error) = assembler.push(chunk) {
                        return error.to_string();
                    }
                }
                Reply::Goodbye { failure } => self.table().closed = Some(failure.message),
                reply => match assemble(&mut assembler, reply) {
                    Ok(reply) => self.deliver(reply),
                    Err(error) => return error.to_string(),
                },
            }
        }
    }

    fn deliver(&self, reply: Reply) {
        let (id, last) = address(&reply);
        let mut table = self.table();
        let Some(sender) = table.waiting.get(&id) else { return };
        // Whoever no longer listens has given the request up.
        let gone = sender.send(reply).is_err();
        if last || gone {
            table.waiting.remove(&id);
        }
    }
}

/// Puts the bytes of chunked payloads into their reply.
fn assemble(assembler: &mut Assembler, mut reply: Reply) -> Result<Reply, ChunkError> {
    let mut fill = |payload: &mut Payload| -> Result<(), ChunkError> {
        if let Payload::Chunked { blob, length } = *payload {
            *payload = Payload::Inline(assembler.take(Payload::Chunked { blob, length })?);
        }
        Ok(())
    };
    match &mut reply {
        Reply::Results { answers, .. } => {
            for answer in answers {
                if let Outcome::Done { payload, .. } = &mut answer.outcome {
                    fill(payload)?;
                }
            }
        }
        Reply::Found { payloads, .. } => payloads.iter_mut().flatten().try_for_each(fill)?,
        _ => {}
    }
    Ok(reply)
}

/// Request that a reply belongs to, and whether it is the last to it.
fn address(reply: &Reply) -> (RequestId, bool) {
    match *reply {
        Reply::Results { id, .. } => (id, false),
        Reply::Finished { id, .. }
        | Reply::Found { id, .. }
        | Reply::Done { id }
        | Reply::Refused { id, .. }
        | Reply::Status { id, .. }
        | Reply::Memory { id, .. }
        | Reply::Devices { id, .. }
        | Reply::Cache { id, .. }
        | Reply::Verified { id, .. }
        | Reply::Listed { id, .. }
        | Reply::Collected { id, .. }
        | Reply::Config { id, .. } => (id, true),
        // Not reached: these two are taken before. Zero is no request's number.
        Reply::Chunk(_) | Reply::Goodbye { .. } => (0, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use sojourn_proto::frame::blocking::write_frame;
    use sojourn_proto::{Failure, FailureKind, chunk};
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    fn write(stream: &mut UnixStream, reply: &Reply) {
        write_frame(stream, &codec::encode(reply).unwrap()).unwrap();
    }

    #[test]
    fn replies_reach_whoever_asked_in_whatever_order_they_come() {
        let (mut daemon, ours) = UnixStream::pair().unwrap();
        let routes = Arc::new(Routes::default());
        let ((s1, r1), (s2, r2)) = (channel(), channel());
        routes.add(1, s1);
        routes.add(2, s2);
        let reader = {
            let routes = Arc::clone(&routes);
            std::thread::spawn(move || routes.run(ours))
        };
        write(&mut daemon, &Reply::Done { id: 2 });
        write(&mut daemon, &Reply::Done { id: 77 });
        write(&mut daemon, &Reply::Done { id: 1 });
        assert_eq!(r1.recv().unwrap(), Reply::Done { id: 1 });
        assert_eq!(r2.recv().unwrap(), Reply::Done { id: 2 });
        drop(daemon);
        reader.join().unwrap();
        assert!(routes.closed().is_some());
    }

    #[test]
    fn chunks_are_put_together_before_the_reply_is_delivered() {
        let (mut daemon, ours) = UnixStream::pair().unwrap();
        let routes = Arc::new(Routes::default());
        let (sender, replies) = channel();
        routes.add(5, sender);
        let reader = {
            let routes = Arc::clone(&routes);
            std::thread::spawn(move || routes.run(ours))
        };
        let bytes = Bytes::from(vec![7_u8; 3 << 20]);
        let (payload, chunks) = chunk::split(bytes.clone(), 9);
        for part in chunks {
            write(&mut daemon, &Reply::Chunk(part));
        }
        write(&mut daemon, &Reply::Found { id: 5, payloads: vec![None, Some(payload)] });
        let Reply::Found { payloads, .. } = replies.recv().unwrap() else { panic!("another reply") };
        assert_eq!(payloads, vec![None, Some(Payload::Inline(bytes))]);
        drop(daemon);
        reader.join().unwrap();
    }

    #[test]
    fn who_waits_when_the_daemon_leaves_learns_why() {
        let (mut daemon, ours) = UnixStream::pair().unwrap();
        let routes = Arc::new(Routes::default());
        let (sender, replies) = channel();
        routes.add(1, sender);
        let reader = {
            let routes = Arc::clone(&routes);
            std::thread::spawn(move || routes.run(ours))
        };
        write(&mut daemon, &Reply::Goodbye { failure: Failure::new(FailureKind::Cancelled, "closing time") });
        drop(daemon);
        reader.join().unwrap();
        assert!(replies.recv().is_err());
        assert_eq!(routes.closed().as_deref(), Some("closing time"));
        let (late, never) = channel();
        routes.add(2, late);
        assert!(never.recv().is_err(), "nobody waits on an ended connection");
    }
}
