//! Going through the files of the store.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::{TABLES, table_name};

/// Calls `visit` for every plain file below a directory. What vanishes meanwhile is passed over.
pub(super) fn files(directory: &Path, visit: &mut dyn FnMut(PathBuf, &Metadata)) {
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => open.push(entry.path()),
                Ok(found) if found.is_file() => visit(entry.path(), &found),
                _ => {}
            }
        }
    }
}

/// What is in the store.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Bytes of blobs and entries.
    pub(super) bytes: u64,
    /// Entries of each table, in the order of [`TABLES`].
    pub(super) tables: [u64; TABLES.len()],
}

impl Found {
    pub(super) fn entries(&self) -> u64 {
        self.tables.iter().sum()
    }
}

/// Counts files and bytes.
pub(super) fn count(root: &Path) -> Found {
    let mut found = Found::default();
    let Found { bytes, tables } = &mut found;
    files(&root.join("blobs"), &mut |_, file| *bytes += file.len());
    for (&table, entries) in TABLES.iter().zip(tables) {
        files(&root.join(table_name(table)), &mut |_, file| {
            *entries += 1;
            *bytes += file.len();
        });
    }
    found
}
