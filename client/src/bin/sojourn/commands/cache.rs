//! `sojourn cache`: the store of traces.

use clap::Subcommand;
use sojourn_proto::{CacheReport, Reply, Request, VerifyReport};

use super::{Ended, unexpected};
use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::Anything;
use crate::render::numbers;
use crate::render::table::Table;

/// `cache ...`
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// How much is stored, where, and how often it was of use
    Stats,
    /// Read everything stored; what is damaged is set aside (exit code 1)
    Verify,
    /// Remove everything
    Clear,
    /// Not there yet
    #[command(hide = true, disable_help_flag = true)]
    Gc(Anything),
    /// Not there yet
    #[command(hide = true, disable_help_flag = true)]
    List(Anything),
}

/// Asks a daemon that runs; starts none.
pub(crate) fn run(command: &CacheCommand, context: &mut Context) -> Result<Ended, CommandError> {
    let client = context.client()?;
    match command {
        CacheCommand::Stats => match client.ask_running(|id| Request::CacheStats { id })? {
            Reply::Cache { report, .. } => stats(&report, context),
            _ => Err(unexpected("cache stats")),
        },
        CacheCommand::Verify => match client.ask_running(|id| Request::CacheVerify { id })? {
            Reply::Verified { report, .. } => verified(&report, context),
            _ => Err(unexpected("cache verify")),
        },
        CacheCommand::Clear => match client.ask_running(|id| Request::CacheClear { id })? {
            Reply::Done { .. } => Ok(Ended::Done),
            _ => Err(unexpected("cache clear")),
        },
        // Refused before, by name.
        CacheCommand::Gc(_) | CacheCommand::List(_) => Ok(Ended::Done),
    }
}

fn stats(report: &CacheReport, context: &mut Context) -> Result<Ended, CommandError> {
    if context.json() {
        context.out.json(report)?;
        return Ok(Ended::Done);
    }
    let counts = &report.counts;
    let directory =
        if report.directory.is_empty() { "none: results are not kept" } else { &report.directory };
    let mut table = Table::new(["store", ""]);
    table.row(["directory".to_owned(), directory.to_owned()]);
    table.row(["entries".to_owned(), counts.entries.to_string()]);
    for (name, entries) in &report.tables {
        table.row([format!("  {name}"), entries.to_string()]);
    }
    table.row(["size".to_owned(), numbers::bytes(counts.bytes)]);
    table.row(["hits".to_owned(), counts.hits.to_string()]);
    table.row(["misses".to_owned(), counts.misses.to_string()]);
    table.row(["damaged and set aside".to_owned(), counts.quarantined.to_string()]);
    table.row(["failed writes".to_owned(), counts.write_failures.to_string()]);
    context.table(table)?;
    Ok(Ended::Done)
}

fn verified(report: &VerifyReport, context: &mut Context) -> Result<Ended, CommandError> {
    if context.json() {
        context.out.json(report)?;
    } else {
        context.out.line(format_args!("{} intact", report.intact))?;
        for name in &report.quarantined {
            context.out.line(format_args!("damaged and set aside: {name}"))?;
        }
    }
    Ok(if report.quarantined.is_empty() { Ended::Done } else { Ended::SomeFailed })
}
