//! The entries of the store, for people.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs;
use std::time::SystemTime;

use sojourn_proto::{EntryReport, Key, ListReport, Table};

use super::disk::{Disk, Spot};
use super::{Shelf, walk};

/// Whose entries are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Everybody's, and those of the shared tables.
    All,
    /// Those of this user's own tables. Whoever knows a key can have what it leads to, so keys of what others
    /// computed are not for everybody to read.
    Own(u32),
}

/// Entries of a table, or of all, whose blobs are there: those used last, `limit` at most. Memory is taken for
/// so many only.
pub(super) fn list(disk: &Disk, whose: Whose, table: Option<Table>, limit: usize) -> ListReport {
    // The one used longest ago is on top, to make room for another.
    let mut newest: BinaryHeap<Reverse<(SystemTime, Row)>> = BinaryHeap::new();
    let mut total = 0;
    let mut found = Vec::new();
    for shard in walk::SHARDS {
        walk::entries(disk.root(), shard, &mut |shelf, key, _| {
            let theirs = matches!(whose, Whose::Own(uid) if shelf.uid != Some(uid));
            if !theirs && table.is_none_or(|table| table == shelf.table) {
                found.push((shelf, key));
            }
        });
        for (shelf, key) in found.drain(..) {
            let Ok(Some(entry)) = disk.entry_at(Spot::Entry(shelf, key)) else { continue };
            let Ok(blob) = fs::symlink_metadata(disk.path(Spot::Blob(entry.digest))) else { continue };
            total += 1;
            let used = blob.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let row = Row { shelf, key, encoding: entry.encoding, bytes: blob.len() };
            newest.push(Reverse((used, row)));
            if newest.len() > limit {
                newest.pop();
            }
        }
    }
    // In ascending order of what is reversed, so the newest first.
    let rows = newest.into_sorted_vec().into_iter().map(|Reverse((used, row))| row.report(used)).collect();
    ListReport { rows, total }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    shelf: Shelf,
    key: Key,
    encoding: u32,
    bytes: u64,
}

impl Row {
    fn report(self, used: SystemTime) -> EntryReport {
        let Shelf { table, uid } = self.shelf;
        EntryReport {
            table: table.name().to_owned(),
            uid,
            key: self.key.to_string(),
            kind: table.kind().to_owned(),
            encoding: self.encoding,
            bytes: self.bytes,
            used_s: used.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }
}
