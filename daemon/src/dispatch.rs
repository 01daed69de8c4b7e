//! The task that owns the queue: tells it what happens and carries out what it decides.
//!
//! ```text
//!   sessions --+                          +--> sessions   answers, refusals, last words
//!   processes -+--Notice--> Event         +--> processes  work, leave, end
//!   store -----+              |           +--> store      look-ups, results
//!   the clock ----------------+           |
//!                             v           |
//!                       Queue::step --> Effects
//! ```
//!
//! There are no decisions here. What the queue does not see is kept here: payloads by job, from their
//! admission to their end, and the senders to sessions and workers. A result is only in hand while the effects
//! of its arrival are carried out; after that the sessions it went to hold it. All senders are unbounded and
//! what is sent is bounded by the queue, so this task never waits for anybody, and nobody deadlocks with it.

mod carry;
mod seams;
#[cfg(test)]
mod tests;
mod translate;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use sojourn_proto::{DaemonReport, DevicesReport, JobId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

pub use seams::{Identity, Pool, Put, Store};

use crate::exchange::{Notice, SessionEvent, SessionId, Task, Work, WorkerCommand, WorkerId};
use crate::queue::{Event, Moment, Policy, Queue};

/// Everything the task holds beside the queue.
struct Dispatch<P, S> {
    queue: Queue,
    pool: P,
    store: S,
    idle: mpsc::UnboundedSender<()>,
    identity: Identity,
    started: Instant,
    sessions: BTreeMap<SessionId, mpsc::UnboundedSender<SessionEvent>>,
    workers: BTreeMap<WorkerId, mpsc::UnboundedSender<WorkerCommand>>,
    /// What is handed to a worker with each job.
    tasks: BTreeMap<JobId, Task>,
    /// Who waits for processes to be gone, and for a look at GPUs.
    restarts: BTreeMap<u64, oneshot::Sender<()>>,
    looks: BTreeMap<u64, oneshot::Sender<DevicesReport>>,
    last_ticket: u64,
    /// Set by the last effect of a shutdown.
    quiet: bool,
}

/// What came with a notice and is not for the queue: it is needed while the effects are carried out.
#[derive(Debug, Default)]
struct InHand {
    units: Vec<Work>,
    result: Bytes,
}

/// Runs until all is quiet after [`Notice::Shutdown`] (every unit answered, every worker gone, every session
/// told goodbye), or until nobody can send notices any more. `idle` hears each time there has been neither
/// session nor work for [`Policy::idle`]; whoever listens decides whether to shut down.
pub async fn run(
    policy: Policy,
    identity: Identity,
    mut notices: mpsc::Receiver<Notice>,
    pool: impl Pool,
    store: impl Store,
    idle: mpsc::UnboundedSender<()>,
) {
    let mut dispatch = Dispatch {
        queue: Queue::new(policy),
        pool,
        store,
        idle,
        identity,
        started: Instant::now(),
        sessions: BTreeMap::new(),
        workers: BTreeMap::new(),
        tasks: BTreeMap::new(),
        restarts: BTreeMap::new(),
        looks: BTreeMap::new(),
        last_ticket: 0,
        quiet: false,
    };
    dispatch.step(Event::Tick, InHand::default());
    while !dispatch.quiet {
        let notice = tokio::select! {
            notice = notices.recv() => match notice {
                Some(notice) => Some(notice),
                None => break,
            },
            () = until(dispatch.started, dispatch.queue.next_deadline()) => None,
        };
        match notice {
            Some(notice) => dispatch.take(notice),
            None => dispatch.step(Event::Tick, InHand::default()),
        }
    }
}

/// Waits for a moment of the queue's time; for ever where there is none.
async fn until(started: Instant, moment: Option<Moment>) {
    match moment {
        // A timer fires up to a millisecond late and never early, so the queue finds the moment passed.
        Some(moment) => tokio::time::sleep_until(started + moment).await,
        None => std::future::pending().await,
    }
}

impl<P: Pool, S: Store> Dispatch<P, S> {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn step(&mut self, event: Event, mut in_hand: InHand) {
        let now = self.now();
        for effect in self.queue.step(event, now) {
            self.carry_out(effect, &mut in_hand);
        }
    }

    fn report(&self) -> DaemonReport {
        let view = self.queue.view();
        DaemonReport {
            pid: std::process::id(),
            version: self.identity.version.clone(),
            protocol: self.identity.protocol,
            uptime_s: self.now().as_secs_f64(),
            health: view.health,
            workers: view.workers,
            queue: view.queue,
            // The asker adds what the store says of itself.
            cache: sojourn_proto::CacheCounts::default(),
            devices: view.devices,
            sessions: view.sessions,
        }
    }

    fn devices(&self) -> DevicesReport {
        let view = self.queue.view();
        DevicesReport {
            devices: view.devices,
            none: view.no_devices,
            visible: std::env::var("CUDA_VISIBLE_DEVICES").ok(),
        }
    }
}
