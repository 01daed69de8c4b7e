//! The directory of the socket: where it is, and whether it can be trusted. Whoever can put a socket in our
//! place reads our graphs and answers with numbers of his own, so it must be a real directory, ours, and
//! closed to others.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, Stat};
use rustix::io::Errno;

use super::{Lookup, Place, Rule, SOCKET_NAME, absolute, service_directory};
use crate::limits;

/// A place that can not be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The kernel takes no socket path so long.
    #[error(
        "socket path {} has {length} bytes ({rule}); the kernel takes {}: choose a shorter one with --socket \
         or $SOJOURN_SOCKET",
        path.display(),
        limits::SOCKET_PATH_BYTES
    )]
    SocketPathTooLong {
        /// The path.
        path: PathBuf,
        /// Its bytes.
        length: usize,
        /// What chose it.
        rule: Rule,
    },
    /// No variable names a directory, and there is no home directory.
    #[error("no home directory to put the {what} under: set $HOME or ${variable}")]
    NoHome {
        /// What for.
        what: &'static str,
        /// The variable that would name the place.
        variable: &'static str,
    },
    /// The directory of the socket is not to be trusted.
    #[error("directory {} can not hold the socket: {fault}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        fault: DirectoryFault,
    },
    /// The directory could not be made or looked at.
    #[error("directory {} can not be used: {source}", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What makes a directory unfit for the socket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryFault {
    /// A link, which someone else may turn elsewhere.
    #[error("it is a symbolic link; remove it")]
    SymbolicLink,
    /// Not a directory at all.
    #[error("it is not a directory; remove it")]
    NotDirectory,
    /// Someone else's.
    #[error(
        "it belongs to user {owner}, not to {expected}; remove it or choose another with $SOJOURN_SOCKET"
    )]
    Owner {
        /// Its owner.
        owner: u32,
        /// Who it should belong to.
        expected: u32,
    },
    /// Open to others.
    #[error("its mode is {mode:04o}, open to other users; `chmod 700` it")]
    Open {
        /// Its permission bits.
        mode: u32,
    },
}

/// Where the system keeps what is looked at here; other in tests.
struct Roots<'a> {
    run_user: &'a Path,
    temporary: &'a Path,
    uid: u32,
}

pub(super) fn default_place(lookup: Lookup<'_>) -> Place {
    let uid = rustix::process::geteuid().as_raw();
    let roots = Roots { run_user: Path::new("/run/user"), temporary: Path::new("/tmp"), uid };
    default_place_in(lookup, &roots)
}

fn default_place_in(lookup: Lookup<'_>, roots: &Roots<'_>) -> Place {
    let (directory, rule) = default_directory(lookup, roots);
    Place { path: directory.join(SOCKET_NAME), rule }
}

fn default_directory(lookup: Lookup<'_>, roots: &Roots<'_>) -> (PathBuf, Rule) {
    const SERVICE: &str = "RUNTIME_DIRECTORY";
    const XDG: &str = "XDG_RUNTIME_DIR";
    if let Some(directory) = service_directory(lookup, SERVICE) {
        return (directory, Rule::Service(SERVICE));
    }
    // A session that was made by `su` or in a container names a directory that is not there or is another
    // user's; the rules below find the same place as a session that names none.
    if let Some(base) = absolute(lookup, XDG).filter(|base| is_private(base, roots.uid)) {
        return (base.join("sojourn"), Rule::Xdg(XDG));
    }
    let base = roots.run_user.join(roots.uid.to_string());
    if is_private(&base, roots.uid) {
        return (base.join("sojourn"), Rule::RunUser);
    }
    (roots.temporary.join(format!("sojourn-{}", roots.uid)), Rule::Temporary)
}

pub(super) fn check_length(socket: &Place) -> Result<(), PlaceError> {
    let length = socket.path.as_os_str().as_bytes().len();
    if length > limits::SOCKET_PATH_BYTES {
        return Err(PlaceError::SocketPathTooLong {
            path: socket.path.clone(),
            length,
            rule: socket.rule.clone(),
        });
    }
    Ok(())
}

/// For a client: whether the directory of the socket, where there is one, is to be trusted. The rules that
/// find a directory of the user's own demand that it be his and closed; what was named by hand, or made by
/// systemd for a service, is as whoever named it wants it.
///
/// # Errors
/// [`PlaceError::Directory`] where it is not, [`PlaceError::Io`] where that can not be seen.
pub fn check_socket_directory(socket: &Place) -> Result<(), PlaceError> {
    let directory = parent(&socket.path);
    if !must_be_private(&socket.rule) {
        return Ok(());
    }
    match status(directory) {
        Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(PlaceError::Io { path: directory.to_owned(), source: error.into() }),
        Ok(stat) => check_private(&stat, rustix::process::geteuid().as_raw())
            .map_err(|fault| PlaceError::Directory { path: directory.to_owned(), fault }),
    }
}

/// For a daemon: makes the directory of the socket where there is none, closed to others, and then checks it as
/// a client does.
///
/// # Errors
/// As [`check_socket_directory`].
pub fn prepare_socket_directory(socket: &Place) -> Result<(), PlaceError> {
    let directory = parent(&socket.path);
    match rustix::fs::mkdir(directory, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => check_socket_directory(socket),
        Err(error) => Err(PlaceError::Io { path: directory.to_owned(), source: error.into() }),
    }
}

fn must_be_private(rule: &Rule) -> bool {
    match rule {
        Rule::Xdg(_) | Rule::RunUser | Rule::Temporary | Rule::Home => true,
        Rule::Flag | Rule::Environment(_) | Rule::File | Rule::Service(_) => false,
    }
}

fn parent(socket: &Path) -> &Path {
    match socket.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Status of the thing itself, not of what a link points to.
fn status(path: &Path) -> Result<Stat, Errno> {
    rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)
}

fn is_private(directory: &Path, uid: u32) -> bool {
    status(directory).is_ok_and(|stat| check_private(&stat, uid).is_ok())
}

fn check_private(stat: &Stat, uid: u32) -> Result<(), DirectoryFault> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => {}
        FileType::Symlink => return Err(DirectoryFault::SymbolicLink),
        _ => return Err(DirectoryFault::NotDirectory),
    }
    if stat.st_uid != uid {
        return Err(DirectoryFault::Owner { owner: stat.st_uid, expected: uid });
    }
    let mode = stat.st_mode & 0o7777;
    if mode & 0o077 != 0 {
        return Err(DirectoryFault::Open { mode });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
