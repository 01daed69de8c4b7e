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
//!          tmp/MACHINE-PID-N/            files being written by one daemon
//! ```
//!
//! It is a cache: to lose an entry is allowed, to return a wrong one is not. So nothing is synced to disk, each
//! file appears whole by a rename, and everything read is checked: the digest of a blob, the checksum of an
//! entry, that it belongs to the table and key it was found under, and that it leads to a blob in the encoding
//! of this version. What is damaged is set aside and counted, and the look-up is a miss.
//!
//! Several daemons may share a store, also over a network file system. Nothing they do to it needs a lock: files
//! of one name have the same contents, or are as good as each other, and whatever is gone or can not be read is
//! a miss. What another daemon has written is found at once; what it has removed may still be served for some
//! minutes from this one's memory.

mod collect;
mod disk;
mod entry;
mod handle;
mod ledger;
mod list;
mod memory;
mod owner;
mod rest;
mod temporary;
mod walk;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sojourn_proto::{CacheCounts, CacheReport, Gc, GcReport, Key, ListReport, Table, VerifyReport};

use collect::Wish;
use disk::{Blob, Disk, Spot};
pub(crate) use handle::StoreHandle;
pub(crate) use list::Whose;
use memory::{Hit, Memory};
pub use rest::StoreAtRest;

/// What this daemon knows of the size of the store is counted anew when it is so old and more is written.
const RECOUNT: Duration = Duration::from_secs(600);

/// It is counted anew also when this daemon has written this part of the limit, so that several daemons exceed
/// it by no more than so much each.
const RECOUNT_PART: u64 = 10;

/// Where an entry stands: a table, and whose, where each user has one of his own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Shelf {
    table: Table,
    uid: Option<u32>,
}

impl Shelf {
    /// The shelf of a table as this user sees it.
    pub(crate) fn of(table: Table, uid: u32) -> Shelf {
        Shelf { table, uid: table.is_own().then_some(uid) }
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

    /// Place of the table in [`Table::ALL`].
    fn number(self) -> usize {
        Table::ALL.iter().position(|&table| table == self.table).unwrap_or_default()
    }

    /// Version of the encoding of what its entries lead to.
    fn encoding(self) -> u32 {
        self.table.encoding()
    }

    /// Its directory within the store.
    fn directory(self) -> PathBuf {
        let name = Path::new(self.table.name());
        self.uid.map_or_else(|| name.to_owned(), |uid| name.join(uid.to_string()))
    }
}

/// The store. All methods wait for the disk: they belong on threads that may.
#[derive(Debug)]
pub(crate) struct Store {
    /// None: the store is off.
    disk: Option<Disk>,
    memory: Mutex<Memory>,
    hits: AtomicU64,
    memory_hits: AtomicU64,
    misses: AtomicU64,
    write_failures: AtomicU64,
    limit: AtomicU64,
    /// When the files were counted last. Held while they are counted or removed, by one thread at a time.
    counted: Mutex<Option<Instant>>,
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
            memory_hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            write_failures: AtomicU64::new(0),
            limit: AtomicU64::new(disk_bytes),
            counted: Mutex::new(None),
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
            self.count(disk, &mut self.counted());
            self.make_room(disk);
        }
    }

    /// The verified blob under a key on the first of the shelves that has one. It is one look-up, however many
    /// shelves there are.
    pub(crate) fn get(&self, shelves: &[Shelf], key: Key) -> Option<Bytes> {
        let (disk, now) = (self.disk.as_ref()?, Instant::now());
        for &shelf in shelves {
            if let Some(bytes) = self.recall(disk, (shelf, key), now) {
                self.count_memory_hit();
                return Some(bytes);
            }
            if let Some(bytes) = self.find(disk, shelf, key) {
                self.hits.fetch_add(1, Relaxed);
                return Some(bytes);
            }
        }
        self.misses.fetch_add(1, Relaxed);
        None
    }

    /// The verified blob of this name. Whoever knows its digest has had its bytes, so it is nobody's secret. It
    /// is no look-up: it is what is needed beside a job, and is not counted.
    pub(crate) fn blob(&self, digest: Key) -> Option<Bytes> {
        let disk = self.disk.as_ref()?;
        let known = self.memory().get_blob(&digest).filter(|_| disk.touch(digest));
        known.or_else(|| match disk.read_blob(digest) {
            Blob::Whole(bytes) => Some(bytes),
            Blob::Gone | Blob::Unusable => None,
        })
    }

    /// Counts a look-up that was answered without the disk.
    fn count_memory_hit(&self) {
        self.hits.fetch_add(1, Relaxed);
        self.memory_hits.fetch_add(1, Relaxed);
    }

    /// The blob in memory. Now and then it is looked whether it is still on disk.
    fn recall(&self, disk: &Disk, name: (Shelf, Key), now: Instant) -> Option<Bytes> {
        let Hit { digest, bytes, look } = self.memory().get(name, now)?;
        if look {
            if !disk.touch(digest) {
                self.memory().forget(&digest);
                return None;
            }
            self.memory().seen(&digest, now);
        }
        Some(bytes)
    }

    fn find(&self, disk: &Disk, shelf: Shelf, key: Key) -> Option<Bytes> {
        let digest = disk.read_entry(shelf, key)?;
        let known = self.memory().get_blob(&digest).filter(|_| disk.touch(digest));
        let bytes = match known {
            Some(bytes) => bytes,
            None => match disk.read_blob(digest) {
                Blob::Whole(bytes) => bytes,
                Blob::Gone => {
                    disk.remove_dangling(Spot::Entry(shelf, key));
                    return None;
                }
                Blob::Unusable => return None,
            },
        };
        self.memory().put(&[(shelf, key)], digest, &bytes, Instant::now());
        Some(bytes)
    }

    /// Stores a blob under keys. False: it was not (fully) stored, which is counted and logged; nobody is
    /// the worse for it but the next one to ask.
    pub(crate) fn put(&self, shelves: &[(Shelf, Key)], bytes: &Bytes) -> bool {
        let Some(disk) = &self.disk else { return false };
        let room = roomy(self.limit.load(Relaxed));
        if bytes.len() as u64 > room {
            // All others would have to go for it, and then it would have to go as well.
            tracing::warn!(bytes = bytes.len(), room, "a result larger than the store may be was not stored");
            return false;
        }
        let digest = Key::of_blob(bytes);
        let written = disk.write_blob(digest, bytes).and_then(|()| {
            shelves
                .iter()
                .try_for_each(|&(shelf, key)| disk.write_entry(shelf, key, digest, bytes.len() as u64))
        });
        if let Err(error) = &written {
            self.write_failures.fetch_add(1, Relaxed);
            tracing::warn!(%error, "a result was not stored");
        } else {
            self.memory().put(shelves, digest, bytes, Instant::now());
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
        let total = self.disk.as_ref().map(Disk::total).unwrap_or_default();
        CacheCounts {
            entries: total.entries(),
            bytes: total.bytes,
            hits: self.hits.load(Relaxed),
            memory_hits: self.memory_hits.load(Relaxed),
            misses: self.misses.load(Relaxed),
            quarantined: self.disk.as_ref().map_or(0, Disk::quarantined),
            write_failures: self.write_failures.load(Relaxed),
        }
    }

    /// Bytes that blobs take in memory.
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
        self.count(disk, &mut self.counted());
        let tables = Table::ALL.iter().zip(disk.total().tables);
        CacheReport {
            directory: disk.directory().display().to_string(),
            counts: self.counts(),
            tables: tables.map(|(table, count)| (table.name().to_owned(), count)).collect(),
            other_formats: collect::other_formats(disk),
        }
    }

    /// Entries, those used last first.
    pub(crate) fn list(&self, whose: Whose, table: Option<Table>, limit: usize) -> ListReport {
        self.disk.as_ref().map(|disk| list::list(disk, whose, table, limit)).unwrap_or_default()
    }

    /// Removes what nobody can find, what is too much, and what is wished.
    pub(crate) fn collect(&self, gc: Gc) -> GcReport {
        let Some(disk) = &self.disk else { return GcReport::default() };
        let limit = self.limit.load(Relaxed);
        let wish = Wish {
            most: Some(gc.max_bytes.map_or(limit, |most| most.min(limit))),
            older_than: gc.older_than_s.map(Duration::from_secs),
            other_formats: gc.other_formats,
        };
        self.remove(disk, wish, &mut self.counted())
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
        let cleared = self.disk.as_ref().map_or(Ok(()), Disk::clear);
        // Last, as what was read meanwhile is remembered.
        self.memory().clear();
        cleared
    }

    /// Counts anew where it is time to, and removes blobs until a tenth of the limit is free, where it is exceeded.
    fn make_room(&self, disk: &Disk) {
        // Another thread is at it.
        let mut counted = match self.counted.try_lock() {
            Err(TryLockError::WouldBlock) => return,
            Err(TryLockError::Poisoned(counted)) => counted.into_inner(),
            Ok(counted) => counted,
        };
        let limit = self.limit.load(Relaxed);
        let stale = counted.is_some_and(|at| at.elapsed() >= RECOUNT);
        if stale || disk.written() > limit / RECOUNT_PART {
            self.count(disk, &mut counted);
        }
        if disk.total().bytes > limit {
            let wish = Wish { most: Some(roomy(limit)), ..Wish::default() };
            let report = self.remove(disk, wish, &mut counted);
            tracing::info!(evicted = report.evicted, freed = report.freed_bytes, "room made in the store");
        }
    }

    fn count(&self, disk: &Disk, counted: &mut Option<Instant>) {
        disk.count();
        *counted = Some(Instant::now());
    }

    fn remove(&self, disk: &Disk, wish: Wish, counted: &mut Option<Instant>) -> GcReport {
        let report = collect::collect(disk, wish, &mut |digest| self.memory().forget(digest));
        *counted = Some(Instant::now());
        report
    }

    fn counted(&self) -> MutexGuard<'_, Option<Instant>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The blobs in memory. A panic elsewhere leaves a cache, which is as good as before.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left where room is made: a tenth of the limit is free then.
fn roomy(limit: u64) -> u64 {
    limit - limit / 10
}

#[cfg(test)]
mod tests;
