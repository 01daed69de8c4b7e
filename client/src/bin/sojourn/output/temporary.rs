//! Files under a name of their own until they are whole. None is left behind by a command that fails or is
//! interrupted; after SIGKILL they stay, as `.sojourn-PID-N.tmp`.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names that may be taken by what a killed process of the same number left.
const TRIALS: u32 = 1000;

/// The temporary files of this process.
static THERE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file that is removed when it is dropped, unless it was given its name or is kept.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl TemporaryFile {
    /// Makes an empty file in a folder, with this mode as far as the umask allows.
    ///
    /// # Errors
    /// If none can be made there.
    pub(super) fn new(folder: &Path, mode: u32) -> io::Result<TemporaryFile> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        // Whoever removes them all holds the lock, so that none is made behind his back.
        let mut there = lock();
        let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
        for _ in 0..TRIALS {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(".sojourn-{}-{number}.tmp", std::process::id()));
            // Read again where it is copied.
            match File::options().read(true).write(true).create_new(true).mode(mode).open(&path) {
                Ok(file) => {
                    there.push(path.clone());
                    return Ok(TemporaryFile { path, file });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Gives it the name of `target`, in the place of what has that name.
    ///
    /// # Errors
    /// If it can not be renamed; then it is removed.
    pub(super) fn rename(self, target: &Path) -> io::Result<()> {
        let mut there = lock();
        std::fs::rename(&self.path, target)?;
        there.retain(|path| *path != self.path);
        Ok(())
    }

    /// Leaves it where it is, and returns its name.
    pub(super) fn keep(self) -> PathBuf {
        lock().retain(|path| *path != self.path);
        self.path.clone()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let mut there = lock();
        if let Some(at) = there.iter().position(|path| *path == self.path) {
            there.swap_remove(at);
            // Were it gone, so much the better.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Removes the temporary files of this process, which is about to end: from now on none can be made or renamed.
pub(crate) fn remove_all() {
    let there = lock();
    there.iter().for_each(|path| {
        let _ = std::fs::remove_file(path);
    });
    std::mem::forget(there);
}

fn lock() -> MutexGuard<'static, Vec<PathBuf>> {
    THERE.lock().unwrap_or_else(PoisonError::into_inner)
}
