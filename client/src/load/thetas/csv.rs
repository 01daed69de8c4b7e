//! A vector a line.

use std::io::BufRead;

use ::csv::StringRecord;

use super::{ParameterNames, Vectors};
use crate::load::table::DataTable;
use crate::load::{Problem, cells};

/// What is wrong with a file that has a heading alone, which may be numbers with something else in between.
const NOTHING: &str = "has a heading and no vector; a vector is a line of numbers separated by commas";

/// Returns the vectors of lines: under a heading by the names of parameters, without one in their order.
pub(super) fn vectors(input: Box<dyn BufRead>, names: &ParameterNames) -> Vectors {
    match VectorLines::new(input, names) {
        Ok(mut lines) => Box::new(std::iter::from_fn(move || lines.next_vector().transpose())),
        Err(problem) => Box::new(std::iter::once(Err(problem))),
    }
}

/// The lines of a table of vectors.
struct VectorLines {
    table: DataTable,
    row: StringRecord,
    /// Column of each entry, where there is a heading.
    columns: Option<Vec<usize>>,
}

impl VectorLines {
    fn new(input: Box<dyn BufRead>, names: &ParameterNames) -> Result<VectorLines, Problem> {
        let mut table = DataTable::stream(input)?;
        find_numbers_of_columns(&mut table)?;
        let columns = table.heading.as_ref().map(|heading| names.columns(heading)).transpose();
        let columns = columns.map_err(|message| table.wrong(table.first_line, message));
        let mut lines = VectorLines { table, row: StringRecord::new(), columns: None };
        if lines.table.heading.is_some() {
            // Numbers with another sign between them look like a heading: that is said first.
            match lines.table.next_row(&mut lines.row)? {
                Some(line) => lines.table.put_back(line, lines.row.clone()),
                None => return Err(Problem::Other(NOTHING.into())),
            }
        }
        lines.columns = columns?;
        Ok(lines)
    }

    fn next_vector(&mut self) -> Result<Option<Vec<f64>>, Problem> {
        let Some(line) = self.table.next_row(&mut self.row)? else { return Ok(None) };
        let width = self.table.heading.as_ref().map_or(self.row.len(), Vec::len);
        let vector = self.vector(width);
        vector.map(Some).map_err(|message| self.table.wrong(line, message))
    }

    fn vector(&mut self, width: usize) -> Result<Vec<f64>, String> {
        if self.row.len() < width || self.row.iter().skip(width).any(|cell| !cell.is_empty()) {
            return Err(format!("there are {} entries, and the heading has {width}", self.row.len()));
        }
        let (row, decimals) = (&self.row, &mut self.table.decimals);
        let mut number = |at: usize| {
            let cell = row.get(at).unwrap_or_default();
            decimals.number(cell).map_err(|reason| format!("`{}` {reason}", cells::shown(cell)))
        };
        match &self.columns {
            Some(columns) => columns.iter().map(|&at| number(at)).collect(),
            None => (0..width).map(number).collect(),
        }
    }
}

/// Takes a first row of 0, 1, .. as the heading that pandas writes of columns without names, where the next row shows that
/// it is one: Python writes doubles with a point.
fn find_numbers_of_columns(table: &mut DataTable) -> Result<(), Problem> {
    if table.heading.is_some() {
        return Ok(());
    }
    let (mut first, mut second) = (StringRecord::new(), StringRecord::new());
    let Some(line) = table.next_row(&mut first)? else { return Ok(()) };
    if !first.iter().enumerate().all(|(at, cell)| cell == at.to_string()) {
        table.put_back(line, first);
        return Ok(());
    }
    let next = table.next_row(&mut second)?;
    let pointed = second.iter().any(|cell| cell.ends_with(".0"));
    if let Some(next) = next {
        table.put_back(next, second);
    }
    match (next.is_some(), pointed) {
        (true, true) => {
            table.heading = Some(first.iter().map(str::to_owned).collect());
            Ok(())
        }
        (true, false) if first.len() > 1 => Err(table.wrong(
            line,
            "a vector 0, 1, .. or numbers of columns: write the vector with points (0.0), or theta[0] and so on above the columns".into(),
        )),
        _ => {
            table.put_back(line, first);
            Ok(())
        }
    }
}
