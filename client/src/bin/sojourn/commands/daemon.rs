//! `sojourn daemon`: this process becomes the daemon.

use clap::Args;
use sojournd::Flags;

use super::Ended;
use crate::context::Context;
use crate::error::CommandError;

/// The flags of `sojournd`, which this is the same as.
#[derive(Debug, Args)]
pub(crate) struct DaemonArgs {
    #[command(flatten)]
    pub(crate) flags: Flags,
}

/// Runs the daemon to its end.
pub(crate) fn run(args: &DaemonArgs, context: &mut Context) -> Result<Ended, CommandError> {
    match sojournd::start(&args.flags) {
        Ok(code) => Ok(Ended::With(code)),
        Err(error) => {
            // A client that started it has been told already; standard error is the log by then.
            context.note(&error.to_string());
            Ok(Ended::With(error.exit_code()))
        }
    }
}
