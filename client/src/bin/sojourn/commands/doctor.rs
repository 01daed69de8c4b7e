//! `sojourn doctor`: checks the installation and says what to mend.

use super::Ended;
use crate::context::Context;
use crate::error::CommandError;

/// Checks.
pub(crate) fn run(_context: &mut Context) -> Result<Ended, CommandError> {
    Err(CommandError::Usage("not built yet".into()))
}
