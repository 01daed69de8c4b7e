//! `sojourn model`: the built-in models.

mod describe;
mod write;

use std::path::PathBuf;

use clap::Args;
use sojourn_client::load::{self, MODEL_PREFIX};
use sojourn_engine::models::{self, ModelDescription};

use super::Ended;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::OutputFile;
use crate::render::table::Table;

/// Which models, and what is wanted of them.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    /// NAME for its documentation, NAME,key=value,.. for its graph; nothing, or list, for all names
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Write the graph to this file (.json, .json.gz, .json.zst, .npz; - for standard output)
    #[arg(short, long, value_name = "FILE", requires = "names")]
    output: Option<PathBuf>,
}

/// Lists, describes, writes.
pub(crate) fn run(args: &ModelArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let names: Vec<&str> =
        args.names.iter().map(|name| name.strip_prefix(MODEL_PREFIX).unwrap_or(name)).collect();
    match (&args.output, names.as_slice()) {
        (Some(path), [name]) => {
            let file = OutputFile::create(path)?;
            let graph = load::load_graph(format!("{MODEL_PREFIX}{name}"), false)?;
            write::graph(&graph, path, file)?;
        }
        (Some(_), _) => {
            return Err(CommandError::Usage("`model --output` writes one graph: name one model".into()));
        }
        (None, [] | ["list"]) => list(context)?,
        (None, names) => {
            for (place, name) in names.iter().enumerate() {
                if place > 0 && !context.json() {
                    context.out.line("")?;
                }
                describe::model(name, context)?;
            }
        }
    }
    Ok(Ended::Done)
}

fn list(context: &mut Context) -> Result<(), CommandError> {
    if context.json() {
        return models::list().iter().try_for_each(|model| describe::json(model, context));
    }
    let mut table = Table::new(["model", "what it is", "for example"]);
    for ModelDescription { name, summary, example, .. } in models::list() {
        table.row([(*name).to_owned(), (*summary).to_owned(), format!("{MODEL_PREFIX}{example}")]);
    }
    context.table(table)
}
