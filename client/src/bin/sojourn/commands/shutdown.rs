//! `sojourn shutdown`: ends the daemon.

use clap::Args;
use sojourn_proto::{Reply, Request, ShutdownMode};

use super::{Ended, unexpected};
use crate::context::Context;
use crate::error::CommandError;

/// How.
#[derive(Debug, Args)]
pub(crate) struct ShutdownArgs {
    /// Cancel what waits and what runs
    #[arg(long)]
    now: bool,
}

/// Asks a daemon that runs to end, and waits until it has let go of this session.
pub(crate) fn run(args: &ShutdownArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let client = context.client()?;
    let connection = client.connect_running()?;
    let mode = if args.now { ShutdownMode::Now } else { ShutdownMode::Drain };
    let Reply::Done { .. } = connection.call(&context.interrupt, |id| Request::Shutdown { id, mode })? else {
        return Err(unexpected("shutdown"));
    };
    while connection.is_open() {
        context.interrupt.check()?;
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    client.disconnect();
    Ok(Ended::Done)
}
