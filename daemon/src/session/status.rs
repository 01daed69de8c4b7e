//! Requests about the daemon and its workers.

use sojourn_proto::{DaemonReport, Failure, FailureKind, MemoryReport, Reply, RequestId, ShutdownMode};
use tokio::sync::oneshot;

use super::Desk;
use crate::exchange::Notice;

/// One look at everything.
pub(super) async fn status(desk: &Desk, id: RequestId) {
    match report(desk).await {
        Some(report) => desk.reply(Reply::Status { id, report: Box::new(report) }).await,
        None => desk.refuse(id, ending()).await,
    }
}

/// Memory of the store and of processes.
pub(super) async fn memory(desk: &Desk, id: RequestId, clear: bool) {
    let store = desk.around.store.store();
    if clear {
        clear_devices(desk).await;
        store.release_memory();
        desk.around.held.clear();
    }
    let Some(report) = report(desk).await else { return desk.refuse(id, ending()).await };
    let report = MemoryReport {
        devices: report.devices,
        store_memory_bytes: store.memory_bytes() + desk.around.held.bytes(),
        daemon_rss_bytes: crate::process::resident_bytes(),
        workers_rss_bytes: report.workers.iter().map(|worker| worker.rss_bytes).sum(),
    };
    desk.reply(Reply::Memory { id, report }).await;
}

/// Gives the memory of all GPUs back. Where nobody answers any more the daemon is ending, and gives it back anyway.
async fn clear_devices(desk: &Desk) {
    let (done, finished) = oneshot::channel();
    desk.notice(Notice::ClearDevices { done }).await;
    let _ = finished.await;
}

/// Which GPUs there are, after a look for them where none are known.
pub(super) async fn devices(desk: &Desk, id: RequestId) {
    let (report, reported) = oneshot::channel();
    desk.notice(Notice::Devices { report }).await;
    match reported.await {
        Ok(report) => desk.reply(Reply::Devices { id, report }).await,
        Err(_) => desk.refuse(id, ending()).await,
    }
}

/// Replaces all workers.
pub(super) async fn restart_workers(desk: &Desk, id: RequestId) {
    let (done, finished) = oneshot::channel();
    desk.notice(Notice::RestartWorkers { done }).await;
    match finished.await {
        Ok(()) => desk.reply(Reply::Done { id }).await,
        Err(_) => desk.refuse(id, ending()).await,
    }
}

/// Ends the daemon.
pub(super) async fn shut_down(desk: &Desk, id: RequestId, mode: ShutdownMode) {
    tracing::info!(session = desk.peer.session, ?mode, "a client asks for shutdown");
    let (done, finished) = oneshot::channel();
    if desk.around.shutdown.send((mode, Some(done))).is_err() || finished.await.is_err() {
        return desk.refuse(id, ending()).await;
    }
    desk.reply(Reply::Done { id }).await;
}

async fn report(desk: &Desk) -> Option<DaemonReport> {
    let (report, reported) = oneshot::channel();
    desk.notice(Notice::Report { report }).await;
    let mut report = reported.await.ok()?;
    report.cache = desk.around.store.store().counts();
    Some(report)
}

fn ending() -> Failure {
    Failure::new(FailureKind::Cancelled, "the daemon is ending")
}
