//! Graphs as Graphviz text, for looking at small ones.

use std::fmt::Write;

use crate::{Graph, Weight};

/// The graph in the DOT language: the start is a point, absorbing vertices are double circles, vertices carry
/// their row and state, edges their weight with parameters named `θ0`, `θ1`, ... A label says so where the weights of
/// each row are divided by their sum.
pub fn write(graph: &Graph) -> String {
    let mut text = String::from("digraph {\n  rankdir=LR;\n  node [shape=circle];\n");
    if graph.is_normalised() {
        text.push_str("  label=\"the weights of each row are divided by their sum\";\n");
    }
    let mut absorbing = vec![true; graph.vertices()];
    graph.edges().for_each(|edge| absorbing[edge.from as usize] = false);
    for (row, absorbing) in absorbing.into_iter().enumerate() {
        let state: Vec<String> = graph.state(row).iter().map(ToString::to_string).collect();
        let shape = match (row == graph.start() as usize, absorbing) {
            (true, _) => ", shape=point",
            (false, true) => ", shape=doublecircle",
            (false, false) => "",
        };
        append(&mut text, format_args!("  {row} [label=\"{row}\\n({})\"{shape}];\n", state.join(",")));
    }
    for edge in graph.start_edges() {
        let (from, to, label) = (graph.start(), edge.to, label(edge.weight));
        append(&mut text, format_args!("  {from} -> {to} [label=\"{label}\", style=dashed];\n"));
    }
    for edge in graph.edges() {
        append(
            &mut text,
            format_args!("  {} -> {} [label=\"{}\"];\n", edge.from, edge.to, label(edge.weight)),
        );
    }
    text.push_str("}\n");
    text
}

fn append(text: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(part);
}

fn label(weight: Weight<'_>) -> String {
    let (base, coefficients) = match weight {
        Weight::Constant(value) => return value.to_string(),
        Weight::Linear { base, coefficients } => (base, coefficients),
    };
    let mut label = String::new();
    let parameters = coefficients.iter().enumerate().filter(|(_, c)| **c != 0.0);
    for (value, name) in
        parameters.map(|(k, &c)| (c, format!("θ{k}"))).chain((base != 0.0).then(|| (base, String::new())))
    {
        let sign = match (label.is_empty(), value < 0.0) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        };
        let size = value.abs();
        let factor = if size == 1.0 && !name.is_empty() { String::new() } else { size.to_string() };
        append(&mut label, format_args!("{sign}{factor}{name}"));
    }
    if label.is_empty() { "0".to_owned() } else { label }
}
