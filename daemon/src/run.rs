//! The life of a daemon from start to exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use sojourn_proto::hello::{BUILD, PROTOCOL_VERSION};
use sojourn_proto::paths::{PlaceError, prepare_socket_directory};
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

use crate::config::{Config, ConfigError, Flags, Starter};
use crate::dispatch::{self, Identity};
use crate::held::Held;
use crate::listener::{Door, Listener};
use crate::lock::{Lock, LockError};
use crate::process::Workers;
use crate::readiness::Readiness;
use crate::session::Surroundings;
use crate::settings::{Settings, policy};
use crate::shutdown::{EXIT_INTERNAL, Steward, Watchdog};
use crate::store::{Store, StoreHandle};
use crate::{descriptors, logging, notify};

/// Notices that may wait for the dispatching task; beyond it whoever has more waits.
const NOTICES: usize = 1024;

/// Time that sessions have at the end to write what they still hold.
const FAREWELL: Duration = Duration::from_secs(5);

/// Time that a daemon with a panicked task has to end in order.
const AFTER_PANIC: Duration = Duration::from_secs(10);

/// Why the daemon did not serve, or ended otherwise than asked.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A setting can not be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The socket's directory can not be trusted.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Another daemon serves the socket, or its place can not be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The kernel does not let it listen.
    #[error("listening on {} failed: {source}", path.display())]
    Listen {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store can not be used.
    #[error("the store {} can not be used: {source}; choose another with --store, or none with --store ''", path.display())]
    Store {
        /// Its directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system refused something else.
    #[error("{action} failed: {source}")]
    System {
        /// What.
        action: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The daemon served, and then had to end.
    #[error("{0}")]
    Ended(String),
}

impl DaemonError {
    /// Exit code of the process: 3 where another daemon runs, 4 for a configuration that can not be used, 1
    /// for what the machine refused.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            DaemonError::Lock(LockError::Held { .. }) => ExitCode::from(3),
            DaemonError::Config(_) => ExitCode::from(4),
            _ => ExitCode::from(1),
        }
    }
}

/// An error of the system, with what was tried.
fn system(action: &'static str) -> impl Fn(io::Error) -> DaemonError {
    move |source| DaemonError::System { action, source }
}

/// Loads the configuration by these flags and [`run`]s. Whoever started the daemon and waits on a pipe hears
/// of a failure in either.
///
/// # Errors
/// [`DaemonError`]; the caller prints it and exits by [`DaemonError::exit_code`].
pub fn start(flags: &Flags) -> Result<ExitCode, DaemonError> {
    match Config::load(flags) {
        Ok(config) => run(config, flags.starter()),
        Err(error) => {
            let error = DaemonError::from(error);
            if let Ok(mut readiness) = Readiness::new(flags.starter()) {
                readiness.failed(&error.to_string());
            }
            Err(error)
        }
    }
}

/// Serves until told to end. To be called early in a process that has one thread, since it changes the
/// process: umask, descriptors, signals, panic hook, and for a daemon started by a client also session and
/// standard streams.
///
/// # Errors
/// [`DaemonError`], where it could not serve or lost its socket.
pub fn run(config: Config, starter: Starter) -> Result<ExitCode, DaemonError> {
    // Before any other descriptor is opened, whose number could be taken for a passed one.
    let mut readiness = Readiness::new(starter).map_err(system("taking over the pipe to the starter"))?;
    let outcome = serve(config, &mut readiness);
    if let Err(error) = &outcome {
        readiness.failed(&error.to_string());
    }
    outcome
}

fn serve(config: Config, readiness: &mut Readiness) -> Result<ExitCode, DaemonError> {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let passed = notify::passed_socket().map_err(system("taking over the socket of systemd"))?;
    descriptors::close_all_on_exec().map_err(system("looking at open descriptors"))?;
    let path = match &passed {
        Some((_, path)) => path.clone(),
        None => {
            prepare_socket_directory(config.socket())?;
            config.values().socket.clone()
        }
    };
    let lock = Lock::take(&path)?;
    readiness.detach(&config.values().state).map_err(system("opening the log file"))?;
    let log = logging::start(&config.values().log);
    let door = Door::new(&config.values().group).map_err(system("looking the group up"))?;
    let watchdog = Watchdog::start().map_err(system("starting the watchdog thread"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.values().workers.clamp(1, 4) as usize)
        .enable_all()
        .build()
        .map_err(system("starting the runtime"))?;
    let outcome = runtime.block_on(async {
        let listener = match passed {
            Some((socket, _)) => Listener::passed(socket, &path, lock, door)
                .map_err(|source| DaemonError::Listen { path: path.clone(), source })?,
            None => Listener::bind(&path, lock, door)?,
        };
        live(config, listener, log, readiness, &watchdog).await
    });
    // Threads that still wait for a disk are not waited for: every file appears whole or not at all.
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome?;
    if watchdog.has_seen_panic() {
        return Ok(ExitCode::from(EXIT_INTERNAL));
    }
    tracing::info!("ended");
    Ok(ExitCode::SUCCESS)
}

async fn live(
    config: Config,
    mut listener: Listener,
    log: logging::LogFilter,
    readiness: &mut Readiness,
    watchdog: &Arc<Watchdog>,
) -> Result<(), DaemonError> {
    let values = config.values().clone();
    let store = Store::open(config.store(), values.store_memory, values.store_bytes)
        .map_err(|source| DaemonError::Store { path: values.store.clone(), source })?;
    let store = Arc::new(store);
    let (notices, inbox) = mpsc::channel(NOTICES);
    let (wish, wishes) = mpsc::unbounded_channel();
    let (idle, idled) = mpsc::unbounded_channel();
    let closing = watch::Sender::new(false);
    let settings = Arc::new(Settings::new(config, notices.clone(), store.clone(), log));
    let handle = StoreHandle::new(store.clone(), notices.clone());
    let pool =
        Workers::new(notices.clone(), settings.terms()).map_err(system("preparing to start workers"))?;
    let steward =
        Steward::new(wishes, idled, notices.clone(), settings.clone(), watchdog.clone(), closing.clone());
    let steward = tokio::spawn(steward.map_err(system("listening to signals"))?.run());
    watchdog.end_on_panic(AFTER_PANIC, wish.clone());
    let identity = Identity { version: BUILD.clone(), protocol: PROTOCOL_VERSION };
    let mut dispatching =
        tokio::spawn(dispatch::run(policy(&values), identity, inbox, pool, handle.clone(), idle));
    let feeding = tokio::spawn(notify::feed_watchdog(notices.clone()));
    tokio::task::spawn_blocking(move || store.take_stock());
    let held = Held::new(sojourn_proto::limits::HELD_BYTES);
    let around =
        Arc::new(Surroundings { notices, store: handle.clone(), held, settings, shutdown: wish.clone() });
    let sessions = TaskTracker::new();
    notify::ready();
    readiness.ready();
    tracing::info!(build = *BUILD, workers = values.workers, "serving");
    let gone = tokio::select! {
        _ = &mut dispatching => None,
        gone = listener.run(around, closing.subscribe(), sessions.clone(), values.socket_check) => Some(gone),
    };
    let outcome = match gone {
        None => Ok(()),
        Some(gone) => {
            // No client can find this daemon any more; those that are here are served to the end.
            tracing::error!("{gone}");
            let _ = wish.send((sojourn_proto::ShutdownMode::Drain, None));
            let _ = dispatching.await;
            Err(DaemonError::Ended(gone.to_string()))
        }
    };
    sessions.close();
    let _ = tokio::time::timeout(FAREWELL, sessions.wait()).await;
    let _ = tokio::time::timeout(FAREWELL, handle.settle()).await;
    feeding.abort();
    steward.abort();
    drop(listener);
    outcome
}
