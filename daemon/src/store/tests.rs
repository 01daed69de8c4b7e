mod backlog;
mod collecting;
mod sharing;

use std::path::{Path, PathBuf};
use std::time::Instant;

use bytes::Bytes;
use sojourn_proto::{Key, Table};

use super::disk::Spot;
use super::entry::Entry;
use super::{Shelf, Store, memory, walk};

const ROOM: u64 = 1 << 20;

/// A store that keeps nothing in memory, so that each read is one of the disk.
fn cold(place: &tempfile::TempDir) -> Store {
    Store::open(Some(place.path()), 0, 1 << 40).unwrap()
}

fn plans() -> Shelf {
    Shelf::of(Table::Plans, 1000)
}

fn files(place: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    walk::below(place, &mut |path, _| all.push(path.to_owned()));
    all
}

fn damage(place: &tempfile::TempDir, change: impl Fn(&mut Vec<u8>)) {
    for path in files(&place.path().join("v1/blobs")) {
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn what_was_put_is_found_by_another_instance() {
    let place = tempfile::tempdir().unwrap();
    let blob = Bytes::from_static(b"a plan");
    assert!(cold(&place).put(&[(plans(), Key([1; 32]))], &blob));
    let store = cold(&place);
    assert_eq!(store.get(&[plans()], Key([1; 32])), Some(blob));
    assert_eq!(store.get(&[plans()], Key([2; 32])), None);
    assert_eq!(store.get(&[Shelf::of(Table::Traces, 0)], Key([1; 32])), None);
    let counts = store.counts();
    assert_eq!((counts.hits, counts.misses, counts.quarantined), (1, 2, 0));
}

#[test]
fn the_first_shelf_that_has_it_answers_and_it_is_one_look_up() {
    let place = tempfile::tempdir().unwrap();
    let store = cold(&place);
    let [own, other, shared] =
        [Shelf::of(Table::Manifest, 1), Shelf::of(Table::Files, 1), Shelf::of(Table::Traces, 0)];
    store.put(&[(shared, Key([1; 32]))], &Bytes::from_static(b"shared"));
    store.put(&[(other, Key([1; 32]))], &Bytes::from_static(b"other"));
    assert_eq!(store.get(&[own, other, shared], Key([1; 32])), Some(Bytes::from_static(b"other")));
    assert_eq!(store.get(&[own, shared, other], Key([1; 32])), Some(Bytes::from_static(b"shared")));
    assert_eq!(store.get(&[own, shared], Key([2; 32])), None);
    let counts = store.counts();
    assert_eq!((counts.hits, counts.misses), (2, 1));
}

#[test]
fn a_blob_flipped_cut_or_emptied_is_set_aside_and_never_returned() {
    let changes: [fn(&mut Vec<u8>); 3] =
        [|bytes| bytes[2] ^= 1, |bytes| bytes.truncate(3), |bytes| bytes.clear()];
    for change in changes {
        let place = tempfile::tempdir().unwrap();
        let store = cold(&place);
        let blob = Bytes::from_static(b"a plan");
        store.put(&[(plans(), Key([1; 32]))], &blob);
        damage(&place, change);
        assert_eq!(store.get(&[plans()], Key([1; 32])), None);
        assert_eq!(store.counts().quarantined, 1);
        assert_eq!(files(&place.path().join("v1/quarantine")).len(), 1);
        store.put(&[(plans(), Key([1; 32]))], &blob);
        assert_eq!(store.get(&[plans()], Key([1; 32])), Some(blob), "recomputed, it is served again");
    }
}

#[test]
fn a_damaged_blob_that_nobody_has_read_yet_is_replaced_by_whoever_writes_it() {
    let place = tempfile::tempdir().unwrap();
    let store = cold(&place);
    let blob = Bytes::from_static(b"a plan");
    store.put(&[(plans(), Key([1; 32]))], &blob);
    damage(&place, |bytes| bytes[2] ^= 1);
    store.put(&[(plans(), Key([2; 32]))], &blob);
    assert_eq!(store.get(&[plans()], Key([1; 32])), Some(blob), "length alone says nothing");
    assert_eq!(store.counts().quarantined, 0);
}

#[test]
fn what_can_not_be_read_is_a_miss_that_is_replaced_and_not_set_aside() {
    let place = tempfile::tempdir().unwrap();
    let store = cold(&place);
    let blob = Bytes::from_static(b"a plan");
    for folder in ["v1/blobs", "v1/plans"] {
        store.put(&[(plans(), Key([1; 32]))], &blob);
        let path = files(&place.path().join(folder)).remove(0);
        std::fs::remove_file(&path).unwrap();
        // No link is followed, so opening it fails, though it is there.
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        assert_eq!(store.get(&[plans()], Key([1; 32])), None, "{folder}");
        assert_eq!(store.counts().quarantined, 0, "{folder}");
        store.put(&[(plans(), Key([1; 32]))], &blob);
        assert_eq!(store.get(&[plans()], Key([1; 32])), Some(blob.clone()), "{folder}");
    }
}

#[test]
fn an_entry_of_another_version_is_a_miss_that_is_left_alone_until_it_is_replaced() {
    let place = tempfile::tempdir().unwrap();
    let store = cold(&place);
    let (old, new, key) = (Bytes::from_static(b"as it was"), Bytes::from_static(b"as it is"), Key([1; 32]));
    store.put(&[(plans(), key)], &old);
    let disk = store.disk.as_ref().unwrap();
    let entry = Entry {
        table: plans().tag(),
        encoding: plans().encoding() + 1,
        key,
        digest: Key::of_blob(&old),
        length: old.len() as u64,
    };
    std::fs::write(disk.path(Spot::Entry(plans(), key)), entry.encode()).unwrap();
    assert_eq!(store.get(&[plans()], key), None);
    assert_eq!(store.collect(sojourn_proto::Gc::default()).freed_bytes, 0);
    assert_eq!((store.counts().quarantined, store.stats().counts.entries), (0, 1));
    store.put(&[(plans(), key)], &new);
    assert_eq!(store.get(&[plans()], key), Some(new));
}

#[test]
fn entries_swapped_between_keys_are_set_aside() {
    let place = tempfile::tempdir().unwrap();
    let store = cold(&place);
    store.put(&[(plans(), Key([1; 32]))], &Bytes::from_static(b"one"));
    store.put(&[(plans(), Key([2; 32]))], &Bytes::from_static(b"two"));
    let mut entries = files(&place.path().join("v1/plans"));
    entries.sort();
    std::fs::copy(&entries[0], &entries[1]).unwrap();
    assert_eq!(store.get(&[plans()], Key([2; 32])), None);
    assert_eq!(store.get(&[plans()], Key([1; 32])), Some(Bytes::from_static(b"one")));
    assert_eq!(store.counts().quarantined, 1);
}

#[test]
fn a_users_own_table_is_not_anothers() {
    let place = tempfile::tempdir().unwrap();
    let store = cold(&place);
    let (mine, theirs) = (Shelf::of(Table::Manifest, 1), Shelf::of(Table::Manifest, 2));
    store.put(&[(mine, Key([1; 32]))], &Bytes::from_static(b"x"));
    assert!(store.get(&[mine], Key([1; 32])).is_some());
    assert!(store.get(&[theirs], Key([1; 32])).is_none());
    assert!(mine.is_writable_by_clients() && !plans().is_writable_by_clients());
}

#[test]
fn what_is_in_memory_is_served_without_the_disk_and_counted_apart() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(Some(place.path()), ROOM, ROOM).unwrap();
    let (name, blob) = ((plans(), Key([1; 32])), Bytes::from_static(b"a plan"));
    cold(&place).put(&[name], &blob);
    assert_eq!(store.get(&[name.0], name.1), Some(blob.clone()), "from disk");
    assert_eq!((store.counts().hits, store.counts().memory_hits), (1, 0));
    std::fs::remove_dir_all(place.path().join("v1/plans")).unwrap();
    assert_eq!(store.get(&[name.0], name.1), Some(blob.clone()), "though it is not on disk any more");
    assert_eq!((store.counts().hits, store.counts().memory_hits), (2, 1));
    // Late, but then for good, it is noticed that the blob is gone.
    let disk = store.disk.as_ref().unwrap();
    let later = Instant::now() + memory::LOOK_AGAIN;
    assert_eq!(store.recall(disk, name, later), Some(blob));
    std::fs::remove_dir_all(place.path().join("v1/blobs")).unwrap();
    assert_eq!(store.recall(disk, name, later + memory::LOOK_AGAIN), None);
    assert_eq!(store.get(&[name.0], name.1), None);
}

#[test]
fn a_blob_larger_than_the_room_in_memory_is_served_from_disk() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(Some(place.path()), ROOM, 1 << 40).unwrap();
    let (small, large) = (Bytes::from_static(b"small"), Bytes::from(vec![7; 2 * ROOM as usize]));
    store.put(&[(plans(), Key([1; 32]))], &small);
    store.put(&[(plans(), Key([2; 32]))], &large);
    assert_eq!(store.get(&[plans()], Key([2; 32])), Some(large));
    assert_eq!(store.get(&[plans()], Key([1; 32])), Some(small));
    assert_eq!((store.counts().hits, store.counts().memory_hits), (2, 1), "the small one has stayed");
    assert!(store.memory_bytes() <= ROOM);
}

#[test]
fn a_write_that_fails_is_counted_and_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let store = cold(&place);
    std::fs::write(place.path().join("v1/blobs"), "in the way").unwrap();
    assert!(!store.put(&[(plans(), Key([1; 32]))], &Bytes::from_static(b"x")));
    assert_eq!(store.counts().write_failures, 1);
    let left: Vec<PathBuf> = files(&place.path().join("v1/tmp"));
    assert_eq!(left.len(), 1, "the lock alone: {left:?}");
}

#[test]
fn over_the_limit_the_blob_used_longest_ago_goes() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(Some(place.path()), 0, 2500).unwrap();
    let blob = |n: u8| Bytes::from(vec![n; 1000]);
    for n in 1..=2 {
        store.put(&[(plans(), Key([n; 32]))], &blob(n));
    }
    for path in files(&place.path().join("v1/blobs")) {
        let file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    }
    assert!(store.get(&[plans()], Key([1; 32])).is_some());
    store.put(&[(plans(), Key([3; 32]))], &blob(3));
    assert_eq!(store.get(&[plans()], Key([2; 32])), None);
    assert_eq!(store.get(&[plans()], Key([3; 32])), Some(blob(3)));
    assert!(store.stats().counts.bytes <= 2500);
}

#[test]
fn a_store_without_directory_keeps_nothing_and_counts_nothing() {
    let store = Store::open(None, ROOM, ROOM).unwrap();
    assert!(!store.put(&[(plans(), Key([1; 32]))], &Bytes::from_static(b"x")));
    assert_eq!(store.get(&[plans()], Key([1; 32])), None);
    assert_eq!(store.counts().misses, 0);
    assert_eq!(store.stats().directory, "");
}

#[test]
fn verification_names_the_damaged_and_clearing_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(Some(place.path()), ROOM, ROOM).unwrap();
    store.put(&[(plans(), Key([1; 32]))], &Bytes::from_static(b"one"));
    assert_eq!(store.verify().intact, 1);
    damage(&place, |bytes| bytes.push(0));
    let report = store.verify();
    assert_eq!(report.quarantined, [Key::of_blob(b"one").to_string()]);
    store.clear().unwrap();
    assert_eq!(store.get(&[plans()], Key([1; 32])), None);
    assert_eq!((store.counts().entries, store.counts().bytes), (0, 0));
}
