//! Text of a CSV file with its dialect's accidents removed, so that the `csv` crate reads it and counts its lines.

use std::io::{self, BufRead, Read};

/// Longest line of a text file, in bytes.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 20;

/// The mark with which some programs begin a file of UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A text whose line ends are LF, in which a comment is an empty line, and no line is longer than
/// [`MAX_LINE_BYTES`].
pub(crate) struct PlainText {
    input: Box<dyn BufRead>,
    delimiter: u8,
    /// Line under way, and the place up to which it was handed on.
    line: Vec<u8>,
    at: usize,
    /// Lines read.
    count: usize,
    /// Whether the last line ended in CR: an LF behind it belongs to the same end.
    after_cr: bool,
    /// Line on which an open quote began, and the bytes since.
    quoted: Option<(usize, usize)>,
}

/// A line that can not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    /// A line beyond the limit.
    #[error("is longer than {MAX_LINE_BYTES} bytes")]
    TooLong {
        /// Line, from 1.
        line: usize,
    },
    /// A quote without an end.
    #[error("begins a quoted entry that does not end")]
    OpenQuote {
        /// Line, from 1.
        line: usize,
    },
}

impl LineError {
    /// Returns the line, from 1.
    pub(crate) fn line(&self) -> usize {
        match *self {
            LineError::TooLong { line } | LineError::OpenQuote { line } => line,
        }
    }
}

impl PlainText {
    /// Reads a text whose entries are separated by `delimiter`.
    pub(crate) fn new(input: Box<dyn BufRead>, delimiter: u8) -> PlainText {
        PlainText { input, delimiter, line: Vec::new(), at: 0, count: 0, after_cr: false, quoted: None }
    }

    /// Reads the next line into `self.line`; returns whether there was one.
    fn fill(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.at = 0;
        if !read_line(&mut self.input, &mut self.line, &mut self.after_cr, self.count + 1)? {
            return match self.quoted {
                Some((line, _)) => Err(io::Error::other(LineError::OpenQuote { line })),
                None => Ok(false),
            };
        }
        self.count += 1;
        if self.count == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
            self.line.drain(..BYTE_ORDER_MARK.len());
        }
        if self.quoted.is_none() && (self.line.trim_ascii().is_empty() || is_comment(&self.line)) {
            self.line.clear();
        }
        self.follow_quotes()?;
        self.line.push(b'\n');
        Ok(true)
    }

    /// Follows where quotes are open, as the `csv` crate does: a quote opens an entry at its beginning alone.
    fn follow_quotes(&mut self) -> io::Result<()> {
        let mut inside = self.quoted.is_some();
        let (mut begins, mut at) = (true, 0);
        while let Some(&byte) = self.line.get(at) {
            if inside {
                if byte == b'"' {
                    match self.line.get(at + 1) {
                        Some(b'"') => at += 1,
                        _ => inside = false,
                    }
                }
                begins = false;
            } else {
                inside = begins && byte == b'"';
                begins = byte == self.delimiter;
            }
            at += 1;
        }
        let (since, bytes) = self.quoted.unwrap_or((self.count, 0));
        self.quoted = inside.then_some((since, bytes + self.line.len()));
        match self.quoted {
            Some((line, bytes)) if bytes > MAX_LINE_BYTES => {
                Err(io::Error::other(LineError::OpenQuote { line }))
            }
            _ => Ok(()),
        }
    }
}

impl Read for PlainText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() && !self.fill()? {
            return Ok(0);
        }
        let count = buffer.len().min(self.line.len() - self.at);
        buffer[..count].copy_from_slice(&self.line[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Reads a line without its end, which is LF, CR or both. Nothing is read beyond the end, since whoever writes may wait
/// for an answer: the LF behind a CR is dropped when the next line is read.
fn read_line(
    input: &mut dyn BufRead,
    line: &mut Vec<u8>,
    after_cr: &mut bool,
    number: usize,
) -> io::Result<bool> {
    let mut some = false;
    loop {
        let mut bytes = input.fill_buf()?;
        if *after_cr && bytes.first() == Some(&b'\n') {
            input.consume(1);
            *after_cr = false;
            bytes = input.fill_buf()?;
        }
        if bytes.is_empty() {
            return Ok(some);
        }
        *after_cr = false;
        some = true;
        let end = bytes.iter().position(|&byte| byte == b'\n' || byte == b'\r');
        let count = end.unwrap_or(bytes.len());
        line.extend_from_slice(&bytes[..count]);
        if line.len() > MAX_LINE_BYTES {
            return Err(io::Error::other(LineError::TooLong { line: number }));
        }
        match end {
            Some(end) => {
                *after_cr = bytes[end] == b'\r';
                input.consume(end + 1);
                return Ok(true);
            }
            None => input.consume(count),
        }
    }
}

/// Returns whether a line is a comment. Spreadsheets write their errors with the same sign.
pub(crate) fn is_comment(line: &[u8]) -> bool {
    const ERRORS: [&[u8]; 8] =
        [b"#N/A", b"#NA", b"#NUM!", b"#VALUE!", b"#DIV/0!", b"#REF!", b"#NAME?", b"#NULL!"];
    let line = line.trim_ascii_start();
    line.starts_with(b"#") && !ERRORS.iter().any(|error| line.starts_with(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    fn plain(text: &[u8]) -> Result<String, io::Error> {
        let mut found = String::new();
        let input = BufReader::with_capacity(2, Cursor::new(text.to_vec()));
        PlainText::new(Box::new(input), b',').read_to_string(&mut found)?;
        Ok(found)
    }

    #[test]
    fn all_line_ends_are_one() {
        assert_eq!(plain(b"a\r\nb\rc\nd").unwrap(), "a\nb\nc\nd\n");
        assert_eq!(plain(b"a\r\r\n\nb\r").unwrap(), "a\n\n\nb\n");
    }

    #[test]
    fn comments_keep_their_line_and_quoted_ones_are_none() {
        assert_eq!(plain(b"# \"x\n1\n #y\n").unwrap(), "\n1\n\n");
        assert_eq!(plain(b"\"a\n# b\",1\n#N/A,1\n").unwrap(), "\"a\n# b\",1\n#N/A,1\n");
        assert_eq!(plain("\u{feff}\"a\"\n".as_bytes()).unwrap(), "\"a\"\n");
    }

    #[test]
    fn a_long_line_and_an_open_quote_are_errors_that_name_their_line() {
        let line = |text: &[u8]| {
            let error = plain(text).unwrap_err();
            error.get_ref().and_then(|inner| inner.downcast_ref::<LineError>()).map(LineError::line)
        };
        let long = [&b"1\n"[..], &vec![b'2'; MAX_LINE_BYTES + 1]].concat();
        assert_eq!(line(&long), Some(2));
        assert_eq!(line(b"1\n\n\"a\n1\n2\n"), Some(3));
        let quoted = [&b"1\n\"a\n"[..], &b"2\n".repeat(MAX_LINE_BYTES)].concat();
        assert_eq!(line(&quoted), Some(2));
        assert!(plain(b"1\"a\n\"a\"\"b\"\n").is_ok());
    }
}
