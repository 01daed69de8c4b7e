//! Several threads and several daemons on one directory.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use bytes::Bytes;
use sojourn_proto::{Gc, Key, Table};

use super::super::{Shelf, Store, walk};
use super::{ROOM, cold, plans};

fn blob(n: u8) -> Bytes {
    Bytes::from(vec![n; 1000])
}

#[test]
fn counts_stay_right_while_results_are_written_replaced_removed_and_counted() {
    let place = tempfile::tempdir().unwrap();
    let store = cold(&place);
    let written = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let (store, written) = (&store, &written);
            scope.spawn(move || {
                let own = Shelf::of(Table::Names, thread.into());
                for n in 0..60_u8 {
                    let bytes = Bytes::from(vec![n; 100 + usize::from(thread)]);
                    store.put(&[(plans(), Key([n; 32])), (own, Key([n; 32]))], &bytes);
                    written.fetch_add(1, Relaxed);
                }
            });
        }
        // The last count comes before the last writes, so that it can not set right what others got wrong.
        while written.load(Relaxed) < 160 {
            store.stats();
            store.collect(Gc { max_bytes: Some(20_000), ..Gc::default() });
        }
    });
    let (mut bytes, mut entries) = (0, 0);
    for shard in walk::SHARDS {
        let count = walk::count(&place.path().join("v1"), shard);
        bytes += count.bytes;
        entries += count.entries();
    }
    assert!(bytes > 0);
    assert_eq!((store.counts().bytes, store.counts().entries), (bytes, entries));
}

#[test]
fn what_other_daemons_write_counts_towards_the_limit() {
    let place = tempfile::tempdir().unwrap();
    let limit = 20_000;
    let daemons: Vec<Store> = (0..3).map(|_| Store::open(Some(place.path()), 0, limit).unwrap()).collect();
    for n in 0..60_u8 {
        for (number, daemon) in daemons.iter().enumerate() {
            let mut key = [n; 32];
            key[31] = number as u8;
            daemon.put(&[(plans(), Key(key))], &Bytes::from(key.repeat(32)));
        }
        if n % 5 != 0 {
            continue;
        }
        // Each may have written a tenth of the limit, and a result, since it counted last.
        let bytes = cold(&place).stats().counts.bytes;
        assert!(bytes <= limit + 3 * (limit / 10 + 2 * 1120), "{bytes} after {n}");
    }
}

#[test]
fn whoever_reads_what_another_removes_finds_it_whole_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let (reader, other) = (cold(&place), cold(&place));
    let busy = AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..60 {
                for n in 0..20 {
                    assert!(other.put(&[(plans(), Key([n; 32]))], &blob(n)));
                }
                match round % 3 {
                    0 => other.clear().unwrap(),
                    1 => drop(other.collect(Gc { max_bytes: Some(0), ..Gc::default() })),
                    _ => {}
                }
            }
            busy.store(false, Relaxed);
        });
        let mut found = 0;
        while busy.load(Relaxed) {
            for n in 0..20 {
                let read = reader.get(&[plans()], Key([n; 32]));
                assert!(read.is_none() || read == Some(blob(n)));
                found += usize::from(read.is_some());
                // Whoever misses it writes it: at once with the other.
                if n % 4 == 0 {
                    assert!(reader.put(&[(plans(), Key([n; 32]))], &blob(n)));
                }
            }
        }
        assert!(found > 0);
    });
    assert_eq!((reader.counts().quarantined, other.counts().quarantined), (0, 0));
    assert_eq!((reader.counts().write_failures, other.counts().write_failures), (0, 0));
    for n in 0..20 {
        assert!(reader.get(&[plans()], Key([n; 32])).is_some_and(|bytes| bytes == blob(n)), "{n}");
    }
}

#[test]
fn what_another_daemon_writes_is_found_at_once() {
    let place = tempfile::tempdir().unwrap();
    let (one, other) = (cold(&place), Store::open(Some(place.path()), ROOM, ROOM).unwrap());
    assert_eq!(other.get(&[plans()], Key([1; 32])), None);
    one.put(&[(plans(), Key([1; 32]))], &blob(1));
    assert_eq!(other.get(&[plans()], Key([1; 32])), Some(blob(1)));
}
