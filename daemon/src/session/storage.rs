//! Requests on the store.

use std::sync::Arc;

use bytes::Bytes;
use sojourn_proto::chunk::split_within;
use sojourn_proto::{Failure, FailureKind, Gc, Key, Payload, Reply, RequestId, Table, Wanted, limits};

use super::Desk;
use super::batch::LARGE_BYTES;
use super::writer::next_blob;
use crate::store::{Shelf, Store, Whose};

/// Looks blobs up, one after the other, so that no more than one large one is in memory on its way.
pub(super) async fn look_up(desk: &Desk, id: RequestId, wanted: Vec<Wanted>) {
    let mut payloads = Vec::with_capacity(wanted.len());
    let mut room = limits::BUNDLE_BYTES;
    for wanted in wanted {
        let Some(bytes) = find(desk, &wanted).await else {
            payloads.push(None);
            continue;
        };
        let length = bytes.len();
        let (payload, chunks) = split_within(bytes, next_blob(), room);
        for chunk in chunks {
            desk.reply(Reply::Chunk(chunk)).await;
        }
        if let Payload::Inline(_) = payload {
            room = room.saturating_sub(length);
        }
        payloads.push(Some(payload));
    }
    desk.reply(Reply::Found { id, payloads }).await;
}

async fn find(desk: &Desk, wanted: &Wanted) -> Option<Bytes> {
    let shelves = wanted.tables.iter().map(|&table| Shelf::of(table, desk.peer.uid)).collect();
    desk.around.store.get(shelves, wanted.key).await
}

/// Lets what is stored be found under further keys.
pub(super) async fn link(desk: &Desk, id: RequestId, wanted: &Wanted, entries: Vec<(Table, Key)>) {
    match find(desk, wanted).await {
        Some(payload) => put(desk, id, entries, payload).await,
        None => {
            desk.refuse(id, Failure::new(FailureKind::NotFound, "nothing is stored under that key")).await;
        }
    }
}

/// Stores a blob in the client's own tables.
pub(super) async fn put(desk: &Desk, id: RequestId, entries: Vec<(Table, Key)>, payload: Bytes) {
    let shelves: Vec<(Shelf, Key)> =
        entries.iter().map(|&(table, key)| (Shelf::of(table, desk.peer.uid), key)).collect();
    if let Some((table, _)) =
        entries.iter().zip(&shelves).find(|(_, (shelf, _))| !shelf.is_writable_by_clients()).map(|(e, _)| e)
    {
        let text = format!("table {table:?} is written by the daemon alone");
        return desk.refuse(id, Failure::new(FailureKind::Unsupported, text)).await;
    }
    let stored = desk.around.store.with(move |store| !store.is_on() || store.put(&shelves, &payload)).await;
    if stored == Some(true) {
        desk.reply(Reply::Done { id }).await;
    } else {
        let text = "the store could not be written; the daemon's log has the reason";
        desk.refuse(id, Failure::new(FailureKind::LimitExceeded, text)).await;
    }
}

/// Holds a blob in memory while the session lasts.
pub(super) async fn hold(desk: &Desk, id: RequestId, payload: Bytes) {
    let (around, session) = (Arc::clone(&desk.around), desk.peer.session);
    let bytes = payload.len();
    let holding = move || around.held.hold(session, Key::of_blob(&payload), &payload);
    // Of a large one the digest takes longer than others should wait for.
    let held = if bytes < LARGE_BYTES { Ok(holding()) } else { tokio::task::spawn_blocking(holding).await };
    match held {
        Ok(true) => desk.reply(Reply::Done { id }).await,
        Ok(false) => {
            let limit = limits::HELD_BYTES;
            let text = format!("a blob of {bytes} bytes is not held, the limit is {limit}");
            desk.refuse(id, Failure::new(FailureKind::LimitExceeded, text)).await;
        }
        Err(_) => desk.refuse(id, Failure::new(FailureKind::Internal, "holding a blob broke off")).await,
    }
}

/// Counts what is there.
pub(super) async fn stats(desk: &Desk, id: RequestId) {
    let report = desk.around.store.with(Store::stats).await.unwrap_or_default();
    desk.reply(Reply::Cache { id, report }).await;
}

/// Reads everything.
pub(super) async fn verify(desk: &Desk, id: RequestId) {
    match desk.around.store.with(Store::verify).await {
        Some(report) => desk.reply(Reply::Verified { id, report }).await,
        None => desk.refuse(id, Failure::new(FailureKind::Internal, "verification broke off")).await,
    }
}

/// Lists entries: to the daemon's own user and to root all, to others their own.
pub(super) async fn list(desk: &Desk, id: RequestId, table: Option<Table>, limit: u32) {
    let (uid, own) = (desk.peer.uid, rustix::process::geteuid().as_raw());
    let whose = if uid == own || uid == 0 { Whose::All } else { Whose::Own(uid) };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(limits::ROWS_PER_REPORT);
    match desk.around.store.with(move |store| store.list(whose, table, limit)).await {
        Some(report) => desk.reply(Reply::Listed { id, report }).await,
        None => desk.refuse(id, Failure::new(FailureKind::Internal, "listing broke off")).await,
    }
}

/// Removes what nobody can find, and what is too much.
pub(super) async fn collect(desk: &Desk, id: RequestId, gc: Gc) {
    match desk.around.store.with(move |store| store.collect(gc)).await {
        Some(report) => desk.reply(Reply::Collected { id, report }).await,
        None => desk.refuse(id, Failure::new(FailureKind::Internal, "removing broke off")).await,
    }
}

/// Removes everything.
pub(super) async fn clear(desk: &Desk, id: RequestId) {
    match desk.around.store.with(Store::clear).await {
        Some(Ok(())) => desk.reply(Reply::Done { id }).await,
        Some(Err(error)) => {
            let text = format!("not everything could be removed: {error}");
            desk.refuse(id, Failure::new(FailureKind::LimitExceeded, text)).await;
        }
        None => desk.refuse(id, Failure::new(FailureKind::Internal, "clearing broke off")).await,
    }
}
