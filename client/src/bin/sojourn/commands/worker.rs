//! `sojourn worker`: the daemon's worker processes.

use clap::Subcommand;
use sojourn_proto::{Reply, Request};

use super::{Ended, status, unexpected};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::json::Status;

/// `worker ...`
#[derive(Debug, Subcommand)]
pub(crate) enum WorkerCommand {
    /// The worker processes and what each does
    List,
    /// Replace all worker processes by fresh ones; what runs is finished first
    Restart,
}

/// Asks a daemon that runs; starts none.
pub(crate) fn run(command: &WorkerCommand, context: &mut Context) -> Result<Ended, CommandError> {
    match command {
        WorkerCommand::List => {
            let report = status::report(context)?;
            if !context.json() {
                return status::workers(&report, context);
            }
            for worker in Status::of(&report).workers {
                context.out.json(&worker)?;
            }
            Ok(Ended::Done)
        }
        WorkerCommand::Restart => match context.client()?.ask_running(|id| Request::RestartWorkers { id })? {
            Reply::Done { .. } => Ok(Ended::Done),
            _ => Err(unexpected("worker restart")),
        },
    }
}
