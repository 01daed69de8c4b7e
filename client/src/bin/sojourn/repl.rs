//! The REPL.

use crate::commands::Ended;
use crate::context::Context;
use crate::error::CommandError;

/// Reads lines and runs them until `exit` or the end of the input.
pub(crate) fn run(_context: &mut Context) -> Result<Ended, CommandError> {
    Err(CommandError::Usage("the prompt is not built yet; give a command, see `sojourn --help`".into()))
}
