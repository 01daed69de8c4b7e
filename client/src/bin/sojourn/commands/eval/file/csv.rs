//! Comma-separated values: names, then a line for each vector, numbers in their shortest form that reads back.

use std::borrow::Cow;
use std::io::{self, Write};

/// Names of the columns; the last is for what went wrong.
pub(super) fn heading(file: &mut impl Write, names: &[String]) -> io::Result<()> {
    names.iter().try_for_each(|name| write!(file, "{},", quoted(name)))?;
    file.write_all(b"error\n")
}

/// The numbers of a vector. What is not there has no digits; what is infinite is `inf`.
pub(super) fn row(file: &mut impl Write, values: &[f64]) -> io::Result<()> {
    for value in values {
        if value.is_nan() { file.write_all(b",")? } else { write!(file, "{value:?},")? }
    }
    file.write_all(b"\n")
}

/// A vector that failed: its parameters, and why.
pub(super) fn failure(file: &mut impl Write, theta: &[f64], columns: usize, message: &str) -> io::Result<()> {
    theta.iter().try_for_each(|value| write!(file, "{value:?},"))?;
    (theta.len()..columns).try_for_each(|_| file.write_all(b","))?;
    writeln!(file, "{}", quoted(message))
}

/// A text that may hold what separates.
fn quoted(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}
