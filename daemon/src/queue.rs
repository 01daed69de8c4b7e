//! The queue's decisions, as one pure function: state x event x now -> effects.
//!
//! Nothing here does anything. [`Queue::step`] is told what happened and when, and says what is to be done;
//! [`crate::dispatch`] does it. There is no clock, no randomness, no task and no payload in here, so each
//! decision can be tested, and every history replayed, without a process.
//!
//! # Life of a job
//!
//! ```text
//!   Submit                    store on                       hit
//!  --------> poisoned? --no--> Fresh --> LookingUp -----------------------> answered (Stored)
//!               |                |  ^        | miss
//!               | yes   store    |  |        v      bundle             result
//!               |        off     +--|----> Ready ----------> Assigned --------> stored, answered
//!               |                   |        ^                 |  |             (Computed, Shared)
//!               v                   |        | worker ended:   |  |
//!           answered                |        | front; died     |  |
//!          (Poisonous)              |        | under it: back  |  +--> its fault, or too often:
//!                                   |        +-----------------+      answered (Failed)
//!                                   |                          |
//!                                   +--------------------------+
//!                    for a follower who reads too slowly: from the store, later
//! ```
//!
//! A job is one computation; the units that wait for it are its *tickets*, of any batches and sessions. The
//! first ticket leads: it is told `Computed`, the others `Shared`. Where the leader leaves, the next leads. A
//! job without tickets is dropped, and ended where a worker is at it.
//!
//! # Life of a worker
//!
//! ```text
//!  spawn          ready         lease            jobs, age, memory, session closed,
//!  ----> Starting -----> Spare -----> Leased --- restart, or its turn is over ---> Retiring
//!           |              |          |    |                                          |
//!           | too late     | surplus  |    | without load                load done    |
//!           v              v          |    +------------------> Leaving <-------------+
//!         Ending           Leaving    |                            | not within the grace
//!           ^                         | silent, given up, foreign  v
//!           +-------------------------+------------------------> Ending --> (Unreapable) --> gone
//! ```
//!
//! A worker is leased to one session and ends with it: no state can pass from one user or script to another.
//! Slots are shared out between the sessions that want them, the one with fewest first; a session above its
//! share gives one back at the end of a bundle as soon as another has less than its own. What is to be computed
//! on a GPU takes no slot: see `queue/devices.rs`.

mod admit;
mod answer;
mod blobs;
mod cancel;
#[cfg(test)]
mod check;
mod crash;
mod deadline;
mod devices;
mod effect;
mod event;
mod heard;
mod job;
mod lane;
mod lease;
mod poison;
mod policy;
mod report;
mod restart;
mod schedule;
mod session;
mod shutdown;
mod stock;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::BTreeMap;
use std::time::Duration;

use sojourn_proto::{JobId, ShutdownMode};

pub use effect::{Effect, Verdict};
pub use event::{Blob, Claim, Event, Said};
pub use policy::Policy;
pub use report::View;

use crate::exchange::{SessionId, WorkerId};
use job::{Flight, Job};
use poison::Poison;
use session::{Pace, Session};
use worker::Worker;

/// Time since some fixed moment, by a clock that never goes back.
pub type Moment = Duration;

/// Sessions, jobs and workers, and what is to become of them.
#[derive(Debug)]
pub struct Queue {
    policy: Policy,
    now: Moment,
    sessions: BTreeMap<SessionId, Session>,
    jobs: BTreeMap<JobId, Job>,
    flights: BTreeMap<Flight, JobId>,
    poison: Poison,
    workers: BTreeMap<WorkerId, Worker>,
    starts: stock::Starts,
    restarts: Vec<restart::Restart>,
    shutdown: Option<ShutdownMode>,
    quiet: bool,
    idle: deadline::Idle,
    /// When to look again whether a session has had its only worker long enough.
    quantum_ends: Option<Moment>,
    /// Units admitted and not answered, and bytes of payload held, over all sessions.
    unanswered: usize,
    bytes: u64,
    blobs: blobs::Blobs,
    devices: devices::Devices,
    pace: Pace,
    last_job: JobId,
    last_worker: WorkerId,
    turns: u64,
    effects: Vec<Effect>,
}

impl Queue {
    /// An empty queue. The first step starts the spares.
    pub fn new(policy: Policy) -> Queue {
        Queue {
            policy,
            now: Moment::ZERO,
            sessions: BTreeMap::new(),
            jobs: BTreeMap::new(),
            flights: BTreeMap::new(),
            poison: Poison::default(),
            workers: BTreeMap::new(),
            starts: stock::Starts::default(),
            restarts: Vec::new(),
            shutdown: None,
            quiet: false,
            idle: deadline::Idle::default(),
            quantum_ends: None,
            unanswered: 0,
            bytes: 0,
            blobs: blobs::Blobs::default(),
            devices: devices::Devices::default(),
            pace: Pace::default(),
            last_job: 0,
            last_worker: 0,
            turns: 0,
            effects: Vec::new(),
        }
    }

    /// What is to be done after `event`, at `now`: to be carried out in order, before the next step.
    pub fn step(&mut self, event: Event, now: Moment) -> Vec<Effect> {
        self.now = self.now.max(now);
        match event {
            Event::Tick => {}
            Event::Configure(policy) => self.policy = *policy,
            Event::Opened { session, uid, pid } => {
                self.sessions.insert(session, Session::new(uid, pid));
            }
            Event::Closed { session } => self.close(session),
            Event::Submit { session, batch, options, units, more } => {
                self.submit((session, batch), options, &units, more);
            }
            Event::Cancel { session, id, batch } => self.cancel(session, id, batch),
            Event::Written { session, bytes } => self.written(session, bytes),
            Event::LookedUp { kind, key, found } => self.looked_up(kind, key, found),
            Event::Restart { ticket } => self.restart(ticket),
            Event::Shutdown(mode) => self.shut_down(mode),
            Event::Worker { worker, said } => self.heard(worker, said),
            Event::AskDevices { ticket } => self.ask_devices(ticket),
            Event::Discovered(found) => self.discovered(found),
            Event::ClearDevices { ticket } => self.clear_devices(ticket),
        }
        self.pass_deadlines();
        self.cancel_for_shutdown();
        self.schedule();
        self.schedule_devices();
        self.settle_restarts();
        self.settle_clears();
        self.settle_shutdown();
        self.note_idleness();
        std::mem::take(&mut self.effects)
    }

    /// The bounds in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// The next turn: who has the lowest was served longest ago.
    fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }
}
