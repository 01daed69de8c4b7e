//! Reading JSON straight into flat rows of numbers, remembering where one is, so that every error has a place.

use std::cell::Cell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::FormatError;
use super::text::{JsonText, quotable, shortened};

/// Most bytes of a parser's message: it may quote the input.
const MAX_MESSAGE: usize = 300;

/// Most unknown keys that an error names.
const MOST_KEYS_NAMED: usize = 6;

/// Where the parser is: the key, and within an array the row.
#[derive(Debug, Default)]
pub(super) struct Place {
    key: Cell<&'static str>,
    row: Cell<Option<usize>>,
}

impl Place {
    /// Says that the value of a key is read from now on; the empty key stands between values.
    pub(super) fn enter(&self, key: &'static str) {
        self.key.set(key);
        self.row.set(None);
    }

    /// Records the row that is read from now on, within the key entered last.
    pub(super) fn at_row(&self, row: Option<usize>) {
        self.row.set(row);
    }

    fn text(&self) -> String {
        match (self.key.get(), self.row.get()) {
            ("", _) => String::new(),
            (key, None) => format!("{key}: "),
            (key, Some(row)) => format!("{key}[{row}]: "),
        }
    }
}

/// A number of one array's kind, from either way JSON may write it.
pub(super) trait Entry: Copy {
    /// What an error says was expected.
    const EXPECTED: &'static str;
    fn from_whole(value: i64) -> Option<Self>;
    fn from_float(value: f64) -> Option<Self>;
}

impl Entry for f64 {
    const EXPECTED: &'static str = "a number";
    fn from_whole(value: i64) -> Option<Self> {
        Some(value as f64)
    }
    fn from_float(value: f64) -> Option<Self> {
        Some(value)
    }
}

impl Entry for i32 {
    const EXPECTED: &'static str = "a whole number of 32 bits";
    fn from_whole(value: i64) -> Option<Self> {
        i32::try_from(value).ok()
    }
    fn from_float(value: f64) -> Option<Self> {
        let whole = value as i32;
        (f64::from(whole) == value).then_some(whole)
    }
}

/// The rows of an array, one after another, as long as they are of one width.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows<T> {
    /// Entries of all rows up to the first of another width.
    pub(super) values: Vec<T>,
    /// Number of rows.
    pub(super) count: usize,
    /// Entries of the first row; 0 where there is none.
    pub(super) width: usize,
    /// The first row of another width, and its width.
    pub(super) ragged: Option<(usize, usize)>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Rows { values: Vec::new(), count: 0, width: 0, ragged: None }
    }
}

impl<T> Rows<T> {
    /// Closes the row that began at `start` in `values`.
    pub(super) fn close(&mut self, start: usize) {
        let width = self.values.len() - start;
        if self.count == 0 {
            self.width = width;
        } else if width != self.width && self.ragged.is_none() {
            self.ragged = Some((self.count, width));
        }
        if self.ragged.is_some() {
            self.values.truncate(start);
        }
        self.count += 1;
    }

    /// Row by number.
    pub(super) fn row(&self, row: usize) -> &[T] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// All rows, if each has `width` entries.
    ///
    /// # Errors
    /// Names the first row that has not; `why` explains the width.
    pub(super) fn checked(&self, key: &'static str, width: usize, why: &str) -> Result<(), FormatError> {
        let wrong = if self.count > 0 && self.width != width { Some((0, self.width)) } else { self.ragged };
        match wrong {
            None => Ok(()),
            Some((row, found)) => {
                Err(FormatError::RowWidth { key, row, found, expected: format!("{width}{why}") })
            }
        }
    }
}

/// Reads an array of arrays of numbers.
pub(super) struct RowsSeed<'a, T> {
    pub(super) place: &'a Place,
    pub(super) rows: Rows<T>,
}

impl<'a, T> RowsSeed<'a, T> {
    pub(super) fn new(place: &'a Place) -> Self {
        RowsSeed { place, rows: Rows::default() }
    }
}

impl<'de, T: Entry> DeserializeSeed<'de> for RowsSeed<'_, T> {
    type Value = Rows<T>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rows<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Entry> Visitor<'de> for RowsSeed<'_, T> {
    type Value = Rows<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rows")
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut array: A) -> Result<Rows<T>, A::Error> {
        loop {
            let start = self.rows.values.len();
            self.place.row.set(Some(self.rows.count));
            if array.next_element_seed(Entries(&mut self.rows.values))?.is_none() {
                return Ok(self.rows);
            }
            self.rows.close(start);
        }
    }
}

/// Appends the numbers of one array to a list.
struct Entries<'a, T>(&'a mut Vec<T>);

impl<'de, T: Entry> DeserializeSeed<'de> for Entries<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Entry> Visitor<'de> for Entries<'_, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a row, an array of which each entry is {}", T::EXPECTED)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while let Some(Number(value)) = array.next_element()? {
            push(self.0, value)?;
        }
        Ok(())
    }
}

/// Appends a number, unless memory is short.
pub(super) fn push<T, E: Error>(list: &mut Vec<T>, value: T) -> Result<(), E> {
    list.try_reserve(1).map_err(|_| E::custom("out of memory: more numbers than this process may hold"))?;
    list.push(value);
    Ok(())
}

/// One number.
pub(super) struct Number<T>(pub(super) T);

impl<'de, T: Entry> serde::Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(std::marker::PhantomData<T>);
        impl<T: Entry> Visitor<'_> for Read<T> {
            type Value = Number<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
                let number = T::from_whole(value).map(Number);
                number.ok_or_else(|| E::custom(format_args!("{value} is not {}", T::EXPECTED)))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
                match i64::try_from(value) {
                    Ok(value) => self.visit_i64(value),
                    Err(_) => self.visit_f64(value as f64),
                }
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
                let number = T::from_float(value).map(Number);
                number.ok_or_else(|| E::custom(format_args!("{value} is not {}", T::EXPECTED)))
            }
        }
        deserializer.deserialize_f64(Read(std::marker::PhantomData))
    }
}

/// Reads a flat array of numbers.
pub(super) struct ListSeed<'a>(pub(super) &'a Place);

impl<'de> DeserializeSeed<'de> for ListSeed<'_> {
    type Value = Vec<f64>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<f64>, D::Error> {
        let mut list = Vec::new();
        self.0.row.set(None);
        deserializer.deserialize_seq(Entries(&mut list))?;
        Ok(list)
    }
}

/// Parses a whole text with a visitor that keeps `place` up to date.
///
/// # Errors
/// What is wrong with the text, with the place, line and column.
pub(super) fn parse<'de, V: Visitor<'de>>(
    text: JsonText<'de>,
    place: &Place,
    visitor: V,
) -> Result<V::Value, FormatError> {
    let mut parser = serde_json::Deserializer::from_slice(text.bytes());
    let parsed = parser.deserialize_map(visitor).and_then(|value| parser.end().map(|()| value));
    parsed.map_err(|e| describe(text.bytes(), place, &e))
}

fn describe(bytes: &[u8], place: &Place, error: &serde_json::Error) -> FormatError {
    let (line, column, place) = (error.line(), error.column(), place.text());
    if let Some(token) = not_finite_at(bytes, line, column) {
        return FormatError::NotFinite { place, token, line, column };
    }
    let mut message = error.to_string();
    if let Some(end) = message.rfind(" at line ") {
        message.truncate(end);
    }
    let mut message = shortened(&message, MAX_MESSAGE).into_owned();
    if bytes.split(|&b| b == b'\n').nth(line.saturating_sub(1)).and_then(|l| l.get(column.checked_sub(1)?))
        == Some(&b'\'')
    {
        message.push_str(" (JSON has double quotes: Python writes it by json.dump)");
    }
    FormatError::Json { place, message, line, column }
}

/// The word at or just before a position where the parser stopped, if it is one that Python writes for a double
/// without a value.
fn not_finite_at(bytes: &[u8], line: usize, column: usize) -> Option<&'static str> {
    let line = bytes.split(|&b| b == b'\n').nth(line.checked_sub(1)?)?;
    let near = line.get(column.saturating_sub(2)..)?;
    let word = near.iter().position(|b| b.is_ascii_alphabetic() || *b == b'-').filter(|&at| at < 2)?;
    ["NaN", "-Infinity", "Infinity"].into_iter().find(|token| near[word..].starts_with(token.as_bytes()))
}

/// The form of a JSON dictionary, by its keys.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum KnownForm {
    /// A key of the first kind comes before any of the second.
    First,
    /// A key of the second kind comes before any of the first, or the text is no dictionary: its reader says so.
    Second,
    /// A dictionary without a key of either kind; its first keys.
    Neither(Vec<String>),
}

/// Returns which of two kinds of keys a JSON dictionary has first. Reads no further than that.
pub(super) fn form(text: JsonText<'_>, first: fn(&str) -> bool, second: fn(&str) -> bool) -> KnownForm {
    let mut parser = serde_json::Deserializer::from_slice(text.bytes());
    let found = Cell::new(None);
    // The parser fails where the search ends early; an error of the text is met again, and described, by the reader
    // of the second form.
    match parser.deserialize_map(KeySearch { first, second, found: &found }) {
        Ok(keys) => KnownForm::Neither(keys),
        Err(_) => found.into_inner().unwrap_or(KnownForm::Second),
    }
}

struct KeySearch<'a> {
    first: fn(&str) -> bool,
    second: fn(&str) -> bool,
    found: &'a Cell<Option<KnownForm>>,
}

impl<'de> Visitor<'de> for KeySearch<'_> {
    /// The first keys of a dictionary that has none of either kind.
    type Value = Vec<String>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a dictionary")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
        let mut keys = Vec::new();
        while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            let form = if (self.first)(&key) {
                Some(KnownForm::First)
            } else {
                (self.second)(&key).then_some(KnownForm::Second)
            };
            if form.is_some() {
                self.found.set(form);
                return Err(A::Error::custom("found"));
            }
            if keys.len() < MOST_KEYS_NAMED {
                keys.push(quotable(&key));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(keys)
    }
}
