//! `sojourn config`: the daemon's settings.

use clap::Subcommand;
use sojourn_proto::{Reply, Request, Setting};

use super::{Ended, unexpected};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::table::Table;

/// `config ...`
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Every setting: its value, where that came from, what it does
    Show,
    /// Change a setting until the daemon ends
    Set {
        /// NAME=VALUE, as in the configuration file
        #[arg(value_name = "NAME=VALUE", value_parser = pair)]
        setting: (String, String),
    },
}

/// Asks a daemon that runs; starts none.
pub(crate) fn run(command: &ConfigCommand, context: &mut Context) -> Result<Ended, CommandError> {
    let client = context.client()?;
    let reply = match command {
        ConfigCommand::Show => client.ask_running(|id| Request::ConfigShow { id })?,
        ConfigCommand::Set { setting: (name, value) } => {
            client.ask_running(|id| Request::ConfigSet { id, name: name.clone(), value: value.clone() })?
        }
    };
    let Reply::Config { settings, .. } = reply else { return Err(unexpected("config")) };
    match command {
        ConfigCommand::Show => show(&settings, context),
        // What was set is shown as it is now in force.
        ConfigCommand::Set { setting: (name, _) } => {
            let changed: Vec<Setting> =
                settings.into_iter().filter(|setting| setting.name == *name).collect();
            show(&changed, context)
        }
    }
}

fn show(settings: &[Setting], context: &mut Context) -> Result<Ended, CommandError> {
    if context.json() {
        for setting in settings {
            context.out.json(setting)?;
        }
        return Ok(Ended::Done);
    }
    let mut table = Table::new(["setting", "value", "from", "meaning"]);
    for Setting { name, value, origin, help } in settings {
        table.row([name.clone(), value.clone(), origin.clone(), help.clone()]);
    }
    context.table(table)?;
    Ok(Ended::Done)
}

/// `NAME=VALUE` taken apart.
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "NAME=VALUE expected".to_owned())?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
