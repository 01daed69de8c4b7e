//! The one grammar of commands and REPL.

mod session;

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, Parser, Subcommand};
use sojourn_client::StrategyError;
use sojourn_proto::hello::VERSION;
use sojourn_proto::paths::Overrides;

use crate::commands::{
    cache::CacheCommand, completions::CompletionsArgs, config::ConfigCommand, daemon::DaemonArgs,
    eval::EvalArgs, fit::FitArgs, memory::MemoryCommand, model::ModelArgs, ping::PingArgs, plot::PlotArgs,
    show::ShowArgs, shutdown::ShutdownArgs, top::TopArgs, trace::TraceArgs, worker::WorkerCommand,
};
use crate::context::Mode;

pub(crate) use session::{GraphCommand, ParamCommand, SessionCommand};

/// Elimination traces of phase-type distributions, and numbers from them
///
/// Without a command: the REPL, which takes the same commands.
#[derive(Debug, Parser)]
#[command(name = "sojourn", version = VERSION, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// A line of the REPL: what stands after `sojourn` on a command line, or one of the REPL's own commands.
#[derive(Debug, Parser)]
#[command(name = "", no_binary_name = true, disable_version_flag = true, disable_help_subcommand = true)]
pub(crate) struct Line {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: LineCommand,
}

/// What a line of the REPL asks for.
#[derive(Debug, Subcommand)]
pub(crate) enum LineCommand {
    #[command(flatten)]
    Command(Command),
    #[command(flatten)]
    Session(SessionCommand),
}

/// Flags that stand before or after any command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Answer in JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
    /// Never start a daemon; without one that runs, exit code 3
    #[arg(long, global = true, env = "SOJOURN_NO_START", hide_env_values = true, action = ArgAction::SetTrue,
          value_parser = FalseyValueParser::new())]
    pub(crate) no_start: bool,
    /// Neither look into the store nor write to it
    #[arg(long, global = true, env = "SOJOURN_NO_CACHE", hide_env_values = true, action = ArgAction::SetTrue,
          value_parser = FalseyValueParser::new())]
    pub(crate) no_cache: bool,
    /// Socket of the daemon [env: SOJOURN_SOCKET]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Places")]
    socket: Option<PathBuf>,
    /// Directory of the store [env: SOJOURN_STORE]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Places")]
    store: Option<PathBuf>,
    /// Directory of other state [env: SOJOURN_STATE]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Places")]
    state: Option<PathBuf>,
    /// Configuration file [env: SOJOURN_CONFIG]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Places")]
    config: Option<PathBuf>,
}

impl Global {
    /// How to answer.
    pub(crate) fn mode(&self) -> Mode {
        if self.json { Mode::Json } else { Mode::Human }
    }

    /// Places given by flag.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            socket: self.socket.clone(),
            store: self.store.clone(),
            state: self.state.clone(),
            config: self.config.clone(),
        }
    }
}

/// What is wrong with a line, for people. A value that says itself what is wrong with it is not introduced by
/// the parser besides.
pub(crate) fn complaint(error: &clap::Error) -> String {
    let inner = std::error::Error::source(error).and_then(|inner| inner.downcast_ref::<StrategyError>());
    match inner {
        Some(inner) => inner.to_string(),
        None => {
            let text = error.render().to_string();
            text.strip_prefix("error: ").unwrap_or(&text).trim_end().to_owned()
        }
    }
}

/// Everything that works after `sojourn` and at the prompt.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Record the elimination traces of graphs
    Trace(TraceArgs),
    /// Numbers at parameter vectors: moments, rewards, covariance, the distribution of the time to absorption
    Eval(Box<EvalArgs>),
    /// The parameters at which observations are most probable: maximum likelihood
    Fit(Box<FitArgs>),
    /// Draw the density or the distribution function, in the terminal or to a file
    Plot(PlotArgs),
    /// What a graph or a trace is: components, orders, fill-in, operations
    Show(ShowArgs),
    /// Built-in models: list them, describe one, write its graph
    Model(ModelArgs),
    /// One look at the daemon
    Status,
    /// A live view of the daemon: GPUs, workers, queue, sessions
    Top(TopArgs),
    /// Whether the daemon is there, and how fast it answers
    Ping(PingArgs),
    /// The daemon's worker processes
    #[command(subcommand)]
    Worker(WorkerCommand),
    /// Memory of devices and of the store
    #[command(subcommand)]
    Memory(MemoryCommand),
    /// The store of traces
    #[command(subcommand)]
    Cache(CacheCommand),
    /// The daemon's settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Be the daemon, in the foreground
    Daemon(DaemonArgs),
    /// End the daemon
    Shutdown(ShutdownArgs),
    /// Check the installation and say what to mend
    Doctor,
    /// Completions for a shell
    Completions(CompletionsArgs),
    /// Not there yet
    #[command(hide = true, disable_help_flag = true)]
    Batch(Anything),
    /// Not there yet
    #[command(hide = true, disable_help_flag = true)]
    Man(Anything),
}

impl Command {
    /// Whether this process is to become a daemon.
    pub(crate) fn is_daemon(&self) -> bool {
        matches!(self, Command::Daemon(_))
    }
}

/// Arguments of a command that is refused whatever they are.
#[derive(Debug, Args)]
pub(crate) struct Anything {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub(crate) words: Vec<String>,
}

#[cfg(test)]
mod tests;
