//! Observations of the rows of a table, and doubts that only all rows can settle.

use super::watched::WatchedColumn;
use csv::StringRecord;
use sojourn_engine::{Event, Observation};

use super::columns::ColumnRoles;
use super::marks::could_mark;
use crate::load::cells::{DecimalMark, shown};
use crate::load::table::DataTable;

/// Reads the rows of a table.
pub(super) struct RowReader {
    pub(super) roles: ColumnRoles,
    decimals: DecimalMark,
    separated_by_commas: bool,
    /// The text by which the column of events or censoring can be chosen.
    key_of_mark: String,
    /// The sign that may separate thousands, and the first number that has it where all that do look like thousands.
    thousands: Option<char>,
    like_thousands: Option<String>,
    /// Whether all entries so far are whole numbers without a sign or a point.
    all_whole: bool,
    /// Whether all entries of the second column so far could mark events.
    all_marks: bool,
    /// Whether the first column counts its rows, from 0 or from 1.
    counts: [bool; 2],
    /// Whether the first row is the numbers of the columns, and whether some entry behind it ends in `.0`.
    first_counts_columns: bool,
    has_point_zero: bool,
    /// Whether it is known that the first row is no heading.
    pub(super) has_heading: bool,
    rows: usize,
    /// Whether a time had its mark behind it, as `2.5+`.
    pub(super) has_marked_times: bool,
    /// Whether something stands in each column without a role.
    pub(super) filled: Vec<bool>,
    /// Columns that may say which times are censored.
    watched: Vec<WatchedColumn>,
}

impl RowReader {
    /// Begins.
    pub(super) fn new(roles: ColumnRoles, table: &DataTable) -> RowReader {
        let key_of_mark = roles.mark.as_ref().map(|(at, _)| roles.key(*at)).unwrap_or_default();
        let filled = vec![false; roles.names.len()];
        let watched = roles.watched.iter().map(|&at| WatchedColumn::new(at)).collect();
        RowReader {
            roles,
            key_of_mark,
            decimals: table.decimals,
            separated_by_commas: table.separated_by_commas,
            thousands: table.thousands,
            like_thousands: None,
            all_whole: true,
            all_marks: true,
            counts: [true; 2],
            first_counts_columns: false,
            has_point_zero: false,
            has_heading: table.heading.is_some() || table.place != "line",
            rows: 0,
            has_marked_times: false,
            filled,
            watched,
        }
    }

    /// Returns whether the numbers have decimal commas.
    pub(super) fn has_decimal_commas(&self) -> bool {
        self.decimals == DecimalMark::Comma
    }

    /// Returns the observation of a row.
    ///
    /// # Errors
    /// Says what is wrong with the row, and in which column.
    pub(super) fn read(&mut self, row: &StringRecord) -> Result<Observation, String> {
        let width = self.roles.names.len();
        // Spreadsheets end lines with separators when a longer one stands below.
        if row.len() < width || row.iter().skip(width).any(|cell| !cell.is_empty()) {
            let cure = match row.len() == width + 1 && self.has_heading {
                _ if self.separated_by_commas => "; a number has a point and no comma",
                true => "; if the first are names of rows, name that column, too",
                false => "",
            };
            return Err(format!("there are {} entries, and {width} columns{cure}", row.len()));
        }
        self.watch(row);
        let weight = match self.roles.weight {
            Some(at) => self.number(row, at, "weight")?,
            None => 1.0,
        };
        let event = match self.roles.time {
            None => self.interval(row)?,
            Some(at) => match &self.roles.mark {
                None => self.time(row, at)?,
                Some((mark, how)) => {
                    let (mark, how) = (*mark, how.clone());
                    let time = self.number(row, at, "time")?;
                    how.event(time, cell(row, mark), &self.roles.names[mark], &self.key_of_mark)?
                }
            },
        };
        Ok(Observation { event, weight })
    }

    /// Takes note of what a row says about the doubts of the table.
    fn watch(&mut self, row: &StringRecord) {
        self.watched.retain_mut(|column| column.see(cell(row, column.at)));
        for &at in &self.roles.unused {
            self.filled[at] |= !cell(row, at).is_empty();
        }
        if self.roles.guessed {
            let whole = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            self.all_whole &= row.iter().take(2).all(whole);
            self.all_marks &= could_mark(cell(row, 1));
            for (from, counts) in self.counts.iter_mut().enumerate() {
                *counts &= cell(row, 0) == (self.rows + from).to_string();
            }
        }
        match self.rows {
            0 => self.first_counts_columns = super::counts_columns(row),
            _ => self.has_point_zero |= row.iter().any(|cell| cell.ends_with(".0")),
        }
        self.rows += 1;
    }

    fn number(&mut self, row: &StringRecord, at: usize, what: &str) -> Result<f64, String> {
        let text = cell(row, at);
        if let Some(sign) = self.thousands.filter(|&sign| text.contains(sign)) {
            match looks_like_thousands(text, sign) {
                true if self.like_thousands.is_none() => self.like_thousands = Some(text.to_owned()),
                true => {}
                // One number whose sign is that of decimals tells that of all.
                false => self.thousands = None,
            }
        }
        self.decimals.number(text).map_err(|reason| self.wrong(what, text, at, &reason))
    }

    fn wrong(&self, what: &str, text: &str, at: usize, reason: &str) -> String {
        match self.roles.names.len() {
            1 => format!("the {what} `{}` {reason}", shown(text)),
            _ => format!("the {what} `{}` in column {} {reason}", shown(text), at + 1),
        }
    }

    /// Returns what a time without a mark beside it says: R prints `2.5+` where it is censored on the right, `2.5-` on the
    /// left, and `[1, 2]` or `(1, 2]` for an interval.
    fn time(&mut self, row: &StringRecord, at: usize) -> Result<Event, String> {
        let text = cell(row, at);
        if !text.ends_with(['+', '-', ']']) {
            return self.number(row, at, "time").map(Event::At);
        }
        self.has_marked_times = true;
        let mut part = |part: &str| self.decimals.number(part.trim());
        let parsed = match (text.strip_suffix('+'), text.strip_suffix('-')) {
            (Some(time), _) => part(time).map(Event::After),
            (_, Some(time)) => part(time).map(Event::Until),
            _ => {
                match text.strip_prefix(['[', '(']).and_then(|rest| rest.strip_suffix(']')?.split_once(", "))
                {
                    Some((after, until)) => {
                        part(after).and_then(|after| Ok(Event::Between { after, until: part(until)? }))
                    }
                    None => part(text).map(Event::At),
                }
            }
        };
        parsed.map_err(|reason| self.wrong("time", text, at, &reason))
    }

    /// Returns the interval of a row, of which either bound may be empty, infinite, or R's `NA`.
    fn interval(&mut self, row: &StringRecord) -> Result<Event, String> {
        let (lower, upper) = (self.roles.lower, self.roles.upper);
        let lower = self.bound(row, lower, "lower bound", f64::NEG_INFINITY)?;
        let upper = self.bound(row, upper, "upper bound", f64::INFINITY)?;
        match (lower == f64::NEG_INFINITY, upper == f64::INFINITY) {
            (true, true) => Err("both bounds are empty".into()),
            (true, false) => Ok(Event::Until(upper)),
            (false, true) => Ok(Event::After(lower)),
            (false, false) if lower == upper => Ok(Event::At(lower)),
            (false, false) => Ok(Event::Between { after: lower, until: upper }),
        }
    }

    fn bound(&mut self, row: &StringRecord, at: Option<usize>, what: &str, none: f64) -> Result<f64, String> {
        let Some(at) = at else { return Ok(none) };
        let text = cell(row, at);
        let infinite = text.parse::<f64>().is_ok_and(|value| value == none);
        match matches!(text, "" | "NA" | "null") || infinite {
            true => Ok(none),
            false => self.number(row, at, what),
        }
    }

    /// Returns whether the first row was the heading that pandas writes of columns without names: 0, 1, .. That is certain where
    /// others are written as doubles of Python are, among which zero is `0.0`.
    ///
    /// # Errors
    /// If there is a doubt that the rows do not settle.
    pub(super) fn settle(&self) -> Result<bool, String> {
        if let Some(column) = self.watched.iter().find(|column| self.filled[column.at] && column.may_mark()) {
            return Err(self.roles.may_mark(column.at));
        }
        if let (Some(_), Some(number)) = (self.thousands, &self.like_thousands) {
            return Err(format!(
                "numbers such as `{}` may have decimals, or thousands with a sign between them: leave the sign out of thousands, or give one of the numbers another count of decimals",
                shown(number)
            ));
        }
        let doubted = self.first_counts_columns && !self.has_heading && self.rows > 1;
        if doubted && !self.has_point_zero {
            return Err("the first line is 0, or 0, 1, ..: values, or the heading of columns without names in pandas: put names such as `time` above values, or say --columns time=0 where it is the heading".into());
        }
        if self.roles.guessed {
            self.settle_guess()?;
        }
        Ok(doubted)
    }

    /// Refuses two columns without names that may be something else than times and weights.
    fn settle_guess(&self) -> Result<(), String> {
        let cure = "put a heading above, or say --columns time=1,weight=2 (or event=2, or censored=2)";
        if self.separated_by_commas && self.all_whole {
            return Err(format!(
                "two whole numbers in each line are decimal commas as likely as times and weights: write decimal points, {cure}"
            ));
        }
        if self.all_marks {
            return Err(format!(
                "the second column has 0 and 1 alone, which may be weights or say which times are censored: {cure}"
            ));
        }
        if self.counts.contains(&true) && self.rows > 1 {
            return Err(format!(
                "the first column counts the lines, and may be no time: {cure}, or --columns time=2"
            ));
        }
        Ok(())
    }
}

/// Returns whether a number has three digits behind each sign, and one to three before, of which the first is not 0.
fn looks_like_thousands(text: &str, sign: char) -> bool {
    let mut groups = text.split(sign);
    let first = groups.next().unwrap_or_default().trim_start_matches(['+', '-']);
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let leads = digits(first) && first.len() <= 3 && !first.starts_with('0');
    leads && groups.all(|group| group.len() == 3 && digits(group))
}

fn cell(row: &StringRecord, at: usize) -> &str {
    row.get(at).unwrap_or_default()
}
