//! The store while no daemon runs: what is on disk.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::Path;

use sojourn_proto::{CacheReport, Table};
use sojournd::StoreAtRest;

use crate::commands::Ended;
use crate::context::Context;
use crate::error::CommandError;

/// Whether there is certainly no daemon, and not one that may not be asked.
pub(super) fn nobody_listens(socket: &Path) -> bool {
    let refused = UnixStream::connect(socket).err().map(|error| error.kind());
    matches!(refused, Some(ErrorKind::NotFound | ErrorKind::ConnectionRefused))
}

pub(super) fn stats(context: &mut Context) -> Result<Ended, CommandError> {
    let report = match open(context)? {
        Some(store) => store.stats(),
        None => {
            let directory = context.places()?.store.path.display().to_string();
            CacheReport { directory, ..CacheReport::default() }
        }
    };
    super::stats(&report, context)
}

pub(super) fn list(table: Option<Table>, limit: u32, context: &mut Context) -> Result<Ended, CommandError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let report = open(context)?.map(|store| store.list(table, limit)).unwrap_or_default();
    super::list(&report, context)
}

pub(super) fn verify(context: &mut Context) -> Result<Ended, CommandError> {
    let report = open(context)?.map(|store| store.verify()).unwrap_or_default();
    super::verified(&report, context)
}

/// The store, if there is one. Says that no daemon is asked: it would know of look-ups, too.
fn open(context: &Context) -> Result<Option<StoreAtRest>, CommandError> {
    let directory = context.places()?.store.path;
    context.note("no daemon runs; this is what is on disk");
    if directory.as_os_str().is_empty() {
        return Ok(None);
    }
    StoreAtRest::open(&directory).map_err(|error| {
        CommandError::Failed(format!("the store {} can not be read: {error}", directory.display()))
    })
}
