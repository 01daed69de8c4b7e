//! The store where no daemon has it open.

use std::io;
use std::path::Path;

use sojourn_proto::{CacheReport, ListReport, Table, VerifyReport};

use super::disk::FORMAT;
use super::{Store, Whose};

/// A store that is looked at by another process than a daemon. Nothing here depends on locks, so a daemon that has it
/// open as well, or starts meanwhile, is not disturbed.
#[derive(Debug)]
pub struct StoreAtRest(Store);

impl StoreAtRest {
    /// The store in this directory; none where nothing was ever stored in it. None is made.
    ///
    /// # Errors
    /// When the directory is there and can not be used.
    pub fn open(directory: &Path) -> io::Result<Option<StoreAtRest>> {
        match directory.join(FORMAT).try_exists()? {
            true => Ok(Some(StoreAtRest(Store::open(Some(directory), 0, u64::MAX)?))),
            false => Ok(None),
        }
    }

    /// What is on disk, in numbers; look-ups are counted by daemons alone.
    pub fn stats(&self) -> CacheReport {
        self.0.stats()
    }

    /// Entries, of this table or of all, those used last first, `limit` at most. They are files that this user can read
    /// anyhow, so all of them.
    pub fn list(&self, table: Option<Table>, limit: usize) -> ListReport {
        self.0.list(Whose::All, table, limit)
    }

    /// Reads everything; what is damaged is set aside.
    pub fn verify(&self) -> VerifyReport {
        self.0.verify()
    }
}
