//! What stands for FILE|HASH: a graph, a trace file, or the hash of a stored trace.

use std::path::Path;

use sojourn_client::load::Document;
use sojourn_client::{Item, Loaded, Options};
use sojourn_engine::{Graph, Trace};
use sojourn_proto::{EntryReport, Key, Payload, Reply, Request, Table, Wanted, limits};

use super::unexpected;
use crate::context::Context;
use crate::error::CommandError;

/// What a name stands for.
pub(crate) enum Opened {
    /// A trace, from a file or the store.
    Trace(Box<Trace>),
    /// What a graph can be read from.
    Document(Document),
}

/// Hexadecimal digits of a hash that say which one is meant, if no other stored one begins so.
const FEW_DIGITS: std::ops::Range<usize> = 8..64;

/// Finds what `name` says. Sixty-four hexadecimal digits that name no file are the hash of a stored trace, for
/// which a daemon is asked; eight and more are the beginning of one.
pub(crate) fn open(name: &str, discrete: bool, context: &Context) -> Result<Opened, CommandError> {
    match name.parse::<Key>() {
        Ok(key) if !Path::new(name).exists() => Ok(Opened::Trace(Box::new(stored(key, context)?))),
        Err(_) if begins_a_hash(name) && !Path::new(name).exists() => {
            let key = beginning(&name.to_ascii_lowercase(), context)?;
            Ok(Opened::Trace(Box::new(stored(key, context)?)))
        }
        _ => {
            let document = Document::open(name, discrete)?;
            if !document.is_trace() {
                return Ok(Opened::Document(document));
            }
            match document.load()? {
                Loaded::Trace(trace) => Ok(Opened::Trace(trace)),
                Loaded::Graph(_) => Ok(Opened::Document(document)),
            }
        }
    }
}

/// Loads what `name` says, a graph or a trace.
pub(crate) fn load(name: &str, discrete: bool, context: &Context) -> Result<Loaded, CommandError> {
    match open(name, discrete, context)? {
        Opened::Trace(trace) => Ok(Loaded::Trace(trace)),
        Opened::Document(document) => Ok(document.load()?),
    }
}

/// The trace of what `name` says: itself, or recorded as `options` say.
pub(crate) fn trace(
    name: &str,
    discrete: bool,
    options: &Options,
    context: &Context,
) -> Result<Trace, CommandError> {
    match open(name, discrete, context)? {
        Opened::Trace(trace) => Ok(*trace),
        Opened::Document(document) => super::trace::one(Item::unread(0, name, document), options, context),
    }
}

/// The trace of what `name` says, and the graph where it says one: for what speaks of states, which a trace does
/// not keep.
pub(crate) fn with_graph(
    name: &str,
    discrete: bool,
    options: &Options,
    context: &Context,
) -> Result<(Trace, Option<Box<Graph>>), CommandError> {
    match load(name, discrete, context)? {
        Loaded::Trace(trace) => Ok((*trace, None)),
        Loaded::Graph(graph) => {
            let trace = super::trace::one(Item::new(0, name, &graph), options, context)?;
            Ok((trace, Some(graph)))
        }
    }
}

fn begins_a_hash(name: &str) -> bool {
    FEW_DIGITS.contains(&name.len()) && name.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// The hash of the one stored trace that begins with these digits.
fn beginning(digits: &str, context: &Context) -> Result<Key, CommandError> {
    leaves_the_store_alone(context)?;
    let limit = limits::ROWS_PER_REPORT as u32;
    let asked = |id| Request::CacheList { id, table: Some(Table::Names), limit };
    let Reply::Listed { report, .. } = context.client()?.ask(asked)? else {
        return Err(unexpected("cache list"));
    };
    if report.total > report.rows.len() as u64 {
        let text = format!("{digits}: with {} traces stored a hash must be given whole", report.total);
        return Err(CommandError::Input(text));
    }
    let ours = |row: &&EntryReport| row.encoding == Table::Names.encoding() && row.key.starts_with(digits);
    let mut found: Vec<&str> = report.rows.iter().filter(ours).map(|row| row.key.as_str()).collect();
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [] => Err(CommandError::Input(format!(
            "{digits} names no file, and no stored trace has a hash that begins so; record it with `sojourn trace FILE` first"
        ))),
        [key] => key.parse().map_err(|_| unexpected("cache list")),
        [first, second, ..] => Err(CommandError::Input(format!(
            "{digits} is the beginning of several stored hashes, such as {first} and {second}: give more digits"
        ))),
    }
}

fn leaves_the_store_alone(context: &Context) -> Result<(), CommandError> {
    if context.no_cache {
        let text = "a hash names a trace in the store, which --no-cache (or SOJOURN_NO_CACHE) leaves alone";
        return Err(CommandError::Usage(text.into()));
    }
    Ok(())
}

fn stored(key: Key, context: &Context) -> Result<Trace, CommandError> {
    leaves_the_store_alone(context)?;
    let wanted = vec![Wanted { key, tables: vec![Table::Names] }];
    let reply = context.client()?.ask(|id| Request::Lookup { id, wanted: wanted.clone() })?;
    let Reply::Found { mut payloads, .. } = reply else { return Err(unexpected("a look-up")) };
    match payloads.pop() {
        Some(Some(Payload::Inline(bytes))) => Trace::decode(&bytes).map_err(|error| {
            CommandError::Failed(format!("the stored trace {key} can not be used: {error}"))
        }),
        Some(None) => Err(CommandError::Input(format!(
            "no trace is stored under {key}; record it with `sojourn trace FILE` first"
        ))),
        _ => Err(unexpected("a look-up")),
    }
}
