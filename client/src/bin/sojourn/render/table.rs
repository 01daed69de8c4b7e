//! Tables: with rules on a terminal, plain columns elsewhere.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, TableStyle, presets};

/// Columns of a terminal below which tables are not fitted to it. A terminal that does not know its width
/// says 0.
const NARROW: u16 = 60;

/// Characters a column below which tables are not fitted: numbers would be broken into pieces, and a line that
/// the terminal wraps is easier to read.
const COLUMN: u16 = 10;

/// Rules above, below and under the headings: one under each row would double the lines, and tell nothing.
const RULES: TableStyle = TableStyle::new().top_border(RULE).header_separator(RULE).bottom_border(RULE);

const RULE: LineStyle = LineStyle::none().fill('─').junction('─');

/// Columns of the terminal at standard output, where it says.
pub(crate) fn columns() -> Option<usize> {
    comfy_table::Table::new().width().filter(|&width| width > 0).map(usize::from)
}

/// The same, unless these are so few that no table fits.
pub(crate) fn terminal_width() -> Option<usize> {
    columns().filter(|&columns| columns >= usize::from(NARROW))
}

/// Rows under headings.
#[derive(Debug)]
pub(crate) struct Table(comfy_table::Table);

impl Table {
    /// A table without rows.
    pub(crate) fn new(headings: impl IntoIterator<Item = impl Into<String>>) -> Table {
        let mut table = comfy_table::Table::new();
        table.set_header(headings.into_iter().map(Into::<String>::into));
        Table(table)
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.add_row(cells);
    }

    /// Aligns the columns with numbers to the right.
    pub(crate) fn numbers(&mut self, columns: impl IntoIterator<Item = usize>) {
        for column in columns {
            if let Some(column) = self.0.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }

    /// The text, without a line end after the last row. On a terminal long cells are wrapped to its width,
    /// unless it is so narrow, or says so, that wrapping would leave single letters.
    pub(crate) fn render(mut self, terminal: bool) -> String {
        if terminal {
            let columns = u16::try_from(self.0.column_count()).unwrap_or(u16::MAX);
            let needed = NARROW.max(columns.saturating_mul(COLUMN));
            let wide = self.0.width().is_some_and(|width| width >= needed);
            let arrangement = if wide { ContentArrangement::Dynamic } else { ContentArrangement::Disabled };
            self.0.load_style(RULES).set_content_arrangement(arrangement);
        } else {
            self.0.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
            // The first column begins the line, as whatever reads it there expects.
            if let Some(first) = self.0.column_mut(0) {
                first.set_padding((0, 1));
            }
        }
        let lines: Vec<String> = self.0.lines().map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_terminal_rows_stand_between_three_rules() {
        let mut table = Table::new(["name", "n"]);
        for row in 0..5 {
            table.row(["coalescent".into(), row.to_string()]);
        }
        let text = table.render(true);
        let rule = |line: &&str| line.chars().all(|character| character == '─');
        assert_eq!((text.lines().count(), text.lines().filter(rule).count()), (9, 3), "{text}");
    }

    #[test]
    fn without_a_terminal_there_are_columns_and_no_rules() {
        let mut table = Table::new(["name", "n"]);
        table.row(["coalescent".into(), "10".into()]);
        let text = table.render(false);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.is_ascii() && text.starts_with("name"), "{text}");
        assert_eq!(text.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>(), ["coalescent", "10"]);
    }
}
