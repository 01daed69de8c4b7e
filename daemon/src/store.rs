//! The store: blobs named by the BLAKE3 of their bytes, and tables that map a key to a blob, as in the caches
//! of build systems.
//!
//! ```text
//! STORE/v1/CACHEDIR.TAG
//!          blobs/ab/cdef..               the bytes of a plan or trace, nothing else
//!          plans/ab/cdef..               entry: pattern key -> digest of a plan
//!          traces/ab/cdef..              entry: graph key -> digest of a trace
//!          manifest/UID/ab/cdef..        entry of one user
//!          names/UID/ab/cdef..           entry of one user
//!          files/UID/ab/cdef..           entry of one user
//!          quarantine/                   what was found damaged
//!          tmp/PID-N/                    files being written by a living daemon, which holds a lock there
//! ```
//!
//! It is a cache: to lose an entry is allowed, to return a wrong one is not. So nothing is synced to disk, each
//! file appears whole by a rename, and everything read is checked: the digest of a blob, the checksum of an
//! entry and that it belongs to the table and key it was found under. What fails is set aside and counted, and
//! the look-up is a miss. Several daemons may share a store: files of one name have the same contents, or are
//! as good as each other.

mod disk;
mod entry;
mod evict;
mod handle;
mod memory;
mod temporary;
mod walk;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sojourn_proto::{CacheCounts, CacheReport, Key, Table, VerifyReport};

use disk::Disk;
pub(crate) use handle::StoreHandle;
use memory::Memory;

/// Where an entry stands: a table, and whose, where each user has one of his own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Shelf {
    table: Table,
    uid: Option<u32>,
}

impl Shelf {
    /// The shelf of a table as this user sees it.
    pub(crate) fn of(table: Table, uid: u32) -> Shelf {
        let own = matches!(table, Table::Manifest | Table::Names | Table::Files);
        Shelf { table, uid: own.then_some(uid) }
    }

    /// Whether clients may write here: only where they can deceive nobody but themselves.
    pub(crate) fn is_writable_by_clients(self) -> bool {
        self.uid.is_some()
    }

    /// A byte that stands for the table in entries.
    fn tag(self) -> u8 {
        match self.table {
            Table::Plans => 0,
            Table::Traces => 1,
            Table::Manifest => 2,
            Table::Names => 3,
            Table::Files => 4,
        }
    }

    /// Its directory within the store.
    fn directory(self) -> PathBuf {
        let name = Path::new(table_name(self.table));
        self.uid.map_or_else(|| name.to_owned(), |uid| name.join(uid.to_string()))
    }
}

/// Name of a table's directory.
fn table_name(table: Table) -> &'static str {
    match table {
        Table::Plans => "plans",
        Table::Traces => "traces",
        Table::Manifest => "manifest",
        Table::Names => "names",
        Table::Files => "files",
    }
}

const TABLES: [Table; 5] = [Table::Plans, Table::Traces, Table::Manifest, Table::Names, Table::Files];

/// The store. All methods wait for the disk: they belong on threads that may.
#[derive(Debug)]
pub(crate) struct Store {
    /// None: the store is off.
    disk: Option<Disk>,
    memory: Mutex<Memory>,
    hits: AtomicU64,
    misses: AtomicU64,
    write_failures: AtomicU64,
    /// Bytes on disk as far as known: counted once, then kept up.
    bytes: AtomicU64,
    entries: AtomicU64,
    limit: AtomicU64,
}

impl Store {
    /// Opens the store in a directory, makes it where there is none, and sweeps what dead daemons left.
    ///
    /// # Errors
    /// When the directory can not be made or used.
    pub(crate) fn open(directory: Option<&Path>, memory_bytes: u64, disk_bytes: u64) -> io::Result<Store> {
        let disk = directory.map(Disk::open).transpose()?;
        Ok(Store {
            disk,
            memory: Mutex::new(Memory::new(memory_bytes)),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            write_failures: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            entries: AtomicU64::new(0),
            limit: AtomicU64::new(disk_bytes),
        })
    }

    /// Other bounds from now on.
    pub(crate) fn configure(&self, memory_bytes: u64, disk_bytes: u64) {
        self.memory().limit(memory_bytes);
        self.limit.store(disk_bytes, Relaxed);
    }

    /// Counts what is on disk, and makes room where it is too much. Called once after the start.
    pub(crate) fn take_stock(&self) {
        if let Some(disk) = &self.disk {
            let found = walk::count(disk.root());
            self.bytes.store(found.bytes, Relaxed);
            self.entries.store(found.entries(), Relaxed);
            self.make_room(disk);
        }
    }

    /// The verified blob under a key, where there is one.
    pub(crate) fn get(&self, shelf: Shelf, key: Key) -> Option<Bytes> {
        let found = self.find(shelf, key);
        if self.disk.is_some() {
            let counter = if found.is_some() { &self.hits } else { &self.misses };
            counter.fetch_add(1, Relaxed);
        }
        found
    }

    fn find(&self, shelf: Shelf, key: Key) -> Option<Bytes> {
        let disk = self.disk.as_ref()?;
        let digest = disk.read_entry(shelf, key)?;
        if let Some(bytes) = self.memory().get(&digest) {
            return Some(bytes);
        }
        let bytes = disk.read_blob(digest)?;
        self.memory().put(digest, bytes.clone());
        Some(bytes)
    }

    /// Stores a blob under keys. False: it was not (fully) stored, which is counted and logged; nobody is
    /// the worse for it but the next one to ask.
    pub(crate) fn put(&self, shelves: &[(Shelf, Key)], bytes: &Bytes) -> bool {
        let Some(disk) = &self.disk else { return false };
        let digest = Key::of_blob(bytes);
        let written = disk.write_blob(digest, bytes).and_then(|added| {
            self.bytes.fetch_add(added, Relaxed);
            for (shelf, key) in shelves {
                let added = disk.write_entry(*shelf, *key, digest, bytes.len() as u64)?;
                self.bytes.fetch_add(added, Relaxed);
                self.entries.fetch_add(u64::from(added > 0), Relaxed);
            }
            Ok(())
        });
        if let Err(error) = &written {
            self.write_failures.fetch_add(1, Relaxed);
            tracing::warn!(%error, "a result was not stored");
        } else {
            self.memory().put(digest, bytes.clone());
        }
        self.make_room(disk);
        written.is_ok()
    }

    /// Whether results are kept at all.
    pub(crate) fn is_on(&self) -> bool {
        self.disk.is_some()
    }

    /// The store in numbers, without looking at the disk.
    pub(crate) fn counts(&self) -> CacheCounts {
        CacheCounts {
            entries: self.entries.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            hits: self.hits.load(Relaxed),
            misses: self.misses.load(Relaxed),
            quarantined: self.disk.as_ref().map_or(0, Disk::quarantined),
            write_failures: self.write_failures.load(Relaxed),
        }
    }

    /// Bytes of blobs held in memory.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory().bytes()
    }

    /// Forgets the blobs held in memory.
    pub(crate) fn release_memory(&self) {
        self.memory().clear();
    }

    /// The store in numbers, counted anew on disk.
    pub(crate) fn stats(&self) -> CacheReport {
        let Some(disk) = &self.disk else { return CacheReport::default() };
        let found = walk::count(disk.root());
        self.bytes.store(found.bytes, Relaxed);
        self.entries.store(found.entries(), Relaxed);
        let tables = TABLES.iter().zip(found.tables);
        CacheReport {
            directory: disk.directory().display().to_string(),
            counts: self.counts(),
            tables: tables.map(|(&table, count)| (table_name(table).to_owned(), count)).collect(),
        }
    }

    /// Reads every blob and sets damaged ones aside.
    pub(crate) fn verify(&self) -> VerifyReport {
        self.disk.as_ref().map(Disk::verify).unwrap_or_default()
    }

    /// Removes everything but what is being written now.
    ///
    /// # Errors
    /// The first file that could not be removed; the others are.
    pub(crate) fn clear(&self) -> io::Result<()> {
        self.memory().clear();
        let Some(disk) = &self.disk else { return Ok(()) };
        let cleared = disk.clear();
        let found = walk::count(disk.root());
        self.bytes.store(found.bytes, Relaxed);
        self.entries.store(found.entries(), Relaxed);
        cleared
    }

    fn make_room(&self, disk: &Disk) {
        let limit = self.limit.load(Relaxed);
        if self.bytes.load(Relaxed) > limit {
            let left = evict::make_room(disk.root(), limit);
            self.bytes.store(left, Relaxed);
        }
    }

    /// The blobs in memory. A panic elsewhere leaves a cache, which is as good as before.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
