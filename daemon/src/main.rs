//! `sojournd`: the daemon for service managers, and by the hidden first argument `__worker` its worker.

use std::process::ExitCode;

use clap::Parser;
use sojournd::Flags;

/// Computes elimination traces of phase-type distributions in worker processes, for clients on a socket.
#[derive(Debug, Parser)]
#[command(
    name = "sojournd",
    version,
    after_help = "\
Settings come from sojourn.toml, SOJOURN_* in the environment and these flags, the later the stronger.
Exit codes: 0 ended as asked; 1 the machine refused something; 2 usage; 3 another daemon serves the socket;
4 unusable configuration; 70 a panic, or a shutdown that hung."
)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
}

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == "__worker") {
        return sojourn_worker::run();
    }
    match sojournd::start(&Cli::parse().flags) {
        Ok(code) => code,
        Err(error) => {
            // A daemon started by a client has told it already; its own standard error is the log by now.
            eprintln!("sojournd: {error}");
            error.exit_code()
        }
    }
}
