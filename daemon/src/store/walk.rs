//! Going through the files of the store, shard by shard. What vanishes meanwhile is passed over, and so is what
//! has no name that the store gives (a file that a network file system keeps for whoever still reads it, say).

use std::fs::{self, DirEntry, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sojourn_proto::{Key, Table};

use super::Shelf;
use super::ledger::Count;

/// Numbers of all shards.
pub(super) const SHARDS: std::ops::RangeInclusive<u8> = 0..=255;

/// Calls `visit` for every blob of a shard.
pub(super) fn blobs(root: &Path, shard: u8, visit: &mut dyn FnMut(Key, &Metadata)) {
    files(&root.join("blobs"), shard, visit);
}

/// Calls `visit` for every entry of a shard. False: there may be more, in a directory that can not be read now.
pub(super) fn entries(root: &Path, shard: u8, visit: &mut dyn FnMut(Shelf, Key, &Metadata)) -> bool {
    let mut all = true;
    for table in Table::ALL {
        let (shelves, every) = shelves(root, table);
        all &= every;
        for shelf in shelves {
            all &= files(&root.join(shelf.directory()), shard, &mut |key, file| visit(shelf, key, file));
        }
    }
    all
}

/// Counts a shard.
pub(super) fn count(root: &Path, shard: u8) -> Count {
    let mut count = Count::default();
    blobs(root, shard, &mut |_, file| count.add(None, file.len()));
    entries(root, shard, &mut |shelf, _, file| count.add(Some(shelf.number()), file.len()));
    count
}

/// Every plain file below a directory, whatever its name.
pub(super) fn below(directory: &Path, visit: &mut dyn FnMut(&Path, &Metadata)) {
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => open.push(entry.path()),
                Ok(found) if found.is_file() => visit(&entry.path(), &found),
                _ => {}
            }
        }
    }
}

/// `ab/cdef..`, so that no directory grows too large to list.
pub(super) fn sharded(directory: &Path, key: Key) -> PathBuf {
    let name = key.to_string();
    let (shard, rest) = name.split_at(2);
    directory.join(shard).join(rest)
}

/// The shelves of a table, one, or one of each user who has any; and whether these are all.
fn shelves(root: &Path, table: Table) -> (Vec<Shelf>, bool) {
    if !table.is_own() {
        return (vec![Shelf::of(table, 0)], true);
    }
    let (users, all) = list(&root.join(table.name()));
    let uids = users.iter().filter_map(|user| user.file_name().to_str()?.parse().ok());
    (uids.map(|uid| Shelf::of(table, uid)).collect(), all)
}

/// What is in a directory, and whether that is all. One that is not there is empty.
fn list(directory: &Path) -> (Vec<DirEntry>, bool) {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => return (Vec::new(), error.kind() == ErrorKind::NotFound),
    };
    let mut all = true;
    let readable = entries.filter_map(|entry| {
        all &= entry.is_ok();
        entry.ok()
    });
    (readable.collect(), all)
}

fn files(directory: &Path, shard: u8, visit: &mut dyn FnMut(Key, &Metadata)) -> bool {
    let prefix = format!("{shard:02x}");
    let (entries, all) = list(&directory.join(&prefix));
    for entry in entries {
        let key = entry.file_name().to_str().and_then(|rest| format!("{prefix}{rest}").parse().ok());
        let Some(key) = key else { continue };
        if let Ok(found) = entry.metadata()
            && found.is_file()
        {
            visit(key, &found);
        }
    }
    all
}
