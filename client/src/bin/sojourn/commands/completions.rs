//! `sojourn completions`: completions for a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Ended;
use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::Cli;

/// For which shell.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Writes the script that the shell reads.
pub(crate) fn run(args: &CompletionsArgs, context: &mut Context) -> Result<Ended, CommandError> {
    context.out.bytes(&script(args.shell))?;
    Ok(Ended::Done)
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sojourn", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_is_told_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = String::from_utf8(script(shell)).unwrap();
            for command in ["trace", "eval", "doctor", "completions"] {
                assert!(script.contains(command), "{shell}: {command}");
            }
            assert!(script.contains("strategy"), "{shell}: flags too");
        }
    }
}
