//! `sojournd`: the daemon for service managers, and by the hidden first arguments `__worker` and `__device` its worker
//! and the process that owns a GPU.

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
    if let Some(code) = sojourn_worker::started_by_daemon(std::env::args_os()) {
        return code;
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
