//! What stands for FILE|HASH: a graph, a trace file, or the hash of a stored trace.

use std::path::Path;

use sojourn_client::Loaded;
use sojourn_client::load;
use sojourn_engine::Trace;
use sojourn_proto::{Key, Payload, Reply, Request, Table};

use super::unexpected;
use crate::context::Context;
use crate::error::CommandError;

/// Loads what `name` says. Sixty-four hexadecimal digits that name no file are the hash of a stored trace, for
/// which a daemon is asked.
pub(crate) fn load(name: &str, discrete: bool, context: &Context) -> Result<Loaded, CommandError> {
    match name.parse::<Key>() {
        Ok(key) if !Path::new(name).exists() => Ok(Loaded::Trace(Box::new(stored(key, context)?))),
        _ => Ok(load::load(name, discrete)?),
    }
}

fn stored(key: Key, context: &Context) -> Result<Trace, CommandError> {
    if context.no_cache {
        let text = "a hash names a trace in the store, which --no-cache (or SOJOURN_NO_CACHE) leaves alone";
        return Err(CommandError::Usage(text.into()));
    }
    let reply = context.client()?.ask(|id| Request::Lookup { id, entries: vec![(Table::Names, key)] })?;
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
