use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};

use sojourn_proto::frame::blocking::{read_frame, write_frame};
use sojourn_proto::hello::{ClientHello, ServerHello, Verdict};
use sojourn_proto::paths::{Overrides, Places};
use sojourn_proto::{Source, Summary, Unit, codec};

use super::*;
use crate::Start;

/// One session of a daemon that does what a test says.
struct Session {
    stream: UnixStream,
    /// Whether more was to come of the batch submitted last.
    more: bool,
}

impl Session {
    fn accept(listener: &UnixListener) -> Session {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = vec![0; ClientHello::ours().encode().len()];
        stream.read_exact(&mut hello).unwrap();
        stream.write_all(&ServerHello::ours(Verdict::Accepted, "").encode()).unwrap();
        Session { stream, more: false }
    }

    /// The next batch: its number, options and units.
    fn submitted(&mut self) -> (RequestId, BatchOptions, Vec<Unit>) {
        let mut frame = Vec::new();
        while read_frame(&mut self.stream, &mut frame).unwrap() {
            if let Request::Submit { id, options, units, more } = codec::decode(&frame).unwrap() {
                self.more = more;
                return (id, options, units);
            }
        }
        panic!("the client left");
    }

    /// The batch that the next request cancels.
    fn cancelled(&mut self) -> RequestId {
        let mut frame = Vec::new();
        assert!(read_frame(&mut self.stream, &mut frame).unwrap());
        match codec::decode(&frame).unwrap() {
            Request::Cancel { batch, .. } => batch,
            other => panic!("{other:?}"),
        }
    }

    fn reply(&mut self, reply: &Reply) {
        write_frame(&mut self.stream, &codec::encode(reply).unwrap()).unwrap();
    }

    /// Answers a unit with its own payload.
    fn answer(&mut self, id: RequestId, unit: &Unit) {
        let outcome = Outcome::Done {
            payload: unit.payload.clone(),
            source: Source::Computed,
            micros: 1,
            device: None,
        };
        let answers = vec![Answer { idx: unit.idx, key: unit.key, outcome }];
        self.reply(&Reply::Results { id, seq: 0, answers });
    }

    fn finish(&mut self, id: RequestId) {
        self.reply(&Reply::Finished { id, seq: 0, summary: Summary::default() });
    }
}

const PLAIN: BatchOptions = BatchOptions { workers: 0, no_store: false, force: false };

fn place() -> (tempfile::TempDir, UnixListener, Client) {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    let flags = Overrides { socket: Some(socket), ..Overrides::default() };
    let places = Places::discover(&flags, &Overrides::default(), &|_| Some("/nowhere".into())).unwrap();
    (directory, listener, Client::new(places, Start::Never, Interrupt::new()))
}

fn work(idx: i64) -> Work {
    let payload = Bytes::from(idx.to_string());
    Work { idx, kind: WorkKind::Graph, key: WorkKind::Graph.key(&payload), payload }
}

fn indices(batch: &mut Batch<'_>) -> Vec<i64> {
    std::iter::from_fn(|| batch.wait_next().unwrap()).map(|answer| answer.idx).collect()
}

#[test]
fn answers_come_by_index_in_whatever_order_the_daemon_gives_them() {
    let (_directory, listener, client) = place();
    let daemon = std::thread::spawn(move || {
        let mut session = Session::accept(&listener);
        let (id, _, units) = session.submitted();
        units.iter().rev().for_each(|unit| session.answer(id, unit));
        session.finish(id);
    });
    let mut batch = Batch::new(&client, PLAIN);
    for idx in [5, -1, 3, -1, 9] {
        batch.push(work(idx)).unwrap();
    }
    assert_eq!(indices(&mut batch), [-1, -1, 9, 3, 5]);
    daemon.join().unwrap();
}

#[test]
fn an_index_given_twice_is_refused_and_padding_is_not() {
    let (_directory, _listener, client) = place();
    let mut batch = Batch::new(&client, PLAIN);
    batch.push(work(4)).unwrap();
    assert!(matches!(batch.push(work(4)), Err(Error::DuplicateIndex(4))));
    batch.push(work(-2)).unwrap();
    batch.push(work(-2)).unwrap();
}

#[test]
fn what_a_busy_daemon_refuses_is_sent_again_after_the_time_it_asks_for() {
    let (_directory, listener, client) = place();
    let daemon = std::thread::spawn(move || {
        let mut session = Session::accept(&listener);
        let (id, _, units) = session.submitted();
        let refused_at = Instant::now();
        let failure = Failure::new(FailureKind::Busy, "full");
        session.reply(&Reply::Refused { id, failure, retry_after_ms: Some(30) });
        let (again, _, same) = session.submitted();
        assert!(refused_at.elapsed() >= Duration::from_millis(30));
        assert_ne!(id, again);
        assert_eq!(units, same);
        same.iter().for_each(|unit| session.answer(again, unit));
        session.finish(again);
    });
    let mut batch = Batch::new(&client, PLAIN);
    batch.push(work(0)).unwrap();
    batch.push(work(1)).unwrap();
    assert_eq!(indices(&mut batch), [0, 1]);
    daemon.join().unwrap();
}

#[test]
fn after_a_lost_connection_only_what_is_unanswered_is_sent_again() {
    let (_directory, listener, client) = place();
    let daemon = std::thread::spawn(move || {
        let mut session = Session::accept(&listener);
        let (id, _, units) = session.submitted();
        session.answer(id, &units[0]);
        drop(session);
        let mut session = Session::accept(&listener);
        let (id, _, rest) = session.submitted();
        assert_eq!(rest.iter().map(|unit| unit.idx).collect::<Vec<_>>(), [1, 2]);
        rest.iter().for_each(|unit| session.answer(id, unit));
        session.finish(id);
    });
    let mut batch = Batch::new(&client, PLAIN);
    (0..3).for_each(|idx| batch.push(work(idx)).unwrap());
    assert_eq!(indices(&mut batch), [0, 1, 2]);
    daemon.join().unwrap();
}

#[test]
fn a_daemon_that_always_hangs_up_is_given_up() {
    let (_directory, listener, client) = place();
    let daemon = std::thread::spawn(move || {
        for _ in 0..=RECONNECTS {
            Session::accept(&listener).submitted();
        }
    });
    let mut batch = Batch::new(&client, PLAIN);
    batch.push(work(0)).unwrap();
    assert!(matches!(batch.wait_next(), Err(Error::Lost(_))));
    daemon.join().unwrap();
}

#[test]
fn a_limit_on_workers_holds_over_the_messages_of_a_batch_and_none_waits_for_another() {
    let (_directory, listener, client) = place();
    let daemon = std::thread::spawn(move || {
        let mut session = Session::accept(&listener);
        let (first, options, units) = session.submitted();
        assert_eq!((options.workers, units.len()), (2, limits_per_message()));
        // Nothing is answered yet.
        let (second, _, rest) = session.submitted();
        assert_eq!((second, rest.len()), (first, 1), "one batch, so that the limit holds over both");
        units.iter().chain(&rest).for_each(|unit| session.answer(first, unit));
        let (closed, _, none) = session.submitted();
        assert_eq!((closed, none.len(), session.more), (first, 0, false), "the batch is closed");
        session.finish(first);
    });
    let mut batch = Batch::new(&client, BatchOptions { workers: 2, ..PLAIN });
    (0..=limits_per_message() as i64).for_each(|idx| batch.push(work(idx)).unwrap());
    assert_eq!(indices(&mut batch).len(), limits_per_message() + 1);
    daemon.join().unwrap();
}

#[test]
fn what_is_refused_of_a_batch_in_several_messages_goes_up_whole_again_and_nothing_twice() {
    let (_directory, listener, client) = place();
    let daemon = std::thread::spawn(move || {
        let mut session = Session::accept(&listener);
        let (id, _, units) = session.submitted();
        let (_, _, rest) = session.submitted();
        session.answer(id, &units[0]);
        let failure = Failure::new(FailureKind::Busy, "full");
        session.reply(&Reply::Refused { id, failure, retry_after_ms: Some(1) });
        assert_eq!(session.cancelled(), id, "of the first message jobs are under way");
        let (again, _, first) = session.submitted();
        assert_ne!(id, again);
        assert_eq!(first[0].idx, 1, "what was answered is not sent again");
        first.iter().for_each(|unit| session.answer(again, unit));
        let (_, _, last) = session.submitted();
        assert_eq!(first.len() + last.len(), units.len() - 1 + rest.len());
        last.iter().for_each(|unit| session.answer(again, unit));
    });
    let mut batch = Batch::new(&client, BatchOptions { workers: 2, ..PLAIN });
    let count = limits_per_message() as i64 + 5;
    (0..count).for_each(|idx| batch.push(work(idx)).unwrap());
    assert_eq!(indices(&mut batch), (0..count).collect::<Vec<_>>());
    daemon.join().unwrap();
}

#[test]
fn what_is_pushed_after_a_batch_was_closed_is_a_new_one() {
    let (_directory, listener, client) = place();
    let daemon = std::thread::spawn(move || {
        let mut session = Session::accept(&listener);
        let mut ids = Vec::new();
        for _ in 0..2 {
            let (id, _, units) = session.submitted();
            session.answer(id, &units[0]);
            assert!(session.submitted().2.is_empty() && !session.more);
            session.finish(id);
            ids.push(id);
        }
        assert_ne!(ids[0], ids[1]);
    });
    let mut batch = Batch::new(&client, BatchOptions { workers: 2, ..PLAIN });
    for idx in 0..2 {
        batch.push(work(idx)).unwrap();
        assert_eq!(indices(&mut batch), [idx]);
    }
    daemon.join().unwrap();
}

fn limits_per_message() -> usize {
    sojourn_proto::limits::UNITS_PER_MESSAGE
}

#[test]
fn an_interruption_cancels_the_batch_at_the_daemon() {
    let (_directory, listener, client) = place();
    let interrupt = client.interrupt().clone();
    let daemon = std::thread::spawn(move || {
        let mut session = Session::accept(&listener);
        let (submitted, ..) = session.submitted();
        interrupt.set();
        assert_eq!(session.cancelled(), submitted);
    });
    let mut batch = Batch::new(&client, PLAIN);
    batch.push(work(0)).unwrap();
    assert!(matches!(batch.wait_next(), Err(Error::Interrupted)));
    daemon.join().unwrap();
}
