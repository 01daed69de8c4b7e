//! Tables of other people's tools: CSV in its dialects, JSON, and arrays of numpy, row by row.

pub(super) mod array;
mod dialect;
mod json;
mod text;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io::{BufRead, Cursor, Read};

use csv::StringRecord;

use super::bytes::{plain_extension, reader};
use super::cells::{DecimalMark, is_value, unquoted};
use super::{LoadError, Problem};
use dialect::TextDialect;
use text::{LineError, PlainText};

/// Bytes from which a dialect is told.
const SAMPLE_BYTES: usize = 1 << 16;

/// Most columns of a table.
pub(super) const MAX_COLUMNS: usize = 1 << 16;

/// A table that is read row by row.
pub(super) struct DataTable {
    /// Names of its columns, if it has any.
    pub(super) heading: Option<Vec<String>>,
    /// How its numbers are written.
    pub(super) decimals: DecimalMark,
    /// How it was understood, where that was a choice.
    pub(super) notes: Vec<String>,
    /// Whether it is text whose entries are separated by commas, which may be decimal commas.
    pub(super) separated_by_commas: bool,
    /// The sign that may separate thousands, where its numbers can have it.
    pub(super) thousands: Option<char>,
    /// The word for the place of a row: `line` or `observation`.
    pub(super) place: &'static str,
    /// Line of the heading, or of the first row.
    pub(super) first_line: usize,
    rows: Box<dyn TableRows>,
    /// Rows read to find the heading.
    ahead: Vec<(usize, StringRecord)>,
}

/// The rows of a table.
trait TableRows {
    /// Reads the next row; returns its place, from 1, or none at the end.
    fn next_row(&mut self, row: &mut StringRecord) -> Result<Option<usize>, Problem>;
}

impl DataTable {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(name: &OsStr) -> Result<DataTable, LoadError> {
        let fail = |problem| LoadError::new(name.to_string_lossy(), problem);
        let input = reader(name).map_err(fail)?;
        DataTable::new(input, plain_extension(name).as_ref()).map_err(fail)
    }

    /// Reads a table of the kind that its name's end or its first bytes say.
    pub(super) fn new(mut input: Box<dyn BufRead>, end: &str) -> Result<DataTable, Problem> {
        let sample = sample(&mut input, |_| false)?;
        let text = sample.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&sample);
        let first = text.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        if first.is_none() && sample.len() < SAMPLE_BYTES {
            return Err(Problem::Empty);
        }
        let json = matches!(end, "json" | "jsonl" | "ndjson")
            || (end != "csv" && matches!(first, Some(b'[' | b'{')));
        let input: Box<dyn BufRead> = Box::new(Cursor::new(sample.clone()).chain(input));
        if end == "npy" || sample.starts_with(array::MAGIC) {
            return array_table(input);
        }
        if json {
            let (heading, rows) = json::rows(input)?;
            let decimals = DecimalMark::Point;
            let (notes, place) = (Vec::new(), "observation");
            let rows = Box::new(rows);
            return Ok(DataTable {
                heading,
                decimals,
                notes,
                separated_by_commas: false,
                thousands: None,
                place,
                first_line: 1,
                rows,
                ahead: Vec::new(),
            });
        }
        DataTable::of_text(input, &sample)
    }

    /// Reads a text whose rows are wanted as they come: its dialect is told from its first row, and the one behind a
    /// heading.
    pub(super) fn stream(mut input: Box<dyn BufRead>) -> Result<DataTable, Problem> {
        let sample = sample(&mut input, has_row)?;
        DataTable::of_text(Box::new(Cursor::new(sample.clone()).chain(input)), &sample)
    }

    fn of_text(mut input: Box<dyn BufRead>, sample: &[u8]) -> Result<DataTable, Problem> {
        foreign(sample)?;
        // The last line of a full sample is cut.
        let whole = match sample.iter().rposition(|&byte| matches!(byte, b'\n' | b'\r')) {
            Some(end) if sample.len() >= SAMPLE_BYTES => &sample[..end],
            _ => sample,
        };
        let dialect = TextDialect::of(&String::from_utf8_lossy(whole));
        let mut line = 0;
        if dialect.says_separator {
            line = skip_separator(&mut input)?;
        }
        let text = PlainText::new(input, dialect.delimiter);
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .from_reader(text);
        let skip_empty = dialect.delimiter == b' ';
        let rows = TextRows { reader, record: csv::ByteRecord::new(), skip_empty, before: line };
        let separated_by_commas = dialect.delimiter == b',';
        let decimals = if separated_by_commas { DecimalMark::Point } else { DecimalMark::Either };
        let notes = dialect.words().map(str::to_owned).into_iter().collect();
        let rows = Box::new(rows);
        // Where commas are decimal points a point separates thousands, and the other way round.
        let thousands = match dialect.delimiter {
            b',' => None,
            b';' => Some('.'),
            _ => Some(','),
        };
        let mut table = DataTable {
            heading: None,
            decimals,
            notes,
            separated_by_commas,
            thousands,
            place: "line",
            first_line: 1,
            rows,
            ahead: Vec::new(),
        };
        table.find_heading(dialect)?;
        Ok(table)
    }

    /// Takes the first row as the heading, unless it has values.
    fn find_heading(&mut self, dialect: TextDialect) -> Result<(), Problem> {
        if let Some(names) = dialect.comment_heading {
            self.notes.push("the names stand in a comment".into());
            self.heading = Some(names);
            return Ok(());
        }
        let mut first = StringRecord::new();
        let Some(line) = self.rows.next_row(&mut first)? else { return Err(Problem::Empty) };
        self.first_line = line;
        if !are_names(&first) {
            self.ahead.push((line, first));
            return Ok(());
        }
        let mut names: Vec<String> = first.iter().map(str::to_owned).collect();
        if dialect.row_names {
            names.insert(0, String::new());
        }
        self.heading = Some(names);
        Ok(())
    }

    /// Reads the next row; returns its place, from 1, or none at the end.
    pub(super) fn next_row(&mut self, row: &mut StringRecord) -> Result<Option<usize>, Problem> {
        if let Some((line, first)) = self.ahead.pop() {
            *row = first;
            return Ok(Some(line));
        }
        self.rows.next_row(row)
    }

    /// Gives back the row that was read last.
    pub(super) fn put_back(&mut self, line: usize, row: StringRecord) {
        self.ahead.push((line, row));
    }

    /// Returns the number of columns: of the heading, or of the first row.
    pub(super) fn width(&mut self) -> Result<usize, Problem> {
        if let Some(heading) = &self.heading {
            return Ok(heading.len());
        }
        let mut row = StringRecord::new();
        match self.next_row(&mut row)? {
            Some(line) => {
                let width = row.len();
                self.put_back(line, row);
                Ok(width)
            }
            None => Err(Problem::Empty),
        }
    }

    /// Returns what is wrong with a row.
    pub(super) fn wrong(&self, place: usize, message: String) -> Problem {
        match self.place {
            "line" => Problem::Line { line: place, message },
            other => Problem::Other(format!("{other} {place}: {message}")),
        }
    }
}

/// Returns whether a row is a heading: none of its entries is a value; or it begins as an index of pandas does, with an empty
/// name, and goes on with columns numbered from 0.
fn are_names(row: &StringRecord) -> bool {
    let numbered = row.len() > 1
        && row.get(0) == Some("")
        && row.iter().skip(1).enumerate().all(|(at, cell)| cell == at.to_string());
    numbered
        || (!row.iter().any(is_value)
            && row.iter().any(|cell| !cell.is_empty())
            && !(row.len() == 1 && row.iter().all(is_odd_number)))
}

/// Returns whether a lone entry is rather a number that is written oddly, such as `$0.5`, `(1.25)` or `t=0.5`, than a name.
fn is_odd_number(cell: &str) -> bool {
    let is_name =
        cell.starts_with(|first: char| first.is_alphabetic() || first == '_') && !cell.contains('=');
    !is_name && cell.chars().any(char::is_numeric)
}

/// Returns whether bytes have a whole row of values.
fn has_row(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let whole = text.rfind(['\n', '\r']).map_or("", |end| &text[..end]);
    let mut lines = whole.split(['\n', '\r']);
    lines.any(|line| {
        is_value(unquoted(line.trim_start_matches([',', ';', '\t', '"'])))
            && !text::is_comment(line.as_bytes())
    })
}

/// Reads the first bytes of a file, until there are enough of them.
fn sample(input: &mut Box<dyn BufRead>, enough: fn(&[u8]) -> bool) -> Result<Vec<u8>, Problem> {
    let mut sample = Vec::new();
    let most = SAMPLE_BYTES;
    while sample.len() < most && !enough(&sample) {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            break;
        }
        let count = bytes.len().min(most - sample.len());
        sample.extend_from_slice(&bytes[..count]);
        input.consume(count);
    }
    Ok(sample)
}

/// Refuses files of other programs by name.
fn foreign(bytes: &[u8]) -> Result<(), Problem> {
    const KINDS: [(&[u8], &str); 14] = [
        (b"PK\x03\x04", "a zip archive, an Excel workbook or an npz file"),
        (b"\xd0\xcf\x11\xe0", "an Excel workbook"),
        (b"PAR1", "a Parquet file"),
        (b"ARROW1", "an Arrow file"),
        (b"FEA1", "a Feather file"),
        (b"$FL2", "an SPSS file"),
        (b"$FL3", "an SPSS file"),
        (b"<stata_dta>", "a Stata file"),
        (b"RDX", "a workspace of R"),
        (b"X\n\x00", "an RDS file of R"),
        (b"SQLite format 3", "a database"),
        (b"\x89HDF", "an HDF5 file"),
        (b"HEADER RECORD*******LIBRARY", "a SAS transport file"),
        (b"\x80\x04", "a pickle of Python"),
    ];
    if let Some((_, kind)) = KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Problem::Other(format!("is {kind}; save the table as CSV, JSON or .npy")));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Problem::Other("is text in UTF-16; save it as CSV in UTF-8".into()));
    }
    if bytes.contains(&0) && !bytes.starts_with(array::MAGIC) {
        return Err(Problem::Other("is not text; save the table as CSV, JSON or .npy".into()));
    }
    Ok(())
}

/// Reads the line `sep=;`; returns how many lines that were.
fn skip_separator(input: &mut Box<dyn BufRead>) -> Result<usize, Problem> {
    let mut lines = 0;
    loop {
        let mut blank = true;
        loop {
            let mut byte = [0];
            if input.read(&mut byte)? == 0 {
                return Ok(lines);
            }
            match byte[0] {
                b'\n' => break,
                // The line feed behind it, if any, makes an empty line, which is not counted twice.
                b'\r' => {
                    if input.fill_buf()?.first() == Some(&b'\n') {
                        input.consume(1);
                    }
                    break;
                }
                byte => blank &= byte.is_ascii_whitespace(),
            }
        }
        lines += 1;
        if !blank {
            return Ok(lines);
        }
    }
}

/// The records of a text.
struct TextRows {
    reader: csv::Reader<PlainText>,
    record: csv::ByteRecord,
    /// Whether an empty entry is only a run of separators.
    skip_empty: bool,
    /// Lines before the text.
    before: usize,
}

impl TableRows for TextRows {
    fn next_row(&mut self, row: &mut StringRecord) -> Result<Option<usize>, Problem> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return Err(of_csv(error, self.before)),
        }
        // The parser counts the lines read; those within quotes are the record's own.
        let inside = self.record.as_slice().iter().filter(|&&byte| byte == b'\n').count();
        let line = (self.reader.position().line() as usize).saturating_sub(1 + inside) + self.before;
        if self.record.len() > MAX_COLUMNS {
            let message = format!("has {} entries, the limit is {MAX_COLUMNS}", self.record.len());
            return Err(Problem::Line { line, message });
        }
        row.clear();
        for cell in &self.record {
            let cell: Cow<'_, str> = String::from_utf8_lossy(cell);
            let cell = unquoted(&cell);
            if !(self.skip_empty && cell.is_empty()) {
                row.push_field(cell);
            }
        }
        Ok(Some(line))
    }
}

/// Returns the problem that an error of the `csv` crate stands for.
fn of_csv(error: csv::Error, before: usize) -> Problem {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => of_io(error, before),
        other => Problem::Other(format!("is not CSV: {other:?}")),
    }
}

/// Returns the problem that an error of reading lines stands for.
fn of_io(error: std::io::Error, before: usize) -> Problem {
    let found = error.get_ref().and_then(|inner| inner.downcast_ref::<LineError>());
    match found.map(|found| (found.line() + before, found.to_string())) {
        Some((line, message)) => Problem::Line { line, message },
        None => Problem::Io(error),
    }
}

/// Reads an array of one or two dimensions as a table without a heading.
fn array_table(input: Box<dyn BufRead>) -> Result<DataTable, Problem> {
    let array = array::NumberArray::read(input)?;
    let (rows, width) = match array.shape[..] {
        [rows] => (rows, 1),
        [rows, columns] => (rows, columns),
        _ => {
            return Err(Problem::Other(format!(
                "an array of one or two dimensions is expected, not of shape {:?}",
                array.shape
            )));
        }
    };
    let width = usize::try_from(width)
        .ok()
        .filter(|&width| (1..=MAX_COLUMNS).contains(&width))
        .ok_or_else(|| Problem::Other(format!("has rows of {width} numbers; 1 to {MAX_COLUMNS} are read")))?;
    let rows = ArrayRows { values: array.by_row()?, width, rows, row: 0 };
    let rows = Box::new(rows);
    Ok(DataTable {
        heading: None,
        decimals: DecimalMark::Point,
        notes: Vec::new(),
        separated_by_commas: false,
        thousands: None,
        place: "observation",
        first_line: 1,
        rows,
        ahead: Vec::new(),
    })
}

/// The rows of an array.
struct ArrayRows {
    values: array::ArrayValues,
    width: usize,
    rows: u64,
    row: u64,
}

impl TableRows for ArrayRows {
    fn next_row(&mut self, row: &mut StringRecord) -> Result<Option<usize>, Problem> {
        if self.row == self.rows {
            return Ok(None);
        }
        row.clear();
        for _ in 0..self.width {
            match self.values.next() {
                Some(value) => row.push_field(&value?.to_string()),
                None => return Err(array::ends_early(self.row, self.rows)),
            }
        }
        self.row += 1;
        Ok(Some(self.row as usize))
    }
}
