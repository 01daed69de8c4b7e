//! Files being written: in a directory of this process alone, held by a lock, so that what a dead daemon left
//! can be told from what a living one writes, also where several share a store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

const LOCK: &str = "lock";

/// A directory without lock may be one that is just being made.
const YOUNG: Duration = Duration::from_secs(60);

/// This process's directory for files under way; removed when dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    directory: PathBuf,
    _lock: File,
    next: AtomicU64,
}

impl Temporary {
    /// Sweeps what dead daemons left in `parent`, then makes a directory there.
    pub(super) fn open(parent: &Path) -> io::Result<Temporary> {
        fs::create_dir_all(parent)?;
        sweep(parent)?;
        let pid = std::process::id();
        for number in 0..10_000_u32 {
            let directory = parent.join(format!("{pid}-{number}"));
            match fs::create_dir(&directory) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            let lock = File::create(directory.join(LOCK))?;
            flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
            return Ok(Temporary { directory, _lock: lock, next: AtomicU64::new(0) });
        }
        Err(io::Error::other(format!("no free name left in {}", parent.display())))
    }

    /// Writes bytes to a file that then appears at `path`, whole or not at all. Where it fails nothing stays.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.directory.join(self.next.fetch_add(1, Relaxed).to_string());
        let written = self.create(&temporary, bytes).and_then(|()| match fs::rename(&temporary, path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                path.parent().map_or(Ok(()), fs::create_dir_all)?;
                fs::rename(&temporary, path)
            }
            renamed => renamed,
        });
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn create(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = match options.open(path) {
            // Somebody removed our directory together with the rest of the store.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&self.directory)?;
                options.open(path)?
            }
            opened => opened?,
        };
        file.write_all(bytes)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Removes the directories whose owners are gone.
fn sweep(parent: &Path) -> io::Result<()> {
    for directory in fs::read_dir(parent)?.flatten().map(|entry| entry.path()) {
        let abandoned = match File::open(directory.join(LOCK)) {
            Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok(),
            Err(_) => is_old(&directory),
        };
        if abandoned {
            let _ = fs::remove_dir_all(&directory);
        }
    }
    Ok(())
}

fn is_old(path: &Path) -> bool {
    let age = fs::symlink_metadata(path).and_then(|found| found.modified()).map(|time| time.elapsed());
    matches!(age, Ok(Ok(age)) if age > YOUNG)
}

#[cfg(test)]
mod tests {
    use super::Temporary;

    #[test]
    fn what_a_dead_daemon_left_is_swept_and_a_living_ones_stays() {
        let place = tempfile::tempdir().unwrap();
        let dead = place.path().join("1-0");
        std::fs::create_dir(&dead).unwrap();
        std::fs::write(dead.join("lock"), "").unwrap();
        std::fs::write(dead.join("3"), "half").unwrap();
        let living = Temporary::open(place.path()).unwrap();
        assert!(!dead.exists());
        let other = Temporary::open(place.path()).unwrap();
        assert!(living.directory.exists());
        drop(other);
        living.write(&place.path().join("new/ab/file"), b"whole").unwrap();
        assert_eq!(std::fs::read(place.path().join("new/ab/file")).unwrap(), b"whole");
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let living = Temporary::open(place.path()).unwrap();
        let taken = place.path().join("taken");
        std::fs::create_dir_all(taken.join("full")).unwrap();
        assert!(living.write(&taken, b"x").is_err());
        assert_eq!(std::fs::read_dir(&living.directory).unwrap().count(), 1, "the lock alone");
    }
}
