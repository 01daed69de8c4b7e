//! The one task of a worker process.

use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use sojourn_proto::frame::frame_codec;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::codec::{FramedRead, LengthDelimitedCodec};

use super::Terms;
use super::ending::{Ladder, Process, exit_of};
use super::sample::{out_of_memory_kills, sample};
use super::spawn::{Program, Spawner, Started};
use super::wire::{Conversation, Heard, Outgoing, write_orders};
use crate::exchange::{Exit, Notice, Role, WorkerCommand, WorkerEvent, WorkerId};

/// Time between looks at a worker that has work, and at one that has none.
const BUSY_LOOK: Duration = Duration::from_millis(500);
const IDLE_LOOK: Duration = Duration::from_secs(10);

/// A worker without work that was told to leave has so long before the ladder begins.
const LEAVE: Duration = Duration::from_secs(2);

/// Bytes read at once; the buffer of a connection is reused for all its frames.
const READ_BYTES: usize = 64 << 10;

/// Tells the dispatching task about one worker.
#[derive(Debug)]
pub(super) struct Teller {
    pub(super) worker: WorkerId,
    pub(super) notices: mpsc::Sender<Notice>,
}

impl Teller {
    async fn tell(&self, event: WorkerEvent) {
        // Nobody hears only while the daemon ends.
        let _ = self.notices.send(Notice::Worker { worker: self.worker, event }).await;
    }
}

/// Starts a worker, carries orders and reports, and sees it to its end.
pub(super) async fn run(
    spawner: Spawner,
    role: Role,
    teller: Teller,
    mut commands: mpsc::UnboundedReceiver<WorkerCommand>,
    terms: watch::Receiver<Terms>,
) {
    let kills = out_of_memory_kills();
    let (program, memory) = match role {
        Role::Worker => {
            let memory = terms.borrow().memory;
            (Program::Worker { memory }, memory)
        }
        // Drivers reserve address space without end, so it has no bound.
        Role::Device { device, expected_free } => (Program::Device { device, expected_free }, u64::MAX),
    };
    let exit = match begin(&spawner, program).await {
        Ok((process, socket)) => {
            teller.tell(WorkerEvent::Spawned { pid: process.id() }).await;
            let supervisor = Supervisor::new(process, socket, role, terms, memory);
            supervisor.run(&teller, &mut commands, kills).await
        }
        Err(error) => Exit::NotStarted { reason: format!("a worker process could not be started: {error}") },
    };
    teller.tell(WorkerEvent::Exited(exit)).await;
}

pub(super) async fn begin(spawner: &Spawner, program: Program) -> std::io::Result<(Process, UnixStream)> {
    let Started { child, socket } = spawner.spawn(program).await?;
    let process = Process::new(child)?;
    Ok((process, UnixStream::from_std(socket)?))
}

struct Supervisor {
    process: Process,
    conversation: Conversation,
    orders: Option<mpsc::UnboundedSender<Outgoing>>,
    writer: JoinHandle<()>,
    reports: Option<FramedRead<OwnedReadHalf, LengthDelimitedCodec>>,
    terms: watch::Receiver<Terms>,
    /// Address space it was given.
    memory: u64,
    ladder: Ladder,
    leaving: bool,
    violation: Option<String>,
    look: Instant,
}

/// What has happened.
enum Seen {
    Ended,
    Command(Option<WorkerCommand>),
    Report(Option<Result<BytesMut, std::io::Error>>),
    Due,
    Look,
}

impl Supervisor {
    fn new(
        process: Process,
        socket: UnixStream,
        role: Role,
        terms: watch::Receiver<Terms>,
        memory: u64,
    ) -> Supervisor {
        let (read, write) = socket.into_split();
        let (orders, inbox) = mpsc::unbounded_channel();
        Supervisor {
            conversation: Conversation::new(process.id(), role),
            process,
            orders: Some(orders),
            writer: tokio::spawn(write_orders(write, inbox)),
            reports: Some(FramedRead::with_capacity(read, frame_codec(), READ_BYTES)),
            terms,
            memory,
            ladder: Ladder::Standing,
            leaving: false,
            violation: None,
            look: Instant::now() + BUSY_LOOK,
        }
    }

    async fn run(
        mut self,
        teller: &Teller,
        commands: &mut mpsc::UnboundedReceiver<WorkerCommand>,
        kills: u64,
    ) -> Exit {
        loop {
            match self.next(commands).await {
                Seen::Ended => break,
                Seen::Command(Some(command)) => self.obey(command),
                Seen::Command(None) => self.obey(WorkerCommand::End),
                Seen::Report(frame) => self.hear(frame, teller).await,
                Seen::Due => self.climb(teller).await,
                Seen::Look => self.look(teller).await,
            }
        }
        // What it wrote before its end still counts.
        while let Some(Some(frame)) = self.pending_report().await {
            self.hear(Some(frame), teller).await;
        }
        self.writer.abort();
        let kernel_killed =
            !matches!(self.ladder, Ladder::Killed(_) | Ladder::Unreapable) && out_of_memory_kills() > kills;
        let reaped = self.process.reap();
        match (self.violation, reaped) {
            (Some(what), _) => Exit::ProtocolViolation { what },
            (None, Ok(reaped)) => exit_of(reaped, kernel_killed, self.memory),
            (None, Err(error)) => {
                Exit::ProtocolViolation { what: format!("its end could not be read: {error}") }
            }
        }
    }

    async fn next(&mut self, commands: &mut mpsc::UnboundedReceiver<WorkerCommand>) -> Seen {
        // Once it is being ended there is nothing more to obey.
        let obedient = matches!(self.ladder, Ladder::Standing) || self.leaving;
        let due = self.ladder.due();
        let look = self.look;
        let reports = &mut self.reports;
        tokio::select! {
            biased;
            frame = async {
                match reports {
                    Some(reports) => reports.next().await,
                    None => std::future::pending().await,
                }
            } => Seen::Report(frame),
            () = self.process.ended() => Seen::Ended,
            command = commands.recv(), if obedient => Seen::Command(command),
            () = sleep_until(due.unwrap_or(look)), if due.is_some() => Seen::Due,
            () = sleep_until(look) => Seen::Look,
        }
    }

    /// A frame that is already here; the outer none: nothing more will come.
    async fn pending_report(&mut self) -> Option<Option<Result<BytesMut, std::io::Error>>> {
        let reports = self.reports.as_mut()?;
        // A grandchild may hold the other end open, so this does not wait for its end.
        tokio::time::timeout(Duration::from_millis(20), reports.next()).await.ok()
    }

    fn obey(&mut self, command: WorkerCommand) {
        match command {
            WorkerCommand::Run(jobs) => {
                self.conversation.asked(&jobs);
                self.order(Outgoing::Run(jobs));
                self.look = Instant::now() + BUSY_LOOK;
            }
            WorkerCommand::Evict(traces) => self.order(Outgoing::Evict(traces)),
            WorkerCommand::Leave => {
                self.leaving = true;
                self.order(Outgoing::Leave);
                self.press_leaver();
            }
            WorkerCommand::End => {
                self.leaving = false;
                self.order(Outgoing::Leave);
                self.orders = None;
                if !matches!(self.ladder, Ladder::Terminated(_) | Ladder::Killed(_) | Ladder::Unreapable) {
                    self.ladder = Ladder::asked();
                }
            }
        }
    }

    fn order(&self, outgoing: Outgoing) {
        if let Some(orders) = &self.orders {
            // A writer that is gone has lost its worker, whose end is about to be seen.
            let _ = orders.send(outgoing);
        }
    }

    /// One that was told to leave and has nothing to do should be gone soon.
    fn press_leaver(&mut self) {
        if self.leaving && self.conversation.is_idle() && self.ladder == Ladder::Standing {
            self.ladder = Ladder::asked_within(LEAVE);
        }
    }

    async fn hear(&mut self, frame: Option<Result<BytesMut, std::io::Error>>, teller: &Teller) {
        let wrong = match frame {
            Some(Ok(frame)) => match self.conversation.hear(&frame) {
                Ok(Heard::Lacking(task)) => {
                    self.order(Outgoing::Again(task));
                    return;
                }
                Ok(Heard::Event(event)) => {
                    teller.tell(event).await;
                    self.press_leaver();
                    return;
                }
                Err(what) => Some(what),
            },
            // A frame over the limit, or one cut off: a cut one is no crime of its own, its writer died.
            Some(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => Some(error.to_string()),
            Some(Err(_)) | None => None,
        };
        self.reports = None;
        match wrong {
            Some(what) => {
                self.violation.get_or_insert(what);
                self.ladder = Ladder::killed(&self.process);
            }
            // It has closed its socket, so it must be about to end.
            None if self.ladder == Ladder::Standing => self.ladder = Ladder::asked_within(LEAVE),
            None => {}
        }
    }

    async fn climb(&mut self, teller: &Teller) {
        let grace = self.terms.borrow().grace;
        self.ladder = self.ladder.climb(&self.process, grace);
        if self.ladder == Ladder::Unreapable {
            tracing::error!(pid = self.process.id(), "a worker does not end though it was killed");
            teller.tell(WorkerEvent::Unreapable).await;
        }
    }

    async fn look(&mut self, teller: &Teller) {
        let pause = if self.conversation.is_idle() { IDLE_LOOK } else { BUSY_LOOK };
        self.look = Instant::now() + pause;
        if let Some(seen) = sample(self.process.id()) {
            teller.tell(WorkerEvent::Sampled { rss_bytes: seen.rss_bytes, stopped: seen.stopped }).await;
        }
    }
}
