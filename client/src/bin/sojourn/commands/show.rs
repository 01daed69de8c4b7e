//! `sojourn show`: what a graph or a trace is.

use clap::Args;
use serde::Serialize;
use sojourn_client::Loaded;
use sojourn_engine::formats::dot;
use sojourn_engine::graph::Kind;
use sojourn_engine::trace::{ComponentSummary, Summary};
use sojourn_engine::{Chain, Trace};
use sojourn_proto::Key;

use super::{Ended, named};
use crate::context::Context;
use crate::error::CommandError;
use crate::render::numbers;
use crate::render::table::Table;

/// Which, and how.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Graph or trace file, model:NAME,key=value,.. or the hash of a stored trace
    #[arg(value_name = "FILE|HASH")]
    pub(crate) name: String,
    /// The graph in the DOT language
    #[arg(long)]
    pub(crate) dot: bool,
    /// A file that does not say it itself counts steps
    #[arg(long)]
    pub(crate) discrete: bool,
    /// Not there yet
    #[arg(long, hide = true)]
    pub(crate) svg: bool,
}

/// Records a graph in this process, and shows what came of it.
pub(crate) fn run(args: &ShowArgs, context: &mut Context) -> Result<Ended, CommandError> {
    let trace = match named::load(&args.name, args.discrete, context)? {
        Loaded::Graph(graph) if args.dot => {
            context.out.bytes(dot::write(&graph).as_bytes())?;
            return Ok(Ended::Done);
        }
        Loaded::Trace(_) if args.dot => {
            return Err(CommandError::Input(format!(
                "{}: a trace does not keep the graph; name the graph's file for --dot",
                args.name
            )));
        }
        Loaded::Graph(graph) => Trace::record(&Chain::new(&graph))
            .map_err(|error| CommandError::Failed(format!("{}: {error}", args.name)))?,
        Loaded::Trace(trace) => *trace,
    };
    context.interrupt.check()?;
    if context.json() {
        context.out.json(&Shown::of(&trace))?;
    } else {
        summary(&trace, context)?;
        components(&trace, context)?;
    }
    Ok(Ended::Done)
}

fn summary(trace: &Trace, context: &mut Context) -> Result<(), CommandError> {
    let s = trace.summary();
    let bytes = numbers::bytes(trace.encode().len() as u64);
    let rows = [
        ("hash", Key(s.hash).to_string()),
        ("kind", kind(s.kind).to_owned()),
        ("vertices", format!("{}, of these {} reached and left", s.vertices, s.transient)),
        ("edges", format!("{} with {} distinct weights", s.edges, s.weights)),
        ("parameters", s.parameters.to_string()),
        ("components", format!("{}, the largest of {} vertices", s.components, s.largest_component)),
        ("patterns", s.patterns.to_string()),
        ("fill-in", s.fill_in.to_string()),
        ("operations", format!("{} a replay", s.operations)),
        ("trace", bytes),
    ];
    rows.iter().try_for_each(|(name, value)| context.out.line(format_args!("{name:<11} {value}")))
}

/// Components of two or more vertices, those alike in one row.
fn components(trace: &Trace, context: &mut Context) -> Result<(), CommandError> {
    let rows = alike(trace.component_summaries());
    if rows.is_empty() {
        return Ok(());
    }
    let mut table =
        Table::new(["components", "vertices", "edges", "leaving", "order", "fill-in", "operations"]);
    for (times, c) in rows {
        table.row([
            times.to_string(),
            c.size.to_string(),
            c.edges.to_string(),
            c.boundary_edges.to_string(),
            c.ordering.name().to_owned(),
            (c.entries - c.edges).to_string(),
            c.operations.to_string(),
        ]);
    }
    table.numbers([0, 1, 2, 3, 5, 6]);
    context.out.line("")?;
    context.table(table)
}

/// Runs of the same pattern with as many edges that leave it, with their lengths.
fn alike(components: impl Iterator<Item = ComponentSummary>) -> Vec<(usize, ComponentSummary)> {
    let mut rows: Vec<(usize, ComponentSummary)> = Vec::new();
    for component in components {
        match rows.last_mut() {
            Some((times, last)) if *last == component => *times += 1,
            _ => rows.push((1, component)),
        }
    }
    rows
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Continuous => "continuous",
        Kind::Discrete => "discrete",
    }
}

#[derive(Serialize)]
struct Shown {
    hash: String,
    kind: &'static str,
    vertices: usize,
    transient: usize,
    edges: usize,
    parameters: usize,
    components: usize,
    largest_component: usize,
    patterns: usize,
    fill_in: u64,
    operations: u64,
    bytes: usize,
    component_list: Vec<ShownComponent>,
}

#[derive(Serialize)]
struct ShownComponent {
    vertices: usize,
    edges: usize,
    boundary_edges: usize,
    order: &'static str,
    fill_in: usize,
    operations: u64,
    pattern: usize,
}

impl Shown {
    fn of(trace: &Trace) -> Shown {
        let Summary { hash, kind: of_kind, vertices, transient, edges, parameters, .. } = trace.summary();
        let Summary { components, largest_component, patterns, fill_in, operations, .. } = trace.summary();
        let component = |c: ComponentSummary| ShownComponent {
            vertices: c.size,
            edges: c.edges,
            boundary_edges: c.boundary_edges,
            order: c.ordering.name(),
            fill_in: c.entries - c.edges,
            operations: c.operations,
            pattern: c.pattern,
        };
        Shown {
            hash: Key(hash).to_string(),
            kind: kind(of_kind),
            vertices,
            transient,
            edges,
            parameters,
            components,
            largest_component,
            patterns,
            fill_in,
            operations,
            bytes: trace.encode().len(),
            component_list: trace.component_summaries().map(component).collect(),
        }
    }
}
