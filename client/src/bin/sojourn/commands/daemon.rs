//! `sojourn daemon`: this process becomes the daemon.

use clap::Args;

use super::Ended;
use crate::context::Context;
use crate::error::CommandError;

/// Flags of the daemon beyond those of every command.
#[derive(Debug, Args)]
pub(crate) struct DaemonArgs {
    /// Say `ready`, or why not, on standard output, then leave the starter's session
    #[arg(long, hide = true)]
    pub(crate) started_by_client: bool,
}

/// Runs the daemon to its end.
pub(crate) fn run(_args: &DaemonArgs, _context: &mut Context) -> Result<Ended, CommandError> {
    Err(CommandError::Failed("the daemon is not linked in".into()))
}
