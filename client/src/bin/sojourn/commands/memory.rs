//! `sojourn memory`: memory of devices and of the store.

use clap::Subcommand;
use sojourn_proto::{Reply, Request};

use super::{Ended, unexpected};
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
    /// Release what can be released, and show the rest
    Clear,
}

/// Asks the daemon.
pub(crate) fn run(command: &MemoryCommand, context: &mut Context) -> Result<Ended, CommandError> {
    let clear = matches!(command, MemoryCommand::Clear);
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
    for device in &report.devices {
        let (ours, free, total) = (device.ours_bytes, device.free_bytes, device.total_bytes);
        let held = format!("{} ({} free of {})", bytes(ours), bytes(free), bytes(total));
        table.row([device.name.clone(), held]);
    }
    context.table(table)?;
    Ok(Ended::Done)
}
