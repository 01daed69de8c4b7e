//! The settings in force, and the way a change of them reaches whoever goes by them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sojourn_proto::Setting;
use tokio::sync::{mpsc, watch};

use crate::config::{Config, ConfigError, Reloaded, Values};
use crate::exchange::Notice;
use crate::logging::LogFilter;
use crate::process::Terms;
use crate::queue::Policy;
use crate::store::Store;

/// Owner of the configuration. Its lock is held for reading and changing values, never across an await.
#[derive(Debug)]
pub(crate) struct Settings {
    config: Mutex<Config>,
    notices: mpsc::Sender<Notice>,
    terms: watch::Sender<Terms>,
    sessions: watch::Sender<u32>,
    store: Arc<Store>,
    log: LogFilter,
}

impl Settings {
    pub(crate) fn new(
        config: Config,
        notices: mpsc::Sender<Notice>,
        store: Arc<Store>,
        log: LogFilter,
    ) -> Settings {
        let terms = watch::Sender::new(terms(config.values()));
        let sessions = watch::Sender::new(config.values().sessions);
        Settings { config: Mutex::new(config), notices, terms, sessions, store, log }
    }

    /// Terms for worker processes, now and later.
    pub(crate) fn terms(&self) -> watch::Receiver<Terms> {
        self.terms.subscribe()
    }

    /// Sessions allowed at once.
    pub(crate) fn sessions(&self) -> u32 {
        *self.sessions.borrow()
    }

    /// Time that a shutdown gives to work.
    pub(crate) fn drain_time(&self) -> Duration {
        self.config().values().drain_time
    }

    /// Every setting, for people.
    pub(crate) fn show(&self) -> Vec<Setting> {
        self.config().settings()
    }

    /// Changes one and has it take effect.
    pub(crate) async fn set(&self, name: &str, value: &str) -> Result<(), ConfigError> {
        self.config().set(name, value)?;
        self.put_in_force().await;
        Ok(())
    }

    /// Reads file and environment again, and has the changes take effect.
    pub(crate) async fn reload(&self) -> Result<Reloaded, ConfigError> {
        let reloaded = self.config().reload()?;
        self.put_in_force().await;
        Ok(reloaded)
    }

    async fn put_in_force(&self) {
        let values = self.config().values().clone();
        self.terms.send_replace(terms(&values));
        self.sessions.send_replace(values.sessions);
        self.store.configure(values.store_memory, values.store_bytes);
        self.log.change(&values.log);
        // Nobody hears only while the daemon ends.
        let _ = self.notices.send(Notice::Configure { policy: Box::new(policy(&values)) }).await;
    }

    fn config(&self) -> MutexGuard<'_, Config> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn terms(values: &Values) -> Terms {
    Terms { grace: values.kill_grace, memory: values.job_memory }
}

/// What the queue decides by, from the settings.
pub(crate) fn policy(values: &Values) -> Policy {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Policy {
        workers: values.workers as usize,
        spares: values.spares as usize,
        jobs_per_worker: values.worker_jobs,
        max_age: values.worker_age,
        max_rss: values.worker_rss,
        silence: values.job_silence,
        units_per_session: count(values.jobs_waiting_per_session),
        units_in_all: count(values.jobs_waiting),
        bytes_per_session: values.bytes_waiting / 2,
        bytes_in_all: values.bytes_waiting,
        result_bytes: values.unread_bytes,
        device_keep_alive: values.device_keep_alive,
        device_memory: values.device_memory,
        idle: Some(values.idle_exit).filter(|time| !time.is_zero()),
        ..Policy::default()
    }
}
