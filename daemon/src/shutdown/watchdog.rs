//! A thread that ends the process where the tasks can not: it depends on no runtime and waits for nobody.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sojourn_proto::ShutdownMode;
use tokio::sync::mpsc;

use super::Wish;

/// Exit code of a daemon that hung or panicked.
pub(crate) const EXIT_INTERNAL: u8 = 70;

/// Time that leaving the process may take: what runs at exit may wait for a lock that a hung thread holds.
const EXIT_TIME: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
struct State {
    deadline: Option<(Instant, &'static str)>,
    panicked: bool,
}

/// Ends the process at a deadline, unless it has ended before.
#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    state: Mutex<State>,
    changed: Condvar,
}

impl Watchdog {
    /// Starts the thread.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start() -> io::Result<Arc<Watchdog>> {
        let watchdog = Arc::new(Watchdog::default());
        let own = watchdog.clone();
        std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || own.watch())?;
        Ok(watchdog)
    }

    /// Sets the deadline, in place of an earlier one. After a panic the first one stands.
    pub(crate) fn arm(&self, time: Duration, reason: &'static str) {
        let mut state = self.state();
        if !state.panicked {
            state.deadline = Some((Instant::now() + time, reason));
        }
        self.changed.notify_all();
    }

    /// Has every panic in this process end the daemon: in order where that still works within `time`, by this
    /// thread where it does not.
    pub(crate) fn end_on_panic(self: &Arc<Self>, time: Duration, wishes: mpsc::UnboundedSender<Wish>) {
        let watchdog = self.clone();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            before(panic);
            watchdog.arm(time, "a task panicked");
            watchdog.state().panicked = true;
            // Nobody hears only when the daemon is ending already.
            let _ = wishes.send((ShutdownMode::Now, None));
        }));
    }

    /// Whether some task has panicked.
    pub(crate) fn has_seen_panic(&self) -> bool {
        self.state().panicked
    }

    fn watch(&self) {
        let mut state = self.state();
        loop {
            let Some((deadline, reason)) = state.deadline else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                eprintln!("sojournd: {reason}; the process is ended");
                kill_if_exit_hangs();
                std::process::exit(i32::from(EXIT_INTERNAL));
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From a thread of its own, since the caller is about to be in `exit`. Where even that thread can not be
/// started, `exit` has to do.
fn kill_if_exit_hangs() {
    let kill = || {
        std::thread::sleep(EXIT_TIME);
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    };
    let _ = std::thread::Builder::new().name("last-resort".to_owned()).spawn(kill);
}

#[cfg(test)]
mod tests {
    use std::process::{Command, ExitStatus, Stdio};
    use std::time::Duration;

    use tokio::sync::mpsc;

    use super::{EXIT_INTERNAL, ShutdownMode, Watchdog};

    const SOON: Duration = Duration::from_millis(50);

    /// Tells the process that a test starts from the test itself.
    const ALONE: &str = "SOJOURN_TEST_ALONE";

    /// How a process ends that does nothing but `act`, which is to end it. Each test here starts itself anew for
    /// that, and finds by the environment which of the two it is.
    fn alone(test: &str, act: fn()) -> ExitStatus {
        if std::env::var_os(ALONE).is_some() {
            act();
            loop {
                std::thread::park();
            }
        }
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", &format!("shutdown::watchdog::tests::{test}")]).env(ALONE, "1");
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
    }

    #[test]
    fn a_process_that_hangs_is_ended_at_the_deadline() {
        let status = alone("a_process_that_hangs_is_ended_at_the_deadline", || {
            Watchdog::start().unwrap().arm(SOON, "a test hangs");
        });
        assert_eq!(status.code(), Some(i32::from(EXIT_INTERNAL)));
    }

    #[test]
    fn a_panic_asks_for_the_end_and_brings_it() {
        let status = alone("a_panic_asks_for_the_end_and_brings_it", || {
            let watchdog = Watchdog::start().unwrap();
            let (wish, mut wishes) = mpsc::unbounded_channel();
            watchdog.end_on_panic(SOON, wish);
            assert!(std::thread::spawn(|| panic!("a task")).join().is_err());
            assert!(watchdog.has_seen_panic());
            assert!(matches!(wishes.try_recv(), Ok((ShutdownMode::Now, None))));
            watchdog.arm(Duration::from_secs(3600), "a later deadline, which changes nothing");
        });
        assert_eq!(status.code(), Some(i32::from(EXIT_INTERNAL)));
    }
}
