//! The matrix form as a numpy archive: of arrays under the names of the form, or as `scipy.sparse.save_npz` writes
//! its five layouts, with or without initial probabilities beside them.

use super::content::{ARRIVALS, MatrixParts, wrong};
use super::names::{self, Role};
use super::sparse::{Entry, SparseMatrix};
use crate::formats::FormatError;
use crate::formats::archive::{ArrayArchive, archive_error};
use crate::formats::array::Array;
use crate::formats::input::Rows;
use crate::formats::table::Table;
use crate::formats::text::quotable;
use crate::graph::{MAX_EDGES, MAX_VERTICES};

/// Returns whether an archive has arrays of the matrix form.
pub(in crate::formats) fn is_own(archive: &ArrayArchive<'_>) -> bool {
    is_sparse(archive) || names::all().any(|(name, _)| names::is_own_key(name) && archive.has(name))
}

fn is_sparse(archive: &ArrayArchive<'_>) -> bool {
    archive.has("format") && archive.has("shape") && archive.has("data")
}

/// Reads the parts of the matrix form.
pub(super) fn read(archive: &mut ArrayArchive<'_>) -> Result<MatrixParts, FormatError> {
    let mut parts = MatrixParts::default();
    for (name, role) in names::all() {
        let Some(array) = archive.array(name)? else { continue };
        match (role, array) {
            (Role::Initial | Role::Matrix | Role::Exit, array) => {
                parts.put(name, role, table(name, array)?)?;
            }
            (Role::Kind, Array::Text(word)) => parts.put_kind(name, &word)?,
            (Role::Discrete, Array::Numbers { values, .. }) if values.len() == 1 => {
                parts.put_discrete(name, values[0] != 0.0)?;
            }
            (Role::Kind | Role::Discrete, _) => {
                return Err(archive_error(name, &"one word or one truth value is expected"));
            }
            (Role::Arrivals, _) => return Err(wrong(name, ARRIVALS)),
        }
    }
    if is_sparse(archive) {
        parts.put_matrix("data", sparse(archive)?)?;
    }
    Ok(parts)
}

fn table(name: &str, array: Array) -> Result<Table, FormatError> {
    let Array::Numbers { shape, values } = array else {
        return Err(archive_error(name, &"text where numbers are expected"));
    };
    match shape[..] {
        [] => Ok(values.first().map_or(Table::List(Vec::new()), |&value| Table::Scalar(value))),
        [_] => Ok(Table::List(values)),
        [count, width] => Ok(Table::Rows(Rows { values, count, width, ragged: None })),
        _ => Err(archive_error(name, &format_args!("shape {shape:?} where at most two axes are expected"))),
    }
}

/// Reads a sparse matrix as scipy writes it.
fn sparse(archive: &mut ArrayArchive<'_>) -> Result<SparseMatrix, FormatError> {
    let layout = match archive.array("format")? {
        Some(Array::Text(layout)) => layout,
        _ => return Err(archive_error("format", &"the name of a sparse layout is expected")),
    };
    let shape = indices(archive, "shape", MAX_VERTICES)?;
    let &[rows, columns] = &shape[..] else {
        return Err(archive_error("shape", &"two numbers are expected"));
    };
    if rows != columns || rows == 0 {
        return Err(archive_error("shape", &format_args!("{rows} x {columns}: the matrix is not square")));
    }
    let n = rows as usize;
    let Some(Array::Numbers { values, shape }) = archive.array("data")? else {
        return Err(archive_error("data", &"numbers are expected"));
    };
    let entries = match layout.as_str() {
        "coo" => coordinates(&indices(archive, "row", n - 1)?, &indices(archive, "col", n - 1)?, &values),
        "csr" | "csc" => compressed(archive, n, &values, layout == "csc"),
        "bsr" => blocks(archive, n, &values, &shape),
        "dia" => diagonals(archive, n, &values, &shape),
        other => Err(format!("`{}` is none of csr, csc, coo, bsr, dia", quotable(other))),
    };
    let entries = entries.map_err(|message| archive_error("format", &format_args!("{layout}: {message}")))?;
    SparseMatrix::from_entries(n, entries).map_err(|message| archive_error("data", &message))
}

/// Reads whole numbers from 0 to a limit.
fn indices(archive: &mut ArrayArchive<'_>, name: &str, limit: usize) -> Result<Vec<u32>, FormatError> {
    let Some(Array::Numbers { values, .. }) = archive.array(name)? else {
        return Err(archive_error(name, &"the array is missing, or no numbers"));
    };
    let mut whole = Vec::new();
    whole.try_reserve_exact(values.len()).map_err(|_| archive_error(name, &"out of memory"))?;
    for (at, &value) in values.iter().enumerate() {
        let index = value as u32;
        if f64::from(index) != value || index as usize > limit {
            let message = format_args!("entry {at}: {value} is not a whole number from 0 to {limit}");
            return Err(archive_error(name, &message));
        }
        whole.push(index);
    }
    Ok(whole)
}

fn with_room(count: usize) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    if count > MAX_EDGES {
        return Err(format!("{count} entries, the limit is {MAX_EDGES}"));
    }
    entries.try_reserve_exact(count).map_err(|_| "out of memory".to_owned())?;
    Ok(entries)
}

fn coordinates(rows: &[u32], columns: &[u32], values: &[f64]) -> Result<Vec<Entry>, String> {
    if rows.len() != values.len() || columns.len() != values.len() {
        return Err(format!("{} rows and {} columns of {} entries", rows.len(), columns.len(), values.len()));
    }
    let mut entries = with_room(values.len())?;
    entries
        .extend(rows.iter().zip(columns).zip(values).map(|((&row, &column), &value)| (row, column, value)));
    Ok(entries)
}

/// Reads where the entries of each row (column, block row) begin and end.
fn extents(archive: &mut ArrayArchive<'_>, n: usize, count: usize) -> Result<Vec<u32>, String> {
    let pointers = indices(archive, "indptr", count).map_err(|error| error.to_string())?;
    let ascending = pointers.windows(2).all(|pair| pair[0] <= pair[1]);
    if pointers.len() != n + 1 || !ascending || pointers[0] != 0 || pointers[n] as usize != count {
        return Err(format!("indptr does not lead from 0 to {count} in {n} steps"));
    }
    Ok(pointers)
}

fn compressed(
    archive: &mut ArrayArchive<'_>,
    n: usize,
    values: &[f64],
    by_column: bool,
) -> Result<Vec<Entry>, String> {
    let minor = indices(archive, "indices", n - 1).map_err(|error| error.to_string())?;
    if minor.len() != values.len() {
        return Err(format!("{} indices of {} entries", minor.len(), values.len()));
    }
    let pointers = extents(archive, n, values.len())?;
    let mut entries = with_room(values.len())?;
    for (major, extent) in (0_u32..).zip(pointers.windows(2)) {
        for at in extent[0] as usize..extent[1] as usize {
            let (row, column) = if by_column { (minor[at], major) } else { (major, minor[at]) };
            entries.push((row, column, values[at]));
        }
    }
    Ok(entries)
}

fn blocks(
    archive: &mut ArrayArchive<'_>,
    n: usize,
    values: &[f64],
    shape: &[usize],
) -> Result<Vec<Entry>, String> {
    let &[count, height, width] = shape else {
        return Err(format!("data of shape {shape:?} where blocks are expected"));
    };
    if height == 0 || width == 0 || !n.is_multiple_of(height) || !n.is_multiple_of(width) {
        return Err(format!("blocks of {height} x {width} do not fill {n} rows"));
    }
    let minor = indices(archive, "indices", n / width - 1).map_err(|error| error.to_string())?;
    if minor.len() != count {
        return Err(format!("{} indices of {count} blocks", minor.len()));
    }
    let pointers = extents(archive, n / height, count)?;
    let mut entries = with_room(values.len())?;
    for (major, extent) in pointers.windows(2).enumerate() {
        for block in extent[0] as usize..extent[1] as usize {
            for (at, &value) in values[block * height * width..][..height * width].iter().enumerate() {
                let row = major * height + at / width;
                let column = minor[block] as usize * width + at % width;
                entries.push((row as u32, column as u32, value));
            }
        }
    }
    Ok(entries)
}

/// Reads stored diagonals: column j of the one of offset k is the entry in row j - k.
fn diagonals(
    archive: &mut ArrayArchive<'_>,
    n: usize,
    values: &[f64],
    shape: &[usize],
) -> Result<Vec<Entry>, String> {
    let Ok(Some(Array::Numbers { values: offsets, .. })) = archive.array("offsets") else {
        return Err("offsets are missing".to_owned());
    };
    let &[count, width] = shape else {
        return Err(format!("data of shape {shape:?} where diagonals are expected"));
    };
    if count != offsets.len()
        || offsets.iter().any(|offset| offset.fract() != 0.0 || offset.abs() >= n as f64)
    {
        return Err(format!("{count} diagonals, {} offsets", offsets.len()));
    }
    let mut entries = with_room(values.len())?;
    for (stored, &offset) in values.chunks_exact(width.max(1)).zip(&offsets) {
        for (column, &value) in stored.iter().enumerate().take(n) {
            let row = column as f64 - offset;
            if (0.0..n as f64).contains(&row) && value != 0.0 {
                entries.push((row as u32, column as u32, value));
            }
        }
    }
    Ok(entries)
}
