//! The socket, and who may come in by it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use sojourn_proto::hello::Verdict;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::descriptors::peer_groups;
use crate::lock::Lock;
use crate::session::{Peer, Surroundings, greet, refuse, serve};

/// Shortest and longest pause after an accept that failed for want of descriptors or memory.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// The socket has vanished and can not be made again.
#[derive(Debug, thiserror::Error)]
#[error("the socket {} is gone ({what}); ending, so that another daemon can serve that path", path.display())]
pub(crate) struct SocketGone {
    path: PathBuf,
    what: String,
}

/// Who may connect: this user and root, and the members of one group where one is configured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Door {
    own: u32,
    group: Option<u32>,
}

impl Door {
    /// A door for a group by name or number; empty: for nobody else.
    ///
    /// # Errors
    /// When there is no such group.
    pub(crate) fn new(group: &str) -> io::Result<Door> {
        let own = rustix::process::geteuid().as_raw();
        let group = if group.is_empty() { None } else { Some(group_id(group)?) };
        Ok(Door { own, group })
    }

    fn admits(self, stream: &UnixStream, uid: u32, gid: u32) -> bool {
        let in_group =
            |group| gid == group || peer_groups(stream.as_fd()).is_ok_and(|all| all.contains(&group));
        uid == self.own || uid == 0 || self.group.is_some_and(in_group)
    }

    /// Permissions of the socket.
    fn mode(self) -> u32 {
        if self.group.is_some() { 0o660 } else { 0o600 }
    }
}

/// Number of a group, from `/etc/group`.
fn group_id(name: &str) -> io::Result<u32> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let groups = std::fs::read_to_string("/etc/group")?;
    let number = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    });
    number.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("no group is named `{name}`")))
}

/// The listening socket of this daemon. Removed from its path when dropped, where it was made here.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: UnixListener,
    path: PathBuf,
    /// Device and inode of the socket made here; none: it was passed by systemd, which keeps it.
    made: Option<(u64, u64)>,
    lock: Lock,
    door: Door,
}

impl Listener {
    /// Listens at a path, which the lock covers.
    ///
    /// # Errors
    /// When something that is no socket is in the way, or the kernel refuses.
    pub(crate) fn bind(path: &Path, lock: Lock, door: Door) -> Result<Listener, crate::DaemonError> {
        lock.remove_stale_socket()?;
        let (socket, made) = bind(path, door)
            .map_err(|source| crate::DaemonError::Listen { path: path.to_owned(), source })?;
        Ok(Listener { socket, path: path.to_owned(), made: Some(made), lock, door })
    }

    /// Listens at a socket that systemd has made.
    ///
    /// # Errors
    /// When the descriptor is not a listening socket.
    pub(crate) fn passed(socket: OwnedFd, path: &Path, lock: Lock, door: Door) -> io::Result<Listener> {
        let socket = std::os::unix::net::UnixListener::from(socket);
        socket.set_nonblocking(true)?;
        let socket = UnixListener::from_std(socket)?;
        Ok(Listener { socket, path: path.to_owned(), made: None, lock, door })
    }

    /// Takes clients in until dropped, or until the socket is gone for good.
    pub(crate) async fn run(
        &mut self,
        around: Arc<Surroundings>,
        closing: watch::Receiver<bool>,
        sessions: TaskTracker,
        check: Duration,
    ) -> SocketGone {
        let numbers = Arc::new(AtomicU64::new(1));
        let mut pause = PAUSES.0;
        let mut looks = tokio::time::interval(check);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                _ = looks.tick() => {
                    if let Err(gone) = self.stay_in_place() {
                        return gone;
                    }
                    continue;
                }
            };
            match accepted {
                Ok((stream, _)) => {
                    pause = PAUSES.0;
                    self.take_in(stream, &around, *closing.borrow(), &sessions, &numbers);
                }
                Err(error) => {
                    // Out of descriptors or memory: the client waits in the backlog meanwhile.
                    tracing::warn!(%error, ?pause, "no client can be accepted now");
                    tokio::time::sleep(pause).await;
                    pause = (2 * pause).min(PAUSES.1);
                }
            }
        }
    }

    fn take_in(
        &self,
        mut stream: UnixStream,
        around: &Arc<Surroundings>,
        closing: bool,
        sessions: &TaskTracker,
        numbers: &AtomicU64,
    ) {
        let Ok(peer) = stream.peer_cred() else { return };
        let (uid, pid) = (peer.uid(), peer.pid().map_or(0, i32::cast_unsigned));
        let limit = around.settings.sessions();
        let no = if !self.door.admits(&stream, uid, peer.gid()) {
            tracing::warn!(uid, pid, "client refused: not its daemon");
            let text = format!("this daemon belongs to user {}; user {uid} may not connect", self.door.own);
            Some((Verdict::Forbidden, text))
        } else if closing {
            Some((Verdict::ShuttingDown, "the daemon is ending; try again in a moment".to_owned()))
        } else if sessions.len() >= limit as usize {
            let text = format!("{limit} sessions are open, the limit; close one or raise `sessions`");
            Some((Verdict::TooManySessions, text))
        } else {
            None
        };
        if let Some((verdict, text)) = no {
            tokio::spawn(refuse(stream, verdict, text));
            return;
        }
        let peer = Peer { session: numbers.fetch_add(1, Relaxed), uid, pid };
        let around = around.clone();
        sessions.spawn(async move {
            if greet(&mut stream).await {
                serve(stream, peer, around).await;
            }
        });
    }

    /// Looks whether clients still find this socket at its path, and binds it again where it was removed.
    fn stay_in_place(&mut self) -> Result<(), SocketGone> {
        let Some(made) = self.made else { return Ok(()) };
        if identity(&self.path).ok() == Some(made) {
            return Ok(());
        }
        let gone = |what: String| SocketGone { path: self.path.clone(), what };
        if !self.lock.is_in_place() {
            return Err(gone("its lock was removed too".to_owned()));
        }
        if self.path.exists() {
            return Err(gone("another file is in its place".to_owned()));
        }
        let (socket, made) = bind(&self.path, self.door).map_err(|error| gone(error.to_string()))?;
        tracing::warn!(socket = %self.path.display(), "the socket was removed; bound again");
        (self.socket, self.made) = (socket, Some(made));
        Ok(())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if self.made.is_some() && identity(&self.path).ok() == self.made {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Binds and restricts. Until the permissions are set the process's umask keeps everybody else out.
fn bind(path: &Path, door: Door) -> io::Result<(UnixListener, (u64, u64))> {
    let socket = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(door.mode()))?;
    if let Some(group) = door.group {
        std::os::unix::fs::chown(path, None, Some(group))?;
    }
    Ok((socket, identity(path)?))
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::{Door, Listener, group_id, identity};
    use crate::lock::Lock;

    #[tokio::test]
    async fn a_socket_that_was_removed_is_bound_again_and_one_without_lock_is_not() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.sock");
        let door = Door::new("").unwrap();
        let mut listener = Listener::bind(&path, Lock::take(&path).unwrap(), door).unwrap();
        listener.stay_in_place().unwrap();
        std::fs::remove_file(&path).unwrap();
        listener.stay_in_place().unwrap();
        assert!(tokio::net::UnixStream::connect(&path).await.is_ok());
        std::fs::remove_file(&path).unwrap();
        std::fs::remove_file(place.path().join("s.sock.lock")).unwrap();
        assert!(listener.stay_in_place().is_err());
    }

    #[tokio::test]
    async fn the_socket_is_for_its_user_alone_and_goes_with_its_daemon() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.sock");
        let listener = Listener::bind(&path, Lock::take(&path).unwrap(), Door::new("").unwrap()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(identity(&path).is_ok());
        drop(listener);
        assert!(!path.exists());
    }

    #[test]
    fn groups_are_found_by_name_and_number() {
        assert_eq!(group_id("root").unwrap(), 0);
        assert_eq!(group_id("12").unwrap(), 12);
        assert!(group_id("no such group").is_err());
    }
}
