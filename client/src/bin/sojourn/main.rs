//! `sojourn`: the commands and the REPL.

mod commands;
mod context;
mod error;
mod grammar;
mod output;
mod refused;
mod render;
mod repl;
mod signals;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use commands::Ended;
use context::Context;
use error::CommandError;
use grammar::Cli;
use sojourn_client::Interrupt;

fn main() -> ExitCode {
    if let Some(code) = sojourn_worker::started_by_daemon(std::env::args_os()) {
        return code;
    }
    match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(error) => usage(&error),
    }
}

/// Help and version go to standard output and are no error; anything else is one of usage.
fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if !error.use_stderr() {
        // Where nobody reads it, nobody misses it.
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    } else {
        complain(&grammar::complaint(error));
    }
    ExitCode::from(error::USAGE)
}

fn run(cli: Cli) -> ExitCode {
    let interrupt = Interrupt::new();
    let mut context = Context::new(&cli.global, interrupt.clone());
    let outcome = match &cli.command {
        Some(command) => {
            // A daemon hears signals itself.
            if !command.is_daemon() {
                signals::end_on_interrupt(interrupt);
                signals::clean_up_when_ended();
            }
            commands::run(command, &mut context)
        }
        None => {
            signals::clean_up_when_ended();
            repl::run(&mut context)
        }
    };
    // What was written before an error is data all the same.
    let outcome = match (outcome, context.out.flush()) {
        (Ok(ended), Ok(())) => Ok(ended),
        (Err(error), _) | (Ok(_), Err(error)) => Err(error),
    };
    match outcome {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::SomeFailed) => ExitCode::from(error::FAILED),
        Ok(Ended::With(code)) => code,
        Err(CommandError::ClosedPipe) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}

/// Says on standard error what was wrong. Were that closed, there would be nowhere to say so.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "sojourn: {text}");
}
