//! `sojourn trace`: records traces.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use sojourn_client::Strategy;
use sojourn_client::hierarchy::MIN_SIZE;

use super::Ended;
use crate::context::Context;
use crate::error::CommandError;

/// What to trace, and how.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// Graph files, model:NAME,key=value,.. or - for standard input
    #[arg(value_name = "FILE", required_unless_present = "jobs")]
    pub(crate) files: Vec<String>,
    /// Jobs file: JSON Lines of {"idx": .., "hash": .., "graph": {..}}
    #[arg(long, value_name = "FILE")]
    pub(crate) jobs: Option<String>,
    /// Write one trace file a graph into this directory
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) how: HowArgs,
    /// Neither look into the store nor write to it
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Try again what is marked as having crashed workers
    #[arg(long)]
    pub(crate) force: bool,
    /// Results in the order of idx rather than as each is ready
    #[arg(long)]
    pub(crate) ordered: bool,
    /// Write the operations of one replay to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) ops: Option<PathBuf>,
    /// A file that does not say it itself counts steps
    #[arg(long)]
    pub(crate) discrete: bool,
    /// Not there yet
    #[arg(long, hide = true)]
    pub(crate) detach: bool,
}

/// Where and by how many a batch is computed; for `trace` and `eval` alike.
#[derive(Debug, Args)]
pub(crate) struct HowArgs {
    /// At most so many worker processes; 1 means sequential
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// auto, vmap (worker processes) or sequential (this process)
    #[arg(long, value_name = "STRATEGY")]
    pub(crate) strategy: Option<Strategy>,
    /// Components of at least so many vertices are jobs of their own
    #[arg(long, value_name = "VERTICES", default_value_t = MIN_SIZE)]
    pub(crate) min_size: usize,
}

/// Traces and writes what comes.
pub(crate) fn run(_args: &TraceArgs, _context: &mut Context) -> Result<Ended, CommandError> {
    Err(CommandError::Usage("`trace` is not built yet".into()))
}
