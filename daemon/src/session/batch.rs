//! Requests on batches.

use sojourn_proto::{BatchOptions, Failure, FailureKind, RequestId};

use super::Desk;
use super::inbox::Claimed;
use crate::exchange::{Notice, Work};

/// Bytes of payload from which on their digest is computed on a thread of its own: a millisecond's work.
const LARGE_BYTES: usize = 1 << 20;

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
        Ok(units) => {
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

/// Every unit's key against the digest of its bytes. Padding has no meaning but its index.
fn check(units: Vec<Claimed>) -> Result<Vec<Work>, Failure> {
    let check = |claimed: Claimed| {
        let Claimed { unit, bytes } = claimed;
        let key = unit.kind.key(&bytes);
        if unit.idx >= 0 && key != unit.key {
            let text = format!("unit {} claims key {}, its bytes have {key}", unit.idx, unit.key);
            return Err(Failure::new(FailureKind::HashMismatch, text));
        }
        Ok(Work { idx: unit.idx, kind: unit.kind, key: unit.key, payload: bytes })
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
