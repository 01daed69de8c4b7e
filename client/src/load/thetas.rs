//! Parameter vectors: as typed, and from files, one after the other however many there are.

mod csv;
mod json;
mod names;
mod npy;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};

use super::bytes::{plain_extension, reader};
use super::cells::{DecimalMark, shown};
use super::table::array::MAGIC;
use super::{LoadError, Problem};

pub use names::ParameterNames;

/// Reads a vector as typed after `--theta`: numbers separated by commas; nothing at all is the empty vector.
///
/// # Errors
/// Names the entry that is not a finite number.
pub fn from_text(text: &str) -> Result<Vec<f64>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(|entry| number(entry.trim())).collect()
}

fn number(text: &str) -> Result<f64, String> {
    DecimalMark::Point.number(text).map_err(|reason| format!("`{}` {reason}", shown(text)))
}

/// Where vectors are read from.
type Input = Box<dyn BufRead>;

/// Vectors as they are read, or why there are no more.
type Vectors = Box<dyn Iterator<Item = Result<Vec<f64>, Problem>>>;

/// Parameter vectors, read as they are asked for: a file of any length takes the memory of a few. After an error
/// there is nothing more.
pub struct Thetas {
    name: String,
    vectors: Option<Vectors>,
}

impl std::fmt::Debug for Thetas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Thetas").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Opens the vectors of a file: `.csv` (a vector a line; under a heading the columns are found by the names of
/// parameters), `.npy` (an array of two dimensions, a vector a row), `.json` (a list of lists) or `.jsonl` (a list a line);
/// of another name, or standard input, whichever of these its first bytes are. Of one dimension, or a list of numbers, is
/// one vector; of a graph with one parameter, a vector a number. JSON may also be given in the place of the file's name.
///
/// # Errors
/// Names the file where it can not be read; so do the errors of the vectors, which name line or row too.
pub fn open(name: impl AsRef<OsStr>, names: &ParameterNames) -> Result<Thetas, LoadError> {
    let name = name.as_ref();
    let text = name.to_string_lossy();
    let fail = |problem| LoadError::new(text.as_ref(), problem);
    let vectors = if text.trim_start().starts_with('[') {
        let input = BufReader::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        json::vectors(Box::new(input), names.count())
    } else {
        let input = reader(name).map_err(fail)?;
        by_name(name, input, names).map_err(fail)?
    };
    Ok(Thetas { name: text.into_owned(), vectors: Some(vectors) })
}

/// Reads all vectors of a file, see [`open`].
///
/// # Errors
/// Names the file, and line or row.
pub fn read(name: impl AsRef<OsStr>, names: &ParameterNames) -> Result<Vec<Vec<f64>>, LoadError> {
    open(name, names)?.collect()
}

impl Iterator for Thetas {
    type Item = Result<Vec<f64>, LoadError>;

    fn next(&mut self) -> Option<Result<Vec<f64>, LoadError>> {
        match self.vectors.as_mut()?.next() {
            Some(Ok(vector)) => Some(Ok(vector)),
            Some(Err(problem)) => {
                self.vectors = None;
                Some(Err(LoadError::new(self.name.as_str(), problem)))
            }
            None => None,
        }
    }
}

fn by_name(name: &OsStr, input: Input, names: &ParameterNames) -> Result<Vectors, Problem> {
    match plain_extension(name).as_str() {
        "csv" => Ok(csv::vectors(input, names)),
        "npy" => npy::vectors(input, names.count()),
        "json" | "jsonl" | "ndjson" => Ok(json::vectors(input, names.count())),
        _ => by_first_bytes(input, names),
    }
}

/// Reads standard input, or a file whose name says nothing, as its first bytes say.
fn by_first_bytes(mut input: Input, names: &ParameterNames) -> Result<Vectors, Problem> {
    let mut passed = Vec::new();
    loop {
        let first = input.fill_buf()?.first().copied();
        match first {
            None => return Err(Problem::Empty),
            Some(byte) if byte.is_ascii_whitespace() => {
                // Lines passed here are still counted where a line is wrong.
                passed.push(byte);
                input.consume(1);
            }
            Some(byte) => {
                let input: Input = Box::new(std::io::Cursor::new(passed).chain(input));
                return match byte {
                    b'[' | b'{' => Ok(json::vectors(input, names.count())),
                    _ if byte == MAGIC[0] => npy::vectors(input, names.count()),
                    _ => Ok(csv::vectors(input, names)),
                };
            }
        }
    }
}
