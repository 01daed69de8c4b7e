//! A vector a line.

use std::io::{BufRead, Read};

use super::{Input, Vectors, from_text};
use crate::load::Problem;

/// Longest line that is read: a million numbers.
const MAX_LINE_BYTES: u64 = 32 << 20;

/// The vectors of lines, behind a heading or none; empty lines and those that begin with `#` are none.
pub(super) fn vectors(input: Input) -> Vectors {
    let mut lines = Lines { input, line: 0, may_be_heading: true };
    Box::new(std::iter::from_fn(move || lines.next_vector().transpose()))
}

struct Lines {
    input: Input,
    /// Lines read.
    line: usize,
    may_be_heading: bool,
}

impl Lines {
    fn next_vector(&mut self) -> Result<Option<Vec<f64>>, Problem> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let read = Read::take(&mut self.input, MAX_LINE_BYTES).read_until(b'\n', &mut bytes)?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            let wrong = |message: String| Problem::Line { line: self.line, message };
            let text = std::str::from_utf8(&bytes).map_err(|error| wrong(format!("is not text: {error}")))?;
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            match from_text(text) {
                Ok(vector) => {
                    self.may_be_heading = false;
                    return Ok(Some(vector));
                }
                // Names of columns, where not one of them is a number.
                Err(_)
                    if self.may_be_heading
                        && text.split(',').all(|name| name.trim().parse::<f64>().is_err()) =>
                {
                    self.may_be_heading = false;
                }
                Err(message) => return Err(wrong(message)),
            }
        }
    }
}
