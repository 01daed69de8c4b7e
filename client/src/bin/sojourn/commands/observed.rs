//! Observations as commands take them: a file, and the columns that the user names.

use std::ffi::OsStr;

use clap::Args;
use sojourn_client::load::observations::{self, ColumnChoice, Observed};

use crate::context::Context;
use crate::error::CommandError;

/// Columns of a file of observations.
#[derive(Debug, Args)]
pub(crate) struct ColumnArgs {
    /// Columns of the observations by their roles, such as time=days,event=status:2 (2 marks an event). Roles: time, event,
    /// censored, weight, lower and upper, unused; columns by name, or by number from 1
    #[arg(long, value_name = "ROLE=COLUMN,..", value_parser = ColumnChoice::parse)]
    columns: Vec<ColumnChoice>,
}

impl ColumnArgs {
    /// Returns whether no column is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Reads observations. Tells how they were understood where that was a choice, and which columns were not used.
    pub(crate) fn read(&self, name: &OsStr, context: &Context) -> Result<Observed, CommandError> {
        let join = |all: ColumnChoice, next: &ColumnChoice| all.and(next.clone());
        let choice = self.columns.iter().try_fold(ColumnChoice::default(), join);
        let choice = choice.map_err(|message| CommandError::Usage(format!("--columns: {message}")))?;
        let observed = observations::read(name, &choice)?;
        let file = if name == "-" { "standard input".into() } else { name.to_string_lossy() };
        if let Some(summary) = &observed.summary {
            context.note(&format!("{file}: {summary}"));
        }
        if let Some(unused) = observed.unused_columns() {
            context.note(&format!("{file}: not used: {unused}"));
        }
        Ok(observed)
    }
}
