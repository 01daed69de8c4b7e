//! The dialect of a text file, told from its first lines.

use super::text::is_comment;
use crate::load::cells::{is_value, unquoted};

/// How a text file separates its entries, and what stands before its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextDialect {
    /// Separator of entries.
    pub(crate) delimiter: u8,
    /// Whether the first line is `sep=;`, which spreadsheets understand.
    pub(crate) says_separator: bool,
    /// Names in a comment right before the first line of numbers, as numpy's `savetxt` writes a heading.
    pub(crate) comment_heading: Option<Vec<String>>,
    /// Whether every line but the first begins with a quoted entry and has one entry more than the first, as R's
    /// `write.table` writes row names.
    pub(crate) row_names: bool,
}

impl TextDialect {
    /// Tells a dialect from the first lines of a file.
    pub(crate) fn of(sample: &str) -> TextDialect {
        let sample = sample.trim_start_matches('\u{feff}');
        let all: Vec<&str> = sample.split(['\n', '\r']).collect();
        let mut lines: Vec<&str> = all
            .iter()
            .copied()
            .filter(|line| !line.trim().is_empty() && !is_comment(line.as_bytes()))
            .collect();
        let said = lines.first().and_then(|first| separator_said(first));
        if said.is_some() {
            lines.remove(0);
        }
        let delimiter = said.unwrap_or_else(|| separator(&lines));
        let comment_heading = comment_heading(&all, lines.first().copied(), delimiter);
        let row_names = row_names(&lines, delimiter);
        TextDialect { delimiter, says_separator: said.is_some(), comment_heading, row_names }
    }

    /// Returns the separator in words, where it is no comma.
    pub(crate) fn words(&self) -> Option<&'static str> {
        match self.delimiter {
            b';' => Some("separated by semicolons"),
            b'\t' => Some("separated by tabs"),
            b'|' => Some("separated by bars"),
            b' ' => Some("separated by spaces"),
            _ => None,
        }
    }
}

/// Returns the separator of a line `sep=;`.
fn separator_said(line: &str) -> Option<u8> {
    let line = line.trim_matches([' ', '"']);
    match line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP="))?.as_bytes() {
        &[one] if !one.is_ascii_alphanumeric() && one != b'"' && one.is_ascii() => Some(one),
        b"\\t" => Some(b'\t'),
        _ => None,
    }
}

/// Returns the separator that stands in every line; else the one that stands in the first; else a comma. Of several
/// that stand in every line it is the one that is no part of a number: `1,5;0` has decimal commas.
fn separator(lines: &[&str]) -> u8 {
    const ORDER: [u8; 4] = [b'\t', b';', b'|', b','];
    let in_all = |&one: &u8| lines.iter().all(|line| entries(line, one).len() > 1);
    let in_first = |&one: &u8| lines.first().is_some_and(|line| entries(line, one).len() > 1);
    if lines.is_empty() {
        return b',';
    }
    if let Some(found) = ORDER.into_iter().find(in_all).or_else(|| ORDER.into_iter().find(in_first)) {
        return found;
    }
    let others = &lines[1..];
    if let Some(found) = ORDER
        .into_iter()
        .find(|&one| !others.is_empty() && others.iter().all(|line| entries(line, one).len() > 1))
    {
        return found;
    }
    let rows: Vec<Vec<&str>> = others.iter().map(|line| entries(line, b' ')).collect();
    let spaced = |row: &Vec<&str>| row.len() > 1 && row.iter().skip(1).all(|cell| !cell.is_empty());
    let numbers = |row: &Vec<&str>| row.iter().filter(|cell| is_value(unquoted(cell))).count() > 1;
    let widths = entries(lines[0], b' ').len();
    let alike = |row: &Vec<&str>| spaced(row) && (row.len() == widths || row.len() == widths + 1);
    match rows.iter().all(|row| alike(row) && numbers(row)) && (!rows.is_empty() || widths > 1) {
        true => b' ',
        false => b',',
    }
}

/// Splits a line where a separator stands outside of quotes; of spaces a run is one separator.
pub(crate) fn entries(line: &str, delimiter: u8) -> Vec<&str> {
    let (mut found, mut begin, mut quoted) = (Vec::new(), 0, false);
    let line = if delimiter == b' ' { line.trim() } else { line };
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if byte == delimiter && !quoted => {
                if delimiter != b' ' || begin < at {
                    found.push(&line[begin..at]);
                }
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.push(&line[begin..]);
    found
}

/// Returns the names of the last comment before the first line of numbers, if it has as many.
fn comment_heading(all: &[&str], first: Option<&str>, delimiter: u8) -> Option<Vec<String>> {
    let first = first?;
    let at = all.iter().position(|&line| std::ptr::eq(line, first))?;
    let comment = all[..at].iter().rev().find(|line| !line.trim().is_empty())?;
    let names = comment.trim().strip_prefix('#')?.trim();
    let cells = entries(first, delimiter);
    let names: Vec<String> =
        entries(names, delimiter).into_iter().map(|name| unquoted(name).to_owned()).collect();
    let are_names = names.iter().all(|name| !name.is_empty() && !is_value(name));
    let are_values = cells.iter().all(|cell| is_value(unquoted(cell)));
    (names.len() == cells.len() && are_names && are_values).then_some(names)
}

/// Returns whether all lines but the first have a quoted entry more than the first, at their beginning.
fn row_names(lines: &[&str], delimiter: u8) -> bool {
    let [heading, rows @ ..] = lines else { return false };
    let width = entries(heading, delimiter).len();
    let named = |row: &&str| row.trim_start().starts_with('"') && entries(row, delimiter).len() == width + 1;
    !rows.is_empty() && rows.iter().all(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> char {
        char::from(TextDialect::of(text).delimiter)
    }

    #[test]
    fn the_separator_stands_in_every_line() {
        assert_eq!(delimiter("time,event\n1,0\n"), ',');
        assert_eq!(delimiter("time;event\n1,5;0\n2,5;1\n"), ';');
        assert_eq!(delimiter("1,5;0\n2,5;1\n"), ';');
        assert_eq!(delimiter("time\tevent\n1,5\t0\n"), '\t');
        assert_eq!(delimiter("a|b\n1|2\n"), '|');
        assert_eq!(delimiter("time,note\n1,a;b\n"), ',');
        assert_eq!(delimiter("\"a;b\",c\n1,2\n"), ',');
        assert_eq!(delimiter("\"time\" \"event\"\n\"1\" 1 0\n\"2\" 2 1\n"), ' ');
        assert_eq!(delimiter("time event\n1  0\n2  1\n"), ' ');
        assert_eq!(delimiter("survival time\n1\n2\n"), ',');
        assert_eq!(delimiter("1\n2\n"), ',');
    }

    #[test]
    fn spreadsheets_may_say_their_separator() {
        let found = TextDialect::of("\u{feff}sep=;\r\ntime;event\r\n1;0\r\n");
        assert!(found.says_separator && found.delimiter == b';');
        assert_eq!(delimiter("\"sep=\t\"\na\tb\n"), '\t');
    }

    #[test]
    fn a_comment_of_names_above_numbers_is_a_heading() {
        let found = TextDialect::of("# written by x\n# time,event\n1.0,0.0\n");
        assert_eq!(found.comment_heading.unwrap(), ["time", "event"]);
        for text in ["# a remark\n1,2\n", "# a, b\ntime,event\n1,2\n", "# 1,2\n1,2\n", "1,2\n# a,b\n"] {
            assert_eq!(TextDialect::of(text).comment_heading, None, "{text}");
        }
    }

    #[test]
    fn quoted_entries_before_the_heading_are_row_names() {
        assert!(TextDialect::of("\"x\"\n\"1\",1\n\"2\",2\n").row_names);
        assert!(TextDialect::of("\"t\" \"e\"\n\"1\" 1 0\n\"2\" 2 1\n").row_names);
        assert!(!TextDialect::of("x\n1,1\n2,2\n").row_names);
    }
}
