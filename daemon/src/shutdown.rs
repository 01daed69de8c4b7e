//! The end of the daemon: who may ask for it, how it becomes more urgent, and what ends it if it hangs.
//!
//! ```text
//! TERM, INT, a client, idleness     again, or drain_time over     again, or 10 s over      15 s over
//! ------------------------------> drain ---------------------> fast ------------------> now -------> exit 70
//! ```

mod watchdog;

use std::sync::Arc;
use std::time::Duration;

use sojourn_proto::ShutdownMode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use crate::exchange::Notice;
use crate::notify;
use crate::settings::Settings;
pub(crate) use watchdog::{EXIT_INTERNAL, Watchdog};

/// How to end, and who is to be told when no more work is taken.
pub(crate) type Wish = (ShutdownMode, Option<oneshot::Sender<()>>);

/// Time of the fast stage, and of the last one.
const FAST: Duration = Duration::from_secs(10);
const NOW: Duration = Duration::from_secs(15);

/// Signals this process handles.
#[derive(Debug)]
struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

/// The task that hears of the end, and passes it on.
#[derive(Debug)]
pub(crate) struct Steward {
    signals: Signals,
    pub(crate) wishes: mpsc::UnboundedReceiver<Wish>,
    pub(crate) idle: mpsc::UnboundedReceiver<()>,
    pub(crate) notices: mpsc::Sender<Notice>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) watchdog: Arc<Watchdog>,
    pub(crate) closing: watch::Sender<bool>,
    mode: Option<ShutdownMode>,
}

enum Heard {
    Signal,
    Hangup,
    Wish(Wish),
    Late,
}

impl Steward {
    /// Begins to listen to signals.
    ///
    /// # Errors
    /// When the kernel does not let it.
    pub(crate) fn new(
        wishes: mpsc::UnboundedReceiver<Wish>,
        idle: mpsc::UnboundedReceiver<()>,
        notices: mpsc::Sender<Notice>,
        settings: Arc<Settings>,
        watchdog: Arc<Watchdog>,
        closing: watch::Sender<bool>,
    ) -> std::io::Result<Steward> {
        let signals = Signals {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
        };
        Ok(Steward { signals, wishes, idle, notices, settings, watchdog, closing, mode: None })
    }

    /// Listens until dropped.
    pub(crate) async fn run(mut self) {
        let mut late: Option<Instant> = None;
        loop {
            let (mode, done) = match self.hear(late).await {
                Heard::Hangup => {
                    self.reload().await;
                    continue;
                }
                Heard::Signal | Heard::Late => (next(self.mode), None),
                // Nobody makes a shutdown gentler.
                Heard::Wish((mode, done)) => {
                    (self.mode.map_or(mode, |now| if rank(now) > rank(mode) { now } else { mode }), done)
                }
            };
            if self.mode != Some(mode) || done.is_some() {
                late = self.pass_on(mode, done).await;
            }
        }
    }

    async fn hear(&mut self, late: Option<Instant>) -> Heard {
        let overdue = async {
            match late {
                Some(moment) => sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.signals.term.recv() => Heard::Signal,
            _ = self.signals.int.recv() => Heard::Signal,
            _ = self.signals.hup.recv() => Heard::Hangup,
            Some(wish) = self.wishes.recv() => Heard::Wish(wish),
            Some(()) = self.idle.recv() => {
                tracing::info!("idle: ending");
                Heard::Wish((self.mode.unwrap_or(ShutdownMode::Drain), None))
            }
            () = overdue => Heard::Late,
        }
    }

    /// Passes a wish on; when the next stage is due.
    async fn pass_on(&mut self, mode: ShutdownMode, done: Option<oneshot::Sender<()>>) -> Option<Instant> {
        tracing::info!(?mode, "shutting down");
        self.mode = Some(mode);
        self.closing.send_replace(true);
        notify::stopping(match mode {
            ShutdownMode::Drain => "ending: finishing all work",
            ShutdownMode::Fast => "ending: finishing what runs",
            ShutdownMode::Now => "ending now",
        });
        let (stage, rest) = match mode {
            ShutdownMode::Drain => (Some(self.settings.drain_time()), FAST + NOW),
            ShutdownMode::Fast => (Some(FAST), NOW),
            ShutdownMode::Now => (None, NOW),
        };
        self.watchdog.arm(stage.unwrap_or_default() + rest, "the shutdown hangs");
        // Nobody hears only when the dispatching task has ended already.
        let _ = self.notices.send(Notice::Shutdown { mode, done }).await;
        stage.map(|stage| Instant::now() + stage)
    }

    async fn reload(&self) {
        notify::reloading();
        match self.settings.reload().await {
            Ok(reloaded) => tracing::info!(
                changed = ?reloaded.changed,
                needs_restart = ?reloaded.needs_restart,
                "configuration read again"
            ),
            Err(error) => tracing::error!(%error, "configuration not changed"),
        }
        notify::ready();
    }
}

fn rank(mode: ShutdownMode) -> u8 {
    match mode {
        ShutdownMode::Drain => 0,
        ShutdownMode::Fast => 1,
        ShutdownMode::Now => 2,
    }
}

/// The next, more urgent way to end.
fn next(mode: Option<ShutdownMode>) -> ShutdownMode {
    match mode {
        None => ShutdownMode::Drain,
        Some(ShutdownMode::Drain) => ShutdownMode::Fast,
        Some(ShutdownMode::Fast | ShutdownMode::Now) => ShutdownMode::Now,
    }
}
