//! `sojourn show`: what a graph or a trace is.

use clap::Args;

use super::Ended;
use crate::context::Context;
use crate::error::CommandError;

/// Which, and how.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Graph or trace file, model:NAME,key=value,.. or the hash of a stored trace
    #[arg(value_name = "FILE|HASH")]
    pub(crate) name: String,
    /// The graph in the DOT language
    #[arg(long)]
    pub(crate) dot: bool,
    /// A file that does not say it itself counts steps
    #[arg(long)]
    pub(crate) discrete: bool,
    /// Not there yet
    #[arg(long, hide = true)]
    pub(crate) svg: bool,
}

/// Shows.
pub(crate) fn run(_args: &ShowArgs, _context: &mut Context) -> Result<Ended, CommandError> {
    Err(CommandError::Usage("not built yet".into()))
}
