//! What the store holds, kept up as this daemon writes and removes, and corrected by counting.
//!
//! Files belong to one of 256 shards by the first byte of their names, and each shard has its own count under its
//! own lock, held while a file of it is put in its place or removed, and while it is counted anew. So a count
//! neither misses a write of this daemon nor takes one twice, and writes to other shards go on meanwhile. What
//! other daemons do to the directory is known from the next count on.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use sojourn_proto::Table;

/// Files and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Bytes of blobs and entries.
    pub(super) bytes: u64,
    /// Entries of each table, in the order of [`Table::ALL`].
    pub(super) tables: [u64; Table::ALL.len()],
}

impl Count {
    /// One file more: an entry of that table, or a blob.
    pub(super) fn add(&mut self, table: Option<usize>, bytes: u64) {
        self.bytes += bytes;
        if let Some(entries) = table.and_then(|table| self.tables.get_mut(table)) {
            *entries += 1;
        }
    }

    /// One file less. It may be another daemon's, and never have been counted.
    pub(super) fn take(&mut self, table: Option<usize>, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Some(entries) = table.and_then(|table| self.tables.get_mut(table)) {
            *entries = entries.saturating_sub(1);
        }
    }

    /// Entries of all tables.
    pub(super) fn entries(&self) -> u64 {
        self.tables.iter().sum()
    }
}

/// The counts of all shards.
#[derive(Debug)]
pub(super) struct Ledger {
    shards: Vec<Mutex<Count>>,
    /// The sums, for those who must not wait for a disk.
    bytes: AtomicU64,
    tables: [AtomicU64; Table::ALL.len()],
}

impl Ledger {
    pub(super) fn new() -> Ledger {
        Ledger {
            shards: std::iter::repeat_with(Mutex::default).take(256).collect(),
            bytes: AtomicU64::new(0),
            tables: Default::default(),
        }
    }

    /// Does something to the files of a shard, and to its count accordingly.
    pub(super) fn with<T>(&self, shard: u8, change: impl FnOnce(&mut Count) -> T) -> T {
        let mut count = self.shards[usize::from(shard)].lock().unwrap_or_else(PoisonError::into_inner);
        let before = *count;
        let done = change(&mut count);
        // Wrapping makes a sum of differences right whichever sign each has.
        self.bytes.fetch_add(count.bytes.wrapping_sub(before.bytes), Relaxed);
        for ((sum, now), before) in self.tables.iter().zip(count.tables).zip(before.tables) {
            sum.fetch_add(now.wrapping_sub(before), Relaxed);
        }
        done
    }

    /// The sum over all shards.
    pub(super) fn total(&self) -> Count {
        let mut total = Count { bytes: self.bytes.load(Relaxed), ..Count::default() };
        for (total, sum) in total.tables.iter_mut().zip(&self.tables) {
            *total = sum.load(Relaxed);
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Ledger};

    #[test]
    fn the_total_is_the_sum_of_the_shards_whatever_was_added_taken_or_counted_anew() {
        let ledger = Ledger::new();
        ledger.with(3, |count| count.add(None, 100));
        ledger.with(4, |count| count.add(Some(1), 96));
        ledger.with(3, |count| *count = Count { bytes: 40, ..Count::default() });
        ledger.with(4, |count| count.take(Some(1), 200));
        ledger.with(5, |count| count.add(Some(0), 96));
        let total = ledger.total();
        assert_eq!((total.bytes, total.entries()), (136, 1));
        assert_eq!(total.tables[..2], [1, 0]);
    }
}
