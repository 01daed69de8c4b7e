//! The dictionary as a numpy archive: a zip file with one array a key.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Layout;
use super::dictionary::{Dictionary, Key};
use crate::formats::FormatError;
use crate::formats::archive::{ArrayArchive, archive_error};
use crate::formats::array::{self, Array};
use crate::formats::input::Rows;

/// Reads the arrays that are known; nothing is checked but their types and shapes.
pub(super) fn read(archive: &mut ArrayArchive<'_>) -> Result<Dictionary, FormatError> {
    let mut dictionary = Dictionary::default();
    for key in Key::ALL {
        if let Some(array) = archive.array(key.name())? {
            put(&mut dictionary, key, array)?;
        }
    }
    Ok(dictionary)
}

fn put(into: &mut Dictionary, key: Key, array: Array) -> Result<(), FormatError> {
    match key {
        Key::States => into.states = Some(whole(&rows(key, array)?)?),
        Key::VertexIndices => into.vertex_indices = Some(numbers(key, array)?),
        Key::Edges => into.edges = Some(rows(key, array)?),
        Key::ConstantEdges => into.constant_edges = Some(rows(key, array)?),
        Key::StartEdges => into.start_edges = Some(rows(key, array)?),
        Key::ParamEdges => into.param_edges = Some(rows(key, array)?),
        Key::StartParamEdges => into.start_param_edges = Some(rows(key, array)?),
        Key::ParamLength => into.param_length = Some(scalar(key, array)?),
        Key::StateLength => into.state_length = Some(scalar(key, array)?),
        Key::VertexCount => into.vertex_count = Some(scalar(key, array)?),
        Key::IsDiscrete => into.is_discrete = Some(scalar(key, array)? != 0.0),
        Key::WasDph => into.was_dph = Some(scalar(key, array)? != 0.0),
        Key::WeightMode => match array {
            Array::Text(text) => into.weight_mode = Some(text),
            Array::Numbers { .. } => {
                return Err(archive_error(key.name(), &"numbers where a text is expected"));
            }
        },
    }
    Ok(())
}

fn numbers(key: Key, array: Array) -> Result<Vec<f64>, FormatError> {
    match array {
        Array::Numbers { values, .. } => Ok(values),
        Array::Text(_) => Err(archive_error(key.name(), &"text where numbers are expected")),
    }
}

fn scalar(key: Key, array: Array) -> Result<f64, FormatError> {
    match numbers(key, array)?[..] {
        [value] => Ok(value),
        ref values => {
            Err(archive_error(key.name(), &format_args!("{} numbers where one is expected", values.len())))
        }
    }
}

/// A table of numbers; numpy writes an empty list of rows with any shape, so empty arrays are no rows.
fn rows(key: Key, array: Array) -> Result<Rows<f64>, FormatError> {
    let Array::Numbers { shape, values } = array else {
        return Err(archive_error(key.name(), &"text where numbers are expected"));
    };
    match shape[..] {
        [count, width] => Ok(Rows {
            values,
            count: if key == Key::States || width > 0 { count } else { 0 },
            width,
            ragged: None,
        }),
        _ if values.is_empty() => Ok(Rows::default()),
        _ => Err(archive_error(
            key.name(),
            &format_args!("shape {shape:?} where rows and columns are expected"),
        )),
    }
}

fn whole(rows: &Rows<f64>) -> Result<Rows<i32>, FormatError> {
    let mut values = Vec::new();
    if values.try_reserve_exact(rows.values.len()).is_err() {
        return Err(archive_error(Key::States.name(), &"out of memory"));
    }
    for (at, &value) in rows.values.iter().enumerate() {
        let whole = value as i32;
        if f64::from(whole) != value {
            let place = format!("{}[{}]", Key::States.name(), at / rows.width.max(1));
            return Err(archive_error(&place, &format_args!("{value} is not a whole number of 32 bits")));
        }
        values.push(whole);
    }
    Ok(Rows { values, count: rows.count, width: rows.width, ragged: None })
}

/// The archive of a dictionary, uncompressed, as `numpy.savez` writes it.
pub(super) fn write(dictionary: &Dictionary, layout: Layout) -> Result<Vec<u8>, FormatError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let d = dictionary;
    if let Some(states) = &d.states {
        put_array(
            &mut zip,
            Key::States.name(),
            &array::whole(&states.values, &[states.count, states.width]),
        )?;
    }
    for (key, rows) in [
        (Key::Edges, &d.edges),
        (Key::ConstantEdges, &d.constant_edges),
        (Key::StartEdges, &d.start_edges),
        (Key::ParamEdges, &d.param_edges),
        (Key::StartParamEdges, &d.start_param_edges),
    ] {
        if let Some(rows) = rows {
            put_array(&mut zip, key.name(), &array::doubles(&rows.values, &[rows.count, rows.width]))?;
        }
    }
    if let Some(indices) = &d.vertex_indices {
        let indices: Vec<i32> = indices.iter().map(|&v| v as i32).collect();
        put_array(&mut zip, Key::VertexIndices.name(), &array::whole(&indices, &[indices.len()]))?;
    }
    for (key, count) in [
        (Key::ParamLength, d.param_length),
        (Key::StateLength, d.state_length),
        (Key::VertexCount, d.vertex_count),
    ] {
        if let Some(count) = count {
            put_array(&mut zip, key.name(), &array::whole(&[count as i32], &[]))?;
        }
    }
    if let Some(mode) = &d.weight_mode {
        put_array(&mut zip, Key::WeightMode.name(), &array::text(mode))?;
    }
    for (key, flag) in [(Key::IsDiscrete, d.is_discrete), (Key::WasDph, d.was_dph)] {
        if let Some(flag) = flag {
            put_array(&mut zip, key.name(), &array::flag(flag))?;
        }
    }
    if layout == Layout::New {
        put_array(&mut zip, "dyn_ordering", &array::flag(false))?;
    }
    let cursor = zip.finish().map_err(|e| archive_error("archive", &e))?;
    Ok(cursor.into_inner())
}

fn put_array(zip: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, bytes: &[u8]) -> Result<(), FormatError> {
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file(format!("{name}.npy"), stored.large_file(bytes.len() >= u32::MAX as usize))
        .map_err(|e| archive_error(name, &e))?;
    zip.write_all(bytes).map_err(|e| archive_error(name, &e))
}
