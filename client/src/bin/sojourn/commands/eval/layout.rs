//! Numbers in tables for people: a line for each parameter vector, or, where that would be too wide, a line for
//! each reward or each number.

use sojourn_engine::density::ParameterGradient;
use sojourn_engine::evaluate::{Numbers, Query};

use super::{columns, labels};
use crate::render::numbers::{held, held_of, real, shown};
use crate::render::table::{self, Table};

/// Columns that a table may have where nothing says how wide the terminal is.
const WIDTH: usize = 80;

/// Digits in matrices that would not fit with all that are shown elsewhere.
const FEW_DIGITS: usize = 6;

/// Cells of a table, heading first.
type Cells = Vec<Vec<String>>;

/// Where tables are to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    terminal: bool,
    /// Characters in a line.
    width: usize,
}

impl Page {
    /// The terminal at standard output, or a page of the usual width.
    pub(super) fn new(terminal: bool) -> Page {
        let width = if terminal { table::terminal_width() } else { None };
        Page { terminal, width: width.unwrap_or(WIDTH) }
    }

    /// A table of these cells.
    pub(super) fn table(self, cells: Cells) -> String {
        let mut cells = cells.into_iter();
        let mut table = Table::new(cells.next().unwrap_or_default());
        cells.for_each(|row| table.row(row));
        table.render(self.terminal)
    }

    /// Derivatives: a line for each thing that was differentiated, a number for each parameter; or, where that is too
    /// wide, a line for each number. The digits of them that hold, and a line that says so where some do not. None of
    /// nothing.
    pub(super) fn derivatives<'a>(
        self,
        each: impl Iterator<Item = (&'a [f64], &'a str, ParameterGradient)>,
    ) -> Option<String> {
        let mut shortened = false;
        let mut cells = |gradient: ParameterGradient| -> Vec<String> {
            let numbers = gradient.values.iter().zip(&gradient.errors);
            // What has no derivative, such as a hazard where nothing is left.
            let cell = |(&value, &error): (&f64, &f64)| match value.is_nan() {
                true => "-".to_owned(),
                false => held(value, error),
            };
            let cells: Vec<String> = numbers.map(cell).collect();
            let differs = |(cell, &value): (&String, &f64)| !value.is_nan() && *cell != shown(value);
            shortened |= cells.iter().zip(&gradient.values).any(differs);
            cells
        };
        let each = each.map(|(theta, of, gradient)| (theta, of, cells(gradient))).collect();
        let table = self.derivative_cells(each)?;
        let note = "Digits that are not shown are not certain; --json has the bounds on the errors.";
        Some(if shortened { format!("{table}\n{note}") } else { table })
    }

    /// Derivatives as they are to be shown, likewise.
    fn derivative_cells(self, each: Vec<(&[f64], &str, Vec<String>)>) -> Option<String> {
        let parameters = each.iter().map(|(_, _, gradient)| gradient.len()).max().filter(|&most| most > 0)?;
        let by = |at: usize| format!("d/d theta[{at}]");
        let mut wide: Cells =
            vec![["theta", "of"].map(str::to_owned).into_iter().chain((0..parameters).map(by)).collect()];
        for (theta, of, gradient) in &each {
            let before = [list(theta), (*of).to_owned()].into_iter();
            wide.push(before.chain(gradient.iter().cloned()).collect());
        }
        if self.fits(&wide) {
            return Some(self.table(wide));
        }
        let mut long = vec![["theta", "of", "by", "derivative"].map(str::to_owned).to_vec()];
        for (theta, of, gradient) in &each {
            let line = |(at, value): (usize, &String)| {
                vec![list(theta), (*of).to_owned(), format!("theta[{at}]"), value.clone()]
            };
            long.extend(gradient.iter().enumerate().map(line));
        }
        Some(self.table(long))
    }

    fn fits(self, cells: &Cells) -> bool {
        // Columns are two characters apart; on a terminal three, and there is one before the first and behind the last.
        let (gap, too_many) = if self.terminal { (3, 1) } else { (2, 2) };
        widths(cells).into_iter().map(|width| width + gap).sum::<usize>() <= self.width + too_many
    }
}

/// Numbers at parameter vectors, to be laid out.
pub(super) struct Sheet<'a> {
    pub(super) query: &'a Query,
    /// Name of each reward, as given.
    pub(super) labels: &'a [String],
    /// Names of all moments.
    pub(super) moments: Vec<String>,
    pub(super) rows: Vec<(Vec<f64>, Numbers)>,
}

impl Sheet<'_> {
    /// The text: explanations of names, and a table or several.
    pub(super) fn render(&self, page: Page) -> String {
        let names = (0..self.query.rewards.len()).filter_map(|reward| self.name(reward).1);
        let mut texts = vec![];
        let explained = names.collect::<Vec<_>>().join("\n");
        texts.extend(self.tables(page).into_iter().map(|cells| page.table(cells)));
        texts.extend(self.matrices(page).into_iter().map(|cells| page.table(cells)));
        let gap = if explained.is_empty() { "" } else { "\n" };
        format!("{explained}{gap}{}", texts.join("\n\n"))
    }

    /// Heading of a reward, and what explains it where it is short for it.
    pub(super) fn name(&self, reward: usize) -> (String, Option<String>) {
        let label = self.labels.get(reward).map_or("", String::as_str);
        match label {
            "" => (format!("R{}", reward + 1), None),
            label => labels::heading(label, reward + 1),
        }
    }

    /// Derivatives, if asked for.
    pub(super) fn gradients(&self, page: Page) -> Option<String> {
        page.derivatives(self.rows.iter().flat_map(|(theta, numbers)| {
            let gradients = numbers.gradient.iter().flat_map(columns::gradients);
            let bounds = numbers.gradient_error_bound.iter().flat_map(columns::gradients);
            let each = self.moments.iter().zip(gradients).zip(bounds);
            each.map(move |((name, values), errors)| {
                let gradient = ParameterGradient { values: values.clone(), errors: errors.clone() };
                (&theta[..], name.as_str(), gradient)
            })
        }))
    }

    /// All but matrices: in one table, or in one of T and one of rewards, or with a line for each number.
    fn tables(&self, page: Page) -> Vec<Cells> {
        let wide = self.by_theta();
        if page.fits(&wide) {
            return vec![wide];
        }
        if self.query.rewards.len() > 1 {
            let (times, rewards) = (self.times(), self.by_reward());
            if page.fits(&rewards) && times.iter().all(|times| page.fits(times)) {
                return times.into_iter().chain([rewards]).collect();
            }
        }
        vec![by_number(&wide)]
    }

    /// Everything but matrices, a line for each parameter vector.
    fn by_theta(&self) -> Cells {
        let mut headings = vec!["theta".to_owned()];
        headings.extend((1..=self.query.moments).map(|k| labels::moment("T", k)));
        for reward in 0..self.query.rewards.len() {
            let name = self.name(reward).0;
            headings.push(labels::moment(&name, 1));
            headings.extend((2..=self.query.reward_moments).map(|k| labels::moment(&name, k)));
        }
        headings.extend(self.variance_of().map(|name| format!("Var[{name}]")));
        headings.push("P[T = 0]".to_owned());
        let row = |(theta, numbers): &(Vec<f64>, Numbers)| {
            let mut cells = vec![list(theta)];
            cells.extend(numbers.moments.iter().map(|&value| shown(value)));
            for (reward, &expected) in numbers.expected_reward.iter().enumerate() {
                cells.push(shown(expected));
                cells.extend(self.higher(numbers, reward));
            }
            if self.variance_of().is_some() {
                cells.extend(covariances(numbers).flatten().map(|(value, bound)| held(value, bound)));
            }
            cells.push(shown(numbers.mass_at_zero));
            cells
        };
        std::iter::once(headings).chain(self.rows.iter().map(row)).collect()
    }

    /// What the covariance is of, where it is but a variance.
    fn variance_of(&self) -> Option<String> {
        match self.query.rewards.len() {
            _ if !self.query.covariance => None,
            0 => Some("T".to_owned()),
            1 => Some(self.name(0).0),
            _ => None,
        }
    }

    /// Moments of the time alone, and its mass at zero; none where that says nothing.
    fn times(&self) -> Option<Cells> {
        let says = self.query.moments > 0 || self.rows.iter().any(|(_, numbers)| numbers.mass_at_zero > 0.0);
        let mut headings = vec!["theta".to_owned()];
        headings.extend((1..=self.query.moments).map(|k| labels::moment("T", k)));
        headings.push("P[T = 0]".to_owned());
        let row = |(theta, numbers): &(Vec<f64>, Numbers)| {
            let values = numbers.moments.iter().chain([&numbers.mass_at_zero]);
            std::iter::once(list(theta)).chain(values.map(|&value| shown(value))).collect()
        };
        says.then(|| std::iter::once(headings).chain(self.rows.iter().map(row)).collect())
    }

    /// The rewards, a line each.
    fn by_reward(&self) -> Cells {
        let mut headings = vec!["theta".to_owned(), "R".to_owned(), "E[R]".to_owned()];
        headings.extend((2..=self.query.reward_moments).map(|k| labels::moment("R", k)));
        let mut cells = vec![headings];
        for (theta, numbers) in &self.rows {
            for (reward, &expected) in numbers.expected_reward.iter().enumerate() {
                let mut row = vec![list(theta), self.name(reward).0, shown(expected)];
                row.extend(self.higher(numbers, reward));
                cells.push(row);
            }
        }
        cells
    }

    /// Covariances of several rewards: one table, or with fewer digits as many as there are too many columns for one.
    fn matrices(&self, page: Page) -> Vec<Cells> {
        let all = 0..self.query.rewards.len();
        if !self.query.covariance || all.len() < 2 {
            return Vec::new();
        }
        let whole = self.matrix(all.clone(), held);
        if page.fits(&whole) {
            return vec![whole];
        }
        let few = |value, bound| held_of(value, bound, FEW_DIGITS);
        let (mut blocks, mut begin) = (Vec::new(), 0);
        while begin < all.end {
            // At least one column, however wide it is.
            let ends = (begin + 1..=all.end).rev();
            let fitting = ends.clone().find(|&end| page.fits(&self.matrix(begin..end, few)));
            let end = fitting.unwrap_or(begin + 1);
            blocks.push(self.matrix(begin..end, few));
            begin = end;
        }
        blocks
    }

    /// These columns of the covariance matrices.
    fn matrix(&self, columns: std::ops::Range<usize>, number: impl Fn(f64, f64) -> String) -> Cells {
        let names = columns.clone().map(|reward| self.name(reward).0);
        let mut cells: Cells =
            vec![["theta", "covariance"].map(str::to_owned).into_iter().chain(names).collect()];
        for (theta, numbers) in &self.rows {
            for (reward, row) in covariances(numbers).enumerate() {
                let of_columns = row.skip(columns.start).take(columns.len());
                let values = of_columns.map(|(value, bound)| number(value, bound));
                cells.push([list(theta), self.name(reward).0].into_iter().chain(values).collect());
            }
        }
        cells
    }

    /// Moments of a reward from the second on.
    fn higher(&self, numbers: &Numbers, reward: usize) -> Vec<String> {
        let moments = numbers.reward_moments.get(reward).map_or(&[][..], Vec::as_slice);
        moments.iter().take(self.query.reward_moments).skip(1).map(|&value| shown(value)).collect()
    }
}

/// Rows of a covariance matrix, each entry with the bound on its error.
fn covariances(numbers: &Numbers) -> impl Iterator<Item = impl Iterator<Item = (f64, f64)>> {
    let both = numbers.covariance.iter().flatten().zip(numbers.covariance_error_bound.iter().flatten());
    both.map(|(row, bounds)| row.iter().copied().zip(bounds.iter().copied()))
}

/// Numbers separated by commas.
pub(crate) fn list(values: &[f64]) -> String {
    values.iter().map(|&value| real(value)).collect::<Vec<_>>().join(",")
}

/// The same numbers, a line each: of columns behind the first, the heading stands before the number.
fn by_number(wide: &Cells) -> Cells {
    let headings = wide.first().map_or(&[][..], Vec::as_slice);
    let lines = wide.iter().skip(1).flat_map(|row| {
        let numbers = headings.iter().zip(row).skip(1);
        numbers.map(|(heading, number)| vec![row[0].clone(), heading.clone(), number.clone()])
    });
    std::iter::once(["theta", "of", "value"].map(str::to_owned).to_vec()).chain(lines).collect()
}

/// Characters of the widest cell of each column.
fn widths(cells: &Cells) -> Vec<usize> {
    let columns = cells.first().map_or(0, Vec::len);
    let cells_of = |column: usize| cells.iter().filter_map(move |row| row.get(column));
    (0..columns).map(|column| cells_of(column).map(|cell| cell.chars().count()).max().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sojourn_engine::evaluate::Gradient;

    fn page(width: usize) -> Page {
        Page { terminal: false, width }
    }

    fn numbers(rewards: usize) -> Numbers {
        Numbers {
            moments: vec![1.5],
            expected_reward: (0..rewards).map(|reward| reward as f64).collect(),
            reward_moments: vec![vec![0.5, 0.25]; rewards],
            covariance: Some(vec![vec![-2.0 / 3.0; rewards]; rewards]),
            covariance_error_bound: Some(vec![vec![1e-16; rewards]; rewards]),
            mass_at_zero: 0.0,
            ..Numbers::default()
        }
    }

    fn text(rewards: usize, width: usize) -> String {
        let labels: Vec<String> = (0..rewards).map(|entry| format!("state[{entry}]")).collect();
        let rewards_of = vec![vec![1.0]; rewards];
        let query = Query {
            moments: 1,
            rewards: rewards_of,
            reward_moments: 2,
            covariance: true,
            ..Query::default()
        };
        let rows = vec![(vec![1.0, 2.0], numbers(rewards))];
        Sheet { query: &query, labels: &labels, moments: Vec::new(), rows }.render(page(width))
    }

    fn words(line: &str) -> Vec<&str> {
        line.split_whitespace().collect()
    }

    #[test]
    fn a_table_has_a_cell_under_each_heading_and_the_matrix_one_of_its_own() {
        let text = text(2, 200);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(words(lines[0])[..3], ["theta", "E[T]", "E[state[0]]"], "{text}");
        assert_eq!(words(lines[1]).len(), 7, "{text}");
        assert_eq!(words(lines[3]), ["theta", "covariance", "state[0]", "state[1]"], "{text}");
        assert_eq!(words(lines[5]), ["1,2", "state[1]", "-0.666666666667", "-0.666666666667"], "{text}");
    }

    #[test]
    fn rewards_that_do_not_fit_beside_each_other_have_a_line_each() {
        let text = text(9, 60);
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        for reward in 0..9 {
            let name = format!("state[{reward}]");
            let line = text.lines().find(|line| line.contains(&name)).expect(&name);
            assert_eq!(words(line), ["1,2", &name, &reward.to_string(), "0.25"], "{text}");
        }
    }

    #[test]
    fn a_matrix_that_is_too_wide_comes_in_blocks_that_have_each_column_once() {
        let text = text(9, 60);
        let headings: Vec<&str> = text.lines().filter(|line| line.contains("covariance")).collect();
        assert!(headings.len() > 1, "{text}");
        let columns: Vec<&str> = headings.iter().flat_map(|line| words(line).split_off(2)).collect();
        let expected: Vec<String> = (0..9).map(|reward| format!("state[{reward}]")).collect();
        assert_eq!(columns, expected);
        assert_eq!(text.matches("-0.666667").count(), 81, "{text}");
    }

    #[test]
    fn what_does_not_fit_any_other_way_has_a_line_for_each_number() {
        let text = text(1, 30);
        let lines: Vec<Vec<&str>> = text.lines().map(words).collect();
        assert_eq!(lines[0], ["theta", "of", "value"]);
        assert_eq!(lines[3], ["1,2", "E[state[0]^2]", "0.25"]);
        assert_eq!(lines[4], ["1,2", "Var[state[0]]", "-0.666666666667"]);
        assert_eq!(lines[5].join(" "), "1,2 P[T = 0] 0");
    }

    #[test]
    fn derivatives_have_the_digits_that_hold_and_a_line_that_says_where_they_do_not() {
        let shown = |bound: f64| {
            let of = |value: f64| Some(Gradient { moments: vec![vec![value]], ..Gradient::default() });
            let numbers =
                Numbers { gradient: of(1.0 / 3.0), gradient_error_bound: of(bound), ..Numbers::default() };
            let query = Query { moments: 1, gradient: true, ..Query::default() };
            let rows = vec![(vec![1.0], numbers)];
            let sheet = Sheet { query: &query, labels: &[], moments: vec!["E[T]".to_owned()], rows };
            sheet.gradients(page(80)).unwrap()
        };
        let (all, some) = (shown(1e-16), shown(1e-5));
        assert_eq!(words(all.lines().nth(1).unwrap()), ["1", "E[T]", "0.333333333333"]);
        assert_eq!(all.lines().count(), 2, "{all}");
        assert_eq!(words(some.lines().nth(1).unwrap()), ["1", "E[T]", "0.3333"]);
        assert!(some.lines().nth(2).unwrap().contains("not certain"), "{some}");
    }

    #[test]
    fn many_derivatives_have_a_line_each() {
        let gradient = ParameterGradient { values: vec![1.0 / 3.0; 5], errors: vec![0.0; 5] };
        let laid =
            |width| page(width).derivatives([(&[1.0][..], "E[T]", gradient.clone())].into_iter()).unwrap();
        assert_eq!(laid(120).lines().count(), 2);
        let long = laid(80);
        assert_eq!(
            words(long.lines().last().unwrap()),
            ["1", "E[T]", "theta[4]", "0.333333333333"],
            "{long}"
        );
        assert!(
            page(80).derivatives([(&[][..], "E[T]", ParameterGradient::default())].into_iter()).is_none(),
            "of no parameters"
        );
    }
}
