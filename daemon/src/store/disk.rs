//! The files of the store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;

use bytes::Bytes;
use sojourn_proto::{Key, VerifyReport, limits};

use super::temporary::Temporary;
use super::{Shelf, TABLES, entry, table_name, walk};

/// Directory of this format of the store; another format has another.
const FORMAT: &str = "v1";

/// Tells backup programs to pass the store over.
const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of sojourn; may be removed at any time.\n";

#[derive(Debug)]
pub(super) struct Disk {
    directory: PathBuf,
    root: PathBuf,
    temporary: Temporary,
    quarantined: AtomicU64,
}

impl Disk {
    pub(super) fn open(directory: &Path) -> io::Result<Disk> {
        let root = directory.join(FORMAT);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&root)?;
        let temporary = Temporary::open(&root.join("tmp"))?;
        let tag = root.join("CACHEDIR.TAG");
        if !tag.exists() {
            temporary.write(&tag, TAG.as_bytes())?;
        }
        Ok(Disk { directory: directory.to_owned(), root, temporary, quarantined: AtomicU64::new(0) })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn quarantined(&self) -> u64 {
        self.quarantined.load(Relaxed)
    }

    /// Digest that an entry names; one whose blob is gone is removed.
    pub(super) fn read_entry(&self, shelf: Shelf, key: Key) -> Option<Key> {
        let path = self.entry_path(shelf, key);
        let bytes = read(&path, entry::ENTRY_BYTES as u64).ok()?;
        let digest = bytes.and_then(|bytes| entry::decode(&bytes, shelf.tag(), key));
        if digest.is_none() {
            self.quarantine(&path);
        }
        let digest = digest?;
        if !self.blob_path(digest).exists() {
            let _ = fs::remove_file(&path);
            return None;
        }
        Some(digest)
    }

    /// A blob, if it is what its name says.
    pub(super) fn read_blob(&self, digest: Key) -> Option<Bytes> {
        let path = self.blob_path(digest);
        let bytes = read(&path, limits::PAYLOAD_BYTES).ok()?;
        match bytes.filter(|bytes| Key::of_blob(bytes) == digest) {
            Some(bytes) => {
                mark_used(&path);
                Some(bytes.into())
            }
            None => {
                self.quarantine(&path);
                None
            }
        }
    }

    /// Writes a blob unless it is there; bytes added.
    pub(super) fn write_blob(&self, digest: Key, bytes: &Bytes) -> io::Result<u64> {
        let path = self.blob_path(digest);
        let length = bytes.len() as u64;
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() == length) {
            mark_used(&path);
            return Ok(0);
        }
        self.temporary.write(&path, bytes)?;
        Ok(length)
    }

    /// Writes an entry; bytes added (none where one was replaced).
    pub(super) fn write_entry(&self, shelf: Shelf, key: Key, digest: Key, length: u64) -> io::Result<u64> {
        let path = self.entry_path(shelf, key);
        let bytes = entry::encode(shelf.tag(), key, digest, length);
        let replaced = path.exists();
        self.temporary.write(&path, &bytes)?;
        Ok(if replaced { 0 } else { bytes.len() as u64 })
    }

    /// Reads every blob.
    pub(super) fn verify(&self) -> VerifyReport {
        let mut report = VerifyReport::default();
        walk::files(&self.root.join("blobs"), &mut |path, _| {
            let name = name_of(&path);
            let intact = name.parse().is_ok_and(|digest: Key| {
                matches!(read(&path, limits::PAYLOAD_BYTES), Ok(Some(bytes)) if Key::of_blob(&bytes) == digest)
            });
            if intact {
                report.intact += 1;
            } else if path.exists() {
                self.quarantine(&path);
                if report.quarantined.len() < limits::ROWS_PER_REPORT {
                    report.quarantined.push(name);
                }
            }
        });
        report
    }

    /// Removes blobs, entries and what was set aside.
    pub(super) fn clear(&self) -> io::Result<()> {
        let tables = TABLES.iter().map(|&table| table_name(table));
        let mut first = Ok(());
        for name in tables.chain(["blobs", "quarantine"]) {
            match fs::remove_dir_all(self.root.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => first = first.and(Err(error)),
                _ => {}
            }
        }
        first
    }

    /// Sets a damaged file aside, for people to look at; it will not be found again.
    fn quarantine(&self, path: &Path) {
        let count = self.quarantined.fetch_add(1, Relaxed);
        let directory = self.root.join("quarantine");
        let target = directory.join(format!("{}.{}.{count}", name_of(path), std::process::id()));
        let moved = fs::create_dir_all(&directory).and_then(|()| fs::rename(path, &target));
        if moved.is_err() {
            let _ = fs::remove_file(path);
        }
        tracing::error!(file = %path.display(), "damaged file of the store set aside");
    }

    fn blob_path(&self, digest: Key) -> PathBuf {
        sharded(&self.root.join("blobs"), digest)
    }

    fn entry_path(&self, shelf: Shelf, key: Key) -> PathBuf {
        sharded(&self.root.join(shelf.directory()), key)
    }
}

/// `ab/cdef..` below a directory, so that none grows too large to list.
fn sharded(directory: &Path, key: Key) -> PathBuf {
    let name = key.to_string();
    let (shard, rest) = name.split_at(2);
    directory.join(shard).join(rest)
}

/// The 64 digits that a sharded path stands for.
fn name_of(path: &Path) -> String {
    let part = |part: Option<&std::ffi::OsStr>| part.map(|p| p.to_string_lossy().into_owned());
    let shard = part(path.parent().and_then(Path::file_name)).unwrap_or_default();
    format!("{shard}{}", part(path.file_name()).unwrap_or_default())
}

/// Contents of a plain file, read once into memory of our own; none where it is something else, or longer
/// than it may be. An error: it is not there, or can not be read now, which is no reason to set it aside.
fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut file: File =
        OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.len() > most {
        return Ok(None);
    }
    let length = usize::try_from(found.len()).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    file.by_ref().take(found.len()).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Notes that a blob is in use; on a read-only disk this fails, and nothing is removed there either.
fn mark_used(path: &Path) {
    if let Ok(file) = OpenOptions::new().append(true).open(path) {
        let _ = file.set_modified(SystemTime::now());
    }
}
