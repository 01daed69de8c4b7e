//! Observations of times to absorption, from a CSV file.
//!
//! With a heading the columns are found by name, in any order: `time` (or the first column of another name), and
//! `censored` (0, 1, `right`, `left`, ..) or `kind` beside it; or `lower` and `upper` of intervals, of which either may
//! be empty; and `weight`. Without one, the first column is the time, and the second, if there is one, the weight.

use std::io::BufRead;

use sojourn_engine::{Event, Observation, ObservationError, Observations};

use super::bytes::reader;
use super::{LoadError, Problem};

/// Observations, and the line of the file that each stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// What was observed.
    pub observations: Observations,
    /// Line of each observation, from 1.
    pub lines: Vec<usize>,
}

/// Reads observations from a file, or standard input for `-`.
///
/// # Errors
/// Names the file and the line.
pub fn read(name: &str) -> Result<Observed, LoadError> {
    reader(name).and_then(parse).map_err(|problem| LoadError::new(name, problem))
}

/// Where the columns are.
#[derive(Debug, Clone, Copy, Default)]
struct Columns {
    time: Option<usize>,
    censored: Option<usize>,
    lower: Option<usize>,
    upper: Option<usize>,
    weight: Option<usize>,
}

impl Columns {
    /// Of a file without a heading.
    fn unnamed() -> Columns {
        Columns { time: Some(0), weight: Some(1), ..Columns::default() }
    }

    fn named(names: &[String]) -> Result<Columns, String> {
        let mut columns = Columns::default();
        let mut others = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let place = match name.to_ascii_lowercase().as_str() {
                "time" | "t" => &mut columns.time,
                "censored" | "kind" => &mut columns.censored,
                "lower" => &mut columns.lower,
                "upper" => &mut columns.upper,
                "weight" => &mut columns.weight,
                _ => {
                    others.push(at);
                    continue;
                }
            };
            if place.replace(at).is_some() {
                return Err(format!("there are two columns like `{name}`"));
            }
        }
        let intervals = columns.lower.is_some() || columns.upper.is_some();
        if columns.time.is_none() && !intervals {
            columns.time = others.first().copied();
        }
        match (columns.time, intervals) {
            (None, false) => {
                Err("there is no column of times: name it `time`, or have `lower` and `upper`".into())
            }
            (Some(_), true) => Err("there are times and bounds of intervals: have one of the two".into()),
            _ => Ok(columns),
        }
    }
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
        let content = text.trim_start_matches('\u{feff}').trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let cell = |cell: &str| cell.trim().trim_matches('"').trim().to_owned();
        let cells: Vec<String> = content.split(',').map(cell).collect();
        let wrong = |message| Problem::Line { line, message };
        let columns = match columns {
            Some(columns) => columns,
            None => {
                let is_heading = cells.iter().all(|cell| cell.parse::<f64>().is_err());
                let found =
                    if is_heading { Columns::named(&cells).map_err(wrong)? } else { Columns::unnamed() };
                columns = Some(found);
                if is_heading {
                    continue;
                }
                found
            }
        };
        found.push(observation(&columns, &cells).map_err(wrong)?);
        lines.push(line);
    }
    if found.is_empty() {
        return Err(Problem::Empty);
    }
    let observations = Observations::new(found).map_err(|error| match error.observation() {
        Some(at) => Problem::Line { line: lines[at], message: without_place(&error) },
        None => Problem::Other(error.to_string()),
    })?;
    Ok(Observed { observations, lines })
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

fn observation(columns: &Columns, cells: &[String]) -> Result<Observation, String> {
    let cell = |column: Option<usize>| column.and_then(|at| cells.get(at)).map_or("", String::as_str);
    let number = |text: &str, what: &str| {
        text.parse::<f64>().map_err(|_| format!("the {what} `{text}` is not a number"))
    };
    let weight = match cell(columns.weight) {
        "" => 1.0,
        text => number(text, "weight")?,
    };
    let event = match columns.time {
        None => {
            // An empty bound is none; so is an infinite one.
            let bound = |text: &str, what, none: f64| match text {
                "" => Ok(none),
                text => number(text, what),
            };
            let lower = bound(cell(columns.lower), "lower bound", f64::NEG_INFINITY)?;
            let upper = bound(cell(columns.upper), "upper bound", f64::INFINITY)?;
            match (lower == f64::NEG_INFINITY, upper == f64::INFINITY) {
                (true, true) => return Err("both bounds are empty".into()),
                (true, false) => Event::Until(upper),
                (false, true) => Event::After(lower),
                (false, false) if lower == upper => Event::At(lower),
                (false, false) => Event::Between { after: lower, until: upper },
            }
        }
        Some(at) => {
            let time = number(cell(Some(at)), "time")?;
            match cell(columns.censored).to_ascii_lowercase().as_str() {
                "" | "0" | "false" | "no" | "none" | "exact" => Event::At(time),
                "1" | "true" | "yes" | "right" => Event::After(time),
                "left" => Event::Until(time),
                other => {
                    return Err(format!("`{other}` is no kind of censoring: exact (0), right (1) or left"));
                }
            }
        }
    };
    Ok(Observation { event, weight })
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
