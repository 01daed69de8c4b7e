//! Observations of times to absorption, from tables as other programs write them.
//!
//! With a heading the columns are found by their names, in any order; the private module `names` lists those that are known. Without one,
//! the first column is the time, and the second, if there is one, the weight. A column that could say which times are
//! censored is understood or refused, and never ignored; a [`ColumnChoice`] says what names do not.

mod choice;
mod columns;
mod marks;
mod names;
mod rows;
#[cfg(test)]
mod tests;
mod watched;

use std::ffi::OsStr;

use csv::StringRecord;
use sojourn_engine::{Event, Observation, ObservationError, Observations};

use super::table::DataTable;
use super::{LoadError, Problem};
use columns::ColumnRoles;
use marks::EventMark;
use rows::RowReader;

pub use choice::{ColumnChoice, ColumnRole};

/// Most observations of a file.
pub const MAX_OBSERVATIONS: usize = 1 << 23;

/// Observations, and the place in the file of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What was observed.
    pub observations: Observations,
    /// Place of each observation, from 1.
    pub lines: Vec<usize>,
    /// The word for such a place: `line` of text, `observation` elsewhere.
    pub place: &'static str,
    /// Names of columns that say nothing of observations.
    pub unused: Vec<String>,
    /// How the file was understood, in one line; none where it has the names that the documentation gives, and nothing
    /// was chosen.
    pub summary: Option<String>,
}

impl Observed {
    /// Names the columns that say nothing of observations, if there are any.
    pub fn unused_columns(&self) -> Option<String> {
        let names = self.unused.iter().map(String::as_str);
        (!self.unused.is_empty()).then(|| super::cells::listed(names))
    }
}

/// Reads observations from a file, or standard input for `-`.
///
/// # Errors
/// Names the file and the place in it.
pub fn read(name: impl AsRef<OsStr>, choice: &ColumnChoice) -> Result<Observed, LoadError> {
    let name = name.as_ref();
    let fail = |problem| LoadError::new(name.to_string_lossy(), problem);
    of_table(DataTable::open(name)?, choice).map_err(fail)
}

fn of_table(mut table: DataTable, choice: &ColumnChoice) -> Result<Observed, Problem> {
    let roles = roles(&mut table, choice)?;
    let mut reader = RowReader::new(roles, &table);
    // Of one column `--columns time=1` has nothing else to say than that it has no heading.
    reader.has_heading |= reader.roles.names.len() == 1 && !choice.chosen.is_empty();
    let (mut found, mut lines): (Vec<Observation>, Vec<usize>) = (Vec::new(), Vec::new());
    let (mut row, mut blank) = (StringRecord::new(), None);
    while let Some(line) = table.next_row(&mut row)? {
        if row.len() > 1 && row.iter().all(str::is_empty) {
            blank = blank.or(Some(line));
            continue;
        }
        if let Some(blank) = blank {
            return Err(table.wrong(blank, "all entries are missing".into()));
        }
        let observation = reader.read(&row).map_err(|message| table.wrong(line, message))?;
        if found.len() == MAX_OBSERVATIONS {
            let message = format!(
                "there are more than {MAX_OBSERVATIONS} observations; put those that are alike together with a weight"
            );
            return Err(table.wrong(line, message));
        }
        found.push(observation);
        lines.push(line);
    }
    if found.is_empty() {
        let empty = Problem::Other("is empty but for its heading".into());
        return Err(if table.heading.is_some() { empty } else { Problem::Empty });
    }
    if reader.settle().map_err(Problem::Other)? {
        table.notes.push("the first line is a heading".into());
        found.remove(0);
        lines.remove(0);
    }
    let censored = found.iter().filter(|one| one.weight > 0.0 && !matches!(one.event, Event::At(_))).count();
    let observations = Observations::new(found).map_err(|error| match error.observation() {
        Some(at) => table.wrong(lines[at], without_place(&error)),
        None => Problem::Other(error.to_string()),
    })?;
    let summary = summary((observations.count(), censored), &table, &reader);
    let names = &reader.roles.names;
    let unused = reader.roles.unused.iter();
    let unused = unused.filter(|&&at| reader.filled[at]).map(|&at| names[at].clone()).collect();
    Ok(Observed { observations, lines, place: table.place, unused, summary })
}

/// Finds the columns by the heading, or without one by their number.
fn roles(table: &mut DataTable, choice: &ColumnChoice) -> Result<ColumnRoles, Problem> {
    let width = table.width()?;
    // pandas numbers columns without names from 0.
    if table.heading.is_none() && choice.names("0") {
        let mut row = StringRecord::new();
        match table.next_row(&mut row)? {
            Some(_) if counts_columns(&row) => table.heading = Some(row.iter().map(str::to_owned).collect()),
            Some(line) => table.put_back(line, row),
            None => {}
        }
    }
    let is_text = table.place == "line";
    let found = match &table.heading {
        Some(heading) => ColumnRoles::named(heading, choice),
        None => ColumnRoles::unnamed(width, choice, is_text),
    };
    found.map_err(|message| match is_text {
        true => Problem::Line { line: table.first_line, message },
        false => Problem::Other(message),
    })
}

/// Returns whether a row is 0, 1, .., the numbers of its columns.
fn counts_columns(row: &StringRecord) -> bool {
    row.iter().enumerate().all(|(at, cell)| cell == at.to_string())
}

/// Returns what is wrong with an observation, whose line is named instead of its number.
fn without_place(error: &ObservationError) -> String {
    match error {
        ObservationError::Time { value, .. } => format!("the time {value} is no finite number >= 0"),
        ObservationError::Interval { after, until, .. } => format!("there is no time in ({after}, {until}]"),
        ObservationError::Weight { weight, .. } => format!("the weight {weight} is no finite number >= 0"),
        ObservationError::Nothing => error.to_string(),
    }
}

/// Says how a table was understood, if something about it was a choice.
fn summary((count, censored): (usize, usize), table: &DataTable, reader: &RowReader) -> Option<String> {
    let roles = &reader.roles;
    let column = |at: usize| match roles.unnamed.contains(&at) {
        true => roles.names[at].clone(),
        false => format!("column \"{}\"", crate::load::cells::shown(&roles.names[at])),
    };
    // The names of the documentation need no word.
    let plain = |at: usize, names: &[&str]| names.contains(&roles.names[at].to_ascii_lowercase().as_str());
    let named = table.heading.is_some() && roles.names.len() > 1;
    let mut said = Vec::new();
    if let Some(at) = roles.time
        && (named && !plain(at, &["time", "t"]) || roles.names.len() > 1 && table.heading.is_none())
    {
        said.push(format!("{}: times", column(at)));
    }
    for (at, what) in [(roles.lower, "lower bounds"), (roles.upper, "upper bounds")] {
        if let Some(at) = at.filter(|&at| !plain(at, &["lower", "upper"])) {
            said.push(format!("{}: {what}", column(at)));
        }
    }
    if let Some((at, mark)) = &roles.mark {
        let cut = crate::load::cells::shown;
        let how = match mark {
            EventMark::Event(None) if plain(*at, &["event"]) => None,
            EventMark::Censored(None) if plain(*at, &["censored", "kind"]) => None,
            EventMark::Event(None) => Some("1 = event".to_owned()),
            EventMark::Censored(None) => Some("1 = censored".to_owned()),
            EventMark::Event(Some(value)) => Some(format!("{} = event, others censored", cut(value))),
            EventMark::Censored(Some(value)) => Some(format!("{} = censored, others events", cut(value))),
            EventMark::Words => Some("says what is censored".to_owned()),
        };
        said.extend(how.map(|how| format!("{}: {how}", column(*at))));
    }
    if let Some(at) = roles.weight.filter(|&at| !plain(at, &["weight"])) {
        said.push(format!("{}: weights", column(at)));
    }
    if table.heading.as_ref().is_some_and(|heading| heading.len() > 1 && heading[0].is_empty())
        && roles.time != Some(0)
    {
        said.push("column 1: row names".into());
    }
    if reader.has_marked_times {
        said.push("a sign behind a time says how it is censored".into());
    }
    if reader.has_decimal_commas() {
        said.push("decimal commas".into());
    }
    said.extend(table.notes.iter().cloned());
    if said.is_empty() {
        return None;
    }
    let censored = match (roles.mark.is_some(), censored) {
        (false, 0) => String::new(),
        _ => format!(", {censored} censored"),
    };
    let word = if count == 1 { "observation" } else { "observations" };
    Some(format!("{count} {word}{censored} ({})", said.join("; ")))
}
