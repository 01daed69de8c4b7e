//! `show --json`: a line for each graph, and one for what they have in common.

use serde::Serialize;
use sojourn_engine::graph::Kind;
use sojourn_engine::trace::ComponentSummary;
use sojourn_proto::Key;

use super::common::Common;
use super::facts::{Facts, PatternFacts};

/// A graph.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    label: &'a str,
    hash: String,
    kind: &'static str,
    /// Whether the weights of rows are divided by their sum at every theta.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    normalised: bool,
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
    sizes: Vec<Size>,
    pattern_list: Vec<ShownPattern>,
    component_list: Vec<ShownComponent>,
}

#[derive(Serialize)]
struct Size {
    vertices: usize,
    components: usize,
}

#[derive(Serialize)]
struct ShownPattern {
    key: String,
    vertices: usize,
    edges: usize,
    components: usize,
    order: &'static str,
    fill_in: usize,
    operations: u64,
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

/// Continuous or discrete, in words.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Continuous => "continuous",
        Kind::Discrete => "discrete",
    }
}

impl ShownPattern {
    fn of(pattern: &PatternFacts) -> ShownPattern {
        ShownPattern {
            key: pattern.key.to_string(),
            vertices: pattern.vertices,
            edges: pattern.edges,
            components: pattern.components,
            order: pattern.ordering.name(),
            fill_in: pattern.fill_in,
            operations: pattern.operations,
        }
    }
}

impl ShownComponent {
    fn of(c: &ComponentSummary) -> ShownComponent {
        ShownComponent {
            vertices: c.size,
            edges: c.edges,
            boundary_edges: c.boundary_edges,
            order: c.ordering.name(),
            fill_in: c.entries - c.edges,
            operations: c.operations,
            pattern: c.pattern,
        }
    }
}

impl<'a> Shown<'a> {
    /// The line of a graph.
    pub(super) fn of(facts: &'a Facts) -> Shown<'a> {
        let s = &facts.summary;
        let size = |&(vertices, components): &(usize, usize)| Size { vertices, components };
        Shown {
            label: &facts.name,
            hash: Key(s.hash).to_string(),
            kind: kind(s.kind),
            normalised: facts.divides_rows,
            vertices: s.vertices,
            transient: s.transient,
            edges: s.edges,
            parameters: s.parameters,
            components: s.components,
            largest_component: s.largest_component,
            patterns: s.patterns,
            fill_in: s.fill_in,
            operations: s.operations,
            bytes: facts.bytes,
            sizes: facts.sizes.iter().map(size).collect(),
            pattern_list: facts.patterns.iter().map(ShownPattern::of).collect(),
            component_list: facts.components.iter().map(ShownComponent::of).collect(),
        }
    }
}

/// What the graphs before have in common.
#[derive(Serialize)]
pub(super) struct InCommon<'a> {
    labels: Vec<&'a str>,
    /// Patterns that more than one of them has.
    shared: Vec<SharedPattern>,
}

#[derive(Serialize)]
struct SharedPattern {
    key: String,
    vertices: usize,
    edges: usize,
    /// Components that have it, by graph.
    components: Vec<usize>,
    operations: u64,
}

impl<'a> InCommon<'a> {
    /// The last line.
    pub(super) fn of(graphs: &'a [Facts], common: &Common) -> InCommon<'a> {
        let shared = |(pattern, components): &(PatternFacts, Vec<usize>)| SharedPattern {
            key: pattern.key.to_string(),
            vertices: pattern.vertices,
            edges: pattern.edges,
            components: components.clone(),
            operations: pattern.operations,
        };
        InCommon {
            labels: graphs.iter().map(|graph| graph.name.as_str()).collect(),
            shared: common.patterns.iter().map(shared).collect(),
        }
    }
}
