//! What systemd is told, and what it hands over. Without systemd all of this does nothing.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use sd_notify::NotifyState;
use tokio::sync::{mpsc, oneshot};

use crate::descriptors::adopt;
use crate::exchange::Notice;

/// The daemon serves.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("ready")]);
}

/// The configuration is being read again; [`ready`] ends that.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The daemon is ending.
pub(crate) fn stopping(status: &str) {
    tell(&[NotifyState::Stopping, NotifyState::Status(status)]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

/// Feeds systemd's watchdog at half its interval, as long as the dispatching task answers.
pub(crate) async fn feed_watchdog(notices: mpsc::Sender<Notice>) {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    let half = interval / 2;
    loop {
        let (report, reported) = oneshot::channel();
        if notices.send(Notice::Report { report }).await.is_err() {
            return;
        }
        match tokio::time::timeout(half, reported).await {
            Ok(Ok(report)) => {
                let status = format!(
                    "{}; {} sessions, {} jobs waiting, {} running",
                    report.health,
                    report.sessions.len(),
                    report.queue.waiting,
                    report.queue.running
                );
                tell(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
            }
            Ok(Err(_)) => return,
            Err(_) => {
                tracing::error!("the dispatching task does not answer; systemd will restart the daemon");
            }
        }
        tokio::time::sleep(half).await;
    }
}

/// The socket that systemd has passed, and its path. To be called once, before other descriptors are opened.
///
/// # Errors
/// When more than one was passed, or one that is not a Unix socket with a path.
pub(crate) fn passed_socket() -> io::Result<Option<(OwnedFd, PathBuf)>> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what.to_owned());
    let mut numbers = sd_notify::listen_fds()?;
    let Some(number) = numbers.next() else { return Ok(None) };
    if numbers.next().is_some() {
        return Err(wrong("systemd passed several sockets; one expected"));
    }
    let socket = std::os::unix::net::UnixListener::from(adopt(number)?);
    let path = socket.local_addr()?.as_pathname().map(PathBuf::from);
    let path = path.ok_or_else(|| wrong("systemd passed a socket without a path"))?;
    if !rustix::net::sockopt::socket_acceptconn(socket.as_fd())? {
        return Err(wrong("systemd passed a socket that does not listen"));
    }
    Ok(Some((socket.into(), path)))
}
