//! A vector a line.

use std::io::{BufRead, Read};

use super::{Input, Vectors, from_text};
use crate::load::Problem;

/// Longest line that is read: a million numbers.
const MAX_LINE_BYTES: u64 = 32 << 20;

/// What is wrong with a file that has a heading alone, which may be numbers with something else in between.
const NOTHING: &str = "has a heading and no vector; a vector is a line of numbers separated by commas";

/// The vectors of lines, behind a heading or none; empty lines and those that begin with `#` are none.
pub(super) fn vectors(input: Input) -> Vectors {
    let mut lines = Lines { input, line: 0, may_be_heading: true, only_heading: false };
    Box::new(std::iter::from_fn(move || lines.next_vector().transpose()))
}

struct Lines {
    input: Input,
    /// Lines read.
    line: usize,
    may_be_heading: bool,
    /// Whether there was a heading, and nothing since.
    only_heading: bool,
}

impl Lines {
    fn next_vector(&mut self) -> Result<Option<Vec<f64>>, Problem> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let read = Read::take(&mut self.input, MAX_LINE_BYTES).read_until(b'\n', &mut bytes)?;
            if read == 0 {
                return match std::mem::take(&mut self.only_heading) {
                    true => Err(Problem::Other(NOTHING.into())),
                    false => Ok(None),
                };
            }
            self.line += 1;
            let wrong = |message: String| Problem::Line { line: self.line, message };
            let text = std::str::from_utf8(&bytes).map_err(|error| wrong(format!("is not text: {error}")))?;
            // What some programs put before the first line would make a heading of it.
            let text = text.trim_start_matches('\u{feff}').trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            match from_text(text) {
                Ok(vector) => {
                    (self.may_be_heading, self.only_heading) = (false, false);
                    return Ok(Some(vector));
                }
                // Names of columns, where not one of them is a number.
                Err(_)
                    if self.may_be_heading
                        && text.split(',').all(|name| name.trim().parse::<f64>().is_err()) =>
                {
                    (self.may_be_heading, self.only_heading) = (false, true);
                }
                Err(message) => return Err(wrong(message)),
            }
        }
    }
}
