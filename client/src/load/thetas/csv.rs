//! A vector a line.

use std::io::{BufRead, Read};

use super::{Input, Vectors, number};
use crate::load::{Problem, cells};

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
                let (heading, nothing) = (self.only_heading, self.may_be_heading);
                (self.only_heading, self.may_be_heading) = (false, false);
                return match (heading, nothing) {
                    (true, _) => Err(Problem::Other(NOTHING.into())),
                    (false, true) => Err(Problem::Empty),
                    (false, false) => Ok(None),
                };
            }
            self.line += 1;
            let wrong = |message: String| Problem::Line { line: self.line, message };
            let text = std::str::from_utf8(&bytes).map_err(|error| wrong(format!("is not text: {error}")))?;
            if cells::is_none(text) {
                continue;
            }
            match cells::of(text).map(number).collect() {
                Ok(vector) => {
                    (self.may_be_heading, self.only_heading) = (false, false);
                    return Ok(Some(vector));
                }
                // Names of columns, where not one of them is a number.
                Err(_) if self.may_be_heading && cells::of(text).all(|name| name.parse::<f64>().is_err()) => {
                    (self.may_be_heading, self.only_heading) = (false, true);
                }
                Err(message) => return Err(wrong(message)),
            }
        }
    }
}
