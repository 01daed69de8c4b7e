//! From the dictionary to the graph: which layout it is, and every check that needs more than one key.

use super::Layout;
use super::dictionary::{Dictionary, Key, count, required};
use crate::formats::FormatError;
use crate::formats::input::Rows;
use crate::graph::{MAX_PARAMETERS, MAX_VERTICES};
use crate::{Graph, GraphBuilder, Kind, Weight};

/// Longest state vector.
const MAX_STATE_LENGTH: usize = 1 << 20;

/// Builds the graph that a dictionary describes.
pub(super) fn graph(dictionary: &Dictionary, discrete: bool) -> Result<Graph, FormatError> {
    if let Some(mode) = dictionary.weight_mode.as_ref().filter(|mode| *mode != "linear") {
        return Err(FormatError::WeightMode { found: mode.clone() });
    }
    let parameters = count(dictionary.param_length, Key::ParamLength, MAX_PARAMETERS)?;
    let states = required(dictionary.states.as_ref(), Key::States)?;
    check_states(dictionary, states)?;
    let param_edges = required(dictionary.param_edges.as_ref(), Key::ParamEdges)?;
    let start_param_edges = required(dictionary.start_param_edges.as_ref(), Key::StartParamEdges)?;
    let layout = layout(dictionary, param_edges, start_param_edges, parameters);
    // Rows that are divided by their sums are probabilities, whatever else the file says.
    let is_normalised = dictionary.was_dph == Some(true);
    let kind = match dictionary.is_discrete {
        _ if is_normalised => Kind::Discrete,
        Some(true) => Kind::Discrete,
        None if discrete => Kind::Discrete,
        _ => Kind::Continuous,
    };
    let mut builder = GraphBuilder::new(kind, parameters, states.width)?;
    if dictionary.is_discrete.is_none() && !discrete {
        builder.assume_kind();
    }
    for row in 0..states.count {
        builder.vertex(states.row(row)).map_err(|source| refused(Key::States, row, source))?;
    }
    builder.start_at(start(dictionary, states.count)?);

    let linear = Linear { layout, parameters };
    let edges = required(dictionary.edges.as_ref(), Key::Edges)?;
    constant(Key::Edges, edges, &mut builder)?;
    if let Some(edges) = &dictionary.constant_edges {
        constant(Key::ConstantEdges, edges, &mut builder)?;
    }
    linear.add(Key::ParamEdges, param_edges, &mut builder)?;
    start_constant(required(dictionary.start_edges.as_ref(), Key::StartEdges)?, &mut builder)?;
    linear.add(Key::StartParamEdges, start_param_edges, &mut builder)?;
    let graph = builder.finish()?;
    Ok(if is_normalised { graph.with_normalised_rows() } else { graph })
}

fn refused(key: Key, row: usize, source: crate::GraphError) -> FormatError {
    FormatError::Row { key: key.name(), row, source }
}

fn check_states(dictionary: &Dictionary, states: &Rows<i32>) -> Result<(), FormatError> {
    let vertices = count(dictionary.vertex_count, Key::VertexCount, MAX_VERTICES)?;
    let length = count(dictionary.state_length, Key::StateLength, MAX_STATE_LENGTH)?;
    states.checked(Key::States.name(), length, ", as state_length says")?;
    if vertices != states.count {
        return Err(FormatError::Count {
            key: Key::VertexCount.name(),
            found: vertices,
            counted: Key::States.name(),
            actual: states.count,
            what: "rows",
        });
    }
    Ok(())
}

/// New where one of its own keys says so, else by the width of the first row that has coefficients.
fn layout(dictionary: &Dictionary, edges: &Rows<f64>, start: &Rows<f64>, parameters: usize) -> Layout {
    let says_so = dictionary.weight_mode.is_some() || dictionary.vertex_indices.is_some();
    let narrow = match (edges.count, start.count) {
        (0, 0) => false,
        (0, _) => start.width == parameters + 1,
        _ => edges.width == parameters + 2,
    };
    if says_so || narrow { Layout::New } else { Layout::Old }
}

fn start(dictionary: &Dictionary, vertices: usize) -> Result<u32, FormatError> {
    let Some(indices) = &dictionary.vertex_indices else { return Ok(0) };
    if indices.len() != vertices {
        return Err(FormatError::Count {
            key: Key::VertexCount.name(),
            found: vertices,
            counted: Key::VertexIndices.name(),
            actual: indices.len(),
            what: "entries",
        });
    }
    let mut zeros = indices.iter().enumerate().filter(|(_, index)| **index == 0.0);
    match (zeros.next(), zeros.count()) {
        (Some((row, _)), 0) => Ok(row as u32),
        (None, _) if vertices == 0 => Ok(0),
        (first, more) => Err(FormatError::Start { found: usize::from(first.is_some()) + more }),
    }
}

/// A row number, written 1 or 1.0.
fn index(key: Key, row: usize, value: f64) -> Result<u32, FormatError> {
    let index = value as u32;
    if f64::from(index) == value {
        Ok(index)
    } else {
        Err(FormatError::NotAnIndex { key: key.name(), row, value })
    }
}

fn constant(key: Key, rows: &Rows<f64>, builder: &mut GraphBuilder) -> Result<(), FormatError> {
    rows.checked(key.name(), 3, ": from, to, weight")?;
    for (row, entries) in rows.values.chunks_exact(3).enumerate() {
        let (from, to) = (index(key, row, entries[0])?, index(key, row, entries[1])?);
        builder.edge(from, to, Weight::Constant(entries[2])).map_err(|e| refused(key, row, e))?;
    }
    Ok(())
}

fn start_constant(rows: &Rows<f64>, builder: &mut GraphBuilder) -> Result<(), FormatError> {
    let key = Key::StartEdges;
    rows.checked(key.name(), 2, ": to, weight")?;
    for (row, entries) in rows.values.chunks_exact(2).enumerate() {
        let to = index(key, row, entries[0])?;
        builder.start_edge(to, Weight::Constant(entries[1])).map_err(|e| refused(key, row, e))?;
    }
    Ok(())
}

/// How weights with coefficients are written.
struct Linear {
    layout: Layout,
    parameters: usize,
}

impl Linear {
    fn add(&self, key: Key, rows: &Rows<f64>, builder: &mut GraphBuilder) -> Result<(), FormatError> {
        let ends = if key == Key::ParamEdges { 2 } else { 1 };
        self.check_width(key, rows, ends)?;
        for row in 0..rows.count {
            let (indices, weight) = rows.row(row).split_at(ends);
            let (base, coefficients) = match (self.layout, weight) {
                (Layout::Old, [base, coefficients @ ..]) => (*base, coefficients),
                _ => (0.0, weight),
            };
            let weight = Weight::Linear { base, coefficients };
            let added = match *indices {
                [from, to] => builder.edge(index(key, row, from)?, index(key, row, to)?, weight),
                _ => builder.start_edge(index(key, row, indices[0])?, weight),
            };
            added.map_err(|source| refused(key, row, source))?;
        }
        Ok(())
    }

    fn check_width(&self, key: Key, rows: &Rows<f64>, ends: usize) -> Result<(), FormatError> {
        let narrow = ends + self.parameters;
        let (key, parameters) = (key.name(), self.parameters);
        if self.layout == Layout::Old {
            let why =
                format!(": {ends} of the edge, the base weight, {parameters} coefficients (param_length)");
            return rows.checked(key, narrow + 1, &why);
        }
        let first = (rows.count > 0 && rows.width != narrow).then_some((0, rows.width));
        match first.or(rows.ragged) {
            Some((row, found)) if found > narrow => {
                Err(FormatError::FormulaRow { key, row, found, expected: narrow, parameters })
            }
            _ => rows.checked(
                key,
                narrow,
                &format!(": {ends} of the edge, {parameters} coefficients (param_length)"),
            ),
        }
    }
}
