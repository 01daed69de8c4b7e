//! Listing, and removing what is too old, too much, or found by nobody.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use sojourn_proto::{Gc, Key, Table};

use super::super::{Shelf, Store, Whose, disk::Spot};
use super::{cold, files, plans};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn make_older(path: &Path, by: Duration) {
    File::open(path).unwrap().set_modified(SystemTime::now() - by).unwrap();
}

fn blob(n: u8) -> Bytes {
    Bytes::from(vec![n; 1000])
}

/// Puts blobs of 1000 bytes, the first used longest ago: so many days as there are, each a day less.
fn filled(place: &tempfile::TempDir, count: u8) -> Store {
    let store = cold(place);
    for n in 1..=count {
        assert!(store.put(&[(plans(), Key([n; 32]))], &blob(n)));
        make_older(&blob_path(&store, n), DAY * u32::from(count + 1 - n) + DAY / 2);
    }
    store
}

fn blob_path(store: &Store, n: u8) -> std::path::PathBuf {
    store.disk.as_ref().unwrap().path(Spot::Blob(Key::of_blob(&blob(n))))
}

fn found(store: &Store, count: u8) -> Vec<u8> {
    (1..=count).filter(|&n| store.get(&[plans()], Key([n; 32])).is_some()).collect()
}

#[test]
fn what_was_not_used_for_so_long_is_removed_with_its_entries() {
    let place = tempfile::tempdir().unwrap();
    let store = filled(&place, 4);
    let report = store.collect(Gc { older_than_s: Some(3 * DAY.as_secs()), ..Gc::default() });
    assert_eq!((report.evicted, report.dangling, report.freed_bytes), (2, 2, 2 * (1000 + 96)));
    assert_eq!((report.entries, report.bytes), (2, 2 * (1000 + 96)));
    assert_eq!(found(&store, 4), [3, 4]);
}

#[test]
fn down_to_so_many_bytes_what_was_used_longest_ago_is_removed() {
    let place = tempfile::tempdir().unwrap();
    let store = filled(&place, 4);
    assert!(store.get(&[plans()], Key([1; 32])).is_some(), "used just now");
    let report = store.collect(Gc { max_bytes: Some(2500), ..Gc::default() });
    assert_eq!((report.evicted, report.dangling), (2, 2));
    assert!(report.bytes <= 2500);
    assert_eq!(found(&store, 4), [1, 4]);
    assert_eq!(store.collect(Gc { max_bytes: Some(0), ..Gc::default() }).bytes, 0);
}

#[test]
fn what_is_removed_is_not_served_from_memory_either() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(Some(place.path()), 1 << 20, 1 << 30).unwrap();
    store.put(&[(plans(), Key([1; 32]))], &blob(1));
    store.collect(Gc { max_bytes: Some(0), ..Gc::default() });
    assert_eq!((found(&store, 1).len(), store.memory_bytes()), (0, 0));
}

#[test]
fn a_blob_that_no_entry_leads_to_goes_only_when_nobody_can_be_about_to_write_one() {
    let place = tempfile::tempdir().unwrap();
    let store = filled(&place, 2);
    fs::remove_dir_all(place.path().join("v1/plans")).unwrap();
    make_older(&blob_path(&store, 2), Duration::from_secs(60));
    let report = store.collect(Gc::default());
    assert_eq!((report.unnamed, report.evicted, report.freed_bytes), (1, 0, 1000));
    assert!(blob_path(&store, 2).exists());
}

#[test]
fn while_entries_can_not_be_read_no_blob_is_taken_for_one_without() {
    let place = tempfile::tempdir().unwrap();
    let store = filled(&place, 1);
    let entry = files(&place.path().join("v1/plans")).remove(0);
    let kept = fs::read(&entry).unwrap();
    // Neither a directory nor absent: what it holds can not be known.
    let shard = entry.parent().unwrap();
    fs::remove_dir_all(shard).unwrap();
    fs::write(shard, "in the way").unwrap();
    assert_eq!(store.collect(Gc::default()).unnamed, 0);
    fs::remove_file(shard).unwrap();
    fs::create_dir(shard).unwrap();
    fs::write(&entry, kept).unwrap();
    assert_eq!(found(&store, 1), [1]);
}

#[test]
fn an_entry_whose_blob_is_gone_is_removed() {
    let place = tempfile::tempdir().unwrap();
    let store = filled(&place, 2);
    fs::remove_file(blob_path(&store, 1)).unwrap();
    let report = store.collect(Gc::default());
    assert_eq!((report.dangling, report.entries, report.bytes), (1, 1, 1096));
    assert_eq!(files(&place.path().join("v1/plans")).len(), 1);
}

#[test]
fn a_damaged_entry_is_set_aside_and_what_was_set_aside_goes_after_a_week() {
    let place = tempfile::tempdir().unwrap();
    let store = filled(&place, 1);
    fs::write(&files(&place.path().join("v1/plans"))[0], "damaged").unwrap();
    assert_eq!(store.collect(Gc::default()).quarantined, 0);
    assert_eq!(store.counts().quarantined, 1);
    let aside = files(&place.path().join("v1/quarantine"));
    make_older(&aside[0], 6 * DAY);
    assert_eq!(store.collect(Gc::default()).quarantined, 0);
    make_older(&aside[0], 8 * DAY);
    assert_eq!(store.collect(Gc::default()).quarantined, 1);
    assert!(files(&place.path().join("v1/quarantine")).is_empty());
}

#[test]
fn other_formats_are_told_and_left_alone_by_everything_but_their_own_flag() {
    let place = tempfile::tempdir().unwrap();
    for name in ["v0", "v12", "vault", "notes", "v7"] {
        fs::create_dir(place.path().join(name)).unwrap();
        fs::write(place.path().join(name).join("thing"), "1234").unwrap();
        // Without it a directory is not one of ours, whatever its name.
        if name != "v7" {
            fs::write(place.path().join(name).join("CACHEDIR.TAG"), "123456").unwrap();
        }
    }
    let store = filled(&place, 1);
    assert_eq!(store.stats().other_formats, ["v0", "v12"]);
    store.collect(Gc { max_bytes: Some(0), ..Gc::default() });
    store.clear().unwrap();
    assert_eq!(store.stats().other_formats, ["v0", "v12"]);
    let report = store.collect(Gc { other_formats: true, ..Gc::default() });
    assert_eq!((report.other_formats, report.freed_bytes), (4, 20));
    for (name, stays) in [("v0", false), ("v12", false), ("vault", true), ("notes", true), ("v7", true)] {
        assert_eq!(place.path().join(name).exists(), stays, "{name}");
    }
}

#[test]
fn entries_are_listed_newest_first_within_the_limit_and_to_others_only_their_own() {
    let place = tempfile::tempdir().unwrap();
    let store = filled(&place, 3);
    let (mine, theirs) = (Shelf::of(Table::Names, 1), Shelf::of(Table::Names, 2));
    store.put(&[(mine, Key([7; 32])), (theirs, Key([8; 32]))], &Bytes::from_static(b"trace"));
    let all = store.list(Whose::All, None, 10);
    let plans: Vec<_> =
        all.rows.iter().filter(|row| row.table == "plans").map(|row| row.key.clone()).collect();
    assert_eq!(plans, [3, 2, 1].map(|n| Key([n; 32]).to_string()));
    assert_eq!((all.total, all.rows.len(), all.rows[0].table.as_str()), (5, 5, "names"));
    assert!(all.rows.is_sorted_by_key(|row| std::cmp::Reverse(row.used_s)));
    let plan = &all.rows[2];
    assert_eq!(
        (plan.kind.as_str(), plan.encoding, plan.bytes, plan.uid),
        ("plan", Table::Plans.encoding(), 1000, None)
    );
    let few = store.list(Whose::All, Some(Table::Plans), 2);
    assert_eq!((few.total, few.rows.len(), few.rows[0].key.as_str()), (3, 2, plans[0].as_str()));
    let own = store.list(Whose::Own(1), None, 10);
    assert_eq!((own.total, own.rows[0].key.clone(), own.rows[0].uid), (1, Key([7; 32]).to_string(), Some(1)));
    // One that leads nowhere is none.
    fs::remove_file(blob_path(&store, 3)).unwrap();
    assert_eq!(store.list(Whose::All, None, 10).total, 4);
}

#[test]
fn what_is_too_large_by_itself_is_not_kept_and_drives_nothing_else_out() {
    let place = tempfile::tempdir().unwrap();
    let store = filled(&place, 4);
    let large = Bytes::from(vec![9; 6000]);
    assert!(store.put(&[(plans(), Key([9; 32]))], &large));
    let report = store.collect(Gc { max_bytes: Some(5000), ..Gc::default() });
    assert_eq!((report.evicted, found(&store, 9)), (1, vec![1, 2, 3, 4]));

    store.configure(0, 6000);
    assert!(!store.put(&[(plans(), Key([9; 32]))], &large), "more than a tenth of the limit is to be free");
    assert_eq!(found(&store, 9), [1, 2, 3, 4]);
}
