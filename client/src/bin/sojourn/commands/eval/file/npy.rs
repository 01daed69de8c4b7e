//! An array of NumPy's: a row of doubles for each vector. How many there will be is known at the end, so the header
//! has room, and is written once more.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes of the header, a multiple of 64 as the format wants it: two numbers of twenty digits have room.
const HEADER_BYTES: usize = 192;

/// The header of an array of so many rows and columns: version 1.0 of the format.
pub(super) fn header(rows: u64, columns: u64) -> Vec<u8> {
    let shape = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let length = (HEADER_BYTES - 10) as u16;
    let text = format!("{shape:<width$}\n", width = HEADER_BYTES - 11);
    [&b"\x93NUMPY\x01\x00"[..], &length.to_le_bytes(), text.as_bytes()].concat()
}

/// The numbers of a vector.
pub(super) fn row(file: &mut impl Write, values: &[f64]) -> io::Result<()> {
    values.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
}

/// A vector that failed: its parameters, and NaN, so that rows stay with their vectors.
pub(super) fn failure(file: &mut impl Write, theta: &[f64], columns: usize) -> io::Result<()> {
    row(file, theta)?;
    (theta.len()..columns).try_for_each(|_| file.write_all(&f64::NAN.to_le_bytes()))
}

/// Where the names of the columns are: `r.npy.columns.json`, a list.
pub(super) fn names_beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".columns.json");
    name.into()
}
