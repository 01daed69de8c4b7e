//! A vector a row of an array.

use npyz::{NpyFile, Order};

use super::{Input, Vectors};
use crate::load::Problem;

/// What every such file begins with; no text does.
pub(super) const FIRST_BYTE: u8 = 0x93;

/// Most numbers of one vector, so that a header of a few bytes can not claim more memory than that.
const MAX_COLUMNS: u64 = 1 << 20;

/// The rows of an array of two dimensions, of doubles, floats or integers.
pub(super) fn vectors(input: Input) -> Result<Vectors, Problem> {
    let file = NpyFile::new(input).map_err(|error| wrong(&error))?;
    let &[rows, columns] = file.shape() else {
        let shape = file.shape();
        return Err(Problem::Other(format!(
            "an array of shape (vectors, parameters) is expected, not {shape:?}"
        )));
    };
    if file.order() != Order::C {
        return Err(Problem::Other(
            "the array is in Fortran order; save numpy.ascontiguousarray of it".into(),
        ));
    }
    if columns > MAX_COLUMNS {
        return Err(Problem::Other(format!("vectors of {columns} numbers, the limit is {MAX_COLUMNS}")));
    }
    let mut values = values(file)?;
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
    let values = file.data::<i64>().map_err(|error| wrong(&std::io::Error::other(error)))?;
    Ok(Box::new(values.map(|value| value.map(|value| value as f64))))
}

fn wrong(error: &std::io::Error) -> Problem {
    Problem::Other(format!("is not an npy array of numbers: {error}"))
}
