//! Worker processes: each is started by exec from one thread that never ends, and has exactly one supervising
//! task, the only one that speaks to it, signals it and reaps it.

mod ending;
mod probe;
mod reap;
mod sample;
mod spawn;
mod supervise;
mod wire;

use std::io;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::dispatch::Pool;
use crate::exchange::{Notice, Role, WorkerCommand, WorkerId};
use spawn::Spawner;

/// What may change about processes while the daemon runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    /// From SIGTERM to SIGKILL.
    pub(crate) grace: Duration,
    /// Address space of a worker in bytes.
    pub(crate) memory: u64,
}

/// Starts workers and their supervising tasks.
#[derive(Debug)]
pub(crate) struct Workers {
    spawner: Spawner,
    notices: mpsc::Sender<Notice>,
    terms: watch::Receiver<Terms>,
}

impl Workers {
    /// Opens the executable of this process, which all workers will run whatever becomes of its file, and
    /// starts the spawning thread.
    ///
    /// # Errors
    /// When `/proc/self/exe` can not be opened or no thread be started.
    pub(crate) fn new(notices: mpsc::Sender<Notice>, terms: watch::Receiver<Terms>) -> io::Result<Workers> {
        Ok(Workers { spawner: Spawner::start()?, notices, terms })
    }
}

impl Pool for Workers {
    fn spawn(&mut self, worker: WorkerId, role: Role) -> mpsc::UnboundedSender<WorkerCommand> {
        let (commands, inbox) = mpsc::unbounded_channel();
        let teller = supervise::Teller { worker, notices: self.notices.clone() };
        tokio::spawn(supervise::run(self.spawner.clone(), role, teller, inbox, self.terms.clone()));
        commands
    }

    fn look(&mut self) {
        let (spawner, notices) = (self.spawner.clone(), self.notices.clone());
        tokio::spawn(async move {
            // Nobody hears only while the daemon ends.
            let _ = notices.send(Notice::Discovered(probe::look(&spawner).await)).await;
        });
    }
}

/// Resident memory of this process in bytes.
pub(crate) fn resident_bytes() -> u64 {
    sample::sample(std::process::id()).map_or(0, |seen| seen.rss_bytes)
}
