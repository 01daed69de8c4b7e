//! Files being written: in a directory of this process alone, so that what a dead daemon left can be told from
//! what a living one writes, also where several daemons, of several machines, share a store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::owner::Owner;
use super::{disk, walk};

const LOCK: &str = "lock";

/// What is abandoned for so long is removed, whoever made it: a day after anything in it was written nobody
/// writes there any more, and if somebody does, he makes his directory anew.
const OLD: Duration = Duration::from_secs(24 * 3600);

/// A directory of a process that lives, but without a lock, may be one that is just being made.
const YOUNG: Duration = Duration::from_secs(60);

/// What was swept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Swept {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// This process's directory for files under way; removed when dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    directory: PathBuf,
    name: String,
    owner: Owner,
    _lock: File,
    next: AtomicU64,
}

impl Temporary {
    /// Makes a directory in `parent`, then sweeps what dead daemons left there.
    pub(super) fn open(parent: &Path) -> io::Result<Temporary> {
        fs::create_dir_all(parent)?;
        let owner = Owner::this();
        for number in 0..10_000_u32 {
            let name = owner.directory(number);
            let directory = parent.join(&name);
            match fs::create_dir(&directory) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            let lock = File::create(directory.join(LOCK))?;
            // It is one sign of life more, on this machine; a file system without locks goes without.
            let _ = flock(&lock, FlockOperation::NonBlockingLockExclusive);
            let temporary = Temporary { directory, name, owner, _lock: lock, next: AtomicU64::new(0) };
            temporary.sweep();
            return Ok(temporary);
        }
        Err(io::Error::other(format!("no free name left in {}", parent.display())))
    }

    /// A name that no other process has.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The time by the clock that stamps the files here, which need not be this machine's.
    pub(super) fn now(&self) -> SystemTime {
        let lock = self.directory.join(LOCK);
        disk::mark_used(&lock);
        fs::metadata(lock).and_then(|found| found.modified()).unwrap_or_else(|_| SystemTime::now())
    }

    /// Writes bytes to a file here, to be put in its place by [`Temporary::publish`].
    pub(super) fn stage(&self, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.directory.join(self.next.fetch_add(1, Relaxed).to_string());
        let written = self.create(&path).and_then(|mut file| file.write_all(bytes));
        if written.is_err() {
            let _ = fs::remove_file(&path);
        }
        written.map(|()| path)
    }

    /// Has a staged file appear at `path`, whole or not at all, whatever is there. Where that fails nothing stays.
    pub(super) fn publish(&self, staged: &Path, path: &Path) -> io::Result<()> {
        let published = fs::rename(staged, path).or_else(|error| {
            if !disk::is_missing(&error) {
                return Err(error);
            }
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::rename(staged, path)
        });
        if published.is_err() {
            let _ = fs::remove_file(staged);
        }
        published
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options.open(path).or_else(|error| {
            // Somebody removed our directory together with the rest of the store.
            if !disk::is_missing(&error) {
                return Err(error);
            }
            fs::create_dir_all(&self.directory)?;
            options.open(path)
        })
    }

    /// Removes the directories beside this one whose owners are gone.
    pub(super) fn sweep(&self) -> Swept {
        let (now, mut swept) = (self.now(), Swept::default());
        let beside = self.directory.parent().and_then(|parent| fs::read_dir(parent).ok());
        for directory in beside.into_iter().flatten().flatten().map(|entry| entry.path()) {
            if directory == self.directory || !self.is_abandoned(&directory, now) {
                continue;
            }
            walk::below(&directory, &mut |path, file| {
                if !path.ends_with(LOCK) {
                    swept.files += 1;
                    swept.bytes += file.len();
                }
            });
            let _ = fs::remove_dir_all(&directory);
        }
        swept
    }

    fn is_abandoned(&self, directory: &Path, now: SystemTime) -> bool {
        let age = now.duration_since(last_written(directory)).unwrap_or_default();
        let owner = directory.file_name().and_then(|name| name.to_str()).and_then(Owner::parse);
        age > OLD || owner.is_some_and(|owner| owner.is_gone(self.owner) && is_free(directory, age))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Whether nobody on this machine holds the lock in a directory; its process is gone by its id.
fn is_free(directory: &Path, age: Duration) -> bool {
    match File::open(directory.join(LOCK)) {
        Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK),
        Err(_) => age > YOUNG,
    }
}

/// When anything in a directory was written last, as far as can be seen; the beginning of time where nothing can.
fn last_written(directory: &Path) -> SystemTime {
    let time = |found: io::Result<fs::Metadata>| found.and_then(|found| found.modified()).ok();
    let within = fs::read_dir(directory).into_iter().flatten().flatten();
    let newest = within.filter_map(|entry| time(entry.metadata())).max();
    newest.max(time(fs::symlink_metadata(directory))).unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::{Path, PathBuf};
    use std::time::{Duration, SystemTime};

    use super::{LOCK, OLD, Owner, Temporary, YOUNG};

    /// A directory as a daemon leaves it when it is killed while it writes.
    fn left_behind(parent: &Path, name: &str) -> PathBuf {
        let directory = parent.join(name);
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join(LOCK), "").unwrap();
        fs::write(directory.join("3"), "half").unwrap();
        directory
    }

    fn make_older(directory: &Path, by: Duration) {
        let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        for path in files.chain([directory.to_owned()]) {
            File::open(path).unwrap().set_modified(SystemTime::now() - by).unwrap();
        }
    }

    /// A process of this machine that is gone.
    fn dead() -> String {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let own = Owner::this().directory(0);
        own.replace(&std::process::id().to_string(), &child.id().to_string())
    }

    #[test]
    fn what_a_dead_daemon_of_this_machine_left_is_swept_and_a_living_ones_stays() {
        let place = tempfile::tempdir().unwrap();
        let dead = left_behind(place.path(), &dead());
        let predecessor = left_behind(place.path(), &Owner::this().directory(7));
        let living = Temporary::open(place.path()).unwrap();
        assert!(!dead.exists() && !predecessor.exists());
        let other = Temporary::open(place.path()).unwrap();
        assert!(living.directory.exists());
        drop(other);
        let staged = living.stage(b"whole").unwrap();
        living.publish(&staged, &place.path().join("new/ab/file")).unwrap();
        assert_eq!(fs::read(place.path().join("new/ab/file")).unwrap(), b"whole");
    }

    #[test]
    fn what_another_machine_writes_is_left_alone_for_a_day() {
        let place = tempfile::tempdir().unwrap();
        let foreign = left_behind(place.path(), "0123456789abcdef-2147483646-0");
        let unknown = left_behind(place.path(), "17-0");
        let living = Temporary::open(place.path()).unwrap();
        assert!(foreign.exists() && unknown.exists());
        make_older(&foreign, OLD / 2);
        assert_eq!(living.sweep().files, 0);
        make_older(&foreign, OLD + YOUNG);
        make_older(&unknown, OLD + YOUNG);
        fs::write(unknown.join("4"), "half").unwrap();
        let swept = living.sweep();
        assert_eq!((swept.files, swept.bytes), (1, 4));
        assert!(!foreign.exists() && unknown.exists(), "somebody writes there");
    }

    #[test]
    fn whoever_was_swept_by_mistake_makes_his_directory_anew() {
        let place = tempfile::tempdir().unwrap();
        let living = Temporary::open(place.path()).unwrap();
        fs::remove_dir_all(&living.directory).unwrap();
        let staged = living.stage(b"whole").unwrap();
        living.publish(&staged, &place.path().join("file")).unwrap();
        assert_eq!(fs::read(place.path().join("file")).unwrap(), b"whole");
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let living = Temporary::open(place.path()).unwrap();
        let taken = place.path().join("taken");
        fs::create_dir_all(taken.join("full")).unwrap();
        let staged = living.stage(b"x").unwrap();
        assert!(living.publish(&staged, &taken).is_err());
        assert_eq!(fs::read_dir(&living.directory).unwrap().count(), 1, "the lock alone");
    }
}
