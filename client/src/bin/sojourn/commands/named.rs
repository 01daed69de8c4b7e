//! What stands for FILE|HASH: a graph, a trace file, or the hash of a stored trace.

use std::ffi::OsStr;
use std::path::Path;

use sojourn_client::hierarchy::BatchStage;
use sojourn_client::load::{Document, LoadError, Reading, short_name};
use sojourn_client::{Error, Item, Loaded, Options};
use sojourn_engine::{Graph, Trace, formats};
use sojourn_proto::{EntryReport, Key, Payload, Reply, Request, Table, Wanted, limits};

use super::unexpected;
use crate::context::Context;
use crate::error::CommandError;
use crate::render::numbers::real;
use crate::render::progress::Progress;

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
pub(crate) fn open(
    name: &OsStr,
    reading: impl Into<Reading>,
    context: &Context,
) -> Result<Opened, CommandError> {
    let reading: Reading = reading.into();
    let digits = name.to_str().filter(|_| !Path::new(name).exists());
    match digits.map(|digits| (digits, digits.parse::<Key>())) {
        Some((digits, Ok(key))) => of_kind(digits, stored(key, context)?, reading),
        Some((digits, Err(_))) if begins_a_hash(digits) => {
            let key = beginning(&digits.to_ascii_lowercase(), context)?;
            of_kind(digits, stored(key, context)?, reading)
        }
        _ => {
            let document = Document::open(name, reading)?;
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

/// A stored trace, which says itself what its time is.
fn of_kind(name: &str, trace: Trace, reading: Reading) -> Result<Opened, CommandError> {
    match reading.of_trace(&trace) {
        Err(problem) => Err(Error::Load(vec![LoadError::new(name, problem)]).into()),
        Ok(()) => Ok(Opened::Trace(Box::new(trace))),
    }
}

/// Tells of a file whose start's weights are divided by a sum other than one: they may have been meant to be
/// probabilities as they stand.
pub(crate) fn note_start_sum(name: &str, sum: Option<f64>, context: &Context) {
    if let Some(sum) = sum {
        let cure = match sum < 1.0 {
            true => "; --start-mass keep has what they lack to one absorbed at time zero",
            false => "",
        };
        context.note(&format!(
            "{name}: the start's weights sum to {}, and are divided by that{cure}",
            real(sum)
        ));
    }
}

/// The name that was given to a command, which only at the prompt can do without one.
pub(crate) fn given<'a>(name: Option<&'a OsStr>, command: &str) -> Result<&'a OsStr, CommandError> {
    name.ok_or_else(|| {
        CommandError::Usage(format!(
            "{command} what? Name a file, a model:NAME,key=value,.. or the hash of a stored trace"
        ))
    })
}

/// Refuses a command that reads two things from standard input: each an argument, and what was given as it.
pub(crate) fn one_standard_input(given: &[(&str, Option<&OsStr>)]) -> Result<(), CommandError> {
    let mut from_it = given
        .iter()
        .filter(|(_, value)| value.is_some_and(|value| value == "-"))
        .map(|(argument, _)| argument);
    match (from_it.next(), from_it.next()) {
        (Some(first), Some(second)) => Err(CommandError::Usage(format!(
            "{first} - and {second} -: there is one standard input; have one of them in a file"
        ))),
        _ => Ok(()),
    }
}

/// Loads what `name` says, a graph or a trace.
pub(crate) fn load(
    name: &OsStr,
    reading: impl Into<Reading>,
    context: &Context,
) -> Result<Loaded, CommandError> {
    match open(name, reading, context)? {
        Opened::Trace(trace) => Ok(Loaded::Trace(trace)),
        Opened::Document(document) => {
            let progress = Progress::new(context.progress);
            progress.stage(BatchStage::Reading);
            Ok(document.load()?)
        }
    }
}

/// The trace of what `name` says: itself, or recorded as `options` say.
pub(crate) fn trace(
    name: &OsStr,
    reading: impl Into<Reading>,
    options: &Options,
    context: &Context,
) -> Result<Trace, CommandError> {
    match open(name, reading, context)? {
        Opened::Trace(trace) => Ok(*trace),
        Opened::Document(document) => {
            let shown = name.to_string_lossy();
            let trace = super::trace::one(Item::unread(0, &*shown, document.clone()), options, context)?;
            // Most traces tell that it is needless to read the graph for this.
            if trace.may_count_steps() && document.looks_discrete() {
                note_steps(name, context);
            }
            note_start_sum(short_name(&shown), trace.start_sum_other_than_one(), context);
            Ok(trace)
        }
    }
}

/// Says that a graph read as continuous may be meant to count steps.
fn note_steps(name: &OsStr, context: &Context) {
    context.note(&format!(
        "{}: read as continuous; the weights of each row sum to at most one: if they are probabilities of steps, add --discrete",
        formats::shortened(&name.to_string_lossy(), 300)
    ));
}

/// The trace of what `name` says, and the graph where it says one: for what speaks of states, which a trace does
/// not keep.
pub(crate) fn with_graph(
    name: &OsStr,
    reading: impl Into<Reading>,
    options: &Options,
    context: &Context,
) -> Result<(Trace, Option<Box<Graph>>), CommandError> {
    match load(name, reading, context)? {
        Loaded::Trace(trace) => Ok((*trace, None)),
        Loaded::Graph(graph) => {
            let shown = name.to_string_lossy();
            let trace = super::trace::one(Item::new(0, &*shown, &graph), options, context)?;
            if graph.looks_discrete() {
                note_steps(name, context);
            }
            note_start_sum(short_name(&shown), trace.start_sum_other_than_one(), context);
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
    let ours = |row: &&EntryReport| row.encoding == Table::Names.encoding();
    only(digits, report.rows.iter().filter(ours).map(|row| row.key.as_str()))
}

/// The only one of these hashes that begins with the digits.
fn only<'a>(digits: &str, hashes: impl Iterator<Item = &'a str>) -> Result<Key, CommandError> {
    let mut found: Vec<&str> = hashes.filter(|hash| hash.starts_with(digits)).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_client::load::StartMass;

    #[test]
    fn the_beginning_of_several_hashes_names_two_of_them_and_of_one_that_one() {
        let hashes = ["abcdef01", "abcdef02", "12345678"].map(|digits| format!("{digits}{}", "0".repeat(56)));
        // A hash may be stored under more than one name.
        let stored = || hashes.iter().chain(&hashes).map(String::as_str);
        let refused = |digits| only(digits, stored()).unwrap_err();
        let several = refused("abcdef0");
        assert_eq!(several.exit_code(), 4);
        assert!(several.to_string().contains(&format!("{} and {}: give more digits", hashes[0], hashes[1])));
        assert!(refused("99999999").to_string().contains("no stored trace has a hash that begins so"));
        assert_eq!(only("abcdef02", stored()).unwrap(), hashes[1].parse().unwrap());
    }

    #[test]
    fn standard_input_is_for_one() {
        let both = [("FILE", Some(OsStr::new("-"))), ("--thetas", None), ("--loglik", Some(OsStr::new("-")))];
        let refused = one_standard_input(&both).unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert!(refused.to_string().contains("FILE - and --loglik -"), "{refused}");
        assert!(one_standard_input(&both[1..]).is_ok());
    }

    #[test]
    fn a_stored_trace_in_continuous_time_counts_no_steps() {
        let graph = sojourn_engine::models::build("coalescent,n=4").unwrap();
        let trace = Trace::record(&sojourn_engine::Chain::new(&graph)).unwrap();
        assert!(of_kind("abcdef01", trace.clone(), false.into()).is_ok());
        let Err(refused) = of_kind("abcdef01", trace.clone(), true.into()) else { panic!("it was taken") };
        assert_eq!(refused.exit_code(), 4);
        assert!(refused.to_string().contains("leave --discrete out"), "{refused}");
        let keep = Reading { start_mass: StartMass::Keep, ..Reading::default() };
        let Err(refused) = of_kind("abcdef01", trace, keep) else { panic!("it was taken") };
        assert!(refused.to_string().contains("give them where the trace is recorded"), "{refused}");
    }
}
