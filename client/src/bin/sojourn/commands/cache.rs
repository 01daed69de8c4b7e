//! `sojourn cache`: the store of traces.

mod at_rest;

use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use sojourn_client::Error;
use sojourn_proto::{
    CacheReport, EntryReport, Gc, GcReport, ListReport, Reply, Request, Table as Shelf, VerifyReport, limits,
};

use super::{Ended, unexpected};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::numbers;
use crate::render::table::Table;

/// `cache ...`
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// How much is stored, where, and how often it was of use
    Stats,
    /// The entries, those used last first
    List(ListArgs),
    /// Read everything stored; what is damaged is set aside (exit code 1)
    Verify,
    /// Remove what nobody can find any more, and what is too much
    Gc(GcArgs),
    /// Remove everything
    Clear,
}

/// What to list.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Of this table alone: plans, traces, manifest, names or files
    #[arg(long, value_name = "TABLE", value_parser = table)]
    table: Option<Shelf>,
    /// At most so many entries
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(1..=limits::ROWS_PER_REPORT as i64))]
    limit: u32,
}

/// What to remove.
#[derive(Debug, Args)]
pub(crate) struct GcArgs {
    /// Leave at most so many bytes, such as 500000 or 2GiB: what was used longest ago goes first
    #[arg(long, value_name = "BYTES", value_parser = size)]
    max_bytes: Option<u64>,
    /// Remove also what was not used for so many days
    #[arg(long, value_name = "DAYS")]
    older_than: Option<u32>,
    /// Remove also what other versions keep beside this one in formats of their own
    #[arg(long)]
    other_formats: bool,
}

/// Asks a daemon that runs; starts none. Without one what only looks at the store looks at the disk itself.
pub(crate) fn run(command: &CacheCommand, context: &mut Context) -> Result<Ended, CommandError> {
    let client = context.client()?;
    match command {
        CacheCommand::Stats => match client.ask_running(|id| Request::CacheStats { id }) {
            Ok(Reply::Cache { report, .. }) => stats(&report, context),
            Err(Error::NoDaemon { socket, .. }) if at_rest::nobody_listens(&socket) => {
                at_rest::stats(context)
            }
            other => Err(other.err().map_or_else(|| unexpected("cache stats"), CommandError::from)),
        },
        CacheCommand::List(args) => {
            let (table, limit) = (args.table, args.limit);
            match client.ask_running(|id| Request::CacheList { id, table, limit }) {
                Ok(Reply::Listed { report, .. }) => list(&report, context),
                Err(Error::NoDaemon { socket, .. }) if at_rest::nobody_listens(&socket) => {
                    at_rest::list(table, limit, context)
                }
                other => Err(other.err().map_or_else(|| unexpected("cache list"), CommandError::from)),
            }
        }
        CacheCommand::Verify => match client.ask_running(|id| Request::CacheVerify { id }) {
            Ok(Reply::Verified { report, .. }) => verified(&report, context),
            Err(Error::NoDaemon { socket, .. }) if at_rest::nobody_listens(&socket) => {
                at_rest::verify(context)
            }
            other => Err(other.err().map_or_else(|| unexpected("cache verify"), CommandError::from)),
        },
        CacheCommand::Gc(args) => match client.ask_running(|id| Request::CacheGc { id, gc: args.gc() })? {
            Reply::Collected { report, .. } => collected(&report, context),
            _ => Err(unexpected("cache gc")),
        },
        CacheCommand::Clear => {
            let Reply::Cache { report, .. } = client.ask_running(|id| Request::CacheStats { id })? else {
                return Err(unexpected("cache stats"));
            };
            match client.ask_running(|id| Request::CacheClear { id })? {
                Reply::Done { .. } => cleared(&report, context),
                _ => Err(unexpected("cache clear")),
            }
        }
    }
}

impl GcArgs {
    fn gc(&self) -> Gc {
        Gc {
            max_bytes: self.max_bytes,
            older_than_s: self.older_than.map(|days| u64::from(days) * 24 * 3600),
            other_formats: self.other_formats,
        }
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
    table.row(["  from memory".to_owned(), counts.memory_hits.to_string()]);
    table.row(["misses".to_owned(), counts.misses.to_string()]);
    table.row(["damaged and set aside".to_owned(), counts.quarantined.to_string()]);
    table.row(["failed writes".to_owned(), counts.write_failures.to_string()]);
    if !report.other_formats.is_empty() {
        table.row(["other formats, not counted".to_owned(), report.other_formats.join(", ")]);
    }
    context.table(table)?;
    Ok(Ended::Done)
}

/// Says what was there, and is no more.
fn cleared(before: &CacheReport, context: &mut Context) -> Result<Ended, CommandError> {
    let (entries, bytes) = (before.counts.entries, before.counts.bytes);
    if context.json() {
        context.out.json(&serde_json::json!({ "entries": entries, "bytes": bytes }))?;
    } else {
        context.out.line(format_args!("{entries} entries, {} removed", numbers::bytes(bytes)))?;
    }
    Ok(Ended::Done)
}

fn list(report: &ListReport, context: &mut Context) -> Result<Ended, CommandError> {
    if context.json() {
        report.rows.iter().try_for_each(|row| context.out.json(row))?;
    } else {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut table = Table::new(["table", "key", "kind", "size", "last used"]);
        table.numbers([3, 4]);
        for row in &report.rows {
            let ago = numbers::seconds(now.saturating_sub(row.used_s).max(1) as f64);
            let size = numbers::bytes(row.bytes);
            table.row([shelf(row), row.key.clone(), kind(row), size, format!("{ago} ago")]);
        }
        context.table(table)?;
    }
    let shown = report.rows.len() as u64;
    if shown < report.total {
        context.note(&format!("{shown} of {} entries; --limit N shows more", report.total));
    }
    Ok(Ended::Done)
}

/// The table of an entry, and whose it is.
fn shelf(row: &EntryReport) -> String {
    row.uid.map_or_else(|| row.table.clone(), |uid| format!("{}/{uid}", row.table))
}

/// What an entry leads to.
fn kind(row: &EntryReport) -> String {
    let ours = Shelf::ALL.iter().any(|table| table.name() == row.table && table.encoding() == row.encoding);
    if ours { row.kind.clone() } else { format!("{} of another version", row.kind) }
}

fn collected(report: &GcReport, context: &mut Context) -> Result<Ended, CommandError> {
    if context.json() {
        context.out.json(report)?;
        return Ok(Ended::Done);
    }
    let mut table = Table::new(["removed", ""]);
    table.numbers([1]);
    for (what, count) in [
        ("results for their age or to make room", report.evicted),
        ("results that no entry leads to", report.unnamed),
        ("entries whose results are gone", report.dangling),
        ("files half-written by dead daemons", report.leftovers),
        ("damaged files set aside a week ago", report.quarantined),
        ("files in other formats", report.other_formats),
    ] {
        table.row([what.to_owned(), count.to_string()]);
    }
    context.table(table)?;
    let (freed, left) = (numbers::bytes(report.freed_bytes), numbers::bytes(report.bytes));
    context.out.line(format_args!("{freed} freed; {} entries, {left} left", report.entries))?;
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

/// A table by its name.
fn table(text: &str) -> Result<Shelf, String> {
    let names = Shelf::ALL.map(Shelf::name);
    let found = Shelf::ALL.into_iter().find(|table| table.name() == text);
    found.ok_or_else(|| format!("one of {} expected", names.join(", ")))
}

/// Bytes, or as many KiB, MiB, GiB or TiB.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        "TiB" => Some(1 << 40),
        _ => None,
    };
    let count: Option<u64> = digits.parse().ok();
    let bytes = count.zip(unit).and_then(|(count, unit): (u64, u64)| count.checked_mul(unit));
    bytes.ok_or_else(|| "bytes expected, such as 500000, 512MiB or 2GiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{size, table};

    #[test]
    fn a_size_is_bytes_or_has_a_unit_and_never_overflows() {
        assert_eq!(size("1000"), Ok(1000));
        assert_eq!(size("2GiB"), Ok(2 << 30));
        for wrong in ["", "GiB", "1.5GiB", "2GB", "-1", "99999999TiB", "1 MiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_table_is_refused_with_the_list_of_those_there_are() {
        assert!(table("plans").is_ok());
        assert!(table("blobs").unwrap_err().contains("manifest"));
    }
}
