//! Entries of tables: numbers as other programs write them, and how an entry is quoted in an error.

/// Most characters of an entry or a name that an error repeats.
const SHOWN: usize = 60;

/// Names that an error or a note lists.
const LISTED: usize = 12;

/// Words for a missing value.
const MISSING: [&str; 14] =
    ["", "na", "n/a", "nan", "null", "none", "nil", ".", "-", "?", "missing", "<na>", "nat", "#n/a"];

/// Returns an entry for an error: cut where it is long, control characters escaped.
pub(super) fn shown(text: &str) -> String {
    let mut found = String::new();
    for (at, char) in text.chars().enumerate() {
        match char {
            _ if at == SHOWN => {
                found.push_str("..");
                break;
            }
            _ if char.is_control() => found.extend(char.escape_default()),
            _ => found.push(char),
        }
    }
    found
}

/// Lists names for an error or a note, each cut, the first dozen of them.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let first: Vec<String> = names.by_ref().take(LISTED).map(shown).collect();
    match names.count() {
        0 => first.join(", "),
        others => format!("{} and {others} more", first.join(", ")),
    }
}

/// Writes an option as a shell takes it, such as `--columns event=status` or `--columns 'event=a b'`.
pub(super) fn columns_option(role: &str, column: &str, value: &str) -> String {
    let text = format!("{role}={}{value}", shown(column));
    let plain = text.chars().all(|char| char.is_alphanumeric() || "_-.,:=/+@%".contains(char));
    if plain { format!("--columns {text}") } else { format!("--columns '{text}'") }
}

/// Returns an entry without blanks and quotes around it.
pub(super) fn unquoted(cell: &str) -> &str {
    cell.trim().trim_matches('"').trim()
}

/// Returns whether an entry stands for a missing value.
pub(super) fn is_missing(cell: &str) -> bool {
    MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// Returns whether an entry is a value, and so no name of a column: it begins like a number, or stands for a missing or
/// infinite one.
pub(super) fn is_value(cell: &str) -> bool {
    let cell = cell.trim();
    let unsigned = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    let digits = unsigned.strip_prefix(['.', ',', '<', '>']).unwrap_or(unsigned);
    digits.starts_with(|first: char| first.is_ascii_digit())
        || (!cell.is_empty() && is_missing(cell))
        || cell.starts_with('#')
        || ["inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word))
}

/// How a table writes the decimals of its numbers, as far as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DecimalMark {
    /// A point; commas separate entries.
    Point,
    /// A point or a comma: no number with either was read.
    Either,
    /// A point was read where a comma might have been.
    PointSeen,
    /// A comma.
    Comma,
}

impl DecimalMark {
    /// Reads a finite number.
    ///
    /// # Errors
    /// Says what the entry is, as the end of a sentence that begins with it: "is not a number".
    pub(super) fn number(&mut self, cell: &str) -> Result<f64, String> {
        let parsed = match self.mark(cell)? {
            true => cell.replacen(',', ".", 1).parse::<f64>(),
            false => cell.parse(),
        };
        match parsed {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(no_number(cell)),
        }
    }

    /// Returns whether a cell has a decimal comma.
    fn mark(&mut self, cell: &str) -> Result<bool, String> {
        if *self == DecimalMark::Point {
            return Ok(false);
        }
        let commas = cell.matches(',').count();
        match (commas, cell.contains('.')) {
            (0, false) => Ok(false),
            (0, true) if *self == DecimalMark::Comma => {
                Err("has a decimal point, and numbers before it have decimal commas".into())
            }
            (0, true) => {
                *self = DecimalMark::PointSeen;
                Ok(false)
            }
            (1, false) if *self == DecimalMark::PointSeen => {
                Err("has a comma, and numbers before it have decimal points".into())
            }
            (1, false) => {
                *self = DecimalMark::Comma;
                Ok(true)
            }
            _ => Err("is not a number: no sign may separate thousands".into()),
        }
    }
}

/// Says why an entry is no finite number.
fn no_number(cell: &str) -> String {
    let digit = |at: usize| cell.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let dashes = |sign: char| cell.matches(sign).count() >= 2 && digit(0) && digit(cell.len() - 1);
    let cured = match cell {
        "" => "is not a number: an entry is missing",
        _ if is_missing(cell) => "is not a number: a value is missing; leave its line out",
        _ if cell.parse::<f64>().is_ok() => "is not a finite number",
        _ if cell.contains([';', '\t']) => {
            "is not a number: entries are separated by commas, tabs or semicolons, one of them in the whole file"
        }
        _ if dashes('-') || dashes('/') || dashes(':') => {
            "is a date or a time of day and not a number: give times as numbers, such as days since a start"
        }
        _ if cell.contains(',') => {
            "is not a number: write a decimal point, and nothing between thousands (a comma may be either)"
        }
        _ if cell.ends_with('%') => "is a percentage and not a number",
        _ if digit(0) => "is not a number: leave out units and what separates thousands",
        _ => "is not a number",
    };
    cured.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_decimal_mark_in_a_table() {
        let mut mark = DecimalMark::Either;
        assert_eq!(mark.number("2"), Ok(2.0));
        assert_eq!(mark.number("1,5"), Ok(1.5));
        assert!(mark.number("1.5").unwrap_err().contains("decimal point"));
        assert!(mark.number("1.234,5").unwrap_err().contains("thousands"));
        let mut mark = DecimalMark::Either;
        assert_eq!(mark.number("1.5e3"), Ok(1500.0));
        assert!(mark.number("1,5").unwrap_err().contains("comma"));
        assert!(DecimalMark::Point.number("1,5").unwrap_err().contains("decimal point"));
    }

    #[test]
    fn what_is_no_number_is_told_apart() {
        let wrong = |cell| DecimalMark::Point.number(cell).unwrap_err();
        for cell in ["NA", "NaN", "nan", ".", "null", "#N/A"] {
            assert!(wrong(cell).contains("missing"), "{cell}: {}", wrong(cell));
        }
        for cell in ["inf", "-Infinity", "1e999"] {
            assert!(wrong(cell).contains("finite"), "{cell}: {}", wrong(cell));
        }
        for cell in ["2020-01-31", "31/12/2020", "10:20:30"] {
            assert!(wrong(cell).contains("date"), "{cell}");
        }
        assert!(wrong("1'234").contains("thousands") && wrong("3 days").contains("units"));
    }

    #[test]
    fn a_long_entry_is_cut_and_control_characters_are_escaped() {
        assert_eq!(shown("a\u{1b}[2J"), "a\\u{1b}[2J");
        assert!(shown(&"x".repeat(1 << 20)).len() < 70);
        assert_eq!(listed(["a"; 14]).matches('a').count(), 12 + 1, "and in `and`");
    }

    #[test]
    fn values_are_told_from_names() {
        for value in ["1", "-1.5", ".5", "NA", "nan", "2.5+", "2020-01-01", "inf", "#N/A", "<3"] {
            assert!(is_value(value), "{value}");
        }
        for name in ["time", "T", "", "E[T]", "theta[0]", "x1"] {
            assert!(!is_value(name), "{name}");
        }
    }
}
