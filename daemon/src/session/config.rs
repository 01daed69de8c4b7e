//! Requests on the configuration.

use sojourn_proto::{Failure, FailureKind, Reply, RequestId};

use super::Desk;

/// Every setting.
pub(super) async fn show(desk: &Desk, id: RequestId) {
    desk.reply(Reply::Config { id, settings: desk.around.settings.show() }).await;
}

/// Changes one. Only the daemon's own user and root may: it concerns everybody.
pub(super) async fn set(desk: &Desk, id: RequestId, name: &str, value: &str) {
    let own = rustix::process::geteuid().as_raw();
    if desk.peer.uid != own && desk.peer.uid != 0 {
        let text = format!("settings may be changed by root and user {own} alone");
        return desk.refuse(id, Failure::new(FailureKind::Unsupported, text)).await;
    }
    match desk.around.settings.set(name, value).await {
        Ok(()) => show(desk, id).await,
        Err(error) => desk.refuse(id, Failure::new(FailureKind::InvalidInput, error.to_string())).await,
    }
}
