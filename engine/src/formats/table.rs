//! Numbers as tools write vectors and matrices in JSON: one number, a list, or a list of rows.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};

use super::input::{Entry, Number, Place, Rows, push};

/// Numbers in one of three shapes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Table {
    /// A number alone.
    Scalar(f64),
    /// A flat list.
    List(Vec<f64>),
    /// Rows, of one width unless they say otherwise.
    Rows(Rows<f64>),
}

impl Table {
    /// Returns the numbers of a vector, which may be written as one number, as a row or as a column.
    ///
    /// # Errors
    /// Describes the shape of what is no vector.
    pub(super) fn into_vector(self) -> Result<Vec<f64>, String> {
        match self {
            Table::Scalar(value) => Ok(vec![value]),
            Table::List(values) => Ok(values),
            Table::Rows(rows) if rows.ragged.is_none() && (rows.count == 1 || rows.width == 1) => {
                Ok(rows.values)
            }
            Table::Rows(rows) if rows.count == 0 => Ok(Vec::new()),
            Table::Rows(rows) => {
                let width = rows.ragged.map_or(rows.width, |(_, width)| width);
                Err(format!("{} rows of {width} numbers where one row or one column is expected", rows.count))
            }
        }
    }
}

/// Reads a [`Table`], keeping the row of `place` up to date.
pub(super) struct TableSeed<'a>(pub(super) &'a Place);

impl<'de> DeserializeSeed<'de> for TableSeed<'_> {
    type Value = Table;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Table, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TableSeed<'_> {
    type Value = Table;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a list of numbers or a list of rows")
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Table, E> {
        Ok(Table::Scalar(value as f64))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Table, E> {
        Ok(Table::Scalar(value as f64))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Table, E> {
        Ok(Table::Scalar(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Table, A::Error> {
        let mut rows = Rows::default();
        let mut numbers = false;
        loop {
            let start = rows.values.len();
            self.0.at_row(Some(if numbers { start } else { rows.count }));
            match array.next_element_seed(Element(&mut rows.values))? {
                None if numbers => return Ok(Table::List(rows.values)),
                None => return Ok(Table::Rows(rows)),
                Some(Shape::Number) if rows.count == 0 => numbers = true,
                Some(Shape::Row) if !numbers => rows.close(start),
                Some(Shape::Number) => return Err(A::Error::custom("a number where a row is expected")),
                Some(Shape::Row) => return Err(A::Error::custom("a row where a number is expected")),
            }
        }
    }
}

enum Shape {
    Number,
    Row,
}

/// Appends a number, or the numbers of a row.
struct Element<'a>(&'a mut Vec<f64>);

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = Shape;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = Shape;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or a row of which each entry is {}", f64::EXPECTED, f64::EXPECTED)
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Shape, E> {
        self.visit_f64(value as f64)
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Shape, E> {
        self.visit_f64(value as f64)
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Shape, E> {
        push(self.0, value).map(|()| Shape::Number)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Shape, A::Error> {
        while let Some(Number(value)) = array.next_element()? {
            push(self.0, value)?;
        }
        Ok(Shape::Row)
    }
}
