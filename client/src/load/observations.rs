//! Observations of times to absorption, from a CSV file.
//!
//! With a heading the columns are found by name, in any order: `time` (or the first column of another name), and
//! `censored` (0, 1, `right`, `left`, ..) or `kind`, or its opposite `event` (1, 0), beside it; or `lower` and `upper` of
//! intervals, of which either may be empty; and `weight`. Without one, the first column is the time, and the second, if
//! there is one, the weight.

mod columns;

use std::io::BufRead;

use sojourn_engine::{ObservationError, Observations};

use super::bytes::reader;
use super::{LoadError, Problem, cells};
use columns::Columns;

/// Observations, and the line of the file that each stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What was observed.
    pub observations: Observations,
    /// Line of each observation, from 1.
    pub lines: Vec<usize>,
    /// Names of columns that say nothing of observations.
    pub unused: Vec<String>,
}

/// Reads observations from a file, or standard input for `-`.
///
/// # Errors
/// Names the file and the line.
pub fn read(name: &str) -> Result<Observed, LoadError> {
    reader(name).and_then(parse).map_err(|problem| LoadError::new(name, problem))
}

fn parse(mut input: Box<dyn BufRead>) -> Result<Observed, Problem> {
    let (mut text, mut line) = (String::new(), 0);
    let mut columns = None;
    let (mut found, mut lines) = (Vec::new(), Vec::new());
    while {
        text.clear();
        input.read_line(&mut text)? > 0
    } {
        line += 1;
        if cells::is_none(&text) {
            continue;
        }
        let cells: Vec<&str> = cells::of(&text).collect();
        let wrong = |message| Problem::Line { line, message };
        let columns = match &columns {
            Some(columns) => columns,
            None if cells.iter().all(|cell| cell.parse::<f64>().is_err()) => {
                columns = Some(Columns::named(&cells).map_err(wrong)?);
                continue;
            }
            None => columns.insert(Columns::unnamed(cells.len()).map_err(wrong)?),
        };
        found.push(columns.read(&cells).map_err(wrong)?);
        lines.push(line);
    }
    if found.is_empty() {
        return Err(Problem::Empty);
    }
    let observations = Observations::new(found).map_err(|error| match error.observation() {
        Some(at) => Problem::Line { line: lines[at], message: without_place(&error) },
        None => Problem::Other(error.to_string()),
    })?;
    let unused = columns.map_or_else(Vec::new, |columns| columns.unused);
    Ok(Observed { observations, lines, unused })
}

/// What is wrong with an observation, whose line is named instead of its number.
fn without_place(error: &ObservationError) -> String {
    match error {
        ObservationError::Time { value, .. } => format!("the time {value} is no finite number >= 0"),
        ObservationError::Interval { after, until, .. } => format!("there is no time in ({after}, {until}]"),
        ObservationError::Weight { weight, .. } => format!("the weight {weight} is no finite number >= 0"),
        ObservationError::Nothing => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_engine::Event;

    fn parsed(text: &str) -> Result<Vec<(Event, f64)>, String> {
        let input = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        match parse(input) {
            Ok(found) => Ok(found.observations.iter().collect()),
            Err(problem) => Err(problem.to_string()),
        }
    }

    #[test]
    fn times_with_or_without_a_heading_are_exact() {
        let expected = vec![(Event::At(1.5), 1.0), (Event::At(2.0), 1.0)];
        assert_eq!(parsed("1.5\n\n# a remark\n2.0\n").unwrap(), expected);
        assert_eq!(parsed("lifetime\n1.5\n2\n").unwrap(), expected);
        assert_eq!(parsed("1.5,2\n").unwrap(), [(Event::At(1.5), 2.0)]);
    }

    #[test]
    fn columns_are_found_by_name() {
        let text = "weight,Time,censored\n1,2,0\n3,4,right\n,5,left\n";
        let expected = [(Event::At(2.0), 1.0), (Event::After(4.0), 3.0), (Event::Until(5.0), 1.0)];
        assert_eq!(parsed(text).unwrap(), expected);
        let text = "lower,upper\n1,2\n1,\n,2\n2,2\n1,inf\n";
        let between = Event::Between { after: 1.0, until: 2.0 };
        let expected =
            [(between, 1.0), (Event::After(1.0), 2.0), (Event::Until(2.0), 1.0), (Event::At(2.0), 1.0)];
        assert_eq!(parsed(text).unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let wrong = |text| parsed(text).unwrap_err();
        assert_eq!(wrong("time\n1\nx\n"), "line 3: the time `x` is not a number");
        assert_eq!(wrong("time\n1\n\n-2\n"), "line 4: the time -2 is no finite number >= 0");
        assert_eq!(wrong("lower,upper\n3,2\n"), "line 2: there is no time in (3, 2]");
        assert_eq!(
            wrong("time,kind\n1,maybe\n"),
            "line 2: `maybe` is no kind of censoring: exact (0), right (1) or left"
        );
        assert!(wrong("weight\n1\n").starts_with("line 1: there is no column of times"));
        assert_eq!(wrong("time\n"), "is empty");
    }

    #[test]
    fn a_line_with_more_or_fewer_entries_than_columns_is_refused() {
        let wrong = |text| parsed(text).unwrap_err();
        assert_eq!(
            wrong("time\n1,5\n"),
            "line 2: there are 2 entries, and 1 columns; a number has a point and no comma"
        );
        assert!(wrong("time,censored\n1,0\n2\n").starts_with("line 3: there are 1 entries, and 2 columns"));
        assert!(wrong("1,2,3\n").starts_with("line 1: there are 3 columns; without a heading"));
        assert!(wrong("1\n2,3\n").starts_with("line 2: there are 2 entries"));
        assert_eq!(parsed("time,weight\n1,2,,\n").unwrap(), [(Event::At(1.0), 2.0)], "commas at the end");
        let semicolons = wrong("time;censored\n1;0\n");
        assert_eq!(semicolons, "line 2: the time `1;0` is not a number: entries are separated by commas");
    }

    #[test]
    fn an_event_is_the_opposite_of_censoring_and_a_status_is_refused_as_it_may_be_either() {
        let expected = [(Event::At(1.0), 1.0), (Event::After(2.0), 1.0)];
        assert_eq!(parsed("time,event\n1,1\n2,0\n").unwrap(), expected);
        assert_eq!(parsed("time,censored\n1,0\n2,1\n").unwrap(), expected);
        assert!(parsed("time,status\n1,1\n").unwrap_err().starts_with("line 1: `status` has two meanings"));
        assert!(parsed("time,event,censored\n1,1,0\n").unwrap_err().contains("have one of the two"));
        assert!(parsed("time,event\n1,\n").unwrap_err().contains("does not say whether"));
    }

    #[test]
    fn columns_that_say_nothing_are_named() {
        let unused = |text: &str| {
            let input = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
            parse(input).unwrap().unused
        };
        assert_eq!(unused("id,time,age\n1,2,3\n"), ["id", "age"]);
        assert_eq!(unused("age,sex\n1,2\n"), ["sex"], "the first of another name is the time");
        assert!(unused("time,weight,\n1,2,\n").is_empty());
        assert_eq!(unused("theta[0],sample,T,state[0],error\n1,0,2.5,5,\n"), ["state[0]"], "samples of ours");
        assert!(parsed("theta[0],E[T],error\n1,2,\n").is_ok_and(|found| found[0].0 == Event::At(2.0)));
    }
}
