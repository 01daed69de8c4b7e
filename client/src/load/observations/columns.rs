//! Which column of a CSV file of observations says what.

use sojourn_engine::{Event, Observation};

/// Where the columns are.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    /// How many there are.
    count: usize,
    time: Option<usize>,
    censored: Option<usize>,
    event: Option<usize>,
    lower: Option<usize>,
    upper: Option<usize>,
    weight: Option<usize>,
    /// Names of those that say nothing here.
    pub(super) unused: Vec<String>,
}

impl Columns {
    /// Of a file without a heading: times, and their weights where the first line has any.
    pub(super) fn unnamed(count: usize) -> Result<Columns, String> {
        match count {
            1 | 2 => {
                let weight = (count == 2).then_some(1);
                Ok(Columns { count, time: Some(0), weight, ..Columns::default() })
            }
            _ => Err(format!(
                "there are {count} columns; without a heading these are times and their weights: put a line with names before them"
            )),
        }
    }

    /// Of a heading.
    pub(super) fn named(names: &[&str]) -> Result<Columns, String> {
        let mut columns = Columns { count: names.len(), ..Columns::default() };
        let mut others = Vec::new();
        for (at, &name) in names.iter().enumerate() {
            let place = match name.to_ascii_lowercase().as_str() {
                "time" | "t" => &mut columns.time,
                "censored" | "kind" => &mut columns.censored,
                "event" | "observed" => &mut columns.event,
                "lower" => &mut columns.lower,
                "upper" => &mut columns.upper,
                "weight" => &mut columns.weight,
                "status" | "delta" => return Err(ambiguous(name)),
                _ if is_of_samples(name) => continue,
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
        if columns.time.is_none() && !intervals && !others.is_empty() {
            columns.time = Some(others.remove(0));
        }
        columns.unused =
            others.into_iter().map(|at| names[at].to_owned()).filter(|name| !name.is_empty()).collect();
        match (columns.time, intervals) {
            (None, false) => {
                Err("there is no column of times: name it `time`, or have `lower` and `upper`".into())
            }
            (Some(_), true) => Err("there are times and bounds of intervals: have one of the two".into()),
            _ if columns.censored.is_some() && columns.event.is_some() => {
                Err("`censored` and `event` say the same of a time: have one of the two".into())
            }
            _ => Ok(columns),
        }
    }

    /// The observation of a line.
    pub(super) fn read(&self, cells: &[&str]) -> Result<Observation, String> {
        // Spreadsheets end lines with commas when a longer one stands below.
        let behind = cells.get(self.count..).unwrap_or_default();
        if cells.len() < self.count || behind.iter().any(|cell| !cell.is_empty()) {
            return Err(format!(
                "there are {} entries, and {} columns; a number has a point and no comma",
                cells.len(),
                self.count
            ));
        }
        let cell = |column: Option<usize>| column.map_or("", |at| cells[at]);
        let weight = match cell(self.weight) {
            "" => 1.0,
            text => number(text, "weight")?,
        };
        let event = match self.time {
            None => interval(cell(self.lower), cell(self.upper))?,
            Some(at) => {
                let time = number(cells[at], "time")?;
                match self.event {
                    Some(at) => seen(time, cells[at])?,
                    None => censored(time, cell(self.censored))?,
                }
            }
        };
        Ok(Observation { event, weight })
    }
}

/// Whether it is a column beside the times in a file of samples of ours.
fn is_of_samples(name: &str) -> bool {
    name.starts_with("theta[") || matches!(name, "sample" | "error")
}

/// Elsewhere 1 means that the event was seen, or that it was not.
fn ambiguous(name: &str) -> String {
    format!(
        "`{name}` has two meanings: name the column `event` where 1 says that the time was observed, or `censored` where 1 says that it is longer"
    )
}

fn number(text: &str, what: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .map_err(|_| format!("the {what} `{text}` is not a number{}", crate::load::cells::cure(text)))
}

/// Between bounds of which either may be empty, and is none then; so is an infinite one.
fn interval(lower: &str, upper: &str) -> Result<Event, String> {
    let bound = |text: &str, what, none: f64| match text {
        "" => Ok(none),
        text => number(text, what),
    };
    let lower = bound(lower, "lower bound", f64::NEG_INFINITY)?;
    let upper = bound(upper, "upper bound", f64::INFINITY)?;
    match (lower == f64::NEG_INFINITY, upper == f64::INFINITY) {
        (true, true) => Err("both bounds are empty".into()),
        (true, false) => Ok(Event::Until(upper)),
        (false, true) => Ok(Event::After(lower)),
        (false, false) if lower == upper => Ok(Event::At(lower)),
        (false, false) => Ok(Event::Between { after: lower, until: upper }),
    }
}

fn censored(time: f64, how: &str) -> Result<Event, String> {
    match how.to_ascii_lowercase().as_str() {
        "" | "0" | "false" | "no" | "none" | "exact" => Ok(Event::At(time)),
        "1" | "true" | "yes" | "right" => Ok(Event::After(time)),
        "left" => Ok(Event::Until(time)),
        other => Err(format!("`{other}` is no kind of censoring: exact (0), right (1) or left")),
    }
}

fn seen(time: f64, whether: &str) -> Result<Event, String> {
    match whether.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Ok(Event::At(time)),
        "0" | "false" | "no" => Ok(Event::After(time)),
        other => {
            Err(format!("`{other}` does not say whether the time was observed: 1, or 0 where it is longer"))
        }
    }
}
