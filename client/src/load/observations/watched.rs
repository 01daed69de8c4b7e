//! Columns that are not used, and may say all the same which times are censored.

use super::marks::could_mark;

/// A column without a role. It may say which times are censored if its entries are 0 and 1 or words for them, or if they are of
/// two values: `F` and `S`, `running` and `broken`, a `+` and nothing.
#[derive(Debug)]
pub(super) struct WatchedColumn {
    /// Place of the column.
    pub(super) at: usize,
    /// Whether every entry so far is empty or a mark.
    are_marks: bool,
    /// The different entries so far, two at most.
    values: Vec<String>,
    /// Whether one of them is no number.
    has_words: bool,
    rows: usize,
}

impl WatchedColumn {
    /// Returns a column of which nothing has been seen.
    pub(super) fn new(at: usize) -> WatchedColumn {
        WatchedColumn { at, are_marks: true, values: Vec::new(), has_words: false, rows: 0 }
    }

    /// Takes note of an entry. Returns whether the column may still say which times are censored.
    pub(super) fn see(&mut self, cell: &str) -> bool {
        self.rows += 1;
        self.are_marks &= cell.is_empty() || could_mark(cell);
        let mut is_known = self.values.iter().any(|value| value == cell);
        if !is_known && self.values.len() < 2 {
            self.values.push(cell.to_owned());
            self.has_words |= cell.parse::<f64>().is_err();
            is_known = true;
        }
        self.are_marks || is_known
    }

    /// Returns whether it may. Two numbers in two rows are as likely a measurement.
    pub(super) fn may_mark(&self) -> bool {
        self.are_marks || (self.values.len() == 2 && (self.has_words || self.rows > 2))
    }
}

#[cfg(test)]
mod tests {
    use super::WatchedColumn;

    fn may_mark(cells: &[&str]) -> bool {
        let mut column = WatchedColumn::new(0);
        cells.iter().all(|cell| column.see(cell)) && column.may_mark()
    }

    #[test]
    fn two_values_may_be_marks_and_three_are_none() {
        for cells in [&["F", "S"][..], &["", "+"], &["1", "2", "1"], &["0", "1"], &["running", "broken"]] {
            assert!(may_mark(cells), "{cells:?}");
        }
        for cells in [&["a", "b", "c"][..], &["30", "40"], &["north", "north"], &["1.5", "2.5", "3.5"]] {
            assert!(!may_mark(cells), "{cells:?}");
        }
    }
}
