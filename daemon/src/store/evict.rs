//! Making room: the blobs used longest ago are removed until a tenth of the limit is free.
//!
//! The time of last use is the file's modification time, which a read from disk sets. Entries of a removed
//! blob stay until they are looked up, which finds them dangling and removes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::walk;

/// Removes blobs; the bytes that are left.
pub(super) fn make_room(root: &Path, limit: u64) -> u64 {
    let mut total = walk::count(root).bytes;
    let goal = limit - limit / 10;
    if total <= limit {
        return total;
    }
    let mut blobs: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    walk::files(&root.join("blobs"), &mut |path, file| {
        blobs.push((file.modified().unwrap_or(SystemTime::UNIX_EPOCH), file.len(), path));
    });
    blobs.sort_unstable();
    for (_, length, path) in blobs {
        if total <= goal {
            break;
        }
        if fs::remove_file(&path).is_ok() {
            total -= length.min(total);
        }
    }
    total
}
