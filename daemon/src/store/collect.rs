//! Making room, and removing what nobody can find any more.
//!
//! The time of last use of a blob is its file's modification time, which a read from disk sets. All times are
//! by the clock of the file system, so that machines whose clocks differ remove nothing too early.

use std::fs;
use std::time::{Duration, SystemTime};

use sojourn_proto::{GcReport, Key};

use super::disk::{Disk, FORMAT, Removed, Seen, Spot, TAG};
use super::walk;

/// A blob that no entry leads to is left alone for so long: another daemon may be about to write the entry.
const GRACE: Duration = Duration::from_secs(3600);

/// What was set aside as damaged is kept for so long.
const QUARANTINE: Duration = Duration::from_secs(7 * 24 * 3600);

/// What is to be removed beside what nobody can find.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wish {
    /// Blobs used longest ago, until there are so many bytes at most.
    pub(super) most: Option<u64>,
    /// Blobs not used for so long.
    pub(super) older_than: Option<Duration>,
    /// Directories of other formats.
    pub(super) other_formats: bool,
}

#[derive(Debug)]
struct Blob {
    digest: Key,
    seen: Seen,
    /// Bytes of the entries that lead to it.
    entries: u64,
    gone: bool,
}

/// Removes what nobody can find and what is wished. `forget` is told each blob that is removed.
pub(super) fn collect(disk: &Disk, wish: Wish, forget: &mut dyn FnMut(&Key)) -> GcReport {
    let now = disk.temporary().now();
    let mut report = GcReport::default();
    disk.count();
    let mut blobs = blobs(disk);
    // Where not every entry can be read now, a blob may have one all the same.
    let certain = remove_dangling(disk, &mut blobs, &mut report);
    for blob in blobs.iter_mut().filter(|blob| certain && blob.entries == 0) {
        if is_older(blob.seen.modified, now, GRACE) && remove(disk, blob, &mut report) {
            report.unnamed += 1;
        }
    }
    if evict(disk, wish, now, &mut blobs, &mut report) {
        remove_dangling(disk, &mut blobs, &mut report);
    }
    for blob in blobs.iter().filter(|blob| blob.gone) {
        forget(&blob.digest);
    }
    let swept = disk.temporary().sweep();
    report.leftovers = swept.files;
    report.freed_bytes += swept.bytes;
    remove_quarantine(disk, now, &mut report);
    if wish.other_formats {
        remove_other_formats(disk, &mut report);
    }
    let total = disk.total();
    report.entries = total.entries();
    report.bytes = total.bytes;
    report
}

/// Names of the directories of other formats of the store. They are known by their names and by the tag that each
/// format keeps in its own.
pub(super) fn other_formats(disk: &Disk) -> Vec<String> {
    let is_format = |name: &str| {
        let number = name.strip_prefix('v').unwrap_or_default();
        name != FORMAT && !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    };
    let found = fs::read_dir(disk.directory()).into_iter().flatten().flatten();
    let tagged = found.filter(|entry| entry.path().join(TAG).is_file());
    let mut names: Vec<String> = tagged
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_format(name))
        .collect();
    names.sort();
    names
}

/// All blobs in the order of their digests.
fn blobs(disk: &Disk) -> Vec<Blob> {
    let mut blobs = Vec::new();
    for shard in walk::SHARDS {
        walk::blobs(disk.root(), shard, &mut |digest, file| {
            blobs.push(Blob { digest, seen: Seen::of(file), entries: 0, gone: false });
        });
    }
    blobs.sort_unstable_by_key(|blob| blob.digest);
    blobs
}

/// Removes blobs for their age and to make room, those used longest ago first; but first of all those that are
/// too large by themselves, for which all others would go. Says whether any is gone now.
fn evict(disk: &Disk, wish: Wish, now: SystemTime, blobs: &mut [Blob], report: &mut GcReport) -> bool {
    let mut order: Vec<usize> = (0..blobs.len()).filter(|&place| !blobs[place].gone).collect();
    let too_large = |blob: &Blob| wish.most.is_some_and(|most| blob.seen.length > most);
    order.sort_unstable_by_key(|&place| {
        let blob = &blobs[place];
        (!too_large(blob), blob.seen.modified, blob.digest)
    });
    // Bytes of entries that are to follow their blobs.
    let (mut following, mut any) = (0, false);
    for place in order {
        let blob = &mut blobs[place];
        let old = wish.older_than.is_some_and(|age| is_older(blob.seen.modified, now, age));
        let left = disk.total().bytes.saturating_sub(following);
        if !old && !too_large(blob) && wish.most.is_none_or(|most| left <= most) {
            break;
        }
        if remove(disk, blob, report) {
            report.evicted += 1;
        }
        if blob.gone {
            following += blob.entries;
            any = true;
        }
    }
    any
}

/// Removes entries whose blobs are gone, and finds out which blobs have any. Says whether all entries were seen.
fn remove_dangling(disk: &Disk, blobs: &mut [Blob], report: &mut GcReport) -> bool {
    let mut spots = Vec::new();
    let mut certain = true;
    for shard in walk::SHARDS {
        certain &= walk::entries(disk.root(), shard, &mut |shelf, key, file| {
            spots.push((Spot::Entry(shelf, key), Seen::of(file)));
        });
        for (spot, seen) in spots.drain(..) {
            let entry = match disk.entry_at(spot) {
                Ok(Some(entry)) => entry,
                Ok(None) => continue,
                Err(_) => {
                    certain = false;
                    continue;
                }
            };
            let known = blobs.binary_search_by_key(&entry.digest, |blob| blob.digest);
            if let Some(blob) = known.ok().and_then(|place| blobs.get_mut(place)).filter(|blob| !blob.gone) {
                blob.entries += seen.length;
            } else if matches!(disk.path(Spot::Blob(entry.digest)).try_exists(), Ok(false))
                && let Removed::Now { bytes } = disk.remove(spot, seen)
            {
                report.dangling += 1;
                report.freed_bytes += bytes;
            }
        }
    }
    certain
}

/// Removes a blob, unless somebody has used it since. Says whether it was removed here.
fn remove(disk: &Disk, blob: &mut Blob, report: &mut GcReport) -> bool {
    let removed = disk.remove(Spot::Blob(blob.digest), blob.seen);
    blob.gone = removed != Removed::Kept;
    if let Removed::Now { bytes } = removed {
        report.freed_bytes += bytes;
    }
    matches!(removed, Removed::Now { .. })
}

fn remove_quarantine(disk: &Disk, now: SystemTime, report: &mut GcReport) {
    walk::below(&disk.quarantine_directory(), &mut |path, file| {
        let old = file.modified().is_ok_and(|since| is_older(since, now, QUARANTINE));
        if old && fs::remove_file(path).is_ok() {
            report.quarantined += 1;
            report.freed_bytes += file.len();
        }
    });
}

fn remove_other_formats(disk: &Disk, report: &mut GcReport) {
    for name in other_formats(disk) {
        let directory = disk.directory().join(name);
        walk::below(&directory, &mut |_, file| {
            report.other_formats += 1;
            report.freed_bytes += file.len();
        });
        if let Err(error) = fs::remove_dir_all(&directory) {
            tracing::warn!(%error, directory = %directory.display(), "not wholly removed");
        }
    }
}

fn is_older(since: SystemTime, now: SystemTime, age: Duration) -> bool {
    now.duration_since(since).is_ok_and(|passed| passed >= age)
}
