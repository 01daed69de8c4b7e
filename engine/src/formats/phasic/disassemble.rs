//! From the graph to the dictionary.

use super::Layout;
use super::dictionary::Dictionary;
use crate::formats::FormatError;
use crate::formats::input::Rows;
use crate::{Graph, Kind, Weight};

/// What a file of the layout says about a graph.
pub(super) fn dictionary(graph: &Graph, layout: Layout) -> Result<Dictionary, FormatError> {
    if layout == Layout::Old && graph.start() != 0 {
        let message = format!(
            "the start is row {}, which the old layout cannot say: its start is row 0; use the new layout",
            graph.start()
        );
        return Err(FormatError::NotExpressible { message });
    }
    let (constant, linear) = edges(graph, layout)?;
    let (start_edges, start_param_edges) = start_edges(graph, layout)?;
    let beside = layout == Layout::New && linear.count > 0;
    let (edges, constant_edges) =
        if beside { (Rows::default(), constant) } else { (constant, Rows::default()) };
    let new = layout == Layout::New;
    let discrete = graph.kind() == Kind::Discrete;
    Ok(Dictionary {
        states: Some(states(graph)),
        vertex_indices: new.then(|| vertex_indices(graph)),
        edges: Some(edges),
        constant_edges: new.then_some(constant_edges),
        start_edges: Some(start_edges),
        param_edges: Some(linear),
        start_param_edges: Some(start_param_edges),
        param_length: Some(graph.parameters() as f64),
        state_length: Some(graph.state_length() as f64),
        vertex_count: Some(graph.vertices() as f64),
        weight_mode: new.then(|| "linear".to_owned()),
        // The old layout has no such keys; readers of it ignore what they do not know.
        is_discrete: (new || discrete).then_some(discrete),
        was_dph: (new || graph.is_normalised()).then_some(graph.is_normalised()),
    })
}

fn states(graph: &Graph) -> Rows<i32> {
    let values = (0..graph.vertices()).flat_map(|row| graph.state(row)).copied().collect();
    Rows { values, count: graph.vertices(), width: graph.state_length(), ragged: None }
}

/// 0 for the start and 1, 2, .. for the other rows.
fn vertex_indices(graph: &Graph) -> Vec<f64> {
    let start = graph.start() as usize;
    let index = |row: usize| if row == start { 0 } else { row + usize::from(row < start) };
    (0..graph.vertices()).map(|row| index(row) as f64).collect()
}

fn edges(graph: &Graph, layout: Layout) -> Result<(Rows<f64>, Rows<f64>), FormatError> {
    let mut split = Split::new(layout);
    for edge in graph.edges() {
        split.add(&[f64::from(edge.from), f64::from(edge.to)], edge.weight)?;
    }
    Ok((split.constant, split.linear))
}

fn start_edges(graph: &Graph, layout: Layout) -> Result<(Rows<f64>, Rows<f64>), FormatError> {
    let mut split = Split::new(layout);
    for edge in graph.start_edges() {
        split.add(&[f64::from(edge.to)], edge.weight)?;
    }
    Ok((split.constant, split.linear))
}

/// Rows of constant edges and rows of edges with coefficients.
struct Split {
    layout: Layout,
    constant: Rows<f64>,
    linear: Rows<f64>,
}

impl Split {
    fn new(layout: Layout) -> Self {
        Split { layout, constant: Rows::default(), linear: Rows::default() }
    }

    fn add(&mut self, ends: &[f64], weight: Weight<'_>) -> Result<(), FormatError> {
        match (weight, self.layout) {
            (Weight::Constant(value), _) => push(&mut self.constant, &[ends, &[value]]),
            (Weight::Linear { base, coefficients }, Layout::Old) => {
                push(&mut self.linear, &[ends, &[base], coefficients]);
            }
            (Weight::Linear { base, coefficients }, Layout::New) => {
                if base < 0.0 {
                    let ends: Vec<String> = ends.iter().map(ToString::to_string).collect();
                    let message = format!(
                        "edge {}: its base weight {base} is negative, which the new layout cannot say; use the \
                         old layout",
                        ends.join(" -> ")
                    );
                    return Err(FormatError::NotExpressible { message });
                }
                if base > 0.0 {
                    push(&mut self.constant, &[ends, &[base]]);
                }
                push(&mut self.linear, &[ends, coefficients]);
            }
        }
        Ok(())
    }
}

fn push(rows: &mut Rows<f64>, parts: &[&[f64]]) {
    let start = rows.values.len();
    parts.iter().for_each(|part| rows.values.extend_from_slice(part));
    rows.close(start);
}
