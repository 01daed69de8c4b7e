//! Reward vectors: files, lists, expressions over the state.

use std::ffi::OsStr;
use std::io::{BufRead, Cursor, Read};
use std::path::Path;

use csv::StringRecord;
use sojourn_engine::{Graph, expression};

use super::bytes::{plain_extension, reader};
use super::cells::shown;
use super::table::DataTable;
use super::table::array::{MAGIC, NumberArray};
use super::{LoadError, Problem};

/// Most bytes of rewards in JSON, which are read whole.
const MAX_JSON_BYTES: u64 = 1 << 27;

/// Most numbers of a file of rewards.
const MAX_NUMBERS: usize = 1 << 26;

/// Reads reward vectors from what stands after `--rewards`, each with one number a row of the graph.
///
/// A JSON list (of numbers, or of such lists), a file (see below), as many numbers separated by commas as there
/// are rows, or an expression over the state vector such as `state[0]+2*state[1]`. `graph` is needed for
/// expressions alone: a trace does not keep states.
///
/// A file is JSON; or `.npy`, of one dimension for one vector, of two for a vector a row, or a vector a column where the
/// columns and not the rows are as long as the graph has rows; or CSV with a line for each row of the graph and a column
/// for each vector, or the other way round.
///
/// # Errors
/// Names file or text, and both lengths where they differ.
pub fn read(name: impl AsRef<OsStr>, rows: usize, graph: Option<&Graph>) -> Result<Vec<Vec<f64>>, LoadError> {
    let name = name.as_ref();
    let text = name.to_string_lossy();
    let fail = |problem| LoadError::new(text.as_ref(), problem);
    let vectors = if text.trim_start().starts_with('[') {
        from_json(Box::new(Cursor::new(text.as_bytes().to_vec()))).map_err(fail)?
    } else if Path::new(name).is_file() || looks_like_a_path(&text) || name.to_str().is_none() {
        let input = reader(name).map_err(fail)?;
        from_file(input, &plain_extension(name), rows).map_err(fail)?
    } else if let Some(vector) = as_numbers(&text) {
        vec![vector]
    } else {
        let graph = graph.ok_or_else(|| {
            fail(Problem::Other(
                "a trace does not keep states; name the graph's file, or give numbers by row".into(),
            ))
        })?;
        // The error names the text itself.
        expression::rewards(graph, &text).map_err(|error| {
            let problem = format!("no file has this name, and read as a formula: {error}");
            LoadError::new("--rewards", Problem::Other(problem))
        })?
    };
    match vectors.iter().find(|vector| vector.len() != rows) {
        Some(vector) => Err(fail(Problem::Other(format!(
            "a reward vector has {} entries, the graph {rows} rows",
            vector.len()
        )))),
        None => Ok(vectors),
    }
}

/// Returns whether a text can only be meant as a file: no expression has such an end or such a beginning.
fn looks_like_a_path(text: &str) -> bool {
    let plain = text.strip_suffix(".gz").or_else(|| text.strip_suffix(".zst")).unwrap_or(text);
    let ends = [".json", ".csv", ".tsv", ".txt", ".npy"].iter().any(|end| plain.ends_with(end));
    ends || ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start))
}

/// Reads a file of the kind that its first bytes say.
fn from_file(mut input: Box<dyn BufRead>, end: &str, rows: usize) -> Result<Vec<Vec<f64>>, Problem> {
    let first = input.fill_buf()?;
    if end == "npy" || first.starts_with(&MAGIC[..1]) {
        return from_array(input, rows);
    }
    let text = first.strip_prefix("\u{feff}".as_bytes()).unwrap_or(first);
    let is_json = matches!(text.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'[' | b'{'));
    match is_json || end == "json" {
        true => from_json(input),
        false => from_table(DataTable::new(input, "csv")?, rows),
    }
}

/// Reads a vector, or vectors side by side, of an array whose shape is checked first.
fn from_array(input: Box<dyn BufRead>, rows: usize) -> Result<Vec<Vec<f64>>, Problem> {
    let array = NumberArray::read(input)?;
    let length = rows as u64;
    let (count, by_column) = match array.shape[..] {
        [one] if one == length => (1, false),
        [count, one] if one == length => (count, false),
        [one, count] if one == length => (count, true),
        _ => {
            return Err(Problem::Other(format!(
                "an array of shape ({rows},) or (rewards, {rows}) is expected, since the graph has {rows} rows; this is of shape {:?}",
                array.shape
            )));
        }
    };
    if count.saturating_mul(length) > MAX_NUMBERS as u64 {
        return Err(Problem::Other(format!("has more than {MAX_NUMBERS} numbers")));
    }
    let mut numbers = Vec::new();
    for value in array.by_row()? {
        let value = value?;
        if !value.is_finite() {
            return Err(Problem::Other(format!("entry {}: {value} is not a finite number", numbers.len())));
        }
        numbers.push(value);
    }
    let count = count as usize;
    Ok(match by_column {
        true => columns(&numbers, count),
        false => numbers.chunks(rows.max(1)).map(<[f64]>::to_vec).collect(),
    })
}

/// Reads a table with a line for each row of the graph, or a line for each vector.
fn from_table(mut table: DataTable, rows: usize) -> Result<Vec<Vec<f64>>, Problem> {
    let width = table.width()?;
    // Row names of R and the index of pandas.
    let skipped =
        usize::from(table.heading.as_ref().is_some_and(|names| names.len() > 1 && names[0].is_empty()));
    let (mut numbers, mut lines) = (Vec::new(), 0);
    let mut row = StringRecord::new();
    while let Some(line) = table.next_row(&mut row)? {
        lines += 1;
        if row.len() < width || row.iter().skip(width).any(|cell| !cell.is_empty()) {
            return Err(table.wrong(line, format!("there are {} entries, and {width} columns", row.len())));
        }
        for cell in row.iter().take(width).skip(skipped) {
            let number = table.decimals.number(cell);
            let number = number.map_err(|reason| table.wrong(line, format!("`{}` {reason}", shown(cell))))?;
            numbers.push(number);
        }
        if numbers.len() > MAX_NUMBERS {
            return Err(Problem::Other(format!("has more than {MAX_NUMBERS} numbers")));
        }
    }
    let width = width - skipped;
    match (lines == rows, width == rows) {
        (true, true) if rows > 1 => Err(Problem::Other(format!(
            "has as many lines as columns, {rows} as the graph has rows: give JSON, where each list is a reward"
        ))),
        (true, _) => Ok(columns(&numbers, width)),
        (false, true) => Ok(numbers.chunks(width).map(<[f64]>::to_vec).collect()),
        (false, false) => Err(Problem::Other(format!(
            "has {lines} lines of {width} numbers, and the graph {rows} rows: a line for each of them, or a line of {rows} numbers for each reward is expected"
        ))),
    }
}

/// Returns the columns of numbers that stand row by row.
fn columns(numbers: &[f64], width: usize) -> Vec<Vec<f64>> {
    (0..width).map(|column| numbers.iter().copied().skip(column).step_by(width).collect()).collect()
}

/// Numbers separated by commas. One alone is an expression: the same reward everywhere.
fn as_numbers(text: &str) -> Option<Vec<f64>> {
    let numbers = super::thetas::from_text(text).ok()?;
    (numbers.len() > 1).then_some(numbers)
}

fn from_json(input: Box<dyn BufRead>) -> Result<Vec<Vec<f64>>, Problem> {
    let mut bytes = Vec::new();
    input.take(MAX_JSON_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_JSON_BYTES {
        return Err(Problem::TooLarge { limit: MAX_JSON_BYTES });
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let mut brackets = bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
    let nested = brackets.next() == Some(&b'[') && brackets.next() == Some(&b'[');
    let found = match nested {
        true => serde_json::from_slice(bytes),
        false => serde_json::from_slice(bytes).map(|vector| vec![vector]),
    };
    found.map_err(|error| {
        let error = error.to_string();
        Problem::Other(format!("a list of numbers, or a list of such lists, is expected: {}", shown(&error)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_numbers_is_one_vector_and_a_list_of_lists_several() {
        assert_eq!(read("[0, 1, 0.5]", 3, None).unwrap(), [[0.0, 1.0, 0.5]]);
        assert_eq!(read("[[0, 1], [2, 3]]", 2, None).unwrap(), [[0.0, 1.0], [2.0, 3.0]]);
        assert_eq!(read("0,1,0.5", 3, None).unwrap(), [[0.0, 1.0, 0.5]]);
    }

    #[test]
    fn a_wrong_length_names_both() {
        let message = read("[1, 2, 3]", 5, None).unwrap_err().to_string();
        assert!(message.contains("3 entries") && message.contains("5 rows"), "{message}");
    }

    #[test]
    fn an_expression_over_states_needs_the_graph() {
        let message = read("state[0]", 3, None).unwrap_err().to_string();
        assert!(message.contains("graph's file"), "{message}");
    }

    #[test]
    fn a_file_that_is_not_there_is_said_to_be_missing_and_not_read_as_an_expression() {
        let graph = crate::load::load_graph("model:coalescent,n=4", false).unwrap();
        for name in ["r.json", "rewards.csv", "/nowhere/r", "./r", "r.json.gz"] {
            let message = read(name, graph.vertices(), Some(&graph)).unwrap_err().to_string();
            assert!(message.starts_with(&format!("{name}: can not be read")), "{message}");
        }
        for text in ["state[0]/2", ".5*state[0]", "1/2"] {
            assert!(read(text, graph.vertices(), Some(&graph)).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_wrong_expression_is_named_once() {
        let graph = crate::load::load_graph("model:coalescent,n=4", false).unwrap();
        let message = read("foo[0]", graph.vertices(), Some(&graph)).unwrap_err().to_string();
        assert_eq!(message.matches("foo[0]").count(), 1, "{message}");
        assert!(message.contains("no file") && message.contains("formula"), "both readings: {message}");
    }

    #[test]
    fn arrays_and_tables_hold_a_reward_a_row_or_a_column() {
        use npyz::WriterBuilder;
        let array = |shape: &[u64], numbers: &[f64]| {
            let mut bytes = Vec::new();
            let options = npyz::WriteOptions::new().default_dtype().shape(shape);
            let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
            writer.extend(numbers.iter().copied()).unwrap();
            writer.finish().unwrap();
            bytes
        };
        let read = |bytes: &[u8], rows: usize| {
            let input: Box<dyn BufRead> = Box::new(Cursor::new(bytes.to_vec()));
            from_file(input, "", rows).map_err(|problem| problem.to_string())
        };
        let six = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(read(&array(&[6], &six), 6).unwrap(), [six]);
        assert_eq!(read(&array(&[2, 3], &six), 3).unwrap(), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!(read(&array(&[3, 2], &six), 3).unwrap(), [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]);
        let two = [[1.0, 0.0, 3.0], [2.0, 4.0, 6.0]];
        for text in [
            "1,2\n0,4\n3,6\n",
            "a,b\n1,2\n0,4\n3,6\n",
            "\"\",\"a\",\"b\"\n\"1\",1,2\n\"2\",0,4\n\"3\",3,6\n",
            "1,0,3\n2,4,6\n",
            "[[1,0,3],[2,4,6]]",
        ] {
            assert_eq!(read(text.as_bytes(), 3).unwrap(), two, "{text}");
        }
        assert_eq!(read(b"1\n0\n3\n", 3).unwrap(), two[..1]);
        assert!(read(b"1,2\n3,4\n", 2).unwrap_err().contains("as many lines as columns"));
        assert!(read(b"1,2\n3,4\n", 5).unwrap_err().contains("2 lines of 2 numbers, and the graph 5 rows"));
        assert!(read(b"1\nNA\n3\n", 3).unwrap_err().contains("line 2: `NA`"));
        assert!(read(&array(&[6], &six), 5).unwrap_err().contains("shape (5,)"));
        assert!(read(&array(&[1], &[f64::NAN]), 1).unwrap_err().contains("NaN"));
    }
}
