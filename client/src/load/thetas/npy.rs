//! A vector a row of an array; of a graph with one parameter, a vector a number.

use std::io::BufRead;

use super::Vectors;
use crate::load::Problem;
use crate::load::table::MAX_COLUMNS;
use crate::load::table::array::{NumberArray, ends_early};

/// Returns the vectors of an array of one or two dimensions. One in Fortran order is read whole.
pub(super) fn vectors(input: Box<dyn BufRead>, parameters: usize) -> Result<Vectors, Problem> {
    let array = NumberArray::read(input)?;
    if array.booleans {
        return Err(Problem::Other(
            "has entries of the type |b1, which are no parameters; save array.astype(float)".into(),
        ));
    }
    let (rows, columns) = match array.shape[..] {
        [rows, columns] => (rows, columns),
        [rows] if parameters == 1 => (rows, 1),
        [columns] if columns == parameters as u64 => (1, columns),
        [count] => {
            return Err(Problem::Other(format!(
                "an array of shape ({count},) is one vector of {count} numbers, or {count} vectors of one, and the graph has {parameters} parameters: save an array of shape (vectors, {parameters})"
            )));
        }
        _ => {
            return Err(Problem::Other(format!(
                "an array of shape (vectors, parameters) is expected, not {:?}",
                array.shape
            )));
        }
    };
    if columns > MAX_COLUMNS as u64 {
        return Err(Problem::Other(format!("vectors of {columns} numbers, the limit is {MAX_COLUMNS}")));
    }
    let mut values = array.by_row()?;
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
            Some(Err(error)) => Err(error),
            None => Err(ends_early(row - 1, rows)),
        };
        Some(std::iter::repeat_with(next).take(columns as usize).collect())
    })))
}
