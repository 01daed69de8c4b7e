//! The files of the store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;

use bytes::Bytes;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};
use sojourn_proto::{Key, VerifyReport, limits};

use super::entry::{ENTRY_BYTES, Entry};
use super::ledger::{Count, Ledger};
use super::temporary::Temporary;
use super::{Shelf, walk};

/// Directory of this format of the store; another format has another.
pub(super) const FORMAT: &str = "v1";

/// Name of the file that tells backup programs to pass the store over.
pub(super) const TAG: &str = "CACHEDIR.TAG";

const TAG_TEXT: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of sojourn; may be removed at any time.\n";

/// A file of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// The blob of this digest.
    Blob(Key),
    /// The entry of this key.
    Entry(Shelf, Key),
}

impl Spot {
    fn key(self) -> Key {
        match self {
            Spot::Blob(key) | Spot::Entry(_, key) => key,
        }
    }

    fn shard(self) -> u8 {
        self.key().0[0]
    }

    fn table(self) -> Option<usize> {
        match self {
            Spot::Blob(_) => None,
            Spot::Entry(shelf, _) => Some(shelf.number()),
        }
    }
}

/// A file as it was when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) modified: SystemTime,
    pub(super) length: u64,
}

impl Seen {
    pub(super) fn of(file: &fs::Metadata) -> Seen {
        Seen { modified: file.modified().unwrap_or(SystemTime::UNIX_EPOCH), length: file.len() }
    }
}

/// What came of removing a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removed {
    /// It is gone, and so many bytes with it.
    Now { bytes: u64 },
    /// It was gone already.
    Before,
    /// It is still there: changed since, or not removable.
    Kept,
}

/// What came of reading a blob.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Blob {
    /// It is what its name says.
    Whole(Bytes),
    /// There is none.
    Gone,
    /// It was damaged and has been set aside, or can not be read now.
    Unusable,
}

#[derive(Debug)]
pub(super) struct Disk {
    directory: PathBuf,
    root: PathBuf,
    temporary: Temporary,
    ledger: Ledger,
    written: AtomicU64,
    quarantined: AtomicU64,
}

impl Disk {
    pub(super) fn open(directory: &Path) -> io::Result<Disk> {
        let root = directory.join(FORMAT);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&root)?;
        let temporary = Temporary::open(&root.join("tmp"))?;
        let tag = root.join(TAG);
        if !tag.exists() {
            temporary.publish(&temporary.stage(TAG_TEXT.as_bytes())?, &tag)?;
        }
        Ok(Disk {
            directory: directory.to_owned(),
            root,
            temporary,
            ledger: Ledger::new(),
            written: AtomicU64::new(0),
            quarantined: AtomicU64::new(0),
        })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn temporary(&self) -> &Temporary {
        &self.temporary
    }

    pub(super) fn quarantine_directory(&self) -> PathBuf {
        self.root.join("quarantine")
    }

    pub(super) fn quarantined(&self) -> u64 {
        self.quarantined.load(Relaxed)
    }

    /// What is there, as far as known.
    pub(super) fn total(&self) -> Count {
        self.ledger.total()
    }

    /// Bytes written since the last count.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }

    /// Counts what is there, whoever wrote it.
    pub(super) fn count(&self) {
        self.written.store(0, Relaxed);
        for shard in walk::SHARDS {
            self.ledger.with(shard, |count| *count = walk::count(&self.root, shard));
        }
    }

    /// Digest of the blob that an entry leads to. One that leads to a blob in an encoding of another version is
    /// none; it stays until it is replaced.
    pub(super) fn read_entry(&self, shelf: Shelf, key: Key) -> Option<Key> {
        let spot = Spot::Entry(shelf, key);
        let entry = self.entry_at(spot).ok()??;
        if (entry.table, entry.key) != (shelf.tag(), key) {
            self.quarantine(spot);
            return None;
        }
        (entry.encoding == shelf.encoding()).then_some(entry.digest)
    }

    /// An intact entry, if there is one; a damaged one is set aside. An error: it can not be read now.
    pub(super) fn entry_at(&self, spot: Spot) -> io::Result<Option<Entry>> {
        let bytes = match read(&self.path(spot), ENTRY_BYTES as u64) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let entry = bytes.and_then(|bytes| Entry::decode(&bytes));
        if entry.is_none() {
            self.quarantine(spot);
        }
        Ok(entry)
    }

    /// A blob, if it is what its name says.
    pub(super) fn read_blob(&self, digest: Key) -> Blob {
        let path = self.path(Spot::Blob(digest));
        match read(&path, limits::PAYLOAD_BYTES) {
            Ok(Some(bytes)) if Key::of_blob(&bytes) == digest => {
                mark_used(&path);
                Blob::Whole(bytes.into())
            }
            Ok(_) => {
                self.quarantine(Spot::Blob(digest));
                Blob::Unusable
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Blob::Gone,
            // Removed and replaced on another machine while it was read, or a disk that fails: a miss, and no
            // reason to set anything aside.
            Err(_) => Blob::Unusable,
        }
    }

    /// Notes that a blob is in use. False: it is not there.
    pub(super) fn touch(&self, digest: Key) -> bool {
        let path = self.path(Spot::Blob(digest));
        mark_used(&path);
        !matches!(path.try_exists(), Ok(false))
    }

    /// Writes a blob unless it is there, whole: one of the same length may be damaged, and would then be set
    /// aside by each reader and never be mended.
    pub(super) fn write_blob(&self, digest: Key, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(Spot::Blob(digest));
        if holds(&path, bytes) {
            mark_used(&path);
            return Ok(());
        }
        self.place(Spot::Blob(digest), bytes)
    }

    /// Writes an entry.
    pub(super) fn write_entry(&self, shelf: Shelf, key: Key, digest: Key, length: u64) -> io::Result<()> {
        let entry = Entry { table: shelf.tag(), encoding: shelf.encoding(), key, digest, length };
        self.place(Spot::Entry(shelf, key), &entry.encode())
    }

    /// Removes a file, unless it was changed since it was seen.
    pub(super) fn remove(&self, spot: Spot, seen: Seen) -> Removed {
        let path = self.path(spot);
        self.ledger.with(spot.shard(), |count| {
            let removed = fs::symlink_metadata(&path).and_then(|found| {
                if found.modified().ok() != Some(seen.modified) {
                    return Ok(Removed::Kept);
                }
                fs::remove_file(&path).map(|()| Removed::Now { bytes: found.len() })
            });
            match removed {
                Ok(Removed::Now { bytes }) => {
                    count.take(spot.table(), bytes);
                    Removed::Now { bytes }
                }
                // Another daemon was faster; what is left is less all the same.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    count.take(spot.table(), seen.length);
                    Removed::Before
                }
                Ok(_) | Err(_) => Removed::Kept,
            }
        })
    }

    /// Removes an entry whose blob is gone.
    pub(super) fn remove_dangling(&self, spot: Spot) {
        if let Ok(found) = fs::symlink_metadata(self.path(spot)) {
            self.remove(spot, Seen::of(&found));
        }
    }

    /// Reads every blob.
    pub(super) fn verify(&self) -> VerifyReport {
        let mut report = VerifyReport::default();
        let mut digests = Vec::new();
        for shard in walk::SHARDS {
            walk::blobs(&self.root, shard, &mut |digest, _| digests.push(digest));
            for digest in digests.drain(..) {
                match read(&self.path(Spot::Blob(digest)), limits::PAYLOAD_BYTES) {
                    Ok(Some(bytes)) if Key::of_blob(&bytes) == digest => report.intact += 1,
                    Err(error) if is_missing(&error) => {}
                    Ok(_) | Err(_) => {
                        self.quarantine(Spot::Blob(digest));
                        if report.quarantined.len() < limits::ROWS_PER_REPORT {
                            report.quarantined.push(digest.to_string());
                        }
                    }
                }
            }
        }
        report
    }

    /// Removes blobs, entries and what was set aside. Directories stay: others may be about to write there.
    pub(super) fn clear(&self) -> io::Result<()> {
        let mut first = Ok(());
        let mut remove = |path: &Path| match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound && first.is_ok() => first = Err(error),
            _ => {}
        };
        for shard in walk::SHARDS {
            self.ledger.with(shard, |count| {
                walk::entries(&self.root, shard, &mut |shelf, key, _| {
                    remove(&self.path(Spot::Entry(shelf, key)));
                });
                walk::blobs(&self.root, shard, &mut |digest, _| remove(&self.path(Spot::Blob(digest))));
                *count = walk::count(&self.root, shard);
            });
        }
        walk::below(&self.quarantine_directory(), &mut |path, _| remove(path));
        first
    }

    /// Path of a file.
    pub(super) fn path(&self, spot: Spot) -> PathBuf {
        match spot {
            Spot::Blob(digest) => walk::sharded(&self.root.join("blobs"), digest),
            Spot::Entry(shelf, key) => walk::sharded(&self.root.join(shelf.directory()), key),
        }
    }

    fn place(&self, spot: Spot, bytes: &[u8]) -> io::Result<()> {
        let (path, staged) = (self.path(spot), self.temporary.stage(bytes)?);
        self.ledger.with(spot.shard(), |count| {
            let replaced = fs::symlink_metadata(&path).ok().map(|found| found.len());
            self.temporary.publish(&staged, &path)?;
            if let Some(length) = replaced {
                count.take(spot.table(), length);
            }
            count.add(spot.table(), bytes.len() as u64);
            self.written.fetch_add(bytes.len() as u64, Relaxed);
            Ok(())
        })
    }

    /// Sets a damaged file aside, for people to look at; it will not be found again.
    fn quarantine(&self, spot: Spot) {
        let number = self.quarantined.fetch_add(1, Relaxed);
        let (path, directory) = (self.path(spot), self.quarantine_directory());
        let target = directory.join(format!("{}.{}.{number}", spot.key(), self.temporary.name()));
        let aside = self.ledger.with(spot.shard(), |count| {
            let length = fs::symlink_metadata(&path).map_or(0, |found| found.len());
            let moved = fs::create_dir_all(&directory).and_then(|()| fs::rename(&path, &target));
            let aside = moved.is_ok() || fs::remove_file(&path).is_ok();
            if aside {
                count.take(spot.table(), length);
            }
            aside
        });
        if !aside {
            // Another reader was faster, or the disk is read-only.
            self.quarantined.fetch_sub(1, Relaxed);
            return;
        }
        // From now on it is kept for some time.
        mark_used(&target);
        tracing::error!(file = %path.display(), "damaged file of the store set aside");
    }
}

/// Contents of a plain file, read once into memory of our own; none where it is something else, or longer
/// than it may be. An error: it is not there, or can not be read now, which is no reason to set it aside.
fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut file = open(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.len() > most {
        return Ok(None);
    }
    let length = usize::try_from(found.len()).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
    file.by_ref().take(found.len()).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// It is not there, or not what it was (on a network file system).
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::StaleNetworkFileHandle)
}

/// Whether a plain file holds just these bytes. False also where it can not be read.
fn holds(path: &Path, bytes: &[u8]) -> bool {
    let Ok(mut file) = open(path) else { return false };
    let fits = |found: fs::Metadata| found.is_file() && found.len() == bytes.len() as u64;
    if !file.metadata().is_ok_and(fits) {
        return false;
    }
    let mut buffer = vec![0; bytes.len().clamp(1, 64 << 10)];
    bytes.chunks(buffer.len()).all(|chunk| {
        let part = &mut buffer[..chunk.len()];
        file.read_exact(part).is_ok() && part == chunk
    })
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

/// Notes that a file is in use, by the clock of the file system, which may be another machine's; on a read-only
/// disk this fails, and nothing is removed there either.
pub(super) fn mark_used(path: &Path) {
    let time = |nanoseconds| Timespec { tv_sec: 0, tv_nsec: nanoseconds };
    let times = Timestamps { last_access: time(UTIME_OMIT), last_modification: time(UTIME_NOW) };
    let _ = utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW);
}
