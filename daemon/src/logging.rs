//! Where the log goes: to journald where systemd reads this process's standard error, else to standard error.

use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// The filter of the log, which may change while the daemon runs.
#[derive(Debug, Clone)]
pub(crate) struct LogFilter(Option<reload::Handle<EnvFilter, Registry>>);

impl LogFilter {
    /// Logs by another filter from now on.
    pub(crate) fn change(&self, filter: &str) {
        if let Some(handle) = &self.0
            && let Err(error) = handle.reload(parse(filter))
        {
            tracing::warn!(%error, "the log's filter could not be changed");
        }
    }
}

/// Begins to log. Where the process logs already (a test), that stays.
pub(crate) fn start(filter: &str) -> LogFilter {
    let (layer, handle) = reload::Layer::new(parse(filter));
    let registry = tracing_subscriber::registry().with(layer);
    let journal = if is_journal() { tracing_journald::layer().ok() } else { None };
    let started = match journal {
        Some(journal) => registry.with(journal).try_init(),
        None => {
            let lines = tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_ansi(std::io::stderr().is_terminal())
                .with_target(false);
            registry.with(lines).try_init()
        }
    };
    LogFilter(started.is_ok().then_some(handle))
}

/// A filter, which the configuration has checked; one that can not be read would still let the important through.
fn parse(filter: &str) -> EnvFilter {
    EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Whether `JOURNAL_STREAM` names the device and inode of our standard error.
fn is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let Some((device, inode)) = stream.split_once(':') else { return false };
    std::fs::metadata("/proc/self/fd/2")
        .is_ok_and(|own| device.parse() == Ok(own.dev()) && inode.parse() == Ok(own.ino()))
}
