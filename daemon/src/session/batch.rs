//! Requests on batches.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use sojourn_proto::{BatchOptions, Failure, FailureKind, Key, RequestId};

use super::Desk;
use super::inbox::Claimed;
use crate::exchange::{Needed, Notice, Work};

/// Bytes of payload from which on their digest is computed on a thread of its own: a millisecond's work.
pub(super) const LARGE_BYTES: usize = 1 << 20;

/// Checks what the units claim and hands them on.
pub(super) async fn submit(
    desk: &Desk,
    batch: RequestId,
    options: BatchOptions,
    units: Vec<Claimed>,
    more: bool,
) {
    let checked = if units.iter().map(|unit| unit.bytes.len()).sum::<usize>() < LARGE_BYTES {
        check(units)
    } else {
        let checking = tokio::task::spawn_blocking(|| check(units));
        let broken = |_| Err(Failure::new(FailureKind::Internal, "checking the keys of a batch failed"));
        checking.await.unwrap_or_else(broken)
    };
    match checked {
        Ok(mut units) => {
            find_blobs(desk, options, &mut units).await;
            let session = desk.peer.session;
            desk.notice(Notice::Submit { session, batch, options, units, more }).await;
        }
        Err(failure) => desk.refuse(batch, failure).await,
    }
}

/// Gives up a batch.
pub(super) async fn cancel(desk: &Desk, id: RequestId, batch: RequestId) {
    desk.notice(Notice::Cancel { session: desk.peer.session, id, batch }).await;
}

/// Finds the blobs that units need: held for this or another session, else in the store, unless that is to be
/// left alone. What is found there is held, so that the next message finds it without the disk.
async fn find_blobs(desk: &Desk, options: BatchOptions, units: &mut [Work]) {
    let mut found: HashMap<Key, Needed> = HashMap::new();
    for unit in units.iter_mut().filter(|unit| unit.idx >= 0) {
        let Some(digest) = unit.kind.needs() else { continue };
        unit.blob = match found.entry(digest) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(find_blob(desk, options, digest).await).clone(),
        };
    }
}

async fn find_blob(desk: &Desk, options: BatchOptions, digest: Key) -> Needed {
    let held = &desk.around.held;
    if let Some(bytes) = held.get(digest) {
        return Needed::Blob(bytes);
    }
    let stored = if options.no_store { None } else { desk.around.store.blob(digest).await };
    match stored {
        Some(bytes) => {
            // One that is too large to be held is read again for the next message.
            held.hold(desk.peer.session, digest, &bytes);
            Needed::Blob(bytes)
        }
        None => Needed::Missing,
    }
}

/// Every unit's key against the digest of its bytes. Padding has no meaning but its index.
fn check(units: Vec<Claimed>) -> Result<Vec<Work>, Failure> {
    let check = |claimed: Claimed| {
        let Claimed { unit, bytes } = claimed;
        let key = unit.kind.key(&bytes);
        if unit.idx >= 0 && key != unit.key {
            let text = format!("unit {} claims key {}, its bytes have {key}", unit.idx, unit.key);
            return Err(Failure::new(FailureKind::HashMismatch, text));
        }
        let blob = if unit.kind.needs().is_some() { Needed::Missing } else { Needed::Nothing };
        Ok(Work { idx: unit.idx, kind: unit.kind, key: unit.key, payload: bytes, blob })
    };
    units.into_iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use sojourn_proto::{FailureKind, Key, Payload, Unit, WorkKind};

    use super::{Claimed, check};

    fn claimed(idx: i64, key: Key) -> Vec<Claimed> {
        let unit = Unit { idx, kind: WorkKind::Graph, key, payload: Payload::Inline(Bytes::new()) };
        vec![Claimed { unit, bytes: Bytes::from_static(b"graph") }]
    }

    #[test]
    fn a_false_key_is_refused_and_padding_is_not_looked_at() {
        assert_eq!(check(claimed(3, Key([0; 32]))).unwrap_err().kind, FailureKind::HashMismatch);
        assert!(check(claimed(-1, Key([0; 32]))).is_ok());
        assert!(check(claimed(3, WorkKind::Graph.key(b"graph"))).is_ok());
        assert!(check(claimed(3, WorkKind::Pattern.key(b"graph"))).is_err());
    }
}
