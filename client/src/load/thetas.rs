//! Parameter vectors: as typed, and from files, one after the other however many there are.

mod csv;
mod json;
mod npy;
#[cfg(test)]
mod tests;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::bytes::reader;
use super::{LoadError, Problem};

/// A vector as typed after `--theta`: numbers separated by commas; nothing at all is the empty vector.
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
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("`{text}` is not a finite number")),
        Err(_) => Err(format!("`{text}` is not a number{}", super::cells::cure(text))),
    }
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

/// The vectors of a file: `.csv` (a vector a line, a heading allowed), `.npy` (an array of two dimensions, a
/// vector a row), `.json` (a list of lists) or `.jsonl` (a list a line); of another name, or standard input,
/// whichever of these its first bytes are. JSON may also be given in the place of the file's name.
///
/// # Errors
/// Names the file where it can not be read; so do the errors of the vectors, which name line or row too.
pub fn open(name: &str) -> Result<Thetas, LoadError> {
    let fail = |problem| LoadError::new(name, problem);
    let vectors = if name.trim_start().starts_with('[') {
        json::vectors(Box::new(BufReader::new(std::io::Cursor::new(name.as_bytes().to_vec()))))
    } else {
        let input = reader(name).map_err(fail)?;
        by_name(name, input).map_err(fail)?
    };
    Ok(Thetas { name: name.to_owned(), vectors: Some(vectors) })
}

/// All vectors of a file, see [`open`].
///
/// # Errors
/// Names the file, and line or row.
pub fn read(name: &str) -> Result<Vec<Vec<f64>>, LoadError> {
    open(name)?.collect()
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

fn by_name(name: &str, input: Input) -> Result<Vectors, Problem> {
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    match Path::new(plain).extension().and_then(|extension| extension.to_str()).unwrap_or("") {
        "csv" => Ok(csv::vectors(input)),
        "npy" => npy::vectors(input),
        "json" | "jsonl" | "ndjson" => Ok(json::vectors(input)),
        _ => by_first_bytes(input),
    }
}

/// Of standard input, or a name that says nothing: what the first bytes say.
fn by_first_bytes(mut input: Input) -> Result<Vectors, Problem> {
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
                    b'[' | b'{' => Ok(json::vectors(input)),
                    npy::FIRST_BYTE => npy::vectors(input),
                    _ => Ok(csv::vectors(input)),
                };
            }
        }
    }
}
