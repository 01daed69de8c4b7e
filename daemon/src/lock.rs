//! One daemon per socket: an exclusive lock on a file beside the socket.
//!
//! The lock, not the socket, says who serves a path: the kernel releases it however its holder ends, so a
//! stale socket or a reused process id can not keep a daemon from starting, and nothing is ever removed nor
//! signalled on the word of a file. The lock file stays when the daemon ends, empty: removing it would open
//! a race in which two daemons hold locks on two files of one name.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

/// How long the loser of a race waits for the winner to have written its process id.
const HOLDER_PATIENCE: Duration = Duration::from_secs(2);

/// Why this process is not the daemon of a socket.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another daemon serves this socket.
    #[error("a daemon already serves {}{}", socket.display(), holder(*.pid))]
    Held {
        /// Its socket.
        socket: PathBuf,
        /// Its process id, where it has said so.
        pid: Option<u32>,
    },
    /// The directory of the socket is not safe to use.
    #[error("the socket's directory {} {what}; choose another with --socket", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Something that is no socket stands where the socket should.
    #[error("{} exists and is not a socket; remove it or choose another path with --socket", .0.display())]
    NotASocket(PathBuf),
    /// A file operation failed.
    #[error("{action} {} failed: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// How it failed.
        source: io::Error,
    },
}

/// ` (process 12)`, or nothing where it is not known.
fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

/// The lock of one socket path, held while this lives.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
    socket: PathBuf,
}

impl Lock {
    /// Takes the lock beside `socket` and writes this process's id into it. Its directory is made (0700)
    /// where it does not exist, and must belong to this user (or root) and be writable by nobody else.
    ///
    /// # Errors
    /// [`LockError::Held`] when another daemon has it; else what is wrong with the place.
    pub(crate) fn take(socket: &Path) -> Result<Lock, LockError> {
        let directory = socket.parent().filter(|parent| !parent.as_os_str().is_empty());
        prepare_directory(directory.unwrap_or(Path::new(".")))?;
        let path = lock_path(socket);
        let io = |action| {
            let path = path.clone();
            move |source: io::Error| LockError::Io { action, path, source }
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
            .open(&path)
            .map_err(io("opening the lock file"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(LockError::Held { socket: socket.to_owned(), pid: read_holder(&mut file) });
            }
            Err(error) => return Err(io("locking")(error.into())),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(io("emptying the lock file"))?;
        file.write_all(format!("{}\n", std::process::id()).as_bytes())
            .map_err(io("writing the lock file"))?;
        Ok(Lock { file, path, socket: socket.to_owned() })
    }

    /// Removes what a dead daemon left at the socket's path. Safe only because the lock is held.
    ///
    /// # Errors
    /// When something that is not a socket stands there, or it can not be removed.
    pub(crate) fn remove_stale_socket(&self) -> Result<(), LockError> {
        match std::fs::symlink_metadata(&self.socket) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(found) if !found.file_type().is_socket() => Err(LockError::NotASocket(self.socket.clone())),
            Ok(_) | Err(_) => std::fs::remove_file(&self.socket).map_err(|source| LockError::Io {
                action: "removing the stale socket",
                path: self.socket.clone(),
                source,
            }),
        }
    }

    /// Whether the lock file at its path is still the one locked here. Where it is not, somebody removed
    /// the directory, and another daemon may hold a lock of the same name.
    pub(crate) fn is_in_place(&self) -> bool {
        match (self.file.metadata(), std::fs::symlink_metadata(&self.path)) {
            (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
            _ => false,
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The process id is taken out, so that nobody reads it as that of a running daemon.
        let _ = self.file.set_len(0);
    }
}

/// The lock file of a socket: its path with `.lock` behind it.
fn lock_path(socket: &Path) -> PathBuf {
    let mut path = OsString::from(socket);
    path.push(".lock");
    PathBuf::from(path)
}

/// Process id in the lock file, waiting a little for a holder that has only just taken it.
fn read_holder(file: &mut File) -> Option<u32> {
    let deadline = Instant::now() + HOLDER_PATIENCE;
    loop {
        let mut text = String::new();
        let read = file.rewind().and_then(|()| Read::by_ref(file).take(32).read_to_string(&mut text));
        match read.ok().and_then(|_| text.strip_suffix('\n')?.parse().ok()) {
            Some(pid) => return Some(pid),
            None if Instant::now() >= deadline => return None,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Makes the directory (0700) or checks the one that is there: no symbolic link, ours or root's, writable by
/// nobody else. In any other, whoever may write there could put a socket of his own in place of ours.
fn prepare_directory(directory: &Path) -> Result<(), LockError> {
    let io = |action, source| LockError::Io { action, path: directory.to_owned(), source };
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|source| io("creating the directory", source))?;
    let found = std::fs::symlink_metadata(directory).map_err(|source| io("looking at", source))?;
    let refuse = |what: String| Err(LockError::Directory { directory: directory.to_owned(), what });
    let own = rustix::process::geteuid().as_raw();
    if !found.is_dir() {
        return refuse("is not a directory itself (a symbolic link is not followed)".to_owned());
    }
    if found.uid() != own && found.uid() != 0 {
        return refuse(format!("belongs to user {}, not to user {own}", found.uid()));
    }
    if found.mode() & 0o022 != 0 {
        return refuse(format!("is writable by others (mode {:o})", found.mode() & 0o7777));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};

    use super::{Lock, LockError};

    #[test]
    fn the_second_taker_is_told_who_holds_the_lock() {
        let place = tempfile::tempdir().unwrap();
        let socket = place.path().join("s.sock");
        let first = Lock::take(&socket).unwrap();
        let Err(LockError::Held { pid, .. }) = Lock::take(&socket) else { panic!("taken twice") };
        assert_eq!(pid, Some(std::process::id()));
        drop(first);
        // A child that another test has just forked holds a copy until it is another program.
        let deadline = Instant::now() + Duration::from_secs(10);
        while let Err(error) = Lock::take(&socket) {
            assert!(Instant::now() < deadline, "a lock released can be taken: {error}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_stale_socket_is_removed_and_a_plain_file_is_not() {
        let place = tempfile::tempdir().unwrap();
        let socket = place.path().join("s.sock");
        drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
        let lock = Lock::take(&socket).unwrap();
        lock.remove_stale_socket().unwrap();
        assert!(!socket.exists());
        std::fs::write(&socket, "precious").unwrap();
        assert!(matches!(lock.remove_stale_socket(), Err(LockError::NotASocket(_))));
        assert!(socket.exists());
    }

    #[test]
    fn a_directory_that_others_may_write_to_or_a_link_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let open = place.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(Lock::take(&open.join("s.sock")), Err(LockError::Directory { .. })));
        let link = place.path().join("link");
        std::os::unix::fs::symlink(place.path(), &link).unwrap();
        assert!(matches!(Lock::take(&link.join("s.sock")), Err(LockError::Directory { .. })));
    }

    #[test]
    fn a_lock_whose_file_was_removed_is_not_in_place() {
        let place = tempfile::tempdir().unwrap();
        let socket = place.path().join("s.sock");
        let lock = Lock::take(&socket).unwrap();
        assert!(lock.is_in_place());
        std::fs::remove_file(place.path().join("s.sock.lock")).unwrap();
        assert!(!lock.is_in_place());
    }
}
