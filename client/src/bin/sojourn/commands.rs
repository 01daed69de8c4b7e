//! The commands, a file each: its arguments and what it does.

pub(crate) mod cache;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod daemon;
mod devices;
pub(crate) mod doctor;
mod drawing;
pub(crate) mod eval;
pub(crate) mod fit;
pub(crate) mod memory;
pub(crate) mod model;
pub(crate) mod named;
mod observed;
pub(crate) mod ping;
pub(crate) mod plot;
pub(crate) mod reading;
pub(crate) mod show;
pub(crate) mod shutdown;
pub(crate) mod status;
pub(crate) mod times;
pub(crate) mod top;
pub(crate) mod trace;
pub(crate) mod transform;
pub(crate) mod worker;

use std::process::ExitCode;

use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::Command;
use crate::refused;

/// How a command that ran to its end ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Ended {
    /// All done.
    Done,
    /// Some job or theta failed; what was wrong with it stands in the output.
    SomeFailed,
    /// With the code of the daemon that this process was.
    With(ExitCode),
}

/// Runs a command.
pub(crate) fn run(command: &Command, context: &mut Context) -> Result<Ended, CommandError> {
    refused::check(command)?;
    match command {
        Command::Trace(args) => trace::run(args, context),
        Command::Eval(args) => eval::run(args, context),
        Command::Fit(args) => fit::run(args, context),
        Command::Plot(args) => plot::run(args, context),
        Command::Show(args) => show::run(args, context),
        Command::Model(args) => model::run(args, context),
        Command::Status => status::run(context),
        Command::Top(args) => top::run(args, context),
        Command::Ping(args) => ping::run(args, context),
        Command::Worker(command) => worker::run(command, context),
        Command::Memory(command) => memory::run(command, context),
        Command::Cache(command) => cache::run(command, context),
        Command::Config(command) => config::run(command, context),
        Command::Daemon(args) => daemon::run(args, context),
        Command::Shutdown(args) => shutdown::run(args, context),
        Command::Doctor => doctor::run(context),
        Command::Completions(args) => completions::run(args, context),
        // Refused above, by name.
        Command::Batch(_) | Command::Man(_) => Ok(Ended::Done),
    }
}

/// The error of a daemon that answered something else than what was asked.
pub(crate) fn unexpected(asked: &str) -> CommandError {
    sojourn_client::Error::Protocol(format!("{asked} was answered by something else")).into()
}
