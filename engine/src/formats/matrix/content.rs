//! The parts of the matrix form as a file gives them, before they are checked against each other.

use super::names::Role;
use super::sparse::SparseMatrix;
use crate::Kind;
use crate::formats::FormatError;
use crate::formats::input::Rows;
use crate::formats::table::Table;
use crate::formats::text::quotable;

/// The reason why the arrivals of a Markovian arrival process are refused.
pub(super) const ARRIVALS: &str =
    "a Markovian arrival process, which is no phase-type distribution: give `alpha` and `D0` alone";

/// A part with the name under which it stands in the file.
#[derive(Debug)]
pub(super) struct Named<T> {
    pub(super) name: &'static str,
    pub(super) value: T,
}

/// The parts of the matrix form.
#[derive(Debug, Default)]
pub(super) struct MatrixParts {
    pub(super) initial: Option<Named<Vec<f64>>>,
    pub(super) matrix: Option<Named<SparseMatrix>>,
    pub(super) exit: Option<Named<Vec<f64>>>,
    kind: Option<Named<Kind>>,
    /// A key that is near the name of a part that is missing: the key, and the name.
    meant: Vec<(String, &'static str, Role)>,
}

/// Returns an error of the matrix form at a place in it.
pub(super) fn wrong(place: impl Into<String>, message: impl Into<String>) -> FormatError {
    FormatError::Matrix { place: place.into(), message: message.into() }
}

impl MatrixParts {
    /// Takes numbers under a name.
    pub(super) fn put(&mut self, name: &'static str, role: Role, table: Table) -> Result<(), FormatError> {
        match role {
            Role::Matrix => self.put_matrix(name, square(name, table)?),
            Role::Initial => {
                let value = table.into_vector().map_err(|message| wrong(name, message))?;
                put(&mut self.initial, name, value, "the initial probabilities")
            }
            Role::Exit => {
                let value = table.into_vector().map_err(|message| wrong(name, message))?;
                put(&mut self.exit, name, value, "the exit rates")
            }
            Role::Kind | Role::Discrete | Role::Arrivals => Err(wrong(name, "numbers are not expected here")),
        }
    }

    /// Takes the matrix.
    pub(super) fn put_matrix(&mut self, name: &'static str, value: SparseMatrix) -> Result<(), FormatError> {
        put(&mut self.matrix, name, value, "the matrix")
    }

    /// Takes the kind by its word.
    pub(super) fn put_kind(&mut self, name: &'static str, word: &str) -> Result<(), FormatError> {
        let kind = match word {
            "continuous" => Kind::Continuous,
            "discrete" => Kind::Discrete,
            other => {
                let other = quotable(other);
                return Err(wrong(name, format!("`{other}` is neither `continuous` nor `discrete`")));
            }
        };
        self.put_checked_kind(name, kind)
    }

    /// Takes the kind by its flag.
    pub(super) fn put_discrete(&mut self, name: &'static str, discrete: bool) -> Result<(), FormatError> {
        self.put_checked_kind(name, if discrete { Kind::Discrete } else { Kind::Continuous })
    }

    fn put_checked_kind(&mut self, name: &'static str, kind: Kind) -> Result<(), FormatError> {
        match &self.kind {
            Some(other) if other.value != kind => {
                let message = format!("contradicts `{}`, which says the opposite", other.name);
                Err(wrong(name, message))
            }
            _ => put(&mut self.kind, name, kind, "the kind").or_else(|error| {
                // Two names for the kind may agree; one name twice may not.
                if self.kind.as_ref().is_some_and(|known| known.name != name) { Ok(()) } else { Err(error) }
            }),
        }
    }

    /// Remembers an unknown key that is near a known one.
    ///
    /// # Errors
    /// Where ignoring the key would change the meaning of the rest.
    pub(super) fn meet_unknown(&mut self, key: &str) -> Result<(), FormatError> {
        let Some((name, role)) = super::names::near(key) else { return Ok(()) };
        let key = quotable(key);
        match role {
            Role::Initial | Role::Matrix | Role::Arrivals => {
                self.meant.push((key, name, role));
                self.meant.truncate(8);
                Ok(())
            }
            Role::Exit | Role::Kind | Role::Discrete => {
                Err(wrong(key, format!("an unknown key: write `{name}` if that is meant")))
            }
        }
    }

    /// Returns the kind, where it is stated.
    pub(super) fn kind(&self) -> Option<Kind> {
        self.kind.as_ref().map(|kind| kind.value)
    }

    /// Returns the error of a part that is missing.
    pub(super) fn missing(&self, role: Role) -> FormatError {
        let (key, what) = match role {
            Role::Initial => (
                "alpha",
                ": a probability for each row of the matrix; only a generator with its absorbing row may do without",
            ),
            _ => ("S", ": the sub-intensity matrix, a list of rows"),
        };
        match self.meant.iter().find(|(_, _, meant)| *meant == role) {
            Some((found, name, _)) => FormatError::MissingPart {
                key,
                hint: format!("; write `{name}` for `{found}` if that is meant"),
            },
            None => FormatError::MissingPart { key, hint: what.to_owned() },
        }
    }
}

fn put<T>(slot: &mut Option<Named<T>>, name: &'static str, value: T, what: &str) -> Result<(), FormatError> {
    match slot {
        Some(other) if other.name == name => Err(wrong(name, "the key stands here a second time")),
        Some(other) => Err(wrong(name, format!("`{}` gives {what} already", other.name))),
        None => {
            *slot = Some(Named { name, value });
            Ok(())
        }
    }
}

/// Returns the square matrix of numbers: a single one is a matrix of one row.
fn square(name: &'static str, table: Table) -> Result<SparseMatrix, FormatError> {
    let rows = match table {
        Table::Scalar(value) => Rows { values: vec![value], count: 1, width: 1, ragged: None },
        Table::List(values) if values.len() <= 1 => {
            Rows { count: values.len(), width: values.len(), values, ragged: None }
        }
        Table::List(values) => {
            let message = format!("a flat list of {} numbers where a list of rows is expected", values.len());
            return Err(wrong(name, message));
        }
        Table::Rows(rows) => rows,
    };
    let n = rows.count;
    if n == 0 {
        return Err(wrong(name, "the matrix is empty"));
    }
    rows.checked(name, n, &format!(": the matrix has {n} rows"))?;
    SparseMatrix::from_dense(n, &rows.values).map_err(|message| wrong(name, message))
}
