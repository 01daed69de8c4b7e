//! What the REPL keeps between lines: a graph, its trace, parameter vectors.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sojourn_client::load::thetas::{self, ParameterNames};
use sojourn_client::load::{self, MODEL_PREFIX, Reading};
use sojourn_client::{Item, Options};
use sojourn_engine::evaluate::Query;
use sojourn_engine::{Graph, Trace};
use sojourn_proto::Key;

use crate::commands::eval::EvalArgs;
use crate::commands::fit::{self, FitArgs};
use crate::commands::plot::{self, PlotArgs};
use crate::commands::reading::ReadingArgs;
use crate::commands::transform::Subject;
use crate::commands::{Ended, eval, trace};
use crate::context::Context;
use crate::error::CommandError;
use crate::grammar::{GraphCommand, ParamCommand, SessionCommand};
use crate::render::numbers::count;

/// Moments that `run` asks for.
const MOMENTS: usize = 2;

/// What is loaded and set.
#[derive(Debug, Default)]
pub(super) struct Session {
    loaded: Option<Loaded>,
    thetas: Vec<Vec<f64>>,
}

#[derive(Debug)]
struct Loaded {
    name: String,
    reading: Reading,
    graph: Graph,
    /// Of the file's bytes; none for a model, which never changes.
    digest: Option<Key>,
    trace: Option<Arc<Trace>>,
}

impl Session {
    /// Runs one of the REPL's own commands.
    pub(super) fn run(
        &mut self,
        command: &SessionCommand,
        context: &mut Context,
    ) -> Result<Ended, CommandError> {
        match command {
            SessionCommand::Graph(command) => self.graph(command, context)?,
            SessionCommand::Param(command) => self.param(command, context)?,
            SessionCommand::Run => return self.evaluate(context),
            // Both are taken before.
            SessionCommand::Help { .. } | SessionCommand::Exit => {}
        }
        Ok(Ended::Done)
    }

    fn graph(&mut self, command: &GraphCommand, context: &mut Context) -> Result<(), CommandError> {
        match command {
            GraphCommand::Load { file, reading } => {
                let directory = context.settings()?.graphs;
                self.loaded = Some(Loaded::read(find(file, directory.as_deref()), (*reading).into())?);
            }
            GraphCommand::Reload => self.reload()?,
            GraphCommand::Status => {}
        }
        let loaded = self.loaded()?;
        let graph = &loaded.graph;
        context.out.line(format_args!(
            "{}: {} vertices, {}, {}{}{}",
            loaded.name,
            graph.vertices(),
            count(graph.edge_count(), "edge"),
            count(graph.parameters(), "parameter"),
            if loaded.trace.is_some() { ", traced" } else { "" },
            if loaded.has_changed()? { "; the file has changed since (graph reload)" } else { "" },
        ))
    }

    fn param(&mut self, command: &ParamCommand, context: &mut Context) -> Result<(), CommandError> {
        match command {
            ParamCommand::Set { thetas } => {
                let vectors: Result<Vec<Vec<f64>>, String> =
                    thetas.iter().map(|text| thetas::from_text(text)).collect();
                self.thetas = vectors.map_err(CommandError::Usage)?;
            }
            ParamCommand::Clear => self.thetas.clear(),
            ParamCommand::Show => {}
        }
        for theta in &self.thetas {
            let numbers: Vec<String> =
                theta.iter().map(|&value| crate::render::numbers::real(value)).collect();
            context.out.line(numbers.join(","))?;
        }
        Ok(())
    }

    /// Traces what is loaded, unless that was done, and evaluates it.
    fn evaluate(&mut self, context: &mut Context) -> Result<Ended, CommandError> {
        let typed = self.typed();
        let (trace, ..) = self.traced(context)?;
        let unasked = eval::vectors::unasked(&typed, None, trace, None, context);
        let names = ParameterNames::new(trace.parameters());
        let vectors = eval::vectors::open(&typed, None, &names, unasked)?;
        let query = Query { moments: MOMENTS, ..Query::default() };
        let asked = eval::Asked { query, ..eval::Asked::default() };
        let (client, options) = (context.client()?, Options::default());
        let options = Options { no_store: context.no_cache, ..options };
        let report = eval::Report::to_user(context, &asked, trace);
        eval::evaluate(&client, trace, vectors, &options, report)
    }

    /// Draws the distribution of what is loaded, at the vectors given or else those set.
    pub(super) fn plot(&mut self, args: &PlotArgs, context: &mut Context) -> Result<Ended, CommandError> {
        was_read(args.reading)?;
        let typed = if args.theta.is_empty() { self.typed() } else { args.theta.clone() };
        let (trace, graph, name) = self.traced(context)?;
        let subject = Subject::new(Arc::clone(trace), args.transform.as_deref(), Some(graph))?;
        plot::draw(args, &subject, name, &typed, context)
    }

    /// Evaluates what is loaded, at the vectors given or else those set.
    pub(super) fn eval(&mut self, args: &EvalArgs, context: &mut Context) -> Result<Ended, CommandError> {
        was_read(args.reading)?;
        let none_given = args.theta.is_empty() && args.thetas.is_none();
        let typed = if none_given { self.typed() } else { args.theta.clone() };
        let (trace, graph, name) = self.traced(context)?;
        eval::loaded(args, &typed, (Arc::clone(trace), graph, name), context)
    }

    /// Fits what is loaded.
    pub(super) fn fit(&mut self, args: &FitArgs, context: &mut Context) -> Result<Ended, CommandError> {
        was_read(args.reading)?;
        let (trace, _, name) = self.traced(context)?;
        fit::loaded(args, trace, name, context)
    }

    /// The vectors set.
    fn typed(&self) -> Vec<eval::Theta> {
        self.thetas.iter().cloned().map(eval::Theta).collect()
    }

    /// The trace of what is loaded, the graph, and its name. A file that has changed is read again: its content decides
    /// between reuse and reload.
    fn traced(&mut self, context: &Context) -> Result<(&Arc<Trace>, &Graph, &str), CommandError> {
        if self.loaded()?.has_changed()? {
            context.note("the file has changed, it is loaded again");
            self.reload()?;
        }
        let Some(loaded) = &mut self.loaded else { return Err(nothing_loaded()) };
        let trace = match loaded.trace.take() {
            Some(trace) => trace,
            None => {
                let item = Item::new(0, loaded.name.as_str(), &loaded.graph);
                Arc::new(trace::one(item, &Options::default(), context)?)
            }
        };
        Ok((loaded.trace.insert(trace), &loaded.graph, &loaded.name))
    }

    fn reload(&mut self) -> Result<(), CommandError> {
        let loaded = self.loaded()?;
        self.loaded = Some(Loaded::read(loaded.name.clone(), loaded.reading)?);
        Ok(())
    }

    fn loaded(&self) -> Result<&Loaded, CommandError> {
        self.loaded.as_ref().ok_or_else(nothing_loaded)
    }
}

/// Refuses to read what is loaded in another way than it was loaded.
fn was_read(reading: ReadingArgs) -> Result<(), CommandError> {
    if reading != ReadingArgs::default() {
        let text =
            "--discrete, --normalise and --start-mass say how a file is read; give them to `graph load FILE`";
        return Err(CommandError::Usage(text.into()));
    }
    Ok(())
}

fn nothing_loaded() -> CommandError {
    CommandError::Usage("no graph is loaded; `graph load FILE` loads one".into())
}

impl Loaded {
    fn read(name: String, reading: Reading) -> Result<Loaded, CommandError> {
        if name == "-" {
            return Err(CommandError::Usage(
                "at the prompt standard input is the prompt; name a file".into(),
            ));
        }
        // The digest first: a change between the two is noticed, at worst once too often.
        let digest = digest(&name)?;
        let graph = load::load_graph(&name, reading)?;
        Ok(Loaded { name, reading, graph, digest, trace: None })
    }

    fn has_changed(&self) -> Result<bool, CommandError> {
        Ok(digest(&self.name)? != self.digest)
    }
}

fn digest(name: &str) -> Result<Option<Key>, CommandError> {
    if name.starts_with(MODEL_PREFIX) {
        return Ok(None);
    }
    Ok(Some(Key::of_blob(&load::read(name)?)))
}

/// A name as it stands, where there is such a file; else in the configured directory, with or without its
/// extension; else as it stands again, for the error to name.
fn find(name: &str, directory: Option<&Path>) -> String {
    if name.starts_with(MODEL_PREFIX) || Path::new(name).exists() {
        return name.to_owned();
    }
    let within = |directory: &Path| {
        let endings = ["", ".json", ".json.gz", ".json.zst", ".npz"];
        let paths = endings.iter().map(|ending| directory.join(format!("{name}{ending}")));
        paths.into_iter().find(|path: &PathBuf| path.is_file())
    };
    let found = directory.and_then(within);
    found.and_then(|path| path.to_str().map(str::to_owned)).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(n: usize) -> String {
        let graph = load::load_graph(format!("model:coalescent,n={n}"), false).unwrap();
        sojourn_engine::formats::phasic::write_json(&graph, sojourn_engine::formats::phasic::Layout::Old)
            .unwrap()
    }

    #[test]
    fn a_changed_file_is_noticed_by_its_content() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("g.json");
        std::fs::write(&path, graph(4)).unwrap();
        let loaded = Loaded::read(path.to_str().unwrap().to_owned(), Reading::default()).unwrap();
        std::fs::write(&path, graph(4)).unwrap();
        assert!(!loaded.has_changed().unwrap(), "the same content written again");
        std::fs::write(&path, graph(5)).unwrap();
        assert!(loaded.has_changed().unwrap());
    }

    #[test]
    fn a_name_is_looked_for_in_the_configured_directory() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("kingman.json"), graph(4)).unwrap();
        let found = find("kingman", Some(directory.path()));
        assert!(found.ends_with("kingman.json"), "{found}");
        assert_eq!(find("absent", Some(directory.path())), "absent");
        assert_eq!(find("model:mm1k,k=3", Some(directory.path())), "model:mm1k,k=3");
    }

    #[test]
    fn a_model_never_changes() {
        let loaded = Loaded::read("model:coalescent,n=4".into(), Reading::default()).unwrap();
        assert!(!loaded.has_changed().unwrap());
    }
}
