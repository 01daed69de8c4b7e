//! Lines of CSV as spreadsheets and programs write them.

/// The entries of a line: without quotes and blanks around them, and without the mark that some programs put before
/// the first of a file. Nothing that is read here has a comma within quotes.
pub(super) fn of(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim_start_matches('\u{feff}').trim();
    line.split(',').map(|cell| cell.trim().trim_matches('"').trim())
}

/// Whether a line has no entries: it is blank, or a remark.
pub(super) fn is_none(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim();
    line.is_empty() || line.starts_with('#')
}

/// What to do where an entry is no number, if that can be told; follows what says so.
pub(super) fn cure(cell: &str) -> &'static str {
    match cell {
        _ if cell.contains([';', '\t']) => ": entries are separated by commas",
        "" => ": an entry is missing",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_blanks_and_the_mark_are_no_part_of_an_entry() {
        let line = "\u{feff}\"a\" , 2,\"\",\r\n";
        assert_eq!(of(line).collect::<Vec<_>>(), ["a", "2", "", ""]);
    }

    #[test]
    fn a_remark_and_a_blank_line_have_no_entries_and_a_lone_comma_has_two() {
        assert!(is_none("\u{feff} \r\n") && is_none(" # 1,2") && !is_none(","));
    }
}
