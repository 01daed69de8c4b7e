//! `sojourn model`: the built-in models.

use std::path::PathBuf;

use clap::Args;

use super::Ended;
use crate::context::Context;
use crate::error::CommandError;

/// Which models, and what is wanted of them.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    /// NAME for its documentation, NAME,key=value,.. for its graph; nothing, or list, for all names
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Write the graph to this file (.json, .json.gz, .json.zst, .npz; - for standard output)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Lists, describes, writes.
pub(crate) fn run(_args: &ModelArgs, _context: &mut Context) -> Result<Ended, CommandError> {
    Err(CommandError::Usage("not built yet".into()))
}
