//! Parameter vectors: as typed, and from files.

use std::path::Path;

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
        Err(_) => Err(format!("`{text}` is not a number")),
    }
}

const NPY_MAGIC: &[u8] = b"\x93NUMPY";

/// The vectors of a file: `.csv` (a vector a line, a heading allowed), `.npy` (an array of two dimensions, a
/// vector a row), `.json` (a list of lists); of another name, or standard input, whichever of these its first
/// bytes are. JSON may also be given in the place of the file's name.
///
/// # Errors
/// Names the file, and line or row.
pub fn read(name: &str) -> Result<Vec<Vec<f64>>, LoadError> {
    let fail = |problem| LoadError::new(name, problem);
    if name.trim_start().starts_with('[') {
        return from_json(name.as_bytes()).map_err(fail);
    }
    let bytes = super::read(name)?;
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    let extension = Path::new(plain).extension().and_then(|e| e.to_str()).unwrap_or("");
    match extension {
        "csv" => from_csv(&bytes),
        "npy" => from_npy(&bytes),
        "json" => from_json(&bytes),
        _ => from_any(&bytes),
    }
    .map_err(fail)
}

/// Of standard input, or a name that says nothing: what the first bytes say.
fn from_any(bytes: &[u8]) -> Result<Vec<Vec<f64>>, Problem> {
    match bytes.trim_ascii_start().first() {
        None => Err(Problem::Empty),
        Some(b'[' | b'{') => from_json(bytes),
        Some(_) if bytes.starts_with(NPY_MAGIC) => from_npy(bytes),
        Some(_) => from_csv(bytes),
    }
}

fn from_json(bytes: &[u8]) -> Result<Vec<Vec<f64>>, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::Other(format!("a list of vectors such as [[1, 2], [3, 4]] is expected: {error}"))
    })
}

fn from_csv(bytes: &[u8]) -> Result<Vec<Vec<f64>>, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| Problem::Other(format!("is not text: {error}")))?;
    let mut vectors = Vec::new();
    let mut may_be_heading = true;
    for (number, line) in text.lines().enumerate() {
        let line_text = line.trim();
        if line_text.is_empty() || line_text.starts_with('#') {
            continue;
        }
        match from_text(line_text) {
            Ok(vector) => vectors.push(vector),
            // Names of columns, where not one of them is a number.
            Err(_)
                if may_be_heading && line_text.split(',').all(|name| name.trim().parse::<f64>().is_err()) => {
            }
            Err(message) => return Err(Problem::Line { line: number + 1, message }),
        }
        may_be_heading = false;
    }
    Ok(vectors)
}

fn from_npy(bytes: &[u8]) -> Result<Vec<Vec<f64>>, Problem> {
    let wrong = |error: std::io::Error| Problem::Other(format!("is not an npy array of numbers: {error}"));
    let file = npyz::NpyFile::new(bytes).map_err(wrong)?;
    let &[rows, columns] = file.shape() else {
        let shape = file.shape();
        return Err(Problem::Other(format!(
            "an array of shape (vectors, parameters) is expected, not {shape:?}"
        )));
    };
    if file.order() != npyz::Order::C {
        return Err(Problem::Other(
            "the array is in Fortran order; save numpy.ascontiguousarray of it".into(),
        ));
    }
    let values = npy_values(file).map_err(wrong)?;
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        let row = at as u64 / columns.max(1);
        return Err(Problem::Other(format!("row {row}: {} is not a finite number", values[at])));
    }
    let columns = columns as usize;
    Ok((0..rows as usize).map(|row| values[row * columns..(row + 1) * columns].to_vec()).collect())
}

/// Doubles as they are; floats and integers are widened.
fn npy_values(file: npyz::NpyFile<&[u8]>) -> std::io::Result<Vec<f64>> {
    let file = match file.try_data::<f64>() {
        Ok(values) => return values.collect(),
        Err(file) => file,
    };
    let file = match file.try_data::<f32>() {
        Ok(values) => return values.map(|value| value.map(f64::from)).collect(),
        Err(file) => file,
    };
    file.data::<i64>().map_err(std::io::Error::other)?.map(|value| value.map(|v| v as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use npyz::WriterBuilder;

    #[test]
    fn a_typed_vector_keeps_every_digit_and_may_be_empty() {
        assert_eq!(from_text("1,0.1, 2.5e-7").unwrap(), [1.0, 0.1, 2.5e-7]);
        assert!(from_text("").unwrap().is_empty());
    }

    #[test]
    fn a_typed_vector_with_nan_or_words_is_refused_by_the_word() {
        for word in ["nan", "inf", "1e999", "one", ""] {
            let message = from_text(&format!("1,{word}")).unwrap_err();
            assert!(message.contains(&format!("`{word}`")), "{message}");
        }
    }

    #[test]
    fn json_is_a_list_of_vectors_the_empty_one_included() {
        assert_eq!(from_json(b"[[1, 2.5], [3, 4]]").unwrap(), [[1.0, 2.5], [3.0, 4.0]]);
        assert_eq!(read("[[]]").unwrap(), [Vec::<f64>::new()]);
        assert!(from_json(b"[1, 2]").is_err());
        assert!(from_json(b"[[NaN]]").is_err());
    }

    #[test]
    fn csv_has_a_vector_a_line_with_or_without_heading() {
        let with = from_csv(b"theta1,theta2\n1,2\n\n# more\n3,4\n").unwrap();
        assert_eq!(with, [[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(from_csv(b"1,2\n3,4").unwrap(), with);
    }

    #[test]
    fn a_bad_csv_entry_names_its_line() {
        let message = from_csv(b"1,2\n3,x\n").unwrap_err().to_string();
        assert!(message.contains("line 2") && message.contains("`x`"), "{message}");
        assert!(from_csv(b"1,x\n").is_err(), "half a heading is none");
    }

    #[test]
    fn without_a_telling_name_the_first_bytes_decide() {
        assert_eq!(from_any(b" [[1, 2]]").unwrap(), [[1.0, 2.0]]);
        assert_eq!(from_any(b"a,b\n1,2\n").unwrap(), [[1.0, 2.0]]);
        assert_eq!(from_any(&npy()).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
        assert!(matches!(from_any(b" \n"), Err(Problem::Empty)));
    }

    fn npy() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer =
            npyz::WriteOptions::new().default_dtype().shape(&[2, 2]).writer(&mut bytes).begin_nd().unwrap();
        writer.extend([1.0_f64, 2.0, 3.0, 4.0]).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn npy_rows_are_vectors() {
        let bytes = npy();
        assert_eq!(from_npy(&bytes).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
        assert!(from_npy(&bytes[..bytes.len() - 1]).is_err(), "cut short");
    }
}
