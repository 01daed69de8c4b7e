//! A vector a row of an array.

use npyz::{NpyFile, Order};

use super::{Input, Vectors};
use crate::load::Problem;

/// What every such file begins with; no text does.
pub(super) const FIRST_BYTE: u8 = 0x93;

/// Most numbers of one vector, so that a header of a few bytes can not claim more memory than that.
const MAX_COLUMNS: u64 = 1 << 20;

/// The rows of an array of two dimensions, of doubles, floats or integers. One in Fortran order is read whole.
pub(super) fn vectors(input: Input) -> Result<Vectors, Problem> {
    let file = NpyFile::new(input).map_err(|error| wrong(&error))?;
    let &[rows, columns] = file.shape() else {
        let shape = file.shape();
        return Err(Problem::Other(format!(
            "an array of shape (vectors, parameters) is expected, not {shape:?}"
        )));
    };
    if columns > MAX_COLUMNS {
        return Err(Problem::Other(format!("vectors of {columns} numbers, the limit is {MAX_COLUMNS}")));
    }
    let order = file.order();
    let values = values(file)?;
    let mut values = if order == Order::Fortran { by_row(values, rows, columns)? } else { values };
    let mut row = 0;
    Ok(Box::new(std::iter::from_fn(move || {
        if row == rows {
            return None;
        }
        row += 1;
        let next = || match values.next() {
            Some(Ok(value)) if value.is_finite() => Ok(value),
            Some(Ok(value)) => {
                Err(Problem::Other(format!("row {}: {value} is not a finite number", row - 1)))
            }
            Some(Err(error)) => Err(wrong(&error)),
            None => Err(Problem::Other(format!("ends in row {}, and is to have {rows}", row - 1))),
        };
        Some(std::iter::repeat_with(next).take(columns as usize).collect())
    })))
}

type Values = Box<dyn Iterator<Item = std::io::Result<f64>>>;

/// Doubles as they are; floats and integers are widened.
fn values(file: NpyFile<Input>) -> Result<Values, Problem> {
    let file = match file.try_data::<f64>() {
        Ok(values) => return Ok(Box::new(values)),
        Err(file) => file,
    };
    let file = match file.try_data::<f32>() {
        Ok(values) => return Ok(Box::new(values.map(|value| value.map(f64::from)))),
        Err(file) => file,
    };
    match file.try_data::<i64>() {
        Ok(values) => Ok(Box::new(values.map(|value| value.map(|value| value as f64)))),
        Err(file) => Err(Problem::Other(format!(
            "has numbers of the type {}, and doubles, floats and integers are read; save array.astype(float)",
            file.dtype().descr()
        ))),
    }
}

/// Values that stand column by column, row by row: for this all of them have to be in memory.
fn by_row(values: Values, rows: u64, columns: u64) -> Result<Values, Problem> {
    let all = values.collect::<std::io::Result<Vec<f64>>>().map_err(|error| wrong(&error))?;
    let (rows, columns) = (rows as usize, columns as usize);
    if rows.checked_mul(columns) != Some(all.len()) {
        return Err(Problem::Other(format!(
            "has {} numbers, and is to have {rows} rows of {columns}",
            all.len()
        )));
    }
    let mut place = 0..all.len();
    Ok(Box::new(std::iter::from_fn(move || {
        let place = place.next()?;
        Some(Ok(all[place % columns * rows + place / columns]))
    })))
}

fn wrong(error: &std::io::Error) -> Problem {
    Problem::Other(format!("is not an npy array of numbers: {error}"))
}
