//! Commands that only the REPL has, as they act on what it has loaded.

use clap::Subcommand;

use crate::commands::reading::ReadingArgs;

/// Commands that only the REPL has.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// The graph that `run` works on
    #[command(subcommand)]
    Graph(GraphCommand),
    /// The parameter vectors that `run` evaluates at
    #[command(subcommand)]
    Param(ParamCommand),
    /// Trace the loaded graph and evaluate it at the parameter vectors set
    Run,
    /// What can be typed here
    #[command(visible_alias = "?")]
    Help {
        /// A command to be explained
        words: Vec<String>,
    },
    /// Leave
    #[command(visible_alias = "quit")]
    Exit,
}

/// `graph ...`
#[derive(Debug, Subcommand)]
pub(crate) enum GraphCommand {
    /// Load a graph: a file, a model, or a name in the configured directory
    Load {
        /// File or model:NAME,key=value,..
        file: String,
        #[command(flatten)]
        reading: ReadingArgs,
    },
    /// Load the same graph again
    Reload,
    /// What is loaded, and whether its file has changed since
    Status,
}

/// `param ...`
#[derive(Debug, Subcommand)]
pub(crate) enum ParamCommand {
    /// The vectors set
    Show,
    /// Set vectors, such as 1,2
    Set {
        /// Numbers separated by commas, one vector each
        #[arg(required = true, allow_hyphen_values = true, value_name = "THETA")]
        thetas: Vec<String>,
    },
    /// Set none
    Clear,
}
