//! Results that come faster than the disk takes them.

use std::sync::Arc;

use super::*;
use crate::dispatch::{Put, Store as _};
use crate::store::StoreHandle;

#[tokio::test]
async fn thousands_of_small_results_at_once_are_all_kept() {
    let place = tempfile::tempdir().unwrap();
    let (notices, _received) = tokio::sync::mpsc::channel(1);
    let mut handle = StoreHandle::new(Arc::new(cold(&place)), notices);
    let results = 6000u32;
    for number in 0..results {
        let payload = Bytes::copy_from_slice(&number.to_le_bytes());
        handle.put(Put { table: Table::Plans, uid: None, key: Key::of_blob(&payload), payload });
    }
    handle.settle().await;
    assert_eq!(handle.store().counts().entries, u64::from(results));
}
