//! `sojourn memory`: memory of devices and of the store.

use clap::Subcommand;
use sojourn_proto::{Reply, Request};

use super::{Ended, devices, unexpected};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::json::Memory;
use crate::render::numbers::bytes;
use crate::render::table::Table;

/// `memory ...`
#[derive(Debug, Subcommand)]
pub(crate) enum MemoryCommand {
    /// How much is held, and for what
    Show,
    /// Release what can be released, GPUs once they have done what they are at, and show the rest
    Clear,
}

/// Asks the daemon.
pub(crate) fn run(command: &MemoryCommand, context: &mut Context) -> Result<Ended, CommandError> {
    let clear = matches!(command, MemoryCommand::Clear);
    // Looked for where none are known, so that what is there is shown.
    context.client()?.devices()?;
    let reply = context.client()?.ask(|id| Request::Memory { id, clear })?;
    let Reply::Memory { report, .. } = reply else { return Err(unexpected("memory")) };
    if context.json() {
        context.out.json(&Memory::of(&report))?;
        return Ok(Ended::Done);
    }
    let mut table = Table::new(["held by", "memory"]);
    table.row(["results in the daemon's memory".to_owned(), bytes(report.store_memory_bytes)]);
    table.row(["daemon process".to_owned(), bytes(report.daemon_rss_bytes)]);
    table.row(["worker processes".to_owned(), bytes(report.workers_rss_bytes)]);
    context.table(table)?;
    if !report.devices.is_empty() {
        context.table(devices::table(&report.devices))?;
        devices::warnings(&report.devices).for_each(|warning| context.note(&warning));
    }
    Ok(Ended::Done)
}
